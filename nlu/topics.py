"""Topics: which article, if any, is this message about?

One linear model over all languages. It does better than one for each, because people share words such as "share code"
across languages. Its features are TF-IDF of words (1-2) and of characters inside words (1-4); it is a support vector
machine with one class per intent. Its margins, the likeness to the nearest training utterance and the gap to the
runner-up are turned into one number by a logistic regression fitted on held-out folds: the chance that the
first choice is right. That number is what the thresholds of the settings mean.

Training uses scikit-learn; answering uses NumPy alone, so that starting needs neither scikit-learn nor pickle.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.text import fold, words
from nlu.training import OUT_OF_SCOPE, Example

#: Raised when features, training or the stored form change: older stored models are then not read.
VERSION = 6
FOLDS = 3
#: Softness of the margin and tolerance of the solver: ten times the tolerance halves the time and moves no figure.
C, TOLERANCE = 0.5, 1e-3
LONGEST_CHARS = 4
#: Only this many words are looked at: a question is at its beginning, and cost must not follow length.
MAX_WORDS = 120

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One intent with the share of belief it gets; the shares of all intents sum to 1."""

    intent: str
    share: float


@dataclass(frozen=True, slots=True)
class TopicGuess:
    """What a message is about."""

    #: Likeliest first; at most five.
    ranked: tuple[Ranked, ...]
    #: The chance that the first is right, 0..1.
    confidence: float


def grams(text: str) -> Counter[str]:
    """The features of a text: `w:` words and pairs of words, `c:` character runs inside words."""
    tokens = words(fold(text))[:MAX_WORDS]
    found: Counter[str] = Counter()
    for at, token in enumerate(tokens):
        found[f"w:{token}"] += 1
        if at:
            found[f"w:{tokens[at - 1]} {token}"] += 1
        padded = f" {token} "
        for size in range(1, LONGEST_CHARS + 1):
            for start in range(max(1, len(padded) - size + 1)):
                found[f"c:{padded[start : start + size]}"] += 1
    return found


@dataclass(frozen=True, slots=True)
class TopicModel:
    """A trained model. Immutable; safe to share between threads."""

    intents: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: Floats
    #: Shape (features, intents).
    weights: Floats
    bias: Floats
    #: The training utterances as rows of a sparse matrix: values, columns, starts of rows, and the intent of each row.
    rows: tuple[Floats, NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]
    #: Weights of the confidence, see `_evidence`, and its bias last.
    trust: Floats
    #: Softmax temperature of the shares.
    temperature: float

    def classify(self, text: str) -> TopicGuess:
        """What the text is about. Any text is accepted; one without known features has confidence 0."""
        columns, values = self._vector(text)
        if not len(columns):
            return TopicGuess((), 0.0)
        margins = self.weights[columns].T @ values + self.bias
        shares = _softmax(margins / self.temperature)
        order = np.argsort(-shares, kind="stable")[:5]
        ranked = tuple(Ranked(self.intents[at], float(shares[at])) for at in order)
        likeness = self._likeness(columns, values, int(order[0]))
        evidence = _evidence(margins, shares, likeness, len(columns))
        confidence = 1.0 / (1.0 + math.exp(-float(evidence @ self.trust[:-1] + self.trust[-1])))
        return TopicGuess(ranked, confidence)

    def _vector(self, text: str) -> tuple[NDArray[np.int64], Floats]:
        found = grams(text)
        known = sorted((self.vocabulary[gram], count) for gram, count in found.items() if gram in self.vocabulary)
        columns = np.array([column for column, _ in known], dtype=np.int64)
        counts = np.array([count for _, count in known], dtype=np.float32)
        values = (1.0 + np.log(counts)) * self.idf[columns] if known else counts
        return columns, values / (np.linalg.norm(values) or 1.0)

    def _likeness(self, columns: NDArray[np.int64], values: Floats, intent: int) -> tuple[float, float]:
        """Cosine with the nearest utterance of the intent, and with the nearest of any other."""
        query = np.zeros(len(self.idf), dtype=np.float32)
        query[columns] = values
        data, indices, starts, owner = self.rows
        cosines = np.add.reduceat(data * query[indices], starts)
        own = owner == intent
        return float(cosines[own].max(initial=0.0)), float(cosines[~own].max(initial=0.0))


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def _evidence(margins: NDArray[Any], shares: NDArray[Any], likeness: Sequence[float], features: int) -> NDArray[Any]:
    """What speaks for the first choice: its margin, its lead, its share, likeness to its own and other utterances."""
    best, second = np.partition(margins, -2)[[-1, -2]] if len(margins) > 1 else (margins[0], -1.0)
    return np.array(
        [best, best - second, shares.max(), likeness[0], likeness[0] - likeness[1], math.log1p(features)],
        dtype=np.float64,
    )


def train_topics(examples: Sequence[Example]) -> TopicModel:
    """Fit a model. Deterministic. Takes seconds; needs at least two intents with two examples each."""
    counted = [grams(example.text) for example in examples]
    intents = tuple(sorted({example.intent for example in examples}))
    number = {intent: at for at, intent in enumerate(intents)}
    labels = np.array([number[example.intent] for example in examples], dtype=np.int32)
    vocabulary, idf = _vocabulary(counted)
    matrix = _matrix(counted, vocabulary, idf)
    margins, likeness = _held_out(matrix, labels, len(intents))
    temperature = _fit_temperature(margins, labels)
    # "Not for us" is never an answer, so choosing a topic for a message from there is always wrong.
    right = (margins.argmax(axis=1) == labels) & (labels != number.get(OUT_OF_SCOPE, -1))
    features = np.diff(matrix.indptr)
    evidence = np.array(
        [
            _evidence(row, _softmax(row / temperature), tuple(likeness[at]), int(features[at]))
            for at, row in enumerate(margins)
        ]
    )
    machine = _machine().fit(matrix, labels)
    weights, bias = _weights(machine, len(intents))
    starts = matrix.indptr[:-1].astype(np.int64)
    return TopicModel(
        intents=intents,
        vocabulary=vocabulary,
        idf=idf,
        weights=weights,
        bias=bias,
        rows=(matrix.data.astype(np.float32), matrix.indices.astype(np.int32), starts, labels),
        trust=_fit_trust(evidence, right),
        temperature=temperature,
    )


def _vocabulary(counted: Sequence[Counter[str]]) -> tuple[dict[str, int], Floats]:
    presence = Counter(gram for grams_ in counted for gram in grams_)
    # A character run seen once teaches nothing about new text; a word seen once can.
    kept = sorted(gram for gram, count in presence.items() if count > 1 or (gram.startswith("w:") and " " not in gram))
    idf = np.array([math.log((1 + len(counted)) / (1 + presence[gram])) + 1 for gram in kept], dtype=np.float32)
    return {gram: at for at, gram in enumerate(kept)}, idf


def _matrix(counted: Sequence[Counter[str]], vocabulary: Mapping[str, int], idf: Floats) -> Any:
    from scipy.sparse import csr_matrix

    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for grams_ in counted:
        row = sorted((vocabulary[gram], count) for gram, count in grams_.items() if gram in vocabulary)
        values = np.array([(1.0 + math.log(count)) * idf[column] for column, count in row])
        data.extend(values / (np.linalg.norm(values) or 1.0))
        columns.extend(column for column, _ in row)
        starts.append(len(columns))
    return csr_matrix((np.array(data, dtype=np.float32), columns, starts), shape=(len(counted), len(vocabulary)))


def _weights(machine: Any, intents: int) -> tuple[Floats, Floats]:
    """Weights as (features, intents). With two intents scikit-learn keeps one column: the other is its mirror."""
    weights, bias = machine.coef_, machine.intercept_
    if intents == 2:
        weights, bias = np.vstack([-weights, weights]), np.array([-bias[0], bias[0]])
    return np.ascontiguousarray(weights.T, dtype=np.float32), np.asarray(bias, dtype=np.float32)


#: Rows compared with all others at once: keeps the memory of training below a few hundred megabytes.
CHUNK = 512


def _held_out(matrix: Any, labels: NDArray[np.int32], size: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Margins and likenesses of each example, judged by a machine that has not seen it."""
    from sklearn.model_selection import StratifiedKFold

    rarest = int(np.bincount(labels).min())
    folds = list(StratifiedKFold(max(2, min(FOLDS, rarest)), shuffle=True, random_state=0).split(matrix, labels))
    margins = np.zeros((len(labels), size))
    likeness = np.zeros((len(labels), 2))
    # One after the other: the solver has one random generator for a whole process, and a small machine little memory.
    for train, test in folds:
        margins[test], likeness[test] = _judge(matrix, labels, size, train, test)
    return margins, likeness


def _judge(
    matrix: Any, labels: NDArray[np.int32], size: int, train: NDArray[Any], test: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Margins of the held-out rows, and their likeness to training rows of the chosen and of other intents."""
    weights, bias = _weights(_machine().fit(matrix[train], labels[train]), size)
    margins = matrix[test] @ weights + bias
    likeness = np.zeros((len(test), 2))
    known = matrix[train].T.tocsr()
    for start in range(0, len(test), CHUNK):
        rows = slice(start, start + CHUNK)
        cosines = (matrix[test[rows]] @ known).toarray()
        own = labels[train][None, :] == margins[rows].argmax(axis=1)[:, None]
        likeness[rows, 0] = np.where(own, cosines, 0.0).max(axis=1)
        likeness[rows, 1] = np.where(own, 0.0, cosines).max(axis=1)
    return margins, likeness


def _machine() -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=C, tol=TOLERANCE, random_state=0)


def _fit_trust(evidence: NDArray[Any], right: NDArray[Any]) -> Floats:
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():
        return np.array([0, 0, 0, 0, 0, 0, 1.0 if right.all() else -1.0], dtype=np.float32)
    fitted = LogisticRegression(C=10.0, max_iter=2000).fit(evidence, right)
    return np.append(fitted.coef_[0], fitted.intercept_[0]).astype(np.float32)


def _fit_temperature(margins: NDArray[Any], labels: NDArray[np.int32]) -> float:
    """The temperature under which the held-out truth is likeliest. Searched on a small grid, which is exact enough."""
    rows = np.arange(len(labels))
    grid = np.geomspace(0.05, 1.0, 16)
    losses = [-np.log(_softmax(margins / value)[rows, labels] + 1e-12).mean() for value in grid]
    return float(grid[int(np.argmin(losses))])


_ARRAYS = ("idf", "weights", "bias", "trust")


def save_model(model: TopicModel, folder: Path, name: str) -> None:
    """Write `<name>.npz` and `<name>.json`. No pickle."""
    folder.mkdir(parents=True, exist_ok=True)
    data, indices, starts, owner = model.rows
    arrays = {key: getattr(model, key) for key in _ARRAYS}
    np.savez(folder / f"{name}.npz", data=data, indices=indices, starts=starts, owner=owner, **arrays)
    words_ = {"intents": model.intents, "vocabulary": list(model.vocabulary), "temperature": model.temperature}
    (folder / f"{name}.json").write_text(json.dumps(words_, ensure_ascii=False), encoding="utf-8")


def load_model(folder: Path, name: str) -> TopicModel:
    """Read what `save_model` wrote. Raises what the standard library and NumPy raise when it is not there or not whole."""
    stored = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with (folder / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return TopicModel(
            intents=tuple(stored["intents"]),
            vocabulary={gram: at for at, gram in enumerate(stored["vocabulary"])},
            rows=(arrays["data"], arrays["indices"], arrays["starts"], arrays["owner"]),
            temperature=float(stored["temperature"]),
            **{key: arrays[key] for key in _ARRAYS},
        )
