"""One way of folding text, shared by training, topics and danger rules, so that what was learnt is what is looked up."""

import re
import unicodedata
from functools import lru_cache

#: Zero-width and bidirectional controls, soft hyphen, variation selectors: invisible, and used to hide words.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_APOSTROPHES = re.compile("['’‘ʼ`´′]")
#: Accents that NFKC could join to no letter.
_LOOSE_ACCENTS = re.compile("[\u0300-\u036f]+")
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
#: Letters that NFKD leaves whole, and the Arabic letters that keyboards and habits mix up.
_UNIFY_LATIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe"})
_UNIFY = _UNIFY_LATIN | str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ؤ": "و",
        "ئ": "ي",
    }
)
#: Ethiopic letters that sound alike and are written for one another: each row of seven orders, and the two forms of "a".
_ETHIOPIC = {
    chr(other + order): chr(one + order)
    for one, other in ((0x1230, 0x1220), (0x1338, 0x1340), (0x1200, 0x1280))
    for order in range(7)
}
_UNIFY |= str.maketrans(_ETHIOPIC | {"ዐ": "አ", "ዓ": "አ", "ኣ": "አ"})
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
#: A word: anything but white space and punctuation. `\w` would shred Indic text at its vowel signs.
_WORD = re.compile(r"[^\s.,;:!?\"()\[\]{}<>/\\|~@#$%^&*_=+\-–—…،؛؟۔।॥«»“”„¿¡•·]+")


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The Latin base letter of an accented one; other scripts keep their marks, which are vowels there."""
    if char < "\u0080":
        return char
    base = unicodedata.normalize("NFKD", char)[0]
    return base if "a" <= base <= "z" else char


def fold(text: str) -> str:
    """Lower-case, unaccented, with one form for each letter; invisible characters and long letter runs removed."""
    for _ in range(2):  # NFKC brings new capitals and apostrophes, small letters bring what NFKC joins
        text = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", _INVISIBLE.sub("", text)).casefold())
        text = _LOOSE_ACCENTS.sub("", text)
    text = _ARABIC_MARKS.sub("", text).translate(_UNIFY)
    text = "".join(map(_plain, text)) if not text.isascii() else text
    return _LONG_RUN.sub(r"\1", text)


def strip_marks(text: str) -> str:
    """The text with Latin letters unaccented and nothing else changed: how people type without the right keyboard."""
    return "".join(map(_plain, text.translate(_UNIFY_LATIN))) if not text.isascii() else text


def words(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded)


def has_letters(text: str) -> bool:
    """Whether any character is a letter of any script."""
    return any(char.isalpha() for char in text)
