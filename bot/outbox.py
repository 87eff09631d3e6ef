"""The outbox: every send is a row first. What is not sent is sent again; what may have been sent is marked so.

`post` adds messages and their deliveries to the caller's transaction; `Sender.deliver` sends what waits of one
conversation, in order, urgent rows first.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.cards import Card
from bot.channels.port import Channel, Later, Never, SendResult, Sent, Unknown
from bot.models import Conversation, Delivery, Message
from core.clock import Clock, utc_now
from core.database import Database, after_commit
from core.jobs import Jobs

log = logging.getLogger(__name__)

QUEUE = "send"
#: Waits between tries, in seconds; after the last the delivery is dead. About one hour in all.
WAITS = (2.0, 8.0, 30.0, 120.0, 480.0, 1200.0, 1800.0)
#: A send that has not come back after so long is uncertain.
SENDING_FOR = timedelta(seconds=60)
_UNSENT = ("new", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Outlet:
    """What `post` needs of the world: the channels and who is told about new rows."""

    channels: Mapping[str, Channel]
    jobs: Jobs
    #: Tells live listeners that there is news for an address.
    publish: Callable[[str], None]


def bind(session: Session, outlet: Outlet) -> None:
    """Give a session its outlet. The roof does this for every session it opens."""
    session.info["outlet"] = outlet


def _outlet(session: Session) -> Outlet:
    outlet: Outlet = session.info["outlet"]
    return outlet


def post(
    session: Session,
    conversation: Conversation,
    cards: Sequence[Card],
    *,
    origin_id: UUID,
    author: str = "bot",
    client_ref: str | None = None,
    epoch_free: bool = False,
    trace: Any = None,
) -> list[Message]:
    """Add messages to a conversation and their deliveries to the outbox, in this transaction.

    `epoch_free` deliveries go out whoever has the baton: safety cards and notices of the system. An adviser's words and
    urgent cards always are.
    """
    outlet = _outlet(session)
    channel = outlet.channels.get(conversation.channel)
    written = []
    for part, card in enumerate(cards):
        message = Message(
            place_id=conversation.place_id,
            conversation_id=conversation.id,
            channel=conversation.channel,
            account_id=conversation.account_id,
            seq=conversation.take_number(),
            author=author,
            client_ref=client_ref,
            origin_id=origin_id,
            part=part,
            body=card.to_json(),
            locale=card.locale,
            state="done",
            trace=trace if part == 0 else None,
        )
        session.add(message)
        session.flush()
        written.append(message)
        if channel is not None:
            free = epoch_free or card.urgent or author == "adviser"
            _queue(session, conversation, message, card, channel, None if free else conversation.baton_epoch)
    if channel is not None and not channel.reads_the_table:
        outlet.jobs.wake(session, QUEUE, conversation.id)
    topic = str(conversation.address)
    after_commit(session, lambda: outlet.publish(topic))
    return written


def _queue(
    session: Session, conversation: Conversation, message: Message, card: Card, channel: Channel, epoch: int | None
) -> None:
    for number, payload in enumerate(channel.render(card)):
        here = channel.reads_the_table
        session.add(
            Delivery(
                place_id=conversation.place_id,
                conversation_id=conversation.id,
                message_id=message.id,
                part=number,
                out_seq=message.seq * 1000 + number,
                baton_epoch=epoch,
                urgent=card.urgent,
                payload=None if here else payload,
                state="sent" if here else "new",
                sent_at=utc_now() if here else None,
            )
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    delivery_id: UUID
    attempts: int
    channel: str
    address: str
    payload: dict[str, Any]


class Sender:
    """Sends what waits in the outbox."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Clock = utc_now,
        chance: random.Random | None = None,
    ) -> None:
        self._database, self._channels, self._clock = database, channels, clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, protects nothing

    def deliver(self, conversation_id: UUID) -> None:
        """Send everything of a conversation that is due, in order, until something has to wait."""
        while taken := self._take(conversation_id):
            result = self._send(taken)
            if not self._record(taken, result):
                return

    def due(self) -> list[UUID]:
        """Conversations in which something waits to be sent now; sends that never came back become uncertain first."""
        now = self._clock()
        with self._database.write() as session:
            stuck = select(Delivery).where(Delivery.state == "sending", Delivery.sending_until < now)
            for delivery in session.scalars(stuck):
                delivery.state, delivery.reason, delivery.next_try_at = "uncertain", "no answer", now
            session.flush()
            due = or_(Delivery.next_try_at.is_(None), Delivery.next_try_at <= now)
            waiting = select(Delivery.conversation_id).where(Delivery.state.in_(_UNSENT), due).distinct().limit(500)
            return list(session.scalars(waiting))

    def resume(self) -> None:
        """At start: what was on the wire when the process died may or may not have arrived. It is sent again."""
        with self._database.write() as session:
            for delivery in session.scalars(select(Delivery).where(Delivery.state == "sending")):
                delivery.state, delivery.reason, delivery.next_try_at = "uncertain", "restart", None

    def _take(self, conversation_id: UUID) -> _Taken | None:
        now = self._clock()
        with self._database.write() as session:
            conversation = session.get(Conversation, conversation_id, with_for_update=True)
            if conversation is None:
                return None
            if conversation.unreachable:
                unsent = update(Delivery).where(
                    Delivery.conversation_id == conversation_id, Delivery.state.in_(_UNSENT)
                )
                session.execute(unsent.values(state="dead", reason="unreachable"))
                return None
            while delivery := self._head(session, conversation_id, now):
                if delivery.baton_epoch is not None and delivery.baton_epoch != conversation.baton_epoch:
                    delivery.state, delivery.reason = "dead", "stale_baton"
                    session.flush()
                    continue
                delivery.state, delivery.attempts = "sending", delivery.attempts + 1
                delivery.sending_until = now + SENDING_FOR
                return _Taken(
                    delivery.id, delivery.attempts, conversation.channel, conversation.address, delivery.payload
                )
            return None

    def _head(self, session: Session, conversation_id: UUID, now: datetime) -> Delivery | None:
        """The next row: urgent before the rest, then in order. A row that must wait holds up those behind it."""
        unfinished = (
            select(Delivery)
            .where(Delivery.conversation_id == conversation_id, Delivery.state.in_((*_UNSENT, "sending")))
            .order_by(Delivery.urgent.desc(), Delivery.out_seq)
            .limit(1)
        )
        head = session.scalar(unfinished)
        if head is None or head.state == "sending" or (head.next_try_at and head.next_try_at > now):
            return None
        return head

    def _send(self, taken: _Taken) -> SendResult:
        channel = self._channels.get(taken.channel)
        if channel is None:
            return Later("the channel is not connected", after=WAITS[-1])
        try:
            return channel.send(taken.address, taken.payload)
        except Exception as wrong:  # a fault in one adapter must not stop the others
            log.exception("sending through %s failed", taken.channel)
            return Unknown(type(wrong).__name__)

    def _record(self, taken: _Taken, result: SendResult) -> bool:
        """Write down what came of it. True when the next row may go at once."""
        now = self._clock()
        with self._database.write() as session:
            delivery = session.get(Delivery, taken.delivery_id, with_for_update=True)
            if delivery is None or delivery.state != "sending" or delivery.attempts != taken.attempts:
                return False
            match result:
                case Sent(provider_message_id):
                    delivery.state, delivery.sent_at = "sent", now
                    # What was sent stands in the transcript; the rendered copy is not needed any more.
                    delivery.provider_message_id, delivery.reason, delivery.payload = provider_message_id, None, None
                    return True
                case Never(reason, unreachable):
                    delivery.state, delivery.reason = "dead", reason
                    if unreachable:
                        conversation = session.get_one(Conversation, delivery.conversation_id)
                        conversation.unreachable = True
                    return not unreachable
                case Later(reason, after):
                    self._wait(delivery, "failed", reason, after, now)
                case Unknown(reason):
                    self._wait(delivery, "uncertain", reason, None, now)
            return delivery.state == "dead"

    def _wait(self, delivery: Delivery, state: str, reason: str, after: float | None, now: datetime) -> None:
        if after is not None:
            delivery.attempts -= 1  # the provider asks for patience: that is no failure of the message
        if delivery.attempts > len(WAITS):
            delivery.state, delivery.reason = "dead", reason
            return
        seconds = after if after is not None else WAITS[delivery.attempts - 1] * self._chance.uniform(0.5, 1.5)
        delivery.state, delivery.reason, delivery.next_try_at = state, reason, now + timedelta(seconds=seconds)
