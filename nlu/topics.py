"""Topics: which article, if any, is this message about?

One linear model over all languages. It does better than one for each, because people share words such as "share code"
across languages. Its features are TF-IDF in four blocks: words and pairs of words, characters inside words (2-4), words with
one or two left out between them, and the words a message begins and ends with. Each block has length one, so that no block
drowns another. Two linear classifiers are added into one: a support vector machine, which finds the borders between intents,
and a naive Bayes, which knows what is usual inside each. Together they are half a point to a point better than either.

Every guess carries two honest numbers, both learnt on utterances the model had not seen. The chance that the first choice is
right, from its margin, its lead and its likeness to known utterances. And a conformal p-value: the share of genuine questions
that look less like something we know. Below the operator's knob the question is asked again instead of answered.

Training uses scikit-learn; answering uses NumPy alone, so that starting needs neither scikit-learn nor pickle.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.text import fold, words
from nlu.training import OUT_OF_SCOPE, Example

#: Raised when features, training or the stored form change: older stored models are then not read.
VERSION = 8
#: Parts of the data that the honest numbers are learnt on. From so many utterances on one part is enough.
FOLDS, PLENTY = 3, 5000
#: Softness of the margin and tolerance of the solver: ten times the tolerance halves the time and moves no figure.
C, TOLERANCE = 1.0, 1e-3
#: Smoothing of the naive Bayes, and how much its log-likelihoods count beside the margins once both spread equally.
SMOOTHING, BAYES = 0.02, 0.75
#: Blocks of features, by the first letter of their names, and how much each counts.
BLOCKS = {"w": 1.0, "c": 1.0, "s": 0.5, "e": 0.5}
#: Largest share of utterances that a feature may stand in and still tell which of them are alike.
COMMON = 0.03
#: Share of held-out questions whose right topic may be missing from the topics offered.
MISSING = 0.05
SHORTEST_CHARS, LONGEST_CHARS = 2, 4
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
    #: Share of genuine questions that look less like something we know, 0..1.
    genuine: float = 0.0
    #: The conformal set: the intents that the right one is among, likeliest first, 19 times in 20. May be long.
    likely: tuple[str, ...] = ()


def grams(text: str) -> Counter[str]:
    """The features of a text: `w:` words and pairs, `c:` characters inside words, `s:` pairs with a gap, `e:` both ends."""
    tokens = words(fold(text))[:MAX_WORDS]
    found: Counter[str] = Counter(f"e:<{token}" for token in tokens[:2])
    found.update(f"e:{token}>" for token in tokens[-1:])
    for at, token in enumerate(tokens):
        found[f"w:{token}"] += 1
        if at:
            found[f"w:{tokens[at - 1]} {token}"] += 1
        for later in tokens[at + 2 : at + 4]:
            found[f"s:{token} {later}"] += 1
        padded = f" {token} "
        for size in range(SHORTEST_CHARS, LONGEST_CHARS + 1):
            for start in range(max(1, len(padded) - size + 1)):
                found[f"c:{padded[start : start + size]}"] += 1
    return found


def _weights_of(
    found: Mapping[str, int], vocabulary: Mapping[str, int], idf: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """The known features of a text, by column, and their TF-IDF: each block of length one, all together too."""
    known = sorted((vocabulary[gram], count, gram[0]) for gram, count in found.items() if gram in vocabulary)
    columns = np.array([column for column, _, _ in known], dtype=np.int64)
    values = np.array([1.0 + math.log(count) for _, count, _ in known], dtype=np.float32) * idf[columns]
    blocks = np.array([ord(block) for _, _, block in known], dtype=np.int64)
    for block, weight in BLOCKS.items():
        mine = blocks == ord(block)
        values[mine] *= weight / (np.linalg.norm(values[mine]) or 1.0)
    return columns, values / (np.linalg.norm(values) or 1.0)


@dataclass(frozen=True, slots=True)
class TopicModel:
    """A trained model. Immutable; safe to share between threads."""

    intents: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: Floats
    #: Shape (features, intents), float16: half the memory, and no figure moves.
    weights: NDArray[np.float16]
    bias: Floats
    #: The training utterances by feature, only telling ones: values, numbers of utterances, where each feature starts.
    postings: tuple[Floats, NDArray[np.int32], NDArray[np.int64]]
    #: The intent of each training utterance.
    owner: NDArray[np.int32]
    #: Weights of the confidence, see `_evidence`, and its bias last.
    trust: Floats
    #: Softmax temperature of the shares.
    temperature: float
    #: Scores of genuine questions that the model had not seen, ascending: see `TopicGuess.genuine`.
    genuine: Floats
    #: Share from which an intent belongs to the conformal set.
    floor: float

    @property
    def last_error(self) -> str | None:
        """Nothing can fail in here."""
        return None

    def classify(self, text: str) -> TopicGuess:
        """What the text is about. Any text is accepted; one without known features has confidence 0."""
        columns, values, margins = self._judge(text)
        if not len(columns):
            return TopicGuess((), 0.0)
        shares = _softmax(margins / self.temperature)
        order = np.argsort(-shares, kind="stable")
        ranked = tuple(Ranked(self.intents[at], float(shares[at])) for at in order[:5])
        likeness = self._likeness(columns, values, int(order[0]))
        outside = self.intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.intents else None
        evidence = _evidence(margins, shares, likeness, len(columns))
        confidence = 1.0 / (1.0 + math.exp(-float(evidence @ self.trust[:-1] + self.trust[-1])))
        genuine = np.searchsorted(self.genuine, _familiar(margins, likeness, outside)) / max(len(self.genuine), 1)
        likely = tuple(self.intents[at] for at in order[: int((shares >= self.floor).sum())])
        return TopicGuess(ranked, confidence, float(genuine), likely)

    def shares(self, text: str) -> dict[str, float]:
        """The share of belief of every intent; empty for a text without known features. Cheaper than `classify`."""
        columns, _, margins = self._judge(text)
        shares = _softmax(margins / self.temperature)
        return dict(zip(self.intents, shares.tolist(), strict=True)) if len(columns) else {}

    def without_examples(self) -> "TopicModel":
        """The same for whoever asks for `shares` alone: without the training utterances, a third of its memory."""
        nothing = (
            np.zeros(0, dtype=np.float32),
            np.zeros(0, dtype=np.int32),
            np.zeros(len(self.idf) + 1, dtype=np.int64),
        )
        return replace(self, postings=nothing)

    def _judge(self, text: str) -> tuple[NDArray[np.int64], Floats, Floats]:
        columns, values = _weights_of(grams(text), self.vocabulary, self.idf)
        return columns, values, values @ self.weights[columns].astype(np.float32) + self.bias

    def _likeness(self, columns: NDArray[np.int64], values: Floats, intent: int) -> tuple[float, float]:
        """Cosine with the nearest utterance of the intent, and with the nearest of any other."""
        data, utterances, starts = self.postings
        reach = [slice(starts[column], starts[column + 1]) for column in columns]
        products = [data[part] * value for part, value in zip(reach, values, strict=True)]
        cosines = np.bincount(
            np.concatenate([utterances[part] for part in reach]),
            weights=np.concatenate(products),
            minlength=len(self.owner),
        )
        own = self.owner == intent
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


def _familiar(margins: NDArray[Any], likeness: Sequence[float], outside: int | None) -> float:
    """How much a message looks like something we know: twice its best margin and likeness, less its margin outside."""
    inside = margins if outside is None else np.delete(margins, outside)
    return float(2 * inside.max() + 2 * likeness[0] - (margins[outside] if outside is not None else 0.0))


def train_topics(examples: Sequence[Example]) -> TopicModel:
    """Fit a model. Deterministic. Takes seconds; needs at least two intents with two examples each."""
    intents = tuple(sorted({example.intent for example in examples}))
    number = {intent: at for at, intent in enumerate(intents)}
    labels = np.array([number[example.intent] for example in examples], dtype=np.int32)
    vocabulary, idf, matrix = _features(examples)
    unseen, margins, likeness = _held_out(matrix, labels, len(intents))
    truth = labels[unseen]
    temperature = _fit_temperature(margins, truth)
    shares = _softmax(margins / temperature)
    outside = number.get(OUT_OF_SCOPE)
    # "Not for us" is never an answer, so choosing a topic for a message from there is always wrong.
    right = (margins.argmax(axis=1) == truth) & (truth != (-1 if outside is None else outside))
    features = np.diff(matrix.indptr)[unseen]
    evidence = np.array(
        [_evidence(row, shares[at], tuple(likeness[at]), int(features[at])) for at, row in enumerate(margins)]
    )
    genuine = [_familiar(row, tuple(likeness[at]), outside) for at, row in enumerate(margins) if truth[at] != outside]
    weights, bias = _fit(matrix, labels, len(intents))
    return TopicModel(
        intents=intents,
        vocabulary=vocabulary,
        idf=idf,
        weights=weights.astype(np.float16),
        bias=bias,
        postings=_postings(matrix),
        owner=labels,
        trust=_fit_trust(evidence, right),
        temperature=temperature,
        genuine=np.sort(np.array(genuine, dtype=np.float32)),
        floor=float(np.quantile(shares[np.arange(len(truth)), truth], MISSING)),
    )


def _features(examples: Sequence[Example]) -> tuple[dict[str, int], Floats, Any]:
    """Vocabulary, inverse document frequencies and the matrix of examples. The counts, which are large, end here."""
    counted = [grams(example.text) for example in examples]
    vocabulary, idf = _vocabulary(counted)
    return vocabulary, idf, _matrix(counted, vocabulary, idf)


def _vocabulary(counted: Sequence[Counter[str]]) -> tuple[dict[str, int], Floats]:
    presence = Counter(gram for grams_ in counted for gram in grams_)
    # A character run seen once teaches nothing about new text; a word seen once can.
    kept = sorted(gram for gram, count in presence.items() if count > 1 or (gram[0] in "we" and " " not in gram))
    idf = np.array([math.log((1 + len(counted)) / (1 + presence[gram])) + 1 for gram in kept], dtype=np.float32)
    return {gram: at for at, gram in enumerate(kept)}, idf


def _matrix(counted: Sequence[Counter[str]], vocabulary: Mapping[str, int], idf: Floats) -> Any:
    from scipy.sparse import csr_matrix

    data: list[Floats] = []
    columns: list[NDArray[np.int64]] = []
    starts = [0]
    for grams_ in counted:
        row, values = _weights_of(grams_, vocabulary, idf)
        data.append(values)
        columns.append(row)
        starts.append(starts[-1] + len(row))
    return csr_matrix((np.concatenate(data), np.concatenate(columns), starts), shape=(len(counted), len(vocabulary)))


def _without_common(matrix: Any) -> Any:
    """The matrix by columns, without what stands in so many utterances that it tells nothing."""
    by_column = matrix.tocsc(copy=True)
    spread = np.diff(by_column.indptr)
    by_column.data[np.repeat(spread > max(COMMON * matrix.shape[0], FOLDS), spread)] = 0.0
    by_column.eliminate_zeros()
    return by_column


def _postings(matrix: Any) -> tuple[Floats, NDArray[np.int32], NDArray[np.int64]]:
    by_column = _without_common(matrix)
    return by_column.data.astype(np.float32), by_column.indices.astype(np.int32), by_column.indptr.astype(np.int64)


def _fit(matrix: Any, labels: NDArray[np.int32], intents: int) -> tuple[Floats, Floats]:
    """Weights as (features, intents) and biases of both classifiers added up."""
    from sklearn.naive_bayes import MultinomialNB

    machine = _machine().fit(matrix, labels)
    seen, margins, offsets = machine.classes_, machine.coef_.T.astype(np.float32), machine.intercept_
    if len(seen) == 2:  # scikit-learn keeps one column: the other is its mirror
        margins, offsets = np.hstack([-margins, margins]), np.array([-offsets[0], offsets[0]])
    bayes = MultinomialNB(alpha=SMOOTHING, fit_prior=False).fit(matrix, labels).feature_log_prob_.T.astype(np.float32)
    # Only differences between intents count; centred, the numbers stay small enough for float16.
    bayes -= bayes.mean(axis=1, keepdims=True)
    some = matrix[: 2 * CHUNK]
    spread = (some @ margins).std(axis=1).mean() / ((some @ bayes).std(axis=1).mean() or 1.0)
    # An intent without an utterance among these is never chosen.
    weights, bias = np.zeros((matrix.shape[1], intents), dtype=np.float32), np.full(intents, -2.0, dtype=np.float32)
    weights[:, seen], bias[seen] = margins + BAYES * spread * bayes, offsets
    return weights, bias


#: Rows compared with all others at once: keeps the memory of training below a few hundred megabytes.
CHUNK = 512


def _held_out(
    matrix: Any, labels: NDArray[np.int32], size: int
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
    """Examples, and their margins and likenesses judged by a machine that has not seen them. Of plenty, a third will do."""
    from sklearn.model_selection import KFold, StratifiedKFold

    rarest = int(np.bincount(labels).min())
    kind = StratifiedKFold if rarest > 1 else KFold
    folds = list(kind(max(2, min(FOLDS, rarest)), shuffle=True, random_state=0).split(matrix, labels))
    if len(labels) >= PLENTY:
        folds = folds[:1]
    judged = [_judge_fold(matrix, labels, size, *fold) for fold in folds]
    margins, likeness = zip(*judged, strict=True)
    return np.concatenate([test for _, test in folds]), np.concatenate(margins), np.concatenate(likeness)


def _judge_fold(
    matrix: Any, labels: NDArray[np.int32], size: int, train: NDArray[Any], test: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Margins of the held-out rows, and their likeness to training rows of the chosen and of other intents."""
    weights, bias = _fit(matrix[train], labels[train], size)
    margins = matrix[test] @ weights + bias
    likeness = np.zeros((len(test), 2))
    known = _without_common(matrix[train]).T.tocsr()
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


_ARRAYS = ("idf", "weights", "bias", "owner", "trust", "genuine")


def save_model(model: TopicModel, folder: Path, name: str) -> None:
    """Write `<name>.npz` and `<name>.json`. No pickle."""
    folder.mkdir(parents=True, exist_ok=True)
    data, utterances, starts = model.postings
    arrays = {key: getattr(model, key) for key in _ARRAYS}
    np.savez(folder / f"{name}.npz", data=data, utterances=utterances, starts=starts, **arrays)
    words_ = {
        "intents": model.intents,
        "vocabulary": list(model.vocabulary),
        "temperature": model.temperature,
        "floor": model.floor,
    }
    (folder / f"{name}.json").write_text(json.dumps(words_, ensure_ascii=False), encoding="utf-8")


def load_model(folder: Path, name: str) -> TopicModel:
    """Read what `save_model` wrote. Raises what the standard library and NumPy raise when it is not there or not whole."""
    stored = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with (folder / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return TopicModel(
            intents=tuple(stored["intents"]),
            vocabulary={gram: at for at, gram in enumerate(stored["vocabulary"])},
            postings=(arrays["data"], arrays["utterances"], arrays["starts"]),
            temperature=float(stored["temperature"]),
            floor=float(stored["floor"]),
            **{key: arrays[key] for key in _ARRAYS},
        )
