"""Search: the same on both databases, for whatever people type."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.crypto import Keyring, new_key
from core.database import Database
from knowledge.importer import import_folder
from knowledge.search import search
from waypost.migrate import create_all


@pytest.fixture(scope="module")
def library() -> Iterator[Database]:
    """A database with the starter articles that tests only read."""
    database = Database("sqlite://", Keyring([new_key()]))
    create_all(database)
    with database.write() as session:
        import_folder(session)
    yield database
    database.close()


def _slugs(database: Database, question: str, locale: str = "en", limit: int = 5) -> list[str]:
    with database.read() as session:
        return [found.slug for found in search(session, question, locale, limit)]


#: What somebody types, their language, and the article that should be among the first three.
QUESTIONS = [
    ("where can I see a doctor, GP surgery?", "en", "gp-registration"),
    ("DAMP and MOULD on my wall!!!", "en", "repairs-damp-mould"),
    ("my boss has not paid my wages", "en", "unpaid-wages"),
    ("national insurance", "en", "national-insurance-number"),
    ("numer ubezpieczenia", "pl", "national-insurance-number"),
    ("miejsce w szkole dla dziecka", "pl", "school-place"),
    ("un loc la școală pentru copil", "ro", "school-place"),
    ("مدرسة لابني", "ar", "school-place"),
    ("plaza en la escuela", "es", "school-place"),
    ("স্কুলে ভর্তি", "bn", "school-place"),
]


def test_questions_find_their_article_on_both_databases(database: Database) -> None:
    missed = [
        (question, found)
        for question, locale, wanted in QUESTIONS
        if wanted not in (found := _slugs(database, question, locale, limit=3))
    ]

    assert missed == []


def test_the_title_weighs_more_than_the_body(database: Database) -> None:
    assert _slugs(database, "minimum wage")[0] == "minimum-wage"


def test_a_language_is_searched_alone(library: Database) -> None:
    assert _slugs(library, "lekarz", "pl")
    assert _slugs(library, "lekarz", "en") == []


@pytest.mark.parametrize(
    ("written", "typed", "locale"),
    [("szkoły", "SZKOLY", "pl"), ("școală", "scoala", "ro"), ("مدرسة", "مدرسه", "ar"), ("escuela", "escuéla", "es")],
)
def test_accents_and_habits_of_spelling_do_not_matter(library: Database, written: str, typed: str, locale: str) -> None:
    assert _slugs(library, written, locale) == _slugs(library, typed, locale) != []


HOSTILE = [
    "",
    "   ",
    "?!",
    "'",
    '"',
    '"school',
    'school" OR 1=1 --',
    "school' | ! & ( ) :*",
    "school AND NOT (place",
    "NEAR(school place, 2)",
    "school* ^place title:school body:{x}",
    "school <-> place",
    "-school +place",
    "school\x00place",
    "%_\\",
    "a b c",
    "the and of",
    "😀 👍🏽",
    "\u200bschool\u202e",
    "school " * 5000,
    "s" * 20000,
    "'; DROP TABLE article; --",
]


def test_operators_and_quotes_are_only_punctuation(database: Database) -> None:
    with database.read() as session:
        for question in HOSTILE:
            for found in search(session, question, "en"):
                assert found.score > 0

    for question in HOSTILE[5:13]:
        assert "school-place" in _slugs(database, question), question


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=80) | st.text("\"'()*:&|!<>-^{}[]~\\%_ aschol", max_size=40), limit=st.integers(1, 10))
def test_any_text_is_accepted(library: Database, question: str, limit: int) -> None:
    found = _slugs(library, question, "en", limit)

    assert len(found) <= limit
    assert len(found) == len(set(found))


@pytest.mark.postgres
def test_any_text_is_accepted_by_postgresql_too(postgres_database: Database) -> None:
    @settings(max_examples=150, deadline=None)
    @given(question=st.text(max_size=80) | st.text("\"'()*:&|!<>-^{}[]~\\%_ aschol", max_size=40))
    def ask(question: str) -> None:
        search(session, question, "en")

    with postgres_database.read() as session:
        ask()


def test_nothing_to_go_by_finds_nothing(library: Database) -> None:
    assert [_slugs(library, question) for question in ("", "?!", "the and of", "😀", "x")] == [[], [], [], [], []]


def test_the_best_comes_first_and_ties_have_an_order(library: Database) -> None:
    with library.read() as session:
        found = search(session, "school place child", "en", limit=20)
        again = search(session, "school place child", "en", limit=20)

    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert found == again
