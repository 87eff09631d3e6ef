"""The adviser queue: cases, the baton, and what an adviser may do with a case.

Every change is one conditional UPDATE whose row count decides, in one transaction with its event. The bot is silent from
the moment a case is open until it is resolved or the person takes the baton back.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot import outbox
from bot.cards import Block, Card, plain_text
from bot.channels.webchat import WebChat
from bot.models import STAFF, ChatSession, Conversation, HandoffCase, HandoffNote, Message
from bot.turn import Handoff, Incoming, Memory, Turn
from core import events
from core.clock import rfc3339, utc_now
from core.errors import WaypostError
from core.ids import new_id
from core.locales import FALLBACK, direction
from core.staff import Principal, Staff
from translations.catalog import say

#: Messages in the packet, newest last.
LAST_MESSAGES = 10
URGENCIES = ("crisis", "urgent", "soon", "normal")
OPEN_STATES = ("queued", "assigned", "snoozed", "reopened")


class Reason(StrEnum):
    """Why a person is needed."""

    #: The person asked for one.
    ASKED = "asked"
    #: Only a qualified person may answer this topic.
    HUMAN_ONLY = "human_only"
    #: The bot was unsure twice in a row.
    LOW_CONFIDENCE = "low_confidence"
    #: A sign of danger.
    DANGER = "danger"
    #: The messages could not be read (photos, voice, empty), twice in a row.
    UNREADABLE = "unreadable"
    #: The bot failed five times on the message.
    FAILED = "failed"
    #: Raised by a member of staff or another system.
    RAISED = "raised"


class HandoffUnknown(WaypostError):
    """There is no such case."""

    status = 404
    code = "not_found"


class AlreadyClaimed(WaypostError):
    """Somebody else has taken this case."""

    status = 409
    code = "already_claimed"

    def __init__(self, assignee: str | None) -> None:
        self.assignee = assignee
        super().__init__(f"the case is with {assignee}" if assignee else "the case is not waiting any more")


class LevelTooLow(WaypostError):
    """This case needs an adviser with a higher level of the Immigration Advice Authority."""

    status = 403
    code = "level_too_low"


class NotAssignee(WaypostError):
    """Only the adviser who has claimed the case can do this."""

    status = 409
    code = "not_assignee"


class Stale(WaypostError):
    """The case has changed since you read it. Read it again."""

    status = 412
    code = "stale"


class Unreachable(WaypostError):
    """The person cannot be reached here: they left the chat, blocked the bot, or never wrote to it."""

    status = 409
    code = "unreachable"


class WrongState(WaypostError):
    """The case is not in a state in which this can be done."""

    status = 409
    code = "invalid_transition"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases to list."""

    state: str | None = None
    theme: str | None = None
    language: str | None = None
    urgency: str | None = None


def open_case(
    session: Session, conversation: Conversation, outcome: Handoff, turn: Turn, now_memory: Memory
) -> HandoffCase:
    """Open a case, or raise the open one, and take the baton from the bot. Call within the turn's transaction."""
    case = open_case_of(session, conversation.id)
    rank = URGENCIES.index(outcome.urgency)
    understood = turn.understanding
    packet = {
        "theme_confidence": understood.theme_confidence if understood else None,
        "topic_confidence": understood.topic_confidence if understood else None,
        "answers_shown": [{"slug": slug, "locale": tag, "revision": no} for slug, tag, no in now_memory.shown],
        "detail": outcome.reason,
    }
    if case is None:
        case = HandoffCase(
            place_id=conversation.place_id,
            conversation_id=conversation.id,
            state="queued",
            reason=outcome.cause,
            urgency=outcome.urgency,
            urgency_rank=rank,
            theme=outcome.theme,
            topic=outcome.topic,
            language=_language(turn, conversation, now_memory),
            danger=outcome.danger,
            rule=outcome.rule,
            iaa_level=outcome.iaa_level,
            packet=packet,
        )
        session.add(case)
        session.flush()
        verb = "handoff.opened"
    else:
        verb = "handoff.raised"
        case.version += 1
        case.packet = packet
        case.iaa_level = max(case.iaa_level, outcome.iaa_level)
        if rank < case.urgency_rank:
            case.urgency, case.urgency_rank = outcome.urgency, rank
        if outcome.danger:
            case.reason, case.danger, case.rule = outcome.cause, outcome.danger, outcome.rule
            case.theme, case.topic = outcome.theme, outcome.topic
    give_baton(conversation, "human")
    refs = {"handoff": case.id, "reason": outcome.cause, "urgency": case.urgency, "rule": outcome.rule}
    events.record(session, conversation.place_id, "bot", verb, **refs)
    return case


def open_case_of(session: Session, conversation_id: UUID) -> HandoffCase | None:
    """The open case of a conversation; there is at most one."""
    query = select(HandoffCase).where(HandoffCase.conversation_id == conversation_id, HandoffCase.state != "resolved")
    return session.scalar(query)


def _language(turn: Turn, conversation: Conversation, memory: Memory) -> str | None:
    if conversation.locale or memory.seen_language:
        return conversation.locale or memory.seen_language
    return turn.understanding.language.tag if turn.understanding else turn.hint


def give_baton(conversation: Conversation, holder: str) -> None:
    """Change hands. Everything the bot composed before, and has not sent, becomes stale."""
    if conversation.baton != holder:
        conversation.baton = holder
        conversation.baton_epoch += 1


def take_back(session: Session, conversation: Conversation) -> bool:
    """The person asks the bot something new. False while an adviser has claimed the case: then the adviser answers."""
    case = open_case_of(session, conversation.id)
    if case and case.state == "assigned":
        return False
    give_baton(conversation, "bot")
    return True


def raise_case(
    session: Session,
    conversation: Conversation,
    *,
    text: str,
    theme: str | None,
    language: str | None,
    contact: str | None,
    by: Principal,
    on_behalf_of: str | None,
) -> HandoffCase:
    """A case that a member of staff or another system raises for a person who did not write to the bot."""
    case = HandoffCase(
        place_id=by.place_id,
        conversation_id=conversation.id,
        state="queued",
        reason=Reason.RAISED,
        urgency="normal",
        urgency_rank=URGENCIES.index("normal"),
        theme=theme,
        language=language,
        packet={"contact": contact, "on_behalf_of": on_behalf_of, "answers_shown": []},
        raised_by=by.name,
    )
    session.add(case)
    incoming = Incoming("text", text=text)
    session.add(_own_message(conversation, "person", incoming.to_json(), language))
    session.flush()
    give_baton(conversation, "human")
    events.record(session, by.place_id, by.name, "handoff.opened", handoff=case.id, reason=Reason.RAISED)
    return case


def _own_message(conversation: Conversation, author: str, body: dict[str, Any], locale: str | None) -> Message:
    return Message(
        place_id=conversation.place_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        account_id=conversation.account_id,
        seq=conversation.take_number(),
        author=author,
        body=body,
        locale=locale,
        state="done",
    )


def first_case(session: Session, conversation: Conversation) -> HandoffCase:
    """The oldest case of a conversation that is known to have one."""
    query = select(HandoffCase).where(HandoffCase.conversation_id == conversation.id)
    return session.scalars(query.order_by(HandoffCase.created_at).limit(1)).one()


def find_case(session: Session, case_id: UUID, who: Principal) -> HandoffCase:
    """A case of the principal's place. Raises HandoffUnknown, also for the cases of other places."""
    case = session.get(HandoffCase, case_id, populate_existing=True)
    if case is None or case.place_id != who.place_id:
        raise HandoffUnknown
    return case


def _lock_conversation(session: Session, case_id: UUID, who: Principal) -> None:
    """Take the lock under which a conversation's messages are numbered. Workers take it before the case, so we do too."""
    _lock(session, find_case(session, case_id, who).conversation)


def _lock(session: Session, conversation: Conversation) -> None:
    session.refresh(conversation, with_for_update=True)


def list_cases(
    session: Session, who: Principal, wanted: Wanted, *, limit: int, after: HandoffCase | None = None
) -> Sequence[HandoffCase]:
    """Cases in the order in which they should be taken: urgency, then age. One more than the limit, to tell of more."""
    conditions: list[ColumnElement[bool]] = [HandoffCase.place_id == who.place_id]
    for column, value in (
        (HandoffCase.state, wanted.state),
        (HandoffCase.theme, wanted.theme),
        (HandoffCase.language, wanted.language),
        (HandoffCase.urgency, wanted.urgency),
    ):
        if value:
            conditions.append(column == value)
    order = (HandoffCase.urgency_rank, HandoffCase.created_at, HandoffCase.id)
    if after is not None:
        conditions.append(tuple_(*order) > (after.urgency_rank, after.created_at, after.id))
    return session.scalars(select(HandoffCase).where(*conditions).order_by(*order).limit(limit + 1)).all()


def claim(session: Session, case_id: UUID, who: Principal) -> HandoffCase:
    """Take a case. The winner is decided by one UPDATE; the same adviser may ask again.

    Raises HandoffUnknown, LevelTooLow, AlreadyClaimed, WrongState.
    """
    _lock_conversation(session, case_id, who)
    won = _change(
        session,
        update(HandoffCase)
        .where(
            HandoffCase.id == case_id,
            HandoffCase.place_id == who.place_id,
            HandoffCase.state.in_(("queued", "reopened")),
            HandoffCase.iaa_level <= who.iaa_level,
        )
        .values(state="assigned", assignee_id=who.staff_id, version=HandoffCase.version + 1, updated_at=utc_now()),
    )
    case = find_case(session, case_id, who)
    if won:
        # The person may have taken the baton back while the case waited.
        give_baton(case.conversation, "human")
        events.record(session, case.place_id, who.name, "handoff.claimed", handoff=case.id)
    elif case.state == "assigned" and case.assignee_id == who.staff_id:
        return case
    elif case.state in ("queued", "reopened"):
        raise LevelTooLow(f"this case needs an adviser of level {case.iaa_level} or above")
    elif case.state == "assigned":
        raise AlreadyClaimed(assignee_name(session, case))
    else:
        raise WrongState(f"the case is {case.state}")
    return case


def resolve(session: Session, case_id: UUID, who: Principal, version: int) -> HandoffCase:
    """Close a case and give the conversation back to the bot. Raises Stale, NotAssignee, WrongState, HandoffUnknown."""
    _lock_conversation(session, case_id, who)
    case = _finish(session, case_id, who, version, state="resolved", resolved_at=utc_now())
    conversation = case.conversation
    give_baton(conversation, "bot")
    conversation.memory = Memory(noticed=Memory.from_json(conversation.memory).noticed).to_json()
    locale = conversation.locale or FALLBACK
    outbox.post(
        session,
        conversation,
        [Card(locale, (Block("paragraph", say("handoff.resolved", locale)),))],
        origin_id=new_id(),
    )
    events.record(session, case.place_id, who.name, "handoff.resolved", handoff=case.id)
    return case


def release(session: Session, case_id: UUID, who: Principal, version: int) -> HandoffCase:
    """Put a claimed case back into the queue. Raises as `resolve`."""
    _lock_conversation(session, case_id, who)
    case = _finish(session, case_id, who, version, state="queued", assignee_id=None)
    events.record(session, case.place_id, who.name, "handoff.released", handoff=case.id)
    return case


def _finish(session: Session, case_id: UUID, who: Principal, version: int, **values: object) -> HandoffCase:
    changed = _change(
        session,
        update(HandoffCase)
        .where(
            HandoffCase.id == case_id,
            HandoffCase.place_id == who.place_id,
            HandoffCase.state == "assigned",
            HandoffCase.assignee_id == who.staff_id,
            HandoffCase.version == version,
        )
        .values(version=HandoffCase.version + 1, updated_at=utc_now(), **values),
    )
    case = find_case(session, case_id, who)
    if changed:
        return case
    if case.version != version:
        raise Stale
    raise WrongState(f"the case is {case.state}") if case.state != "assigned" else NotAssignee()


def _change(session: Session, statement: Any) -> bool:
    result: CursorResult[Any] = session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[assignment]
    return result.rowcount == 1


def reply(
    session: Session, conversation_id: UUID, who: Principal, *, text: str, language: str | None, client_ref: str
) -> Message:
    """An adviser's words to the person, in the outbox in this transaction. A repeated `client_ref` changes nothing.

    Raises HandoffUnknown, NotAssignee, LevelTooLow, Unreachable.
    """
    conversation = conversation_of(session, conversation_id, who)
    _lock(session, conversation)
    known = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation.id, Message.author == "adviser", Message.client_ref == client_ref
        )
    )
    if known:
        return known
    case = open_case_of(session, conversation.id)
    if case is None or case.state != "assigned" or case.assignee_id != who.staff_id:
        raise NotAssignee
    if who.iaa_level < case.iaa_level:
        raise LevelTooLow(f"this case needs an adviser of level {case.iaa_level} or above")
    if not can_reply(session, conversation):
        raise Unreachable
    locale = language or conversation.locale or FALLBACK
    blocks = tuple(Block("paragraph", piece.strip()) for piece in text.split("\n\n") if piece.strip())
    [message] = outbox.post(
        session, conversation, [Card(locale, blocks)], origin_id=new_id(), author="adviser", client_ref=client_ref
    )
    events.record(session, case.place_id, who.name, "handoff.replied", handoff=case.id, message=message.id)
    return message


def conversation_of(session: Session, conversation_id: UUID, who: Principal) -> Conversation:
    """A conversation of the principal's place that has, or had, a case. Raises HandoffUnknown otherwise."""
    conversation = session.get(Conversation, conversation_id)
    case = session.scalar(select(HandoffCase.id).where(HandoffCase.conversation_id == conversation_id).limit(1))
    if conversation is None or conversation.place_id != who.place_id or case is None:
        raise HandoffUnknown("there is no such conversation")
    return conversation


def add_note(session: Session, case_id: UUID, who: Principal, text: str) -> HandoffNote:
    """A note for other advisers. It is in a table of its own that nothing which sends ever reads."""
    case = find_case(session, case_id, who)
    note = HandoffNote(place_id=case.place_id, handoff_id=case.id, author=who.name, body=text)
    session.add(note)
    session.flush()
    events.record(session, case.place_id, who.name, "handoff.noted", handoff=case.id, note=note.id)
    return note


def notes(session: Session, case_id: UUID, who: Principal) -> Sequence[HandoffNote]:
    """The notes of a case, oldest first."""
    case = find_case(session, case_id, who)
    query = select(HandoffNote).where(HandoffNote.handoff_id == case.id)
    return session.scalars(query.order_by(HandoffNote.created_at, HandoffNote.id)).all()


def assignee_name(session: Session, case: HandoffCase) -> str | None:
    """Who has claimed the case."""
    staff = session.get(Staff, case.assignee_id) if case.assignee_id else None
    return staff.name if staff else None


def transcript(session: Session, conversation_id: UUID, *, before: int | None, limit: int) -> list[Message]:
    """Messages of a conversation, oldest first, at most `limit` of them before a sequence number."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.seq < before)
    newest = session.scalars(query.order_by(Message.seq.desc()).limit(limit)).all()
    return list(reversed(newest))


def text_of(message: Message) -> str:
    """What a message says, as plain text, whoever wrote it."""
    if message.author != "person":
        return plain_text(Card.from_json(message.body))
    incoming = Incoming(**message.body)
    if incoming.kind == "choice":
        return incoming.text or incoming.choice
    if incoming.kind == "command":
        return f"/{incoming.command} {incoming.text}".strip()
    return " ".join(filter(None, [f"[{incoming.media}]" if incoming.media else "", incoming.text]))


def media_of(message: Message) -> str | None:
    """The provider's id of a photo, voice message or file, for an adviser who wants it; None when there is none."""
    if message.author != "person":
        return None
    incoming = Incoming(**message.body)
    return incoming.media_ref or None if incoming.kind == "media" else None


def can_reply(session: Session, conversation: Conversation) -> bool:
    """Whether words sent now can arrive."""
    if conversation.unreachable or conversation.channel == STAFF:
        return False
    if conversation.channel != WebChat.name:
        return True
    tab = select(ChatSession.id).where(ChatSession.conversation_id == conversation.id)
    return session.scalar(tab.limit(1)) is not None


def packet(session: Session, case: HandoffCase) -> dict[str, Any]:
    """The case as an adviser needs it: why, what, in which language, what was said and shown so far."""
    stored = case.packet or {}
    return {
        "theme_confidence": stored.get("theme_confidence"),
        "topic_confidence": stored.get("topic_confidence"),
        "direction": direction(case.language),
        "answers_shown": stored.get("answers_shown", []),
        "detail": stored.get("detail"),
        "contact": stored.get("contact"),
        "on_behalf_of": stored.get("on_behalf_of"),
        "messages": [asdict(line) for line in _lines(session, case)],
        "channel": case.conversation.channel,
        "can_reply": can_reply(session, case.conversation),
    }


@dataclass(frozen=True, slots=True)
class _Line:
    id: str
    author: str
    text: str
    locale: str | None
    translation: None
    media_ref: str | None
    created_at: str


def _lines(session: Session, case: HandoffCase) -> list[_Line]:
    shown = transcript(session, case.conversation_id, before=None, limit=LAST_MESSAGES)
    return [
        _Line(
            str(message.id),
            message.author,
            text_of(message),
            message.locale,
            None,
            media_of(message),
            rfc3339(message.created_at),
        )
        for message in shown
    ]
