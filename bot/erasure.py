"""Erasure and retention: a person's data is removed wherever it lies; old data goes by itself.

Rows are deleted, not marked; SQLite overwrites them (`secure_delete`). Events stay: they hold ids and codes, no text and
nothing that leads back to a person.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.inbox import find_person
from bot.models import ChatSession, Conversation, Delivery, HandoffCase, HandoffNote, Message, Person
from bot.turn import Memory
from core import events
from core.clock import utc_now

#: How long the emptied conversation stays after /delete, so that the last word ("everything has been deleted") arrives.
FAREWELL = timedelta(minutes=10)


def erase(session: Session, channel: str, external_id: str, place_id: str) -> bool:
    """Remove a person by the channel's id for them. False when nobody is known by it."""
    person = find_person(session, channel, external_id, place_id)
    if person is None:
        return False
    erase_person(session, person.id)
    return True


def erase_person(session: Session, person_id: UUID) -> None:
    """Remove a person and everything that belongs to them."""
    place_id = session.get_one(Person, person_id).place_id
    ids = list(session.scalars(select(Conversation.id).where(Conversation.person_id == person_id)))
    session.execute(delete(ChatSession).where(ChatSession.conversation_id.in_(ids)))
    # Conversations, messages, deliveries, cases and notes go with the person, by the database's own rule.
    session.execute(delete(Person).where(Person.id == person_id))
    session.expire_all()
    events.record(session, place_id, "system", "person.erased", conversations=len(ids))


def empty(session: Session, conversation: Conversation, up_to: int) -> None:
    """Remove everything in a conversation up to a message, at once; the conversation itself a little later.

    The row stays for `FAREWELL` under a new, random person, so that the confirmation can still be delivered. What the
    person has written since is not lost: then the conversation goes on, as if it were their first.
    """
    session.execute(delete(Delivery).where(Delivery.conversation_id == conversation.id))
    session.execute(delete(Message).where(Message.conversation_id == conversation.id, Message.seq <= up_to))
    session.execute(delete(HandoffCase).where(HandoffCase.conversation_id == conversation.id))
    since = select(Message.id).where(Message.conversation_id == conversation.id, Message.state == "new").limit(1)
    goes_on = session.scalar(since) is not None
    conversation.memory = Memory(noticed=not goes_on).to_json()
    conversation.locale_chosen = False
    conversation.baton, conversation.baton_epoch = "bot", conversation.baton_epoch + 1
    if not goes_on:
        session.get_one(Person, conversation.person_id).external_key = uuid4().hex + uuid4().hex
        conversation.erase_at = utc_now() + FAREWELL
    events.record(session, conversation.place_id, "person", "person.erased", conversation=conversation.id)


def sweep(session: Session, now: datetime) -> int:
    """Remove emptied conversations whose time has come. Returns their number."""
    people = list(
        session.scalars(
            select(Conversation.person_id).where(Conversation.erase_at.is_not(None), Conversation.erase_at <= now)
        )
    )
    for person_id in people:
        session.execute(delete(Person).where(Person.id == person_id))
    return len(people)


def retain(session: Session, days: int, now: datetime) -> int:
    """Keep the promise of the first notice: nothing that somebody wrote is older than so many days.

    Quiet conversations are removed, with their cases; in living ones the old messages and notes are. People who have no
    other conversation go too. Returns the number of conversations.
    """
    limit = now - timedelta(days=days)
    quiet = select(Conversation.id, Conversation.person_id).where(Conversation.active_at < limit)
    old = session.execute(quiet).all()
    for conversation_id, person_id in old:
        _erase_conversation(session, conversation_id, person_id)
    session.execute(delete(Message).where(Message.created_at < limit, Message.state != "new"))
    session.execute(delete(HandoffNote).where(HandoffNote.created_at < limit))
    unused = delete(ChatSession).where(ChatSession.conversation_id.is_(None), ChatSession.created_at < limit)
    session.execute(unused)
    return len(old)


def erase_case(session: Session, case_id: UUID) -> bool:
    """Remove the person behind a case, for cases that staff raised for somebody who never wrote. False when unknown."""
    case = session.get(HandoffCase, case_id)
    if case is None:
        return False
    erase_person(session, case.conversation.person_id)
    return True


def _erase_conversation(session: Session, conversation_id: UUID, person_id: UUID) -> None:
    """Remove a conversation; the person too, when it was their only one (they may have written to another account)."""
    others = select(Conversation.id).where(Conversation.person_id == person_id, Conversation.id != conversation_id)
    if session.scalar(others.limit(1)) is None:
        erase_person(session, person_id)
        return
    session.execute(delete(ChatSession).where(ChatSession.conversation_id == conversation_id))
    session.execute(delete(Conversation).where(Conversation.id == conversation_id))
