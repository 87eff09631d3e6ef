"""Our own character model: 1- to 4-grams, naive Bayes, trained only on text this project wrote.

It tells apart the languages we have written training text in, also in Latin letters ("ami visa niye chinta kori"), where the
detectors from outside are weakest: one and two words, no accents, local words. It knows nothing of other languages.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from nlu.language.script import SHARED, SINGLE, dominant_script, strip_noise
from nlu.text import strip_marks
from nlu.training import Example

BUCKETS = 1 << 16
LONGEST = 4
SMOOTHING = 0.2
#: A class is switched on only with this many own words: with fewer it would guess.
MIN_WORDS = 500
#: Stands for every language without a class, in what the model returns.
OTHER = "und"
#: Marks the class of a language written in Latin letters although it has a script of its own.
LATIN = "-Latn"
#: Languages that are at home in other letters.
_OTHER_SCRIPTS = {*SINGLE.values(), *(tag for tags in SHARED.values() for tag in tags)}


@dataclass(frozen=True, slots=True)
class NgramModel:
    """Log-probabilities of hashed grams."""

    #: Class names: a tag, or a tag with `-Latn`.
    classes: tuple[str, ...]
    #: Shape (BUCKETS, classes), float32.
    table: NDArray[np.float32]

    def log_likelihoods(self, text: str, among: Iterable[str]) -> dict[str, float]:
        """Log-likelihood of the text in each of these classes that the model has; only differences mean anything.

        `OTHER` is how likely the text is in all of them taken together: what is foreign to each of them is less foreign to
        the mixture. Empty when the model has none of the classes.
        """
        columns = [self.classes.index(name) for name in among if name in self.classes]
        if not columns:
            return {}
        rows = self.table[list(_grams(text))][:, columns].astype(np.float64)
        mixture = np.log(np.exp(rows).mean(axis=1)).sum()
        totals = dict(zip([self.classes[at] for at in columns], rows.sum(axis=0).tolist(), strict=True))
        return totals | {OTHER: float(mixture)}


def _grams(text: str) -> Iterator[int]:
    for word in text.casefold().split():
        padded = f" {word} "
        for size in range(1, LONGEST + 1):
            for start in range(len(padded) - size + 1):
                yield zlib.crc32(padded[start : start + size].encode()) % BUCKETS


def class_of(example: Example) -> str | None:
    """The class an example teaches: its language, or that language in Latin letters; None when it has no letters."""
    script = dominant_script(example.text)
    if not script:
        return None
    return example.language + (LATIN if script == "LATIN" and example.language in _OTHER_SCRIPTS else "")


def train_ngrams(examples: Iterable[Example], lines: Mapping[str, Iterable[str]] = MappingProxyType({})) -> NgramModel:
    """Count grams per class; `lines` are more text by class. Deterministic; some seconds."""
    texts: dict[str, set[str]] = {name: set(map(strip_noise, more)) for name, more in lines.items()}
    for example in examples:
        name = class_of(example)
        if name:
            texts.setdefault(name, set()).add(strip_noise(example.text))
    kept = {name: own for name, own in texts.items() if sum(len(line.split()) for line in own) >= MIN_WORDS}
    classes = tuple(sorted(kept))
    counts = np.zeros((BUCKETS, len(classes)))
    for column, name in enumerate(classes):
        grams = Counter(gram for line in kept[name] for form in (line, strip_marks(line)) for gram in _grams(form))
        counts[list(grams), column] += np.fromiter(grams.values(), dtype=np.float64)
    shares = (counts + SMOOTHING) / (counts + SMOOTHING).sum(axis=0)
    return NgramModel(classes, np.log(shares).astype(np.float32))
