"""How well topics are found, and whether the understanding knows when it does not know."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlu.evaluation.report import Cell, Miss, Report, Share, Table, mean, share
from nlu.evaluation.rows import OTHER, TopicRow
from nlu.understand import Understanding

Judged = Sequence[tuple[TopicRow, Understanding]]
#: The thresholds of the coverage table.
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
BINS = 10
#: What small talk is called where a theme is printed, and a message of which nothing was made.
SMALL_TALK, NOTHING = "small talk", "nothing"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a topic is answered: from this confidence, unless it looks less familiar than this share of questions."""

    answer: float = 0.75
    refuse: float = 0.05


@dataclass(frozen=True, slots=True)
class Bin:
    """Guesses of about the same confidence."""

    rows: int
    #: Mean confidence, and the share that was right; both 0..1.
    confidence: float
    right: float


def measure_topics(
    rows: Iterable[TopicRow], understand: Callable[[str], Understanding], thresholds: Thresholds | None = None
) -> Report:
    """The figures of an understander on these rows."""
    return topics_report([(row, understand(row.text)) for row in rows], thresholds or Thresholds())


def topics_report(judged: Judged, thresholds: Thresholds) -> Report:
    """The figures of rows and what was understood of them."""
    with_topic = [(row, found) for row, found in judged if row.topic]
    answered = [(row, found) for row, found in judged if is_answered(found, thresholds)]
    languages = _grouped(judged, lambda row: row.language)
    facts: dict[str, Cell] = {
        "theme_right": share(theme_right(*each) for each in judged),
        "theme_right_macro_over_languages": mean(share(theme_right(*e) for e in each) for each in languages.values()),
        "topic_right": share(topic_right(*each) for each in with_topic),
        "answered": Share(len(answered), len(judged)),
        "right_when_answered": share(not is_wrong(*each) for each in answered),
        "confident_and_wrong": Share(sum(is_wrong(*each) for each in answered), len(judged)),
        "expected_calibration_error": calibration_error(bins(judged)),
    }
    tables = (
        _accuracy("languages", "language", languages),
        _accuracy("themes", "theme", _grouped(judged, _wanted)),
        _coverage(judged, thresholds),
        _calibration(judged),
        _confusions(judged),
    )
    return Report("topics", len(judged), facts, tables, _misses(judged))


def theme_right(row: TopicRow, found: Understanding) -> bool:
    """Whether the theme is right; small talk is right when it was taken for an intent about the service."""
    return _wanted(row) == _got(found)


def topic_right(row: TopicRow, found: Understanding) -> bool:
    """Whether the first topic is the row's."""
    return bool(row.topic) and row.topic == found.topic


def is_answered(found: Understanding, thresholds: Thresholds) -> bool:
    """Whether the topic is sure enough to be answered without asking back."""
    familiar = found.follows or found.genuine >= thresholds.refuse
    return found.topic is not None and found.topic_confidence >= thresholds.answer and familiar


def is_wrong(row: TopicRow, found: Understanding) -> bool:
    """Whether an answer about the found topic is wrong. A row without a topic of its own is judged by its theme."""
    return not (topic_right(row, found) if row.topic else theme_right(row, found))


def bins(judged: Judged) -> tuple[Bin, ...]:
    """Ten bins of equal width over confidence, over the rows for which a topic was chosen and is known right or wrong."""
    pairs = [
        (found.topic_confidence, topic_right(row, found))
        for row, found in judged
        if found.topic and (row.topic or row.theme in ("", OTHER))
    ]
    return binned(pairs)


def binned(pairs: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Pairs of confidence (0..1) and right, as ten bins of equal width; empty bins are there, with no rows."""
    filled: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in pairs:
        filled[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return tuple(
        Bin(len(each), sum(c for c, _ in each) / len(each), sum(r for _, r in each) / len(each))
        if each
        else Bin(0, 0, 0)
        for each in filled
    )


def calibration_error(found: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0..1: the mean distance between confidence and accuracy, each bin by its rows."""
    rows = sum(each.rows for each in found)
    return sum(each.rows * abs(each.confidence - each.right) for each in found) / rows if rows else None


def _wanted(row: TopicRow) -> str:
    return row.theme or SMALL_TALK


def _got(found: Understanding) -> str:
    return SMALL_TALK if found.service else found.theme or NOTHING


def _grouped(judged: Judged, key: Callable[[TopicRow], str]) -> dict[str, list[tuple[TopicRow, Understanding]]]:
    groups: dict[str, list[tuple[TopicRow, Understanding]]] = {}
    for row, found in judged:
        groups.setdefault(key(row), []).append((row, found))
    return dict(sorted(groups.items()))


def _accuracy(name: str, column: str, groups: dict[str, list[tuple[TopicRow, Understanding]]]) -> Table:
    rows = tuple(
        (
            group,
            len(each),
            share(theme_right(*e) for e in each),
            share(topic_right(row, found) for row, found in each if row.topic),
        )
        for group, each in groups.items()
    )
    return Table(name, f"Accuracy by {column}", (column, "rows", "theme right", "topic right"), rows)


def _coverage(judged: Judged, thresholds: Thresholds) -> Table:
    """What another threshold would answer, and how much of it would be wrong."""
    rows = []
    for threshold in sorted({*THRESHOLDS, thresholds.answer}):
        at = Thresholds(threshold, thresholds.refuse)
        answered = [(row, found) for row, found in judged if is_answered(found, at)]
        wrong = sum(is_wrong(*each) for each in answered)
        rows.append(
            (
                f"{threshold:.2f}",
                Share(len(answered), len(judged)),
                Share(len(answered) - wrong, len(answered)),
                Share(wrong, len(judged)),
            )
        )
    columns = ("threshold", "answered", "right when answered", "wrong of all")
    return Table("coverage", "Coverage against accuracy", columns, tuple(rows))


def _calibration(judged: Judged) -> Table:
    rows = tuple(
        (f"{at / BINS:.1f}-{(at + 1) / BINS:.1f}", each.rows, each.confidence, each.right)
        for at, each in enumerate(bins(judged))
        if each.rows
    )
    return Table("calibration", "Confidence against accuracy", ("bin", "rows", "confidence", "right"), rows)


def _confusions(judged: Judged) -> Table:
    """A row for each theme that was wanted, a column for each that was got."""
    counts = Counter((_wanted(row), _got(found)) for row, found in judged)
    names = sorted({name for pair in counts for name in pair})
    rows: list[tuple[Cell, ...]] = [
        (want, *(counts[want, got] for got in names)) for want in sorted({want for want, _ in counts})
    ]
    return Table("confusions", "Themes: wanted (rows) against got (columns)", ("wanted", *names), tuple(rows))


def _misses(judged: Judged) -> tuple[Miss, ...]:
    def wrong() -> Iterator[Miss]:
        for row, found in judged:
            if not theme_right(row, found) or (row.topic and not topic_right(row, found)):
                got = f"{_got(found)}/{found.topic or found.service or ''} {found.topic_confidence:.2f}"
                yield Miss(row.line, f"{_wanted(row)}/{row.topic}", got, row.text)

    return tuple(wrong())
