"""Danger rules: what they match, what they let pass, and how a mistake in them is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ContentError
from core.themes import Danger, Level
from nlu.urgency import RuleBook, assess, load_rules

BOOK = """version: 1
rules:
  - id: en.test.kill
    category: suicide_self_harm
    level: red
    any: [kill myself, end it all, "*cidal", "*selfharm*"]
    unless: [laughing]
  - id: en.test.beaten
    category: domestic_abuse
    level: red
    near:
      - [husband, boyfriend]
      - [hits me, beat*]
    window: 5
    unless: [in chess, dream]
  - id: en.test.old-bruise
    category: child_at_risk
    level: amber
    near:
      - [child]
      - [bruise*]
      - [teacher]
  - id: ar.test.die
    category: suicide_self_harm
    level: red
    any: [بدي موت]
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    """A book of four rules."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "en.yml").write_text(BOOK, encoding="utf-8")
    return load_rules(folder)


def _rules(book: RuleBook, text: str) -> list[str]:
    return [hit.rule for hit in assess(text, book).hits]


# --- matching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("i will kill myself", "en.test.kill"),
        ("I WILL KILL MYSELF!!!", "en.test.kill"),
        ("kill... myself", "en.test.kill"),
        ("i feel suicidal", "en.test.kill"),
        ("preselfharming", "en.test.kill"),
        ("k1ll myself", "en.test.kill"),
        ("kill mys3lf", "en.test.kill"),
        ("k1ll mys3lf", "en.test.kill"),
        ("k i l l   m y s e l f", "en.test.kill"),
        ("i want to k.i.l.l.m.y.s.e.l.f now", "en.test.kill"),
        ("ki\u200bll my\u00adself", "en.test.kill"),
        ("ｋｉｌｌ ｍｙｓｅｌｆ", "en.test.kill"),
        ("kíll mysélf", "en.test.kill"),
        ("killlll", None),
        ("kill", None),
        ("myself kill", None),
        ("skill myself", None),
        ("kill myself laughing", None),
        ("laughing so i could kill myself", None),
        ("laughing is what we did in the long summer evening, now i will kill myself", "en.test.kill"),
        ("my husband hits me", "en.test.beaten"),
        ("he hits me my husband", "en.test.beaten"),
        ("my husband when he drinks beats", "en.test.beaten"),
        ("my husband and the neighbour from number seven hits me", None),
        ("my husband beats me in chess", None),
        ("my husband", None),
        ("husband husband husband", None),
        ("بِدّي مُوت", "ar.test.die"),
        ("hello بدي موت hello", "ar.test.die"),
        ("", None),
        ("🙂", None),
    ],
)
def test_a_rule_matches_what_it_means_and_nothing_else(book: RuleBook, text: str, rule: str | None) -> None:
    assert assess(text, book).rule == rule


def test_all_groups_of_a_near_rule_must_stand_within_the_window(book: RuleBook) -> None:
    assert _rules(book, "teacher saw the blue bruise on my child") == []  # seven words apart
    assert _rules(book, "teacher saw the bruise on my child") == ["en.test.old-bruise"]  # six, the default


def test_a_word_serves_one_group_only(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text(
        "version: 1\nrules:\n  - {id: a, category: child_at_risk, level: red, near: [[hit*], [hits me]]}\n",
        encoding="utf-8",
    )
    book = load_rules(tmp_path)

    assert _rules(book, "hits me") == []
    assert _rules(book, "he hit and hits me") == ["a"]


def test_one_cancelled_match_does_not_hide_another(book: RuleBook) -> None:
    text = "i could kill myself laughing about that film we saw at home. today i want to kill myself"

    assert assess(text, book).category is Danger.SUICIDE_SELF_HARM


def test_the_gravest_comes_first_and_red_before_amber(book: RuleBook) -> None:
    text = "teacher saw bruises on my child and my husband hits me"
    assessment = assess(text, book)

    assert {hit.category for hit in assessment.hits} == {Danger.CHILD_AT_RISK, Danger.DOMESTIC_ABUSE}
    assert (assessment.category, assessment.level, assessment.score) == (Danger.DOMESTIC_ABUSE, Level.RED, 1.0)
    assert assess(f"{text}, kill myself", book).category is Danger.SUICIDE_SELF_HARM


def test_amber_scores_less_and_nothing_scores_nothing(book: RuleBook) -> None:
    assert assess("teacher saw a bruise on my child", book).score == 0.6
    assert assess("where is the library", book).score == 0.0


def test_a_book_read_back_from_its_stored_form_judges_alike(book: RuleBook) -> None:
    again = RuleBook.from_json(json.loads(json.dumps(book.to_json())))
    for text in (
        "k1ll myself",
        "kill myself laughing",
        "my husband beats",
        "i am suicidal",
        "teacher bruise child",
        "بدي موت",
    ):
        assert assess(text, again) == assess(text, book)


chat = st.lists(
    st.sampled_from(
        ["kill", "myself", "husband", "hits me", "beat", "laughing", "end it all", "بدي", "موت", "k", "i", "1"]
    )
    | st.text(max_size=5),
    max_size=40,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(text=st.text() | chat)
def test_any_text_is_assessed_and_twice_alike(book: RuleBook, text: str) -> None:
    assessment = assess(text, book)

    assert assessment == assess(text, book)
    assert (assessment.category is None) == (assessment.hits == ())


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_is_assessed_with_all_rules(rules: RuleBook, text: str) -> None:
    assess(text, rules)


@settings(max_examples=100, deadline=None)
@given(
    before=st.text(st.characters(codec="utf-8"), max_size=30), after=st.text(st.characters(codec="utf-8"), max_size=30)
)
def test_whatever_stands_around_them_plain_words_of_danger_are_found(book: RuleBook, before: str, after: str) -> None:
    if "laughing" not in (before + after).casefold():
        assert "en.test.kill" in _rules(book, f"{before}\n i will end it all \n{after}")


@pytest.mark.parametrize("text", ["a " * 2_000, "x" * 20_000, "🙂" * 20_000, "kill myself " * 1_600, "\u0301" * 20_000])
def test_long_messages_are_assessed_whole(rules: RuleBook, text: str) -> None:
    assert assess(f"{text} i want to kill myself", rules).category is Danger.SUICIDE_SELF_HARM


# --- writing rules ----------------------------------------------------------------------------------------------------

RULE = "  - id: en.a\n    category: child_at_risk\n    level: red\n    any: [alone at night]\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "empty"),
        ("rules: []\n", 1, "must start with 'version: 1'"),
        ("version: 2\nrules:\n" + RULE, 1, "must start with 'version: 1'"),
        ("version: 1\n", 1, "'rules' must be a list"),
        ("version: 1\nrules: []\n", 1, "'rules' must be a list"),
        ("version: 1\nrules:\n  - word\n", 3, "must be a mapping"),
        ("version: 1\nrules:\n" + RULE + RULE, 7, "en.a is used twice"),
        ("version: 1\nrules:\n" + RULE.replace("child_at_risk", "sadness"), 3, "'sadness' is not a valid Danger"),
        ("version: 1\nrules:\n" + RULE.replace("red", "pink"), 3, "'pink' is not a valid Level"),
        ("version: 1\nrules:\n" + RULE.replace("    level: red\n", ""), 3, "lacks 'level'"),
        ("version: 1\nrules:\n" + RULE.replace("  - id: en.a\n    cat", "  - cat"), 3, "lacks 'id'"),
        ("version: 1\nrules:\n" + RULE + "    anyy: [x]\n", 3, "unknown key 'anyy'"),
        ("version: 1\nrules:\n" + RULE + "    near: [[x], [y]]\n", 3, "either 'any' or 'near'"),
        ("version: 1\nrules:\n" + RULE.replace("    any: [alone at night]\n", ""), 3, "either 'any' or 'near'"),
        ("version: 1\nrules:\n" + RULE.replace("any: [alone at night]", "any: []"), 3, "at least one entry"),
        ("version: 1\nrules:\n" + RULE.replace("any: [alone at night]", "any: alone"), 3, "must be a list"),
        ("version: 1\nrules:\n" + RULE.replace("any: [alone at night]", "near: [alone, night]"), 3, "must be a list"),
        ("version: 1\nrules:\n" + RULE.replace("any: [alone at night]", "near: []"), 3, "list of lists"),
        ("version: 1\nrules:\n" + RULE.replace("alone at night", "no"), 3, "not text: put it in quotes"),
        ("version: 1\nrules:\n" + RULE.replace("alone at night", "1.5"), 3, "not text: put it in quotes"),
        ("version: 1\nrules:\n" + RULE.replace("alone at night", "al*one"), 3, "only at the start or end"),
        ("version: 1\nrules:\n" + RULE.replace("alone at night", "alone *"), 3, "only at the start or end"),
        ("version: 1\nrules:\n" + RULE.replace("alone at night", '"?!"'), 3, "no letters or digits"),
        ("version: 1\nrules:\n" + RULE + "    window: wide\n", 3, "invalid literal"),
        ("version: 1\nrules:\n" + RULE + "    unless: school\n", 3, "must be a list"),
        ("version: 1\nrules:\n" + RULE + "    level: amber\n", 7, "'level' stands twice"),
    ],
)
def test_a_malformed_rule_is_named_with_file_line_and_reason(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "en.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError) as wrong:
        load_rules(tmp_path)

    assert wrong.value.path == path
    assert reason in wrong.value.reason
    assert wrong.value.line == line


def test_one_id_in_two_languages_is_named_in_the_second(tmp_path: Path) -> None:
    for language in ("en", "pl"):
        (tmp_path / f"{language}.yml").write_text("version: 1\nrules:\n" + RULE, encoding="utf-8")

    with pytest.raises(ContentError, match=r"pl\.yml:3: .*used twice"):
        load_rules(tmp_path)


def test_waypost_does_not_run_without_rules(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no danger rules found"):
        load_rules(tmp_path)
