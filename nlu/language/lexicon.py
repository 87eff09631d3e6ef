"""Words and how common they are in each language, from the lists of the `wordfreq` package.

One or two words give a character model little to go by; whether a language has such a word at all says much. The lists are
read once, when models are trained, and kept as sorted hashes: 12 bytes a word. Their data is CC BY-SA 4.0, the package is
Apache-2.0.
"""

from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from nlu.text import strip_marks

#: Raised when the stored form changes.
VERSION = 1
#: Languages whose word lists are used: those that share a script with another and that the package knows.
LANGUAGES = (
    *("ar", "bg", "cs", "de", "en", "es", "fa", "fr", "hi", "hu", "id", "it"),
    *("lt", "nl", "pl", "pt", "ro", "ru", "sk", "tl", "tr", "uk", "ur", "vi"),
)
#: Natural logarithm of the frequency counted for a word that a language's list does not hold.
UNKNOWN = -15.5
#: How much rarer a word is when its accents are left out, and the languages whose accents people leave out.
BARE = 0.4
LATIN = frozenset(LANGUAGES) - {"ar", "bg", "fa", "hi", "ru", "uk", "ur"}
#: Words after which more change nothing but the time.
ENOUGH = 40
#: The package's own names where they differ from ours.
_NAMES = {"tl": "fil"}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word frequencies. Immutable; safe to share between threads."""

    #: Sorted hashes of words, one entry for each language that has the word.
    hashes: NDArray[np.uint64]
    #: Place of the entry's language in `LANGUAGES`.
    owners: NDArray[np.uint8]
    #: Natural logarithm of the word's share among all words of that language.
    shares: NDArray[np.float16]

    def log_likelihoods(self, text: str) -> dict[str, float]:
        """Log-likelihood of the words of a text in every language it knows; only differences mean anything."""
        totals = np.zeros(len(LANGUAGES))
        for word in islice(text.casefold().split(), ENOUGH):
            key = _hash(word)
            found = slice(*np.searchsorted(self.hashes, [key, key + np.uint64(1)]))
            row = np.full(len(LANGUAGES), UNKNOWN)
            row[self.owners[found]] = self.shares[found]
            totals += row
        return dict(zip(LANGUAGES, totals.tolist(), strict=True))


def _hash(word: str) -> np.uint64:
    # The last bit is left free, so that one more than a hash is never an overflow.
    return np.uint64(int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1)


def read_lexicon() -> Lexicon:
    """Read the lists of the package. Takes some seconds."""
    from wordfreq import get_frequency_dict

    words: list[str] = []
    owners: list[int] = []
    shares: list[float] = []
    for owner, language in enumerate(LANGUAGES):
        listed = get_frequency_dict(_NAMES.get(language, language), wordlist="small")
        bare = {strip_marks(word): share * BARE for word, share in reversed(listed.items()) if not word.isascii()}
        forms = (bare if language in LATIN else {}) | listed
        words += forms
        owners += [owner] * len(forms)
        shares += forms.values()
    hashes = np.fromiter(map(_hash, words), dtype=np.uint64, count=len(words))
    order = np.argsort(hashes, kind="stable")
    return Lexicon(hashes[order], np.array(owners, dtype=np.uint8)[order], np.log(shares).astype(np.float16)[order])
