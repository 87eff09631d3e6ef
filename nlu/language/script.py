"""Scripts: which alphabet a text is written in, and which languages are written in it."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

#: Share of letters from which a script other than Latin decides: people mix in English words, not the other way round.
MIXED_SHARE = 0.3

#: Scripts used by one language that people write to us in: the script is the answer.
SINGLE = {
    "BENGALI": "bn",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "TAMIL": "ta",
    "TELUGU": "te",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "THAI": "th",
    "GREEK": "el",
}
#: Languages that share a script, of those we serve or recognise.
SHARED = {
    "ARABIC": ("ar", "fa", "ur", "ps", "ckb", "pnb", "ku-Arab"),
    "CYRILLIC": ("uk", "ru", "bg"),
    "DEVANAGARI": ("hi", "ne"),
    "ETHIOPIC": ("am", "ti"),
    "CJK": ("zh",),
}
#: Letters that tell neighbours apart: letters, the languages they favour, and the factor.
LETTER_RULES: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("ټډړږښځڅۍ", ("ps",), 1000.0),
    ("ێۆڵڕ", ("ckb", "ku-Arab"), 1000.0),
    ("ٹڈڑںے", ("ur", "pnb"), 300.0),
    ("پچژگ", ("fa", "ur", "ps", "ckb", "pnb", "ku-Arab"), 30.0),
    ("ةىإؤ", ("ar",), 30.0),
    ("іїєґ", ("uk",), 300.0),
    ("ыэё", ("ru",), 100.0),
    ("ъ", ("bg", "ru"), 20.0),
    ("ኣቐ", ("ti",), 300.0),
    ("አ", ("am",), 10.0),
    ("ąęłńśźż", ("pl",), 30.0),
    ("ășțâî", ("ro",), 20.0),
    ("ñ¿¡", ("es",), 30.0),
)

_NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|@\w+|(?<!\w)[\d.,:/]+(?!\w)")
_PUNCTUATION = re.compile(r"[^\w\s'’\u0900-\u0dff\u0e00-\u0e7f\u1200-\u137f]|_")


def strip_noise(text: str) -> str:
    """The text without addresses, names with @, digits, emoji and punctuation: what is left has a language."""
    text = unicodedata.normalize("NFC", text)
    return " ".join(_PUNCTUATION.sub(" ", _NOT_LANGUAGE.sub(" ", text)).split())


@lru_cache(maxsize=8192)
def _script_of(char: str) -> str:
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").split(" ")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA"} else name


def dominant_script(text: str) -> str:
    """The script that decides, by its Unicode name (`LATIN`, `ARABIC`); empty when there are no letters."""
    counts = Counter(filter(None, map(_script_of, text)))
    total = sum(counts.values())
    other = counts.copy()
    del other["LATIN"]
    if other:
        name, count = other.most_common(1)[0]
        if count >= MIXED_SHARE * total:
            return name
    return "LATIN" if total else ""
