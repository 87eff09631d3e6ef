"""Danger: deterministic rules in every language, tried on every message before anything else.

A rule says which words, standing together, are a sign of which danger. Rules live in ``nlu/danger/<lang>.yml`` and are
all tried whatever the detected language: people in danger mix languages. A match explains itself by its rule id.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from core.content import LineMap, load_with_lines
from core.errors import ContentError
from core.themes import Danger, Level
from nlu.text import fold, words

#: Raised when folding or the compiled form changes.
VERSION = 5
#: Words on each side of a match in which an ``unless`` term cancels it.
UNLESS_REACH = 4
#: Largest distance, in words, between the first words of the terms of a ``near`` rule.
DEFAULT_WINDOW = 6
#: A run of at least this many single letters is read as letter-spaced words ("k i l l").
SPACED_RUN = 5
_LEET = str.maketrans("013457", "oieast")
_RULE_KEYS = {"id", "category", "level", "any", "near", "window", "unless"}
_TERM = re.compile(r"\*?[^\s*]+\*?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of danger."""

    id: str
    category: Danger
    level: Level
    #: Groups of term numbers: one term of every group must be present. A rule with ``any`` has one group.
    groups: Sequence[Sequence[int]]
    unless: Sequence[int]
    window: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched."""

    rule: str
    category: Danger
    level: Level


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules found in one message."""

    #: The gravest category found; None when nothing matched.
    category: Danger | None = None
    level: Level | None = None
    #: The id of the rule that decided.
    rule: str | None = None
    hits: tuple[Hit, ...] = ()

    @property
    def score(self) -> float:
        """1.0 for red, 0.6 for amber, 0.0 for nothing: a rank, not a probability."""
        return {Level.RED: 1.0, Level.AMBER: 0.6, None: 0.0}[self.level]


_STORED = ("patterns", "anchors", "exact", "prefix", "suffix", "infix")


@dataclass(slots=True)
class _Terms:
    """Every term of every rule, indexed by its longest word, so that cost does not grow with the number of rules."""

    #: The words of each, one space between.
    patterns: list[str] = field(default_factory=list)
    #: Place of the indexed word in each pattern.
    anchors: list[int] = field(default_factory=list)
    #: Only while the rules are read.
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict, compare=False)
    exact: dict[str, list[int]] = field(default_factory=dict)
    prefix: dict[str, list[int]] = field(default_factory=dict)
    suffix: dict[str, list[int]] = field(default_factory=dict)
    infix: dict[str, list[int]] = field(default_factory=dict)
    infix_lengths: set[int] = field(default_factory=set)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "_Terms":
        tables = {name: stored[name] for name in _STORED}
        return cls(infix_lengths={len(stem) for stem in stored["infix"]}, **tables)

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _STORED}

    def number(self, term: str) -> int:
        pattern = tuple(_fold_term(term))
        if not pattern:
            raise ValueError(f"the term {term!r} has no letters or digits")
        return self.add(pattern)

    def add(self, pattern: tuple[str, ...]) -> int:
        if pattern not in self.numbers:
            self.numbers[pattern] = len(self.patterns)
            self.patterns.append(" ".join(pattern))
            anchor = max(range(len(pattern)), key=lambda at: len(pattern[at].strip("*")))
            self.anchors.append(anchor)
            self._index(pattern[anchor]).append(self.numbers[pattern])
        return self.numbers[pattern]

    def _index(self, word: str) -> list[int]:
        stem = word.strip("*")
        table = {
            (False, False): self.exact,
            (False, True): self.prefix,
            (True, False): self.suffix,
            (True, True): self.infix,
        }[word.startswith("*"), word.endswith("*")]
        if table is self.infix:
            self.infix_lengths.add(len(stem))
        return table.setdefault(stem, [])

    def anchored_at(self, word: str) -> Iterator[int]:
        """Numbers of the terms whose indexed word this word is."""
        size = len(word)
        yield from self.exact.get(word, ())
        for length in range(1, size + 1):
            yield from self.prefix.get(word[:length], ())
            yield from self.suffix.get(word[size - length :], ())
        for length in self.infix_lengths:
            for start in range(size - length + 1):
                yield from self.infix.get(word[start : start + length], ())


def _fold_term(term: str) -> Iterator[str]:
    for piece in term.split():
        if not _TERM.fullmatch(piece):
            raise ValueError(f"the term {term!r} may have '*' only at the start or end of a word")
        folded = words(fold(piece.strip("*")))
        for at, word in enumerate(folded):
            lead = "*" if piece.startswith("*") and at == 0 else ""
            tail = "*" if piece.endswith("*") and at == len(folded) - 1 else ""
            yield f"{lead}{word}{tail}"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, ready to match. Immutable: a reload makes a new one."""

    rules: tuple[Rule, ...]
    terms: _Terms
    #: For each term, the numbers of the rules that it brings into question: it is in their first group.
    by_term: Sequence[Sequence[int]]

    @classmethod
    def of(cls, rules: Sequence[Rule], terms: _Terms) -> "RuleBook":
        """A book over rules whose terms are numbered."""
        by_term: list[list[int]] = [[] for _ in terms.patterns]
        for number, rule in enumerate(rules):
            for term in rule.groups[0]:
                by_term[term].append(number)
        return cls(tuple(rules), terms, by_term)

    def in_question(self, found: Iterable[int]) -> list[Rule]:
        """The rules that may match when these terms were found, in the order of the book."""
        return [self.rules[number] for number in sorted({at for term in found for at in self.by_term[term]})]

    def to_json(self) -> dict[str, Any]:
        """The compiled form, for the cache."""
        rules = [[rule.id, rule.category, rule.level, rule.groups, rule.unless, rule.window] for rule in self.rules]
        return {"terms": self.terms.to_json(), "rules": rules, "by_term": self.by_term}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RuleBook":
        """A rule book from its compiled form."""
        rules = tuple(
            Rule(name, Danger(category), Level(level), groups, unless, window)
            for name, category, level, groups, unless, window in stored["rules"]
        )
        return cls(rules, _Terms.from_json(stored["terms"]), stored["by_term"])

    @property
    def categories(self) -> frozenset[Danger]:
        """The categories that at least one rule can raise."""
        return frozenset(rule.category for rule in self.rules)


def load_rules(folder: Path) -> RuleBook:
    """Read every ``<lang>.yml`` of the folder. Raises ContentError naming file, line and reason."""
    terms = _Terms()
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yml")):
        for entry, lines in _entries(path):
            rule = _rule(entry, terms, path, lines)
            if rule.id in rules:
                raise ContentError(path, lines.line(), f"rule id {rule.id} is used twice")
            rules[rule.id] = rule
    if not rules:
        raise ContentError(folder, 0, "no danger rules found: Waypost does not run without them")
    return RuleBook.of(tuple(rules.values()), terms)


def _entries(path: Path) -> Iterator[tuple[Mapping[str, object], LineMap]]:
    document, lines = load_with_lines(path)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise ContentError(path, 1, "the file must start with 'version: 1'")
    listed = document.get("rules")
    if not isinstance(listed, list) or not listed:
        raise ContentError(path, 1, "'rules' must be a list with at least one rule")
    for number, entry in enumerate(listed):
        where = lines.at("rules", number)
        if not isinstance(entry, dict):
            raise ContentError(path, where.line(), "a rule must be a mapping with id, category and level")
        yield entry, where


def _rule(entry: Mapping[str, object], terms: _Terms, path: Path, lines: LineMap) -> Rule:
    try:
        if unknown := set(entry) - _RULE_KEYS:
            raise ValueError(f"unknown key {min(unknown)!r}")
        if ("any" in entry) == ("near" in entry):
            raise ValueError("a rule needs either 'any' or 'near'")
        groups = [entry["any"]] if "any" in entry else entry["near"]
        if not isinstance(groups, list) or not groups:
            raise ValueError("'near' must be a list of lists of terms")
        return Rule(
            id=str(entry["id"]),
            category=Danger(str(entry["category"])),
            level=Level(str(entry["level"])),
            groups=[_numbers(group, terms) for group in groups],
            unless=_numbers(entry.get("unless", []), terms, may_be_empty=True),
            window=int(str(entry.get("window", DEFAULT_WINDOW))),
        )
    except KeyError as missing:
        raise ContentError(path, lines.line(), f"a rule lacks {missing}") from None
    except ValueError as wrong:
        raise ContentError(path, lines.line(), str(wrong)) from None


def _numbers(group: object, terms: _Terms, *, may_be_empty: bool = False) -> list[int]:
    if not isinstance(group, list) or not (group or may_be_empty):
        raise ValueError("terms must be a list with at least one entry")
    # YAML reads no, yes, on and off as truth values.
    if wrong := [term for term in group if not isinstance(term, str | int) or isinstance(term, bool)]:
        raise ValueError(f"the term {wrong[0]!r} is not text: put it in quotes")
    return list(dict.fromkeys(terms.number(str(term)) for term in group))


Span = tuple[int, int]


def assess(text: str, book: RuleBook) -> Assessment:
    """Try every rule on one message of any length. Pure and deterministic: same text, same assessment."""
    tokens = words(fold(text))
    found = _find_terms(tokens, book.terms)
    spaced = _letter_spaced(tokens)
    if spaced:
        _find_spaced(spaced, book.terms, found, len(tokens))
    hits = tuple(Hit(rule.id, rule.category, rule.level) for rule in book.in_question(found) if _matches(rule, found))
    if not hits:
        return Assessment()
    order = list(Danger)
    worst = min(hits, key=lambda hit: (hit.level is not Level.RED, order.index(hit.category)))
    return Assessment(worst.category, worst.level, worst.rule, hits)


def _find_terms(tokens: Sequence[str], terms: _Terms) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    readings = [(token, _unleet(token)) for token in tokens]
    for at, (token, plain) in enumerate(readings):
        numbers = set(terms.anchored_at(token))
        if plain != token:
            numbers.update(terms.anchored_at(plain))
        for number in numbers:
            pattern, start = terms.patterns[number].split(), at - terms.anchors[number]
            if _stands_at(readings, start, pattern, terms.anchors[number]):
                found.setdefault(number, []).append((start, start + len(pattern)))
    return found


def _unleet(token: str) -> str:
    """``k1ll`` as ``kill``: only for words that mix Latin letters and digits (Arabizi keeps its own reading too)."""
    if token.isascii() and not token.isalpha() and not token.isdigit():
        return token.translate(_LEET)
    return token


def _stands_at(readings: Sequence[tuple[str, str]], start: int, pattern: Sequence[str], anchor: int) -> bool:
    """Whether the words of a pattern stand side by side from here; the indexed word is known to."""
    if start < 0 or start + len(pattern) > len(readings):
        return False
    return all(
        any(_word_fits(reading, want) for reading in readings[start + at])
        for at, want in enumerate(pattern)
        if at != anchor
    )


def _word_fits(word: str, want: str) -> bool:
    stem = want.strip("*")
    if want.startswith("*") and want.endswith("*"):
        return stem in word
    if want.endswith("*"):
        return word.startswith(stem)
    return word.endswith(stem) if want.startswith("*") else word == stem


def _letter_spaced(tokens: Sequence[str]) -> str:
    """The letters of every long run of single-letter words, joined; empty when there is none."""
    joined: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1:
            run.append(token)
            continue
        if len(run) >= SPACED_RUN:
            joined.append("".join(run))
        run = []
    return " ".join(joined)


def _find_spaced(spaced: str, terms: _Terms, found: dict[int, list[Span]], at: int) -> None:
    for number, pattern in enumerate(terms.patterns):
        phrase = pattern.replace("*", "").replace(" ", "")
        if len(phrase) > SPACED_RUN and phrase in spaced:
            found.setdefault(number, []).append((at, at + 1))


def _matches(rule: Rule, found: Mapping[int, list[Span]]) -> bool:
    spans = [[span for term in group for span in found.get(term, ())] for group in rule.groups]
    if not all(spans):
        return False
    cancels = [span for term in rule.unless for span in found.get(term, ())]
    return any(_stands(match, cancels) for match in _combinations(spans, rule.window))


def _combinations(spans: Sequence[Sequence[Span]], window: int) -> Iterator[Span]:
    """Stretches of the text that hold one term of every group, no word serving twice, within the window."""
    first, *rest = spans
    for head in first:
        near = [[span for span in group if abs(span[0] - head[0]) <= window] for group in rest]
        for others in product(*near):
            chosen = sorted([head, *others])
            apart = all(left[1] <= right[0] for left, right in pairwise(chosen))
            if apart and chosen[-1][0] - chosen[0][0] <= window:
                yield chosen[0][0], max(end for _, end in chosen)


def _stands(match: Span, cancels: Sequence[Span]) -> bool:
    start, end = match[0] - UNLESS_REACH, match[1] + UNLESS_REACH
    return not any(cancel[0] < end and cancel[1] > start for cancel in cancels)
