"""The web chat: the reader reads our own table, so a committed message is a delivered one."""

from typing import Any

from bot.cards import Card
from bot.channels.port import Inbound, SendResult, Sent
from bot.turn import Incoming, written

NAME = "webchat"


class WebChat:
    """The channel of the browser page, the widget and the page without JavaScript."""

    name = NAME
    reads_the_table = True

    def render(self, card: Card) -> list[dict[str, Any]]:
        """One part: the browser gets the card itself from the API."""
        return [{}]

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        """Nothing to do."""
        return Sent()


def read(
    session_id: str, *, client_ref: str, text: str = "", choice: str = "", label: str = "", language: str | None
) -> Inbound:
    """A message of the page in neutral form. `client_ref` makes a repeated POST change nothing.

    A pressed choice keeps its label as text, so that an adviser sees what the person saw.
    """
    incoming = Incoming("choice", choice=choice, text=label) if choice else written(text)
    return Inbound(
        channel=NAME,
        account_id="",
        external_id=f"{session_id}:{client_ref}",
        person=session_id,
        address=session_id,
        incoming=incoming,
        language=language,
        client_ref=client_ref,
    )
