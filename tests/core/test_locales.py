"""Languages: what a tag from outside means to us."""

import pytest

from core.locales import direction, english_name, negotiate


@pytest.mark.parametrize(
    ("tag", "served"),
    [("pl-PL", "pl"), ("AR_eg", "ar"), ("en", "en"), ("uk", None), ("", None), (None, None), ("-", None)],
)
def test_a_tag_of_an_app_becomes_a_served_language_or_nothing(tag: str | None, served: str | None) -> None:
    assert negotiate(tag) == served


def test_languages_written_from_the_right_are_known_also_when_they_are_not_served() -> None:
    assert [direction(tag) for tag in ("ar", "ur", "fa", "pl", "xx", None)] == [
        "rtl",
        "rtl",
        "rtl",
        "ltr",
        "ltr",
        "ltr",
    ]


def test_a_language_without_a_name_is_called_by_its_tag() -> None:
    assert [english_name(tag) for tag in ("bn", "uk", "xx", None)] == ["Bengali", "Ukrainian", "xx", "unknown"]
