"""The bot's own phrases: complete in every language, filled with plain values, never half English."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.locales import SERVED
from core.themes import Theme
from knowledge.topics import load_topics
from translations import catalog
from translations.catalog import check_catalogues, format_day, placeholders, po_path, say, update_catalogues
from translations.phrases import PHRASES, Phrase

OTHERS = [tag for tag in SERVED if tag != "en"]
#: Scripts in which a phrase must have at least one letter.
LETTERS = {"ar": "[\u0600-\u06ff]", "bn": "[\u0980-\u09ff]"}


def test_every_catalogue_is_complete_and_keeps_the_placeholders() -> None:
    assert [str(wrong) for wrong in check_catalogues()] == []


def test_the_catalogues_are_in_line_with_the_phrases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tag in OTHERS:
        copy = tmp_path / tag / "LC_MESSAGES" / "waypost.po"
        copy.parent.mkdir(parents=True)
        copy.write_bytes(po_path(tag).read_bytes())
    monkeypatch.setattr(catalog, "LOCALES", tmp_path)

    assert update_catalogues() == [], "run: make phrases"


@pytest.mark.parametrize("locale", SERVED)
def test_every_phrase_can_be_said_in_every_language(locale: str) -> None:
    for key, phrase in PHRASES.items():
        values = {name: f"<{name}>" for name in placeholders(phrase.text)}
        said = say(key, locale, **values)
        assert said.strip()
        assert all(value in said for value in values.values()), key
        assert "{" not in said, key


@pytest.mark.parametrize("locale", LETTERS)
def test_a_phrase_is_written_in_the_script_of_its_language(locale: str) -> None:
    mute = []
    for key, phrase in PHRASES.items():
        said = say(key, locale, **dict.fromkeys(placeholders(phrase.text), "7"))
        if re.search("[a-z]{3}", said) and not re.search(LETTERS[locale], said):
            mute.append(key)

    assert mute == []


@pytest.mark.parametrize("locale", OTHERS)
def test_numbers_and_addresses_stand_in_no_translation_that_the_english_does_not_have(locale: str) -> None:
    for key, phrase in PHRASES.items():
        english = set(re.findall(r"\d{3,}|https?://\S+|\b\w+\.(?:uk|org|com)\b", phrase.text))
        translated = catalog._texts(locale)[key]
        assert set(re.findall(r"\d{3,}|https?://\S+|\b\w+\.(?:uk|org|com)\b", translated)) <= english, key


@pytest.mark.parametrize("locale", OTHERS)
def test_commands_are_the_same_words_in_every_language(locale: str) -> None:
    for key, phrase in PHRASES.items():
        commands = re.findall(r"(?<!\w)/[a-z]+", phrase.text)
        assert sorted(re.findall(r"(?<!\w)/[a-z]+", catalog._texts(locale)[key])) == sorted(commands), key


def test_every_theme_and_topic_has_its_words() -> None:
    assert [theme for theme in Theme if f"theme.{theme}" not in PHRASES] == []
    assert [slug for slug in load_topics() if f"topic.{slug}" not in PHRASES] == []


def test_an_unknown_phrase_and_a_missing_value_are_errors_of_the_program() -> None:
    with pytest.raises(KeyError):
        say("no.such.phrase", "en")
    with pytest.raises(KeyError, match="organisation"):
        say("notice.first", "pl")


@pytest.mark.parametrize("text", ["{day.__class__}", "{day[0]}", "{0}", "{}"])
def test_a_placeholder_cannot_reach_into_its_value(text: str) -> None:
    with pytest.raises(KeyError):
        catalog._fill(text, {"day": date(2026, 11, 21)})


@settings(max_examples=100, deadline=None)
@given(name=st.text())
def test_a_value_is_put_in_as_it_is(name: str) -> None:
    assert catalog._fill("before {name} after", {"name": name}) == f"before {name} after"


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "21 November 2026"),
        ("pl", "21 listopada 2026"),
        ("ro", "21 noiembrie 2026"),
        ("es", "21 de noviembre de 2026"),
        ("uk", "21 November 2026"),
        ("xx", "21 November 2026"),
    ],
)
def test_a_date_is_written_as_people_write_it(locale: str, written: str) -> None:
    assert format_day(date(2026, 11, 21), locale) == written


def test_a_date_in_another_script_names_the_month_in_it() -> None:
    assert "نوفمبر" in format_day(date(2026, 11, 21), "ar")
    assert "নভেম্বর" in format_day(date(2026, 11, 21), "bn")


# --- catalogues with mistakes -----------------------------------------------------------------------------------------


@pytest.fixture
def polish(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Polish catalogue of two phrases that a test may spoil."""
    phrases = {
        "greet": Phrase("greet", "Hello {name}"),
        "part": Phrase("part", "Goodbye"),
    }
    monkeypatch.setattr(catalog, "PHRASES", phrases)
    monkeypatch.setattr(catalog, "SERVED", {"en": SERVED["en"], "pl": SERVED["pl"]})
    monkeypatch.setattr(catalog, "LOCALES", tmp_path)
    path = po_path("pl")
    path.parent.mkdir(parents=True)
    return path


def _write(path: Path, greet: str = "Dzień dobry {name}", part: str = "Do widzenia", flag: str = "") -> None:
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f'{flag}msgctxt "greet"\nmsgid "Hello {{name}}"\nmsgstr "{greet}"\n\n'
        f'msgctxt "part"\nmsgid "Goodbye"\nmsgstr "{part}"\n',
        encoding="utf-8",
    )


def test_a_whole_catalogue_has_nothing_wrong(polish: Path) -> None:
    _write(polish)

    assert list(check_catalogues()) == []


def test_a_missing_catalogue_is_named(polish: Path) -> None:
    assert [str(wrong) for wrong in check_catalogues()] == [f"{polish}: the catalogue is missing"]


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"greet": ""}, "'greet' is not translated"),
        ({"greet": "Dzień dobry"}, "'greet' has other placeholders"),
        ({"greet": "Dzień dobry {imię}"}, "'greet' has other placeholders"),
        ({"greet": "Dzień dobry {name"}, "'greet' has other placeholders"),
        ({"flag": "#, fuzzy\n"}, "'greet' is marked fuzzy"),
    ],
)
def test_a_spoilt_phrase_is_named_with_file_and_line(polish: Path, spoilt: dict[str, str], reason: str) -> None:
    _write(polish, **spoilt)

    (wrong,) = check_catalogues()
    assert wrong.path == polish
    assert wrong.line > 1
    assert reason in str(wrong)


def test_a_phrase_whose_english_has_changed_counts_as_not_translated(polish: Path) -> None:
    _write(polish)
    polish.write_text(polish.read_text(encoding="utf-8").replace("Goodbye", "Bye"), encoding="utf-8")

    assert [wrong.reason for wrong in check_catalogues()] == ["the phrase 'part' is not translated"]


def test_an_update_adds_what_is_new_and_keeps_what_is_translated(polish: Path) -> None:
    _write(polish, part="")

    assert update_catalogues() == ["pl"]
    assert update_catalogues() == []
    assert "Dzień dobry {name}" in polish.read_text(encoding="utf-8")
    assert [wrong.reason for wrong in check_catalogues()] == ["the phrase 'part' is not translated"]
