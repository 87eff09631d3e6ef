"""Whether a file to measure with holds what was trained on: then its figures would be too good to be true."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlu.evaluation.report import Miss, Report, Share, Table
from nlu.evaluation.rows import TextRow
from nlu.text import fold, words
from nlu.training import TrainingData

#: Alike from this Jaccard similarity of their runs of four characters.
ALIKE, RUN = 0.8, 4
#: Shorter utterances are alike by nature: everybody says hello.
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Leak:
    """A row that is in the training data, or nearly."""

    row: TextRow
    #: The training utterance.
    trained: str
    #: Jaccard similarity, 0..1; 1 when the two are equal after folding.
    likeness: float


def find_leaks(rows: Iterable[TextRow], trained: Iterable[str]) -> list[Leak]:
    """Rows equal or alike to a training utterance, after folding. Rows of one or two words never are leaks."""
    texts = list(dict.fromkeys(trained))
    keys = [_key(text) for text in texts]
    exact = {key: at for at, key in reversed(list(enumerate(keys)))}
    runs = [_runs(key) for key in keys]
    holders: dict[str, list[int]] = defaultdict(list)
    for at, mine in enumerate(runs):
        for run in mine:
            holders[run].append(at)
    return [leak for row in rows for leak in _leak(row, texts, exact, runs, holders)]


def leaks_report(rows: Sequence[TextRow], data: TrainingData) -> Report:
    """The leaks of a file against everything that is trained on."""
    trained = (example.text for example in (*data.examples, *data.dangers))
    lines = (line for each in data.lines.values() for line in each)
    leaks = find_leaks(rows, (*trained, *lines))
    table = Table(
        "leaks", "Leaks", ("line", "likeness"), tuple((leak.row.line, f"{leak.likeness:.2f}") for leak in leaks)
    )
    misses = tuple(
        Miss(leak.row.line, f"{leak.likeness:.2f}", f"trained: {leak.trained}", leak.row.text) for leak in leaks
    )
    return Report("leaks", len(rows), {"leaks": Share(len(leaks), len(rows))}, (table,), misses)


def _key(text: str) -> str:
    return " ".join(words(fold(text)))


def _runs(key: str) -> frozenset[str]:
    return frozenset(key[at : at + RUN] for at in range(max(1, len(key) - RUN + 1)))


def _leak(
    row: TextRow,
    texts: Sequence[str],
    exact: dict[str, int],
    runs: Sequence[frozenset[str]],
    holders: dict[str, list[int]],
) -> Iterator[Leak]:
    key = _key(row.text)
    if len(key.split()) < SHORTEST:
        return
    if key in exact:
        yield Leak(row, texts[exact[key]], 1.0)
        return
    mine = _runs(key)
    best = max(((_jaccard(mine, runs[at]), at) for at in _candidates(mine, runs, holders)), default=(0.0, 0))
    if best[0] >= ALIKE - 1e-9:
        yield Leak(row, texts[best[1]], best[0])


def _candidates(mine: frozenset[str], runs: Sequence[frozenset[str]], holders: dict[str, list[int]]) -> Iterator[int]:
    """Utterances that could be alike: of about the same size, and holding one of our rarest runs.

    Two sets that are alike share all but a fifth of ours, so one of any fifth and one more must be in the other.
    """
    rarest = sorted(mine, key=lambda run: len(holders.get(run, ())))
    enough = int(len(mine) * (1 - ALIKE) + 1e-9) + 1
    near = {at for run in rarest[:enough] for at in holders.get(run, ())}
    return (at for at in sorted(near) if ALIKE * len(mine) - 1e-9 <= len(runs[at]) <= len(mine) / ALIKE + 1e-9)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
