"""Languages: which ones Waypost serves, which it only recognises, and how each is written.

Tags are BCP 47. Names are in the language itself, because that is what a person looks for on a button.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Locale:
    """A language Waypost answers in."""

    #: BCP 47 tag.
    tag: str
    #: The language's own name.
    name: str
    #: Its name in English, for advisers.
    english: str
    #: ISO 15924 code of its everyday script.
    script: str
    #: Writing direction: ``ltr`` or ``rtl``.
    direction: str = "ltr"


#: Every language with complete phrases and safety cards, English first: the order of menus.
SERVED: MappingProxyType[str, Locale] = MappingProxyType(
    {
        locale.tag: locale
        for locale in (
            Locale("en", "English", "English", "Latn"),
            Locale("pl", "Polski", "Polish", "Latn"),
            Locale("ro", "Română", "Romanian", "Latn"),
            Locale("ar", "العربية", "Arabic", "Arab", "rtl"),
            Locale("bn", "বাংলা", "Bengali", "Beng"),
            Locale("es", "Español", "Spanish", "Latn"),
        )
    }
)
#: Used when nothing is known of a person's language.
FALLBACK = "en"

#: Languages whose messages are understood: with training text, danger rules and a place in the silent decision. Every
#: served language is one; the others are answered in a served language until their phrases are complete.
UNDERSTOOD = (
    *("en", "ar", "bg", "bn", "ckb", "es", "fa", "fr", "it", "pa"),
    *("pl", "ps", "pt", "ro", "so", "sq", "ti", "tr", "uk", "ur"),
)

#: English names of languages that are recognised but not served: the bot says so in English and offers a person.
RECOGNISED: MappingProxyType[str, str] = MappingProxyType(
    {
        "am": "Amharic",
        "bg": "Bulgarian",
        "ckb": "Kurdish (Sorani)",
        "cs": "Czech",
        "de": "German",
        "el": "Greek",
        "fa": "Persian",
        "fr": "French",
        "gu": "Gujarati",
        "hi": "Hindi",
        "hu": "Hungarian",
        "id": "Indonesian",
        "it": "Italian",
        "ku": "Kurdish (Kurmanji)",
        "ku-Arab": "Kurdish (Kurmanji, Arabic letters)",
        "lt": "Lithuanian",
        "ml": "Malayalam",
        "ne": "Nepali",
        "nl": "Dutch",
        "pa": "Punjabi",
        "pnb": "Punjabi (Shahmukhi)",
        "ps": "Pashto",
        "pt": "Portuguese",
        "ru": "Russian",
        "si": "Sinhala",
        "sk": "Slovak",
        "so": "Somali",
        "sq": "Albanian",
        "sw": "Swahili",
        "ta": "Tamil",
        "te": "Telugu",
        "th": "Thai",
        "ti": "Tigrinya",
        "tl": "Filipino",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "ur": "Urdu",
        "vi": "Vietnamese",
        "yo": "Yoruba",
        "zh": "Chinese",
    }
)
_RTL_RECOGNISED = frozenset({"ckb", "fa", "ku-Arab", "pnb", "ps", "ur"})


def negotiate(tag: str | None) -> str | None:
    """The served language for a tag such as ``pl-PL``; None when it is not served."""
    if not tag:
        return None
    primary = tag.replace("_", "-").split("-")[0].lower()
    return primary if primary in SERVED else None


def direction(tag: str | None) -> str:
    """``rtl`` or ``ltr`` for a language tag; ``ltr`` when unknown."""
    if tag is not None and tag in SERVED:
        return SERVED[tag].direction
    return "rtl" if tag in _RTL_RECOGNISED else "ltr"


def english_name(tag: str | None) -> str:
    """The English name of a language, or its tag when we have none."""
    if tag is not None and tag in SERVED:
        return SERVED[tag].english
    return RECOGNISED.get(tag or "", tag or "unknown")
