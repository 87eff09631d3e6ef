"""Training data: Rasa 3.1 YAML in `nlu/data/<lang>/<theme>.yml`, read more strictly than Rasa itself reads it.

Rasa warns or stays silent where a line is lost; here a lost line is an error that names its file and line, because the
line was written by somebody who believes that it counts. The format: https://legacy-docs-oss.rasa.com/docs/rasa/training-data-format
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.content import LineMap, load_with_lines
from core.errors import ContentError
from core.locales import RECOGNISED, SERVED
from core.themes import Danger, Theme

DATA = Path(__file__).parent / "data"
OUT_OF_SCOPE = "out_of_scope"
#: File names that are not themes: small talk and requests about the service itself, and everything it must not answer.
SERVICE_FILE, OUT_OF_SCOPE_FILE = "service", "out_of_scope"
#: The file of messages about danger: its intents are the categories, and one for messages that only sound like it.
DANGER_FILE, NOT_DANGER = "danger", "not_danger"
#: Lines in languages and spellings that have no intents: only for telling languages apart. `<class>.txt`, a line each.
TEXT = Path(__file__).parent / "language" / "text"
_INTENT = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)*")
#: Characters at which Rasa's `splitlines` would break an example in two, and other controls.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance and what it means."""

    text: str
    intent: str
    language: str


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All examples, and the file (theme, `service` or `out_of_scope`) that each intent belongs to."""

    examples: tuple[Example, ...]
    #: Intent -> theme, `service` or `out_of_scope`.
    groups: Mapping[str, str]
    #: Messages about danger; their intents are categories of danger and `not_danger`.
    dangers: tuple[Example, ...]
    #: Lines for telling languages apart, by class (`hi-Latn`).
    lines: Mapping[str, tuple[str, ...]]
    #: SHA-256 of every file's name and bytes: a trained model is good for exactly this data.
    fingerprint: str

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages with examples, sorted."""
        return tuple(sorted({example.language for example in self.examples}))


def load_training(folder: Path = DATA, lines: Path = TEXT) -> TrainingData:
    """Read every file. Raises ContentError naming file, line and reason."""
    examples: list[Example] = []
    dangers: list[Example] = []
    groups: dict[str, str] = {}
    known: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*/*.yml")):
        language, group = path.parent.name, path.stem
        if language not in SERVED and language not in RECOGNISED:
            raise ContentError(
                path, 0, f"unknown language {language!r}: the folder must be a language tag Waypost knows"
            )
        if group == DANGER_FILE:
            dangers.extend(_dangers(path, language))
            continue
        if group not in {*Theme, SERVICE_FILE, OUT_OF_SCOPE_FILE}:
            raise ContentError(path, 0, f"unknown theme {group!r}")
        for intent, line, texts in _intents(path):
            if groups.setdefault(intent, group) != group:
                raise ContentError(path, line, f"the intent {intent!r} already belongs to {groups[intent]}")
            for at, text in texts:
                first = known.setdefault((language, text.casefold()), intent)
                if first != intent:
                    raise ContentError(path, at, f"the line {text!r} stands under {first!r} already")
                examples.append(Example(text, intent, language))
    if not examples:
        raise ContentError(folder, 0, "no training data found")
    return TrainingData(tuple(examples), groups, tuple(dangers), _lines(lines), fingerprint(folder, lines))


def _dangers(path: Path, language: str) -> Iterator[Example]:
    for intent, line, texts in _intents(path):
        if intent not in {*Danger, NOT_DANGER}:
            raise ContentError(path, line, f"unknown category of danger {intent!r}")
        yield from (Example(text, intent, language) for _, text in texts)


def _lines(folder: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.txt")):
        if path.stem.removesuffix("-Latn") not in {*SERVED, *RECOGNISED}:
            raise ContentError(path, 0, f"unknown language {path.stem!r}: the file must be named after a language tag")
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            raise ContentError(path, 0, "the file is not UTF-8 text") from None
        found[path.stem] = tuple(line for line in map(str.strip, lines) if line and not line.startswith("#"))
    return found


def fingerprint(folder: Path = DATA, text: Path = TEXT) -> str:
    """SHA-256 over the names and bytes of every file, without reading what they say."""
    digest = sha256()
    for path in (*sorted(folder.glob("*/*.yml")), *sorted(text.glob("*.txt"))):
        digest.update(f"{path.parent.name}/{path.stem}".encode() + path.read_bytes())
    return digest.hexdigest()


def _intents(path: Path) -> Iterator[tuple[str, int, list[tuple[int, str]]]]:
    """Intents with their line, and their utterances with theirs."""
    document, lines = load_with_lines(path)
    if not isinstance(document, dict) or document.get("version") != "3.1":
        raise ContentError(path, lines.at("version").line(), 'the file must say version: "3.1" (in quotes)')
    items = document.get("nlu")
    if not isinstance(items, list) or not items:
        raise ContentError(path, 1, "'nlu' must be a list with at least one intent")
    seen: set[str] = set()
    for number, item in enumerate(items):
        where = lines.at("nlu", number)
        intent = _intent_name(item, path, where)
        if intent in seen:
            raise ContentError(path, where.line(), f"the intent {intent!r} stands twice")
        seen.add(intent)
        yield intent, where.line(), _texts(item["examples"], path, where.at("examples"))


def _intent_name(item: object, path: Path, where: LineMap) -> str:
    if not isinstance(item, dict) or set(item) != {"intent", "examples"}:
        raise ContentError(path, where.line(), "an entry must have exactly the keys 'intent' and 'examples'")
    intent = item["intent"]
    if not isinstance(intent, str) or not _INTENT.fullmatch(intent):
        raise ContentError(path, where.line(), f"{intent!r} is not an intent name (small letters, digits, hyphens)")
    return intent


def _texts(block: object, path: Path, where: LineMap) -> list[tuple[int, str]]:
    if not isinstance(block, str) or getattr(where.node, "style", None) != "|":
        raise ContentError(path, where.line(), "'examples' must be a text block (examples: |)")
    texts = []
    for at, line in enumerate(block.split("\n"), start=where.line() + 1):
        if not line.strip():
            continue
        text = line.removeprefix("- ").strip()
        if not line.startswith("- ") or not text:
            raise ContentError(path, at, "every example must stand on a line that starts with '- '")
        if "](" in text or _CONTROL.search(text):
            raise ContentError(path, at, "an example must not contain '](' or control characters")
        texts.append((at, text))
    if not texts:
        raise ContentError(path, where.line(), "the intent has no examples")
    return texts
