"""Our own character model: 1- to 4-grams, naive Bayes, trained only on text this project wrote.

It tells apart the languages we have written training text in, also in Latin letters ("ami visa niye chinta kori"), where the
detectors from outside are weakest: one and two words, no accents, local words. It knows nothing of other languages.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.language.script import dominant_script, strip_noise
from nlu.training import Example

BUCKETS = 1 << 16
LONGEST = 4
SMOOTHING = 0.2
#: A class is switched on only with this many own words: with fewer it would guess.
MIN_WORDS = 500
#: Grams overlap, so their evidence is counted at this share (fitted on held-out own text).
EVIDENCE = 0.35
#: Marks the class of a language written in Latin letters although it has a script of its own.
LATIN = "-Latn"
_NATIVE_LATIN = frozenset({"en", "pl", "ro", "es"})


@dataclass(frozen=True, slots=True)
class NgramModel:
    """Log-probabilities of hashed grams."""

    #: Class names: a tag, or a tag with `-Latn`.
    classes: tuple[str, ...]
    #: Shape (BUCKETS, classes), float32.
    table: NDArray[np.float32]

    def log_likelihoods(self, text: str) -> dict[str, float]:
        """Discounted log-likelihood of the text in every class; only differences mean anything."""
        grams = list(_grams(text))
        if not grams:
            return dict.fromkeys(self.classes, 0.0)
        total = self.table[grams].sum(axis=0, dtype=np.float64) * EVIDENCE
        return dict(zip(self.classes, (float(value) for value in total), strict=True))


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
    return example.language + (LATIN if script == "LATIN" and example.language not in _NATIVE_LATIN else "")


def train_ngrams(examples: Iterable[Example]) -> NgramModel:
    """Count grams per class. Deterministic; a fraction of a second for ten thousand utterances."""
    texts: dict[str, list[str]] = {}
    for example in examples:
        name = class_of(example)
        if name:
            texts.setdefault(name, []).append(strip_noise(example.text))
    texts = {name: lines for name, lines in texts.items() if sum(len(line.split()) for line in lines) >= MIN_WORDS}
    classes = tuple(sorted(texts))
    counts = np.full((BUCKETS, len(classes)), SMOOTHING, dtype=np.float64)
    for column, name in enumerate(classes):
        for line in texts[name]:
            np.add.at(counts[:, column], list(_grams(line)), 1.0)
    return NgramModel(classes, np.log(counts / counts.sum(axis=0)).astype(np.float32))
