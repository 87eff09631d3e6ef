"""Shared shaping of text for channels that show plain or lightly marked text: direction, isolation, splitting."""

import re
from collections.abc import Callable, Iterator

from core.locales import direction

#: Unicode's isolates: what stands between them keeps its own direction (UAX #9).
ISOLATE, POP = "\u2068", "\u2069"
RIGHT_MARK = "\u200f"
#: Bidirectional controls that people's and editors' texts may carry; ours are put in after these are taken out.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Commands, postcodes, phone numbers, money, times and other runs of Western digits with their punctuation.
_NUMBER = re.compile(r"/[a-z]+\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|[£€$+(]?\d[\d ,.:/()\-–]*\d%?|[£€$+]?\d%?")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"(?<=[.!?؟।])\s+")


def isolate_numbers(text: str, locale: str) -> str:
    """In a right-to-left language, numbers isolated and the line's direction fixed; other text unchanged.

    A line whose first strong letter is Latin would otherwise turn round.
    """
    if direction(locale) != "rtl":
        return text
    return "\n".join(_rtl_line(line) for line in _BIDI.sub("", text).split("\n"))


def _rtl_line(line: str) -> str:
    if not line.strip() or line.startswith(("http://", "https://")):
        return line
    first = _FIRST_LETTER.search(line)
    mark = RIGHT_MARK if first is None or first[0].isascii() or not line[0].isalpha() else ""
    return mark + _NUMBER.sub(lambda found: f"{ISOLATE}{found[0]}{POP}", line)


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, which is what Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(pieces: list[str], limit: int, size: Callable[[str], int] = utf16_length) -> list[str]:
    """Join pieces (paragraphs, each complete in its markup) into as few texts of at most `limit` as order allows.

    A piece that is too long by itself is cut between sentences, then between words, then anywhere.
    """
    texts: list[str] = []
    for piece in pieces:
        for part in _fitting(piece, limit, size):
            joined = f"{texts[-1]}\n\n{part}" if texts else part
            if texts and size(joined) <= limit:
                texts[-1] = joined
            else:
                texts.append(part)
    return texts


def _fitting(piece: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    if size(piece) <= limit:
        yield piece
        return
    current = ""
    for unit in _units(piece, limit, size):
        joined = f"{current} {unit}".strip()
        if size(joined) > limit:
            yield current
            current = unit
        else:
            current = joined
    if current:
        yield current


def _units(piece: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    for sentence in _SENTENCE.split(piece):
        if size(sentence) <= limit:
            yield sentence
            continue
        for word in sentence.split(" "):
            # Half the limit in characters always fits, whatever the units.
            yield from (
                (word[at : at + limit // 2] for at in range(0, len(word), limit // 2))
                if size(word) > limit
                else (word,)
            )
