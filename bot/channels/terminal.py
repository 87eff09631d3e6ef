"""The terminal: the same pipeline with numbered choices, for trying things out and for piped input."""

from typing import Any

from bot.cards import Card, plain_text
from bot.channels.port import Inbound, SendResult, Sent
from bot.channels.text import isolate_numbers
from bot.turn import Incoming, written

NAME = "terminal"


class Terminal:
    """Collects what is sent; the command line prints it."""

    name = NAME
    reads_the_table = False

    def __init__(self) -> None:
        #: Parts that were sent and not yet taken, in order, by address.
        self.outgoing: dict[str, list[dict[str, Any]]] = {}

    def render(self, card: Card) -> list[dict[str, Any]]:
        """One part: text, and the choices as (id, label)."""
        text = isolate_numbers(plain_text(card), card.locale)
        return [
            {"text": text, "locale": card.locale, "choices": [[choice.id, choice.label] for choice in card.choices]}
        ]

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        """Keep the part for the command line."""
        self.outgoing.setdefault(address, []).append(part)
        return Sent()

    def take(self, address: str) -> list[dict[str, Any]]:
        """What was sent to an address since the last time."""
        return self.outgoing.pop(address, [])


def read(person: str, number: int, text: str, *, choice: str = "", language: str | None = None) -> Inbound:
    """A typed line in neutral form."""
    incoming = Incoming("choice", choice=choice) if choice else written(text)
    return Inbound(NAME, "", f"{person}:{number}", person, person, incoming, language)
