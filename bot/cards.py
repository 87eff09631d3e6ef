"""Cards: what the bot says, before any channel gives it a shape.

A card is a list of blocks with choices and sources. Channels render it (`bot/channels`); the database stores it as JSON;
`plain_text` is how it reads without any markup.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

BlockKind = Literal["heading", "paragraph", "notice", "steps", "bullets", "link"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a card: text, a list of items, or a link on its own line."""

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    url: str = ""
    #: Language of this block when it is not the card's: a notice around an English article.
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button."""

    #: What comes back when it is pressed: a topic's slug or a word from `bot.choices`.
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class CardSource:
    """A source under an answer."""

    title: str
    url: str
    #: The day it was last compared with the answer, as ISO 8601; empty when unknown.
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One message of the bot or of an adviser."""

    locale: str
    blocks: tuple[Block, ...]
    choices: tuple[Choice, ...] = ()
    sources: tuple[CardSource, ...] = ()
    #: Title over the sources, and "Checked on 21 November 2026" under them, in the card's language.
    sources_title: str = ""
    checked: str = ""
    #: What stands under the sources: an offer, "Was this helpful?".
    footer: tuple[Block, ...] = ()
    #: True for safety cards: shown differently, sent before anything else.
    urgent: bool = False

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Card":
        """A card from its stored form."""
        return cls(
            locale=stored["locale"],
            blocks=_stored_blocks(stored["blocks"]),
            choices=tuple(Choice(**choice) for choice in stored["choices"]),
            sources=tuple(CardSource(**source) for source in stored["sources"]),
            sources_title=stored["sources_title"],
            checked=stored["checked"],
            footer=_stored_blocks(stored["footer"]),
            urgent=stored["urgent"],
        )


def _stored_blocks(stored: list[dict[str, Any]]) -> tuple[Block, ...]:
    return tuple(Block(**(block | {"items": tuple(block["items"])})) for block in stored)


def plain_text(card: Card) -> str:
    """The card as plain text, without its choices."""
    parts = [_plain(block) for block in card.blocks]
    if card.sources:
        lines = [f"{source.title}\n{source.url}" for source in card.sources]
        parts.append("\n".join(filter(None, [card.sources_title, *lines, card.checked])))
    parts += [_plain(block) for block in card.footer]
    return "\n\n".join(part for part in parts if part)


def _plain(block: Block) -> str:
    if block.kind == "steps":
        return "\n".join(f"{number}. {item}" for number, item in enumerate(block.items, start=1))
    if block.kind == "bullets":
        return "\n".join(f"• {item}" for item in block.items)
    if block.kind == "link":
        return f"{block.text}\n{block.url}" if block.text else block.url
    return block.text


_MARKDOWN = MarkdownIt("zero").enable(["list", "heading", "paragraph"], ignoreInvalid=True)


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """The blocks of an article's body: headings, paragraphs and lists. Anything else stays as it is written."""
    return tuple(_walk(_MARKDOWN.parse(markdown)))


def _walk(tokens: list[Token]) -> Iterable[Block]:
    items: list[str] = []
    in_list = 0
    kind: BlockKind = "paragraph"
    for token in tokens:
        if token.type == "heading_open":
            kind = "heading"
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            in_list += 1
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            in_list -= 1
            if not in_list:
                yield Block("steps" if token.type.startswith("ordered") else "bullets", items=tuple(items))
                items = []
        elif token.type == "inline":
            text = " ".join(token.content.split())
            if in_list:
                items.append(text)
            else:
                yield Block(kind, text)
                kind = "paragraph"
