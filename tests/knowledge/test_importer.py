"""Import and export of whole folders: all of it or nothing, and nothing lost on the way."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.errors import ContentError
from core.locales import SERVED
from knowledge.articles import ArticleView, Served, published, published_slugs
from knowledge.files import read_folder
from knowledge.importer import Imported, check_folder, export_folder, import_folder, import_readable
from knowledge.models import Article, ArticleTranslation, Revision
from knowledge.search import search
from knowledge.topics import load_topics
from tests.knowledge.conftest import Desk


def _everything(database: Database) -> dict[tuple[str, str], ArticleView]:
    """Every article as it is served in every language."""
    with database.read() as session:
        return {
            (slug, locale): view
            for slug in published_slugs(session)
            for locale in SERVED
            if (view := published(session, slug, locale)) is not None
        }


def _count(database: Database) -> list[int | None]:
    with database.read() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) for table in (Article, Revision, ArticleTranslation)
        ]


def test_a_folder_is_imported_whole_and_only_once(empty_database: Database, desk: Desk) -> None:
    desk.article("bus-tickets")
    desk.article("train-tickets")
    desk.translation("bus-tickets")

    with empty_database.write() as session:
        assert import_folder(session, desk.folder) == Imported(articles=2, translations=1)
        assert import_folder(session, desk.folder) == Imported(articles=0, translations=0)


def test_one_wrong_file_and_nothing_is_imported(empty_database: Database, desk: Desk) -> None:
    desk.article("bus-tickets")
    wrong = desk.article("train-tickets", handling="shout")

    with pytest.raises(ContentError) as error, empty_database.write() as session:
        import_folder(session, desk.folder)

    assert str(error.value).startswith(f"{wrong}:3: unknown handling")
    assert _count(empty_database) == [0, 0, 0]


def test_at_start_a_file_that_went_back_to_older_words_is_published_again(empty_database: Database, desk: Desk) -> None:
    for title in ("First", "Second", "Second", "First"):
        desk.article("bus-tickets", title=title)
        with empty_database.write() as session:
            assert import_readable(session, desk.folder) == []
        assert _everything(empty_database)["bus-tickets", "en"].title == title

    assert _count(empty_database)[:2] == [1, 3]


def test_at_start_what_is_wrong_is_left_out_and_the_last_good_one_stays(empty_database: Database, desk: Desk) -> None:
    desk.article("bus-tickets", title="Good")
    with empty_database.write() as session:
        import_readable(session, desk.folder)
    broken = desk.article("bus-tickets", title="[")
    desk.article("train-tickets")

    with empty_database.write() as session:
        errors = import_readable(session, desk.folder)

    assert [error.path for error in errors] == [broken]
    assert _everything(empty_database)["bus-tickets", "en"].title == "Good"
    assert ("train-tickets", "en") in _everything(empty_database)


def test_a_check_touches_no_database_and_reports_everything(desk: Desk) -> None:
    desk.article("bus-tickets", title=None)
    desk.article("train-tickets", to_check='["the price"]')

    assert [problem.warning for problem in check_folder(desk.folder)] == [False, True]


def test_the_starter_articles_survive_an_export_into_an_empty_database(
    sqlite_database: Database, empty_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.read() as session:
        written = export_folder(session, tmp_path / "backup")
    with empty_database.write() as session:
        done = import_folder(session, tmp_path / "backup", author="import")

    assert done.articles + done.translations == written
    assert _everything(empty_database) == _everything(sqlite_database)
    with sqlite_database.read() as here, empty_database.read() as there:
        for question, locale in [("school place", "en"), ("szkoły", "pl"), ("مدرسة", "ar")]:
            assert search(there, question, locale) == search(here, question, locale) != []


def test_a_second_export_is_the_first(sqlite_database: Database, empty_database: Database, tmp_path: Path) -> None:
    with sqlite_database.read() as session:
        export_folder(session, tmp_path / "first")
    with empty_database.write() as session:
        import_folder(session, tmp_path / "first")
        export_folder(session, tmp_path / "second")

    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*.md"))
    assert len(files) > 40
    assert [
        name for name in files if (tmp_path / "first" / name).read_bytes() != (tmp_path / "second" / name).read_bytes()
    ] == []


def test_an_approved_translation_is_exported_before_a_newer_unreviewed_one(
    empty_database: Database, desk: Desk, tmp_path: Path
) -> None:
    desk.article()
    for state in ("approved", "unreviewed"):
        desk.translation(state=state, title=state)
        with empty_database.write() as session:
            import_folder(session, desk.folder)

    with empty_database.read() as session:
        export_folder(session, tmp_path / "backup")

    assert [each.title for each in read_folder(tmp_path / "backup")[1]] == ["approved"]


def test_a_translation_of_older_english_is_still_outdated_after_an_export(
    empty_database: Database, sqlite_database: Database, desk: Desk, tmp_path: Path
) -> None:
    desk.article()
    desk.translation(state="approved")
    with empty_database.write() as session:
        import_folder(session, desk.folder)
        desk.article(title="A newer title")
        import_folder(session, desk.folder)
        export_folder(session, tmp_path / "backup")
    with sqlite_database.write() as session:
        import_folder(session, tmp_path / "backup", author="import")

    for database in (empty_database, sqlite_database):
        assert _everything(database)["bus-tickets", "pl"].state is Served.OUTDATED


def test_an_exported_folder_with_an_edited_file_can_be_imported_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.read() as session:
        export_folder(session, tmp_path)
    path = tmp_path / "health" / "gp-registration" / "en.md"
    path.write_text(path.read_text(encoding="utf-8").replace("title: ", "title: Our town's "), encoding="utf-8")

    with sqlite_database.write() as session:
        import_folder(session, tmp_path, author="import")
        import_readable(session)  # the next start

    assert _everything(sqlite_database)["gp-registration", "en"].title.startswith("Our town's ")


def test_words_that_yaml_could_misread_survive(empty_database: Database, desk: Desk, tmp_path: Path) -> None:
    titles = ["no", "2026-11-21", "a: b", "'quoted'", "# hash", "*star", "12:30", "null", "ż 🙂 مرحبا"]
    for number, title in enumerate(titles):
        desk.article(f"topic-{number}", title=f'"{title}"')
    with empty_database.write() as session:
        import_folder(session, desk.folder)
        export_folder(session, tmp_path / "backup")

    assert sorted(article.title for article in read_folder(tmp_path / "backup")[0]) == sorted(titles)


# --- the list of topics -----------------------------------------------------------------------------------------------

HEADER = "slug\ttheme\thandling\tiaa_level\n"


def test_every_starter_article_has_its_line_among_the_topics(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        assert set(published_slugs(session)) <= set(load_topics())


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ("a\tgardening\tanswer\t0\n", 2, "not a topic"),
        ("a\thousing\tanswer\t0\nb\thousing\tshout\t0\n", 3, "not a topic"),
        ("a\thousing\tanswer\tmany\n", 2, "not a topic"),
        ("a\thousing\tanswer\n", 2, "not a topic"),
        ("a\thousing\tanswer\t0\na\twork\tanswer\t0\n", 3, "'a' stands twice"),
    ],
)
def test_a_malformed_topic_is_named_with_its_line(tmp_path: Path, lines: str, line: int, reason: str) -> None:
    (tmp_path / "topics.tsv").write_text(HEADER + lines, encoding="utf-8")

    with pytest.raises(ContentError) as wrong:
        load_topics(tmp_path)

    assert wrong.value.line == line
    assert reason in wrong.value.reason
