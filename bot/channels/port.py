"""What every channel promises."""

from dataclasses import dataclass
from typing import Any, Protocol

from bot.cards import Card
from bot.turn import Incoming


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as it came in, enough to store it once."""

    channel: str
    #: Which of our accounts received it.
    account_id: str
    #: The provider's id of this delivery: the same id is the same message.
    external_id: str
    #: Who wrote it, in the channel's own terms; stored only as a keyed hash.
    person: str
    #: Where replies go; stored encrypted.
    address: str
    incoming: Incoming
    #: Language of the person's app, as the channel says it.
    language: str | None = None
    #: The sender's own id of the message, given back to it.
    client_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it."""

    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the provider asks for patience or is not reachable. Try again."""

    reason: str
    #: Seconds to wait; None leaves it to the outbox.
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """Trying again cannot help."""

    reason: str
    #: True when the person cannot be reached at all any more.
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came: it may have arrived or not."""

    reason: str


SendResult = Sent | Later | Never | Unknown


class Channel(Protocol):
    """Gives cards the channel's shape and sends them."""

    name: str
    #: True when a committed message has reached the reader (the web chat reads our own table): nothing is sent.
    reads_the_table: bool

    def render(self, card: Card) -> list[dict[str, Any]]:
        """The parts of a card in the channel's form. Pure."""

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        """Send one part. Blocks; called outside any transaction."""
