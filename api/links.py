"""Phone numbers and web addresses in a text, as links. `links.js` does the same in the browser: keep the two alike."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(
    r"(https?://[^\s<>\"\u2066-\u2069]+)"
    r"|(^|[^\w.,:£$€#/+-])"
    r"((?:\+44[ \u00a0-]?(?:\(0\) ?)?|0)\d(?:[ \u00a0-]?\d){8,9}|0800[ \u00a0]?1111|116[ \u00a0]?\d{3}|999|112|111|101|85258)"
    r"(?![\w%]|[.,:/-]\d|\u00a0?[£€]| (?:GBP|pounds)\b)",
    re.ASCII,
)
_AFTER_ADDRESS = re.compile(r"[.,;:!?)\]}'»”’،؛؟。]+$")
#: The one short number that is for text messages, not for calls.
TEXTED = "85258"


def linked(text: str) -> Markup:
    """A text with its addresses and phone numbers as links, everything else escaped."""
    out, at = Markup(""), 0
    while found := _LINK.search(text, at):
        label = _AFTER_ADDRESS.sub("", found[1]) if found[1] else found[3]
        start = found.start() + len(found[2] or "")
        out += escape(text[at:start]) + (_page(label) if found[1] else _phone(label))
        at = start + len(label)
    return out + escape(text[at:])


def _page(url: str) -> Markup:
    return Markup('<a href="{0}" target="_blank" rel="noopener noreferrer"><bdi dir="ltr">{0}</bdi></a>').format(url)


def _phone(number: str) -> Markup:
    digits = re.sub(r"[^\d+]", "", number.replace("(0)", ""))
    kind = "sms" if digits == TEXTED else "tel"
    return Markup('<a href="{}:{}"><bdi dir="ltr">{}</bdi></a>').format(kind, digits, number)
