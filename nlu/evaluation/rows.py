"""Reading the files of an evaluation. A line that cannot be measured is an error that names it, never skipped."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.errors import ContentError
from core.themes import Danger, Level, Theme

#: Category of a message that only sounds like danger.
NONE = "none"
#: Theme of a message outside what Waypost knows; small talk has an empty theme.
OTHER = "other"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """A text and its language; `hi-Latn` is Hindi in Latin letters."""

    line: int
    language: str
    text: str
    bucket: str = "all"


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A text and what it is about: an empty theme is small talk, `other` is out of scope."""

    line: int
    language: str
    text: str
    theme: str
    topic: str
    script: str = "native"


@dataclass(frozen=True, slots=True)
class DangerRow:
    """A text and its category of danger, `none` for a look-alike."""

    line: int
    language: str
    text: str
    category: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A question and the slug of the article that answers it."""

    line: int
    language: str
    query: str
    slug: str


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text and where it stands."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation: its topics (empty: none), and what kind of message it is."""

    text: str
    topics: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What one person writes, in order."""

    line: int
    language: str
    turns: tuple[Turn, ...]


def read_language(path: Path) -> list[LanguageRow]:
    """Rows of `lang text [bucket source]`. Raises ContentError naming file, line and reason; OSError when missing."""
    return _read(path, ("language", "text"), lambda line, row: _language(path, line, row))


def read_topics(path: Path) -> list[TopicRow]:
    """Rows of `language [script] text theme topic`. Raises ContentError naming file, line and reason."""
    return _read(path, ("language", "text", "theme", "topic"), lambda line, row: _topic(path, line, row))


def read_dangers(path: Path, category: str | None = None) -> list[DangerRow]:
    """Rows of `language text category [level]`; `category` is that of every row where the file has no such column."""
    needed = ("language", "text") if category else ("language", "text", "category")
    return _read(path, needed, lambda line, row: _danger(path, line, {"category": category or ""} | row))


def read_search(path: Path) -> list[SearchRow]:
    """Rows of `language query slug`. Raises ContentError naming file, line and reason."""

    def make(line: int, row: dict[str, str]) -> SearchRow:
        _slug(path, line, row["slug"])
        return SearchRow(line, _tag(path, line, row), row["query"], row["slug"])

    return _read(path, ("language", "query", "slug"), make)


def read_texts(path: Path) -> list[TextRow]:
    """Every text of a table with a column `text`, or of a file of conversations (`.jsonl`)."""
    if path.suffix == ".jsonl":
        return [TextRow(dialogue.line, turn.text) for dialogue in read_dialogues(path) for turn in dialogue.turns]
    return _read(path, ("text",), lambda line, row: TextRow(line, row["text"]))


def read_dialogues(path: Path) -> list[Dialogue]:
    """JSON lines of `{"language", "turns": [{"text", "topic", "kind"}]}`. Raises ContentError naming file and line."""
    found = [_dialogue(path, line, text) for line, text in enumerate(_lines_of(path), start=1) if text.strip()]
    if not found:
        raise ContentError(path, 0, "the file has no conversations")
    return found


def _read(path: Path, needed: Collection[str], make: Callable[[int, dict[str, str]], _Row]) -> list[_Row]:
    rows = [make(line, row) for line, row in _table(path, needed)]
    if not rows:
        raise ContentError(path, 0, "the file has no rows under its header")
    return rows


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise ContentError(path, 0, "the file is not UTF-8 text") from None


def _table(path: Path, needed: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file of columns parted by tabs, with a header, by line and name. No quoting."""
    header, *lines = (line.rstrip("\r") for line in _lines_of(path))
    names = ["language" if name == "lang" else name for name in header.split("\t")]
    missing = [name for name in needed if name not in names]
    if missing:
        raise ContentError(path, 1, f"the header has no column {missing[0]!r} (columns are parted by tabs)")
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(names):
            raise ContentError(path, number, f"{len(cells)} columns where the header has {len(names)}")
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        words = "query" if "query" in needed else "text"
        if not row[words]:
            raise ContentError(path, number, f"the column {words!r} is empty")
        yield number, row


def _quoted(value: object) -> str:
    """One word may be quoted in an error; more could be what a person wrote."""
    return repr(value) if isinstance(value, str) and re.fullmatch(r"[\w-]{0,30}", value) else "what stands there"


def _tag(path: Path, line: int, row: dict[str, Any]) -> str:
    tag = row.get("language")
    if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
        raise ContentError(path, line, f"{_quoted(tag)} is not a language tag")
    return tag


def _slug(path: Path, line: int, slug: object) -> str:
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ContentError(path, line, f"{_quoted(slug)} is not the slug of a topic")
    return slug


def _language(path: Path, line: int, row: dict[str, str]) -> LanguageRow:
    return LanguageRow(line, _tag(path, line, row), row["text"], row.get("bucket") or "all")


def _topic(path: Path, line: int, row: dict[str, str]) -> TopicRow:
    theme, topic = row["theme"], row["topic"]
    if theme not in {*Theme, OTHER, ""}:
        raise ContentError(path, line, f"unknown theme {_quoted(theme)}")
    if topic:
        _slug(path, line, topic)
        if theme in ("", OTHER):
            raise ContentError(path, line, "a row with a topic needs its theme")
    return TopicRow(line, _tag(path, line, row), row["text"], theme, topic, row.get("script") or "native")


def _danger(path: Path, line: int, row: dict[str, str]) -> DangerRow:
    category, level = row["category"], row.get("level", "")
    if category not in {*Danger, NONE}:
        raise ContentError(path, line, f"unknown category of danger {_quoted(category)}")
    if level not in {*Level, ""}:
        raise ContentError(path, line, f"the level must be red or amber, not {_quoted(level)}")
    return DangerRow(line, _tag(path, line, row), row["text"], category, level)


def _dialogue(path: Path, line: int, text: str) -> Dialogue:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ContentError(path, line, "not JSON") from None
    if not isinstance(data, dict) or not isinstance(data.get("turns"), list) or not data["turns"]:
        raise ContentError(path, line, "a JSON object with a 'language' and a list of 'turns' is needed")
    return Dialogue(line, _tag(path, line, data), tuple(_turn(path, line, turn) for turn in data["turns"]))


def _turn(path: Path, line: int, data: object) -> Turn:
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or not isinstance(data.get("kind"), str):
        raise ContentError(path, line, "a turn is a JSON object with 'text', 'topic' and 'kind'")
    topic = data.get("topic")
    topics = topic if isinstance(topic, list) else [] if topic is None else [topic]
    return Turn(data["text"], tuple(_slug(path, line, each) for each in topics), data["kind"])
