"""The inbox: a message is saved once and its conversation woken, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.port import Inbound
from bot.models import STAFF, Conversation, Message, Person
from bot.turn import Incoming, Memory
from core import events
from core.clock import utc_now
from core.database import keyring_of
from core.errors import WaypostError
from core.ids import new_id
from core.jobs import Jobs
from core.locales import negotiate

QUEUE = "drain"
#: Longest text that is stored, in characters: the most that any door lets in.
MOST_CHARS = 20_000


class KeyReused(WaypostError):
    """This Idempotency-Key was used before with another request."""

    status = 422
    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an inbound message."""

    message_id: UUID
    conversation_id: UUID
    #: False when the same message had been received before; then nothing was changed.
    fresh: bool


def receive(
    session: Session,
    inbound: Inbound,
    *,
    place_id: str,
    jobs: Jobs,
    max_chars: int,
    over_limit: Callable[[str], bool] = lambda _: False,
) -> Received:
    """Save a message and wake its conversation. The caller commits, and answers the provider only after that.

    `over_limit` is asked with the conversation's id whether the person writes faster than allowed.
    """
    conversation = _conversation(session, inbound, place_id)
    known = session.scalar(
        select(Message).where(
            Message.channel == inbound.channel,
            Message.account_id == inbound.account_id,
            Message.external_id == inbound.external_id,
        )
    )
    if known is not None:
        return Received(known.id, known.conversation_id, fresh=False)
    incoming = _shortened(inbound.incoming, max_chars)
    if over_limit(str(conversation.id)):
        incoming = replace(incoming, over_limit=True)
    now = utc_now()
    message = Message(
        place_id=place_id,
        conversation_id=conversation.id,
        channel=inbound.channel,
        account_id=inbound.account_id,
        seq=conversation.take_number(),
        author="person",
        external_id=inbound.external_id,
        client_ref=inbound.client_ref,
        body=incoming.to_json(),
        locale=conversation.locale,
        state="new",
    )
    conversation.active_at, conversation.erase_at, conversation.unreachable = now, None, False
    if conversation.run_state == "idle":
        conversation.run_state, conversation.queued_at = "queued", now
    session.add(message)
    session.flush()
    jobs.wake(session, QUEUE, conversation.id)
    return Received(message.id, conversation.id, fresh=True)


def _shortened(incoming: Incoming, max_chars: int) -> Incoming:
    """Keep what fits the table, and say so when language and topic will look only at the beginning.

    Danger is looked for in all that is kept.
    """
    text, choice = _storable(incoming.text), _storable(incoming.choice)
    return replace(incoming, text=text[:MOST_CHARS], choice=choice, cut=len(text) > max_chars)


def _storable(text: str) -> str:
    """The text without NUL, and with U+FFFD for halves of surrogate pairs: JSON carries them, UTF-8 cannot."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _conversation(session: Session, inbound: Inbound, place_id: str) -> Conversation:
    """The person's conversation, locked; person and conversation are made when this is the first message."""
    person = find_person(session, inbound.channel, inbound.person, place_id)
    if person is None:
        key = keyring_of(session).digest(inbound.channel, inbound.person)
        person = Person(place_id=place_id, channel=inbound.channel, external_key=key)
        session.add(person)
        session.flush()
    conversation = session.scalar(
        select(Conversation)
        .where(
            Conversation.person_id == person.id,
            Conversation.channel == inbound.channel,
            Conversation.account_id == inbound.account_id,
        )
        .with_for_update(of=Conversation)
    )
    if conversation is None:
        conversation = Conversation(
            place_id=place_id,
            person_id=person.id,
            channel=inbound.channel,
            account_id=inbound.account_id,
            address=inbound.address,
            locale_hint=negotiate(inbound.language),
            memory=Memory().to_json(),
            next_seq=1,
            run_state="idle",
        )
        session.add(conversation)
        session.flush()
        events.record(
            session, place_id, "person", "conversation.opened", conversation=conversation.id, channel=inbound.channel
        )
    elif conversation.address != inbound.address:
        conversation.address = inbound.address
    return conversation


def find_person(session: Session, channel: str, external_id: str, place_id: str) -> Person | None:
    """The person behind an external id, looked up under every key; moved to the newest key when found under an old one."""
    keys = keyring_of(session).digests(channel, external_id)
    person = session.scalar(
        select(Person).where(Person.place_id == place_id, Person.channel == channel, Person.external_key.in_(keys))
    )
    if person is not None and person.external_key != keys[0]:
        person.external_key = keys[0]
    return person


def staff_conversation(
    session: Session, place_id: str, author: str, key: str | None, request: str
) -> tuple[Conversation, bool]:
    """The conversation of a case that staff or a system raises, and whether it is new.

    With an idempotency key the same call finds the same conversation. Raises KeyReused when the request differs.
    """
    keyring = keyring_of(session)
    external = f"{author}:{key or new_id()}"
    person = find_person(session, STAFF, external, place_id)
    if person is not None:
        known = session.scalars(select(Conversation).where(Conversation.person_id == person.id)).one()
        if known.address not in keyring.digests(request):
            raise KeyReused
        return known, False
    person = Person(place_id=place_id, channel=STAFF, external_key=keyring.digest(STAFF, external))
    session.add(person)
    session.flush()
    conversation = Conversation(
        place_id=place_id,
        person_id=person.id,
        channel=STAFF,
        address=keyring.digest(request),
        memory=Memory().to_json(),
        next_seq=1,
        run_state="idle",
        baton="bot",
        baton_epoch=0,
    )
    session.add(conversation)
    session.flush()
    return conversation, True
