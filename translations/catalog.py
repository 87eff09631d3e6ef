"""The bot's own phrases in the person's language: gettext catalogues, read once, never guessed.

A language is offered only when its catalogue is complete (`check_catalogues`), so a person never meets half a sentence
of English. The source of every phrase is `translations/phrases.py`.
"""

import string
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core.errors import ContentError
from core.locales import FALLBACK, SERVED
from translations.phrases import PHRASES

LOCALES = Path(__file__).parent / "locales"


def say(key: str, locale: str, **values: object) -> str:
    """The phrase in a language, its placeholders filled. Raises KeyError for an unknown key or a missing value."""
    return _fill(phrase(key, locale), values)


def phrase(key: str, locale: str) -> str:
    """The phrase in a language with its placeholders as they are. Raises KeyError for an unknown key."""
    return _texts(locale).get(key) or PHRASES[key].text


def format_day(day: date, locale: str) -> str:
    """A date as people of that language write it, for example `21 November 2026`."""
    return format_date(day, format="long", locale="en_GB" if locale == FALLBACK or locale not in SERVED else locale)


def _fill(text: str, values: dict[str, object]) -> str:
    # Only plain names: str.format would also follow attributes and indexes.
    parts = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            parts.append(str(values[name]))
    return "".join(parts)


@cache
def _texts(locale: str) -> dict[str, str]:
    """Phrases of a language by key; empty for English, whose texts are the source."""
    if locale == FALLBACK:
        return {}
    path = po_path(locale)
    if not path.exists():
        return {}
    catalog = _read(path)
    return {
        str(message.context): str(message.string)
        for message in catalog
        if message.context and message.string and not message.fuzzy
    }


def po_path(locale: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALES / locale / "LC_MESSAGES" / "waypost.po"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


@cache
def is_reviewed(locale: str) -> bool:
    """Whether a native speaker has read the phrases: the catalogue's header says `X-Review: reviewed`."""
    if locale == FALLBACK:
        return True
    path = po_path(locale)
    return path.exists() and dict(_read(path).mime_headers).get("X-Review") == "reviewed"


def update_catalogues() -> list[str]:
    """Bring every catalogue in line with the phrases, keeping what is translated. Returns the languages changed."""
    changed = []
    for locale in SERVED:
        if locale == FALLBACK:
            continue
        path = po_path(locale)
        before = path.read_bytes() if path.exists() else b""
        known = _read(path) if before else Catalog(locale=locale, domain="waypost")
        fresh = Catalog(
            locale=locale,
            domain="waypost",
            project="Waypost",
            version="0.1",
            fuzzy=False,
            copyright_holder="Waypost",
            msgid_bugs_address="",
            language_team=f"{locale} (unreviewed)",
            creation_date=known.creation_date,
            revision_date=known.revision_date,
            last_translator="Waypost",
        )
        fresh.header_comment = f"# {SERVED[locale].english} phrases of Waypost. Not yet read by a native speaker."
        for phrase in PHRASES.values():
            old = known.get(phrase.text, phrase.key)
            comments = [phrase.note] if phrase.note else []
            text = str(old.string) if old and old.string else ""
            fresh.add(phrase.text, text, context=phrase.key, auto_comments=comments)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=0, sort_output=False, include_lineno=False)
        if path.read_bytes() != before:
            changed.append(locale)
    return changed


def check_catalogues() -> Iterator[ContentError]:
    """What is wrong with the catalogues: missing, outdated or fuzzy phrases, and placeholders that differ."""
    for locale in SERVED:
        if locale == FALLBACK:
            continue
        path = po_path(locale)
        if not path.exists():
            yield ContentError(path, 0, "the catalogue is missing")
            continue
        catalog = _read(path)
        for phrase in PHRASES.values():
            message = catalog.get(phrase.text, phrase.key)
            line = (message.lineno or 0) if message else 0
            if message is None or not message.string:
                yield ContentError(path, line, f"the phrase {phrase.key!r} is not translated")
            elif message.fuzzy:
                yield ContentError(path, line, f"the phrase {phrase.key!r} is marked fuzzy")
            elif not _same_placeholders(phrase.text, str(message.string)):
                yield ContentError(path, line, f"the phrase {phrase.key!r} has other placeholders than the English")


def _same_placeholders(english: str, translated: str) -> bool:
    try:
        return placeholders(english) == placeholders(translated)
    except ValueError:  # a brace stands alone
        return False


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in a phrase, sorted. Raises ValueError when a brace stands alone."""
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
