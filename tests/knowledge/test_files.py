"""Articles as files: whatever is wrong is named with file, line and reason, and nothing is guessed."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ContentError
from core.themes import Handling, Theme
from knowledge.files import is_official, read_article, read_folder, read_translation
from tests.knowledge.conftest import SENTENCE, Desk


def _complaint(path: Path) -> ContentError:
    """What is wrong with a file."""
    with pytest.raises(ContentError) as wrong:
        read_article(path) if path.stem == "en" else read_translation(path)
    assert wrong.value.path == path
    return wrong.value


def test_an_article_is_read_as_it_was_written(desk: Desk) -> None:
    article = read_article(desk.article(to_check='["the price"]', related="[driving-licence]"))

    assert (article.slug, article.theme, article.handling) == ("bus-tickets", Theme.COMMUNITY, Handling.ANSWER)
    assert (article.checked_on, article.review_by) == (date(2026, 11, 21), date(2027, 5, 21))
    assert [(each.title, each.url) for each in article.sources] == [("Buses", "https://www.gov.uk/buses")]
    assert (article.to_check, article.related) == (("the price",), ("driving-licence",))
    assert article.body == (SENTENCE * 8).strip() + "\n"


@pytest.mark.parametrize(
    ("head", "line", "reason"),
    [
        ({"title": None}, 1, "lacks 'title'"),
        ({"sources": None}, 1, "lacks 'sources'"),
        ({"colour": "red"}, 1, "unknown key 'colour'"),
        ({"1": "red"}, 1, "unknown key 1"),
        ({"title": "[a, b]"}, 2, "'title' must be a text"),
        ({"title": '""'}, 2, "'title' must be a text"),
        ({"title": "x" * 201}, 2, "'title' must be a text"),
        ({"handling": "shout"}, 3, "unknown handling 'shout'"),
        ({"handling": "[answer]"}, 3, "unknown handling"),
        ({"area": "x" * 41}, 4, "'area' must be a text of 1 to 40"),
        ({"checked_on": "soon"}, 5, "'checked_on' must be a date"),
        ({"checked_on": "2026-02-30"}, 5, "'2026-02-30' is not a value"),
        ({"review_by": "2027-05-21 10:00:00"}, 6, "'review_by' must be a date"),
        ({"sources": "[]"}, 7, "at least one source"),
        ({"sources": "[https://www.gov.uk]"}, 7, "exactly 'title' and 'url'"),
        ({"sources": "\n  - title: A\n    url: http://www.gov.uk"}, 8, "must start with https://"),
        ({"sources": "\n  - title: A\n    url: 'https://[::1'"}, 8, "must start with https://"),
        ({"sources": "\n  - title: A\n    url: https://gov"}, 8, "must start with https://"),
        ({"sources": f"\n  - title: {'x' * 201}\n    url: https://www.gov.uk"}, 8, "up to 200 characters"),
        ({"sources": "\n  - title: A\n    url: https://blog.example.com"}, 8, "must be an official page"),
        ({"related": "bus"}, 10, "must be a list of texts"),
        ({"to_check": "[1, 2]"}, 10, "must be a list of texts"),
        ({"area": "uk\ntitle: again"}, 5, "the key 'title' stands twice"),
        ({"area": "a: b"}, 4, "mapping values"),
    ],
)
def test_a_malformed_head_is_named_with_line_and_reason(
    desk: Desk, head: dict[str, str | None], line: int, reason: str
) -> None:
    wrong = _complaint(desk.article(**head))

    assert reason in wrong.reason
    assert wrong.line == line


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("Too short.", 11, "the body has 2 words; 80 to 180 are allowed"),
        (SENTENCE * 20, 11, "260 words; 80 to 180"),
        ("", 11, "0 words"),
        (SENTENCE * 8 + "\n\nSee <b>here</b>.", 13, "only paragraphs"),
        (SENTENCE * 8 + "\n\n[here](https://www.gov.uk)", 13, "only paragraphs"),
        (SENTENCE * 8 + "\n\n| a | b |", 13, "only paragraphs"),
        (SENTENCE * 8 + "\n# Heading", 12, "only paragraphs"),
        (SENTENCE * 8 + "\n### Heading", 12, "only paragraphs"),
        (SENTENCE * 8 + "\n```\ncode", 12, "only paragraphs"),
        (SENTENCE * 8 + "\n**bold**", 12, "only paragraphs"),
        (SENTENCE * 8 + "\nbell \x07", 12, "only paragraphs"),
        ("\n\n" + SENTENCE * 8 + "\n**bold**", 14, "only paragraphs"),
    ],
)
def test_a_malformed_body_is_named_with_line_and_reason(desk: Desk, body: str, line: int, reason: str) -> None:
    wrong = _complaint(desk.article(body=body))

    assert reason in wrong.reason
    assert wrong.line == line


def test_paragraphs_lists_and_second_headings_are_allowed(desk: Desk) -> None:
    body = SENTENCE * 8 + "\n\n1. One.\n2. Two.\n\n- a\n- b < c & d\n\n## What to do next\n\nGo."

    assert read_article(desk.article(body=body)).body.endswith("Go.\n")


def test_a_card_for_people_only_is_shorter(desk: Desk) -> None:
    assert read_article(desk.article(handling="human_only", body=SENTENCE * 4)).handling is Handling.HUMAN_ONLY
    assert "40 to 120" in _complaint(desk.article(handling="human_only", body=SENTENCE * 11)).reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must start with a front matter"),
        ("title: A\n", "must start with a front matter"),
        ("---\ntitle: A\n", "must start with a front matter"),
        ("---\n- a\n- b\n---\nBody", "must be a list of 'key: value' lines"),
        ("---\n\n---\nBody", "empty"),
        (b"---\ntitle: \xff\n---\nBody", "not UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_named(desk: Desk, text: str | bytes, reason: str) -> None:
    assert reason in _complaint(desk.raw("community/bus-tickets/en.md", text)).reason


@pytest.mark.parametrize(
    ("theme", "slug", "reason"),
    [
        ("gardening", "bus-tickets", "unknown theme 'gardening'"),
        ("community", "Bus_Tickets", "'Bus_Tickets' is not a slug"),
        ("community", "bus--tickets", "is not a slug"),
        ("community", "b" * 81, "is not a slug"),
    ],
)
def test_a_file_in_the_wrong_folder_is_named(desk: Desk, theme: str, slug: str, reason: str) -> None:
    assert reason in _complaint(desk.article(slug, theme=theme)).reason


def test_a_translation_is_read_as_it_was_written(desk: Desk) -> None:
    english = read_article(desk.article())
    translation = read_translation(desk.translation())

    assert (translation.slug, translation.locale, translation.state) == ("bus-tickets", "pl", "unreviewed")
    assert translation.source_checksum == english.checksum
    assert translation.body == "Bilet autobusowy można kupić kartą.\n"


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        ({"locale": "xx"}, 0, "unknown language 'xx'"),
        ({"locale": "uk"}, 0, "unknown language 'uk'"),
        ({"state": "perfect"}, 3, "state must be 'unreviewed' or 'approved'"),
        ({"state": "[approved]"}, 3, "state must be"),
        ({"title": '""'}, 2, "'title' must be a text"),
        ({"more": "handling: answer\n"}, 1, "unknown key 'handling'"),
        ({"body": ""}, 6, "the body is empty"),
        ({"body": "ok\n\n<script>"}, 8, "only paragraphs"),
    ],
)
def test_a_malformed_translation_is_named_with_line_and_reason(
    desk: Desk, change: dict[str, str], line: int, reason: str
) -> None:
    desk.article()
    wrong = _complaint(desk.translation(**change))  # type: ignore[arg-type]

    assert reason in wrong.reason
    assert wrong.line == line


def test_a_translation_of_nothing_is_named(desk: Desk) -> None:
    assert "no English article" in _complaint(desk.translation(checksum="0" * 12)).reason


def test_one_broken_file_does_not_hide_the_others(desk: Desk) -> None:
    desk.article("bus-tickets")
    desk.article("train-tickets", title=None)
    desk.translation("bus-tickets")
    desk.translation("bus-tickets", locale="xx")

    articles, translations, problems = read_folder(desk.folder)

    assert [each.slug for each in articles] == ["bus-tickets"]
    assert [each.locale for each in translations] == ["pl"]
    assert [(each.error.path.name, each.warning) for each in problems] == [("en.md", False), ("xx.md", False)]


def test_one_slug_in_two_themes_is_named(desk: Desk) -> None:
    desk.article("bus-tickets", theme="community")
    desk.article("bus-tickets", theme="work")

    problems = read_folder(desk.folder)[2]
    assert ["'bus-tickets' stands twice" in each.error.reason for each in problems] == [True]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    assert "no articles found" in read_folder(tmp_path)[2][0].error.reason


def test_doubts_are_notes_for_editors_and_stop_nothing(desk: Desk) -> None:
    desk.article("old", review_by="2020-01-01")
    desk.article("unsure", to_check='["the price of a day ticket"]')
    desk.article("changed")
    desk.translation("changed", checksum="0" * 12)

    articles, translations, problems = read_folder(desk.folder)

    assert (len(articles), len(translations)) == (3, 1)
    assert all(each.warning for each in problems)
    reasons = " | ".join(each.error.reason for each in problems)
    assert "the review date 2020-01-01 has passed" in reasons
    assert "compare with the official page: the price of a day ticket" in reasons
    assert "the English article has changed since" in reasons


def test_line_endings_of_windows_change_nothing_but_the_checksum(desk: Desk) -> None:
    path = desk.article()
    unix = read_article(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    windows = read_article(path)

    assert (windows.title, windows.body, windows.sources) == (unix.title, unix.body, unix.sources)
    assert windows.checksum != unix.checksum


@pytest.mark.parametrize(
    ("url", "official"),
    [
        ("https://www.gov.uk/x", True),
        ("https://gov.uk", True),
        ("https://haringey.gov.uk/x", True),
        ("https://111.nhs.uk", True),
        ("https://www.acas.org.uk/pay", True),
        ("https://fakegov.uk", False),
        ("https://www.gov.uk.example.com", False),
        ("https://notacas.org.uk", False),
        ("https://example.com/?www.gov.uk", False),
    ],
)
def test_an_official_page_is_known_by_its_host(url: str, official: bool) -> None:
    assert is_official(url) is official


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=80), body=st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_file_is_either_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, body: str) -> None:
    desk = Desk(tmp_path_factory.getbasetemp() / "any")
    for path in (
        desk.raw("community/a/en.md", f"---\n{text}\n---\n{body}"),
        desk.raw("community/a/pl.md", text + body),
    ):
        assert _complaint(path)
