"""The adviser queue's API: cases, claims, replies, notes."""

import base64
import binascii
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from sqlalchemy.orm import Session

from api.deps import IfMatch, Limit, WorldDep, problems, require, writing
from api.errors import ApiError
from api.schemas import (
    HandoffOut,
    HandoffPage,
    LineOut,
    LinePage,
    NewHandoff,
    NewNote,
    NewReply,
    NoteOut,
    NotePage,
    PacketOut,
    moment,
)
from bot import handoff, inbox
from bot.handoff import HandoffUnknown, Wanted
from bot.models import HandoffCase, HandoffNote, Message
from core.clock import rfc3339
from core.locales import direction
from core.staff import Principal, Scope
from core.themes import Theme

router = APIRouter(prefix="/api/v1", tags=["adviser queue"])

Reader = Annotated[Principal, Depends(require(Scope.HANDOFFS_READ))]
Writer = Annotated[Principal, Depends(require(Scope.HANDOFFS_WRITE))]
TalkReader = Annotated[Principal, Depends(require(Scope.CONVERSATIONS_READ))]
Talker = Annotated[Principal, Depends(require(Scope.CONVERSATIONS_WRITE))]
State = Literal["queued", "assigned", "snoozed", "resolved", "reopened"]
Urgency = Literal["crisis", "urgent", "soon", "normal"]


@router.get("/handoffs", responses=problems(401, 403, 422))
def list_handoffs(
    who: Reader,
    world: WorldDep,
    state: State | None = None,
    theme: Theme | None = None,
    language: Annotated[str | None, Query(max_length=35)] = None,
    urgency: Urgency | None = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=80)] = None,
) -> HandoffPage:
    """Cases in the order in which they should be taken: most urgent first, then oldest. No texts in lists."""
    with world.database.read() as session:
        after = _case_at(session, cursor, who) if cursor else None
        wanted = Wanted(state, theme, language, urgency)
        rows = handoff.list_cases(session, who, wanted, limit=limit, after=after)
        more = len(rows) > limit
        data = [_out(session, case) for case in rows[:limit]]
        return HandoffPage(data=data, next_cursor=_cursor(rows[limit - 1].id) if more else None, has_more=more)


def _cursor(identifier: UUID) -> str:
    return base64.urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def _case_at(session: Session, cursor: str, who: Principal) -> HandoffCase:
    try:
        return handoff.find_case(session, UUID(bytes=base64.urlsafe_b64decode(cursor + "==")), who)
    except (ValueError, binascii.Error, HandoffUnknown):
        raise ApiError(422, "invalid_cursor", "the cursor is not one of ours") from None


@router.post("/handoffs", status_code=201, responses=problems(401, 403, 422))
def raise_handoff(
    body: NewHandoff,
    who: Writer,
    world: WorldDep,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=80)] = None,
) -> HandoffOut:
    """Raise a case for a person who did not write to the bot. The same `Idempotency-Key` gives the same case."""
    with writing(world) as session:
        conversation, fresh = inbox.staff_conversation(
            session, who.place_id, who.name, idempotency_key, body.model_dump_json()
        )
        if fresh:
            case = handoff.raise_case(
                session,
                conversation,
                text=body.text,
                theme=body.theme,
                language=body.language,
                contact=body.contact,
                by=who,
                on_behalf_of=body.on_behalf_of,
            )
        else:
            case = handoff.first_case(session, conversation)
        response.headers["Location"] = f"/api/v1/handoffs/{case.id}"
        return _tagged(session, case, response)


@router.get("/handoffs/{handoff_id}", responses=problems(401, 403, 404, 422))
def get_handoff(handoff_id: UUID, who: Reader, world: WorldDep, response: Response) -> PacketOut:
    """The packet: why, what about, in which language, what was said and shown so far."""
    with world.database.read() as session:
        case = handoff.find_case(session, handoff_id, who)
        out = _tagged(session, case, response)
        packet = handoff.packet(session, case)
        for line in packet["messages"]:
            line["direction"] = direction(line["locale"])
        return PacketOut(**(out.model_dump() | packet))


@router.post("/handoffs/{handoff_id}/claim", responses=problems(401, 403, 404, 409, 422))
def claim_handoff(handoff_id: UUID, who: Writer, world: WorldDep, response: Response) -> HandoffOut:
    """Take a case. One adviser wins; the same adviser may repeat the call; the others get 409 with the winner's name."""
    with writing(world) as session:
        return _tagged(session, handoff.claim(session, handoff_id, who), response)


@router.post("/handoffs/{handoff_id}/resolve", responses=problems(401, 403, 404, 409, 412, 422, 428))
def resolve_handoff(handoff_id: UUID, who: Writer, world: WorldDep, version: IfMatch, response: Response) -> HandoffOut:
    """Close a case; the bot answers again and the person is told."""
    with writing(world) as session:
        return _tagged(session, handoff.resolve(session, handoff_id, who, version), response)


@router.post("/handoffs/{handoff_id}/return-to-bot", responses=problems(401, 403, 404, 409, 412, 422, 428))
def return_to_bot(handoff_id: UUID, who: Writer, world: WorldDep, version: IfMatch, response: Response) -> HandoffOut:
    """Give the conversation back to the bot: the same as resolving it."""
    with writing(world) as session:
        return _tagged(session, handoff.resolve(session, handoff_id, who, version), response)


@router.post("/handoffs/{handoff_id}/release", responses=problems(401, 403, 404, 409, 412, 422, 428))
def release_handoff(handoff_id: UUID, who: Writer, world: WorldDep, version: IfMatch, response: Response) -> HandoffOut:
    """Put a claimed case back into the queue."""
    with writing(world) as session:
        return _tagged(session, handoff.release(session, handoff_id, who, version), response)


@router.get("/handoffs/{handoff_id}/notes", responses=problems(401, 403, 404, 422))
def list_notes(handoff_id: UUID, who: Reader, world: WorldDep) -> NotePage:
    """The notes of a case, oldest first. Notes are never sent to the person."""
    with world.database.read() as session:
        return NotePage(data=[_note(note) for note in handoff.notes(session, handoff_id, who)])


@router.post("/handoffs/{handoff_id}/notes", status_code=201, responses=problems(401, 403, 404, 422))
def add_note(handoff_id: UUID, body: NewNote, who: Writer, world: WorldDep) -> NoteOut:
    """Write a note for other advisers."""
    with writing(world) as session:
        return _note(handoff.add_note(session, handoff_id, who, body.text))


@router.get("/conversations/{conversation_id}/messages", responses=problems(401, 403, 404, 422))
def list_conversation(
    conversation_id: UUID,
    who: TalkReader,
    world: WorldDep,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 50,
) -> LinePage:
    """The transcript, oldest first; `before` takes the `next_cursor` of the page after."""
    with world.database.read() as session:
        handoff.conversation_of(session, conversation_id, who)
        rows = handoff.transcript(session, conversation_id, before=before, limit=limit + 1)
        more = len(rows) > limit
        rows = rows[-limit:]
        return LinePage(
            data=[_line(row) for row in rows], next_cursor=str(rows[0].seq) if more else None, has_more=more
        )


@router.post("/conversations/{conversation_id}/messages", status_code=201, responses=problems(401, 403, 404, 409, 422))
def reply(conversation_id: UUID, body: NewReply, who: Talker, world: WorldDep) -> LineOut:
    """Write to the person. Only who has claimed the case may; the same `client_ref` again changes nothing."""
    with writing(world) as session:
        message = handoff.reply(
            session, conversation_id, who, text=body.text, language=body.language, client_ref=body.client_ref
        )
        return _line(message)


def _tagged(session: Session, case: HandoffCase, response: Response) -> HandoffOut:
    response.headers["ETag"] = f'"{case.version}"'
    return _out(session, case)


def _out(session: Session, case: HandoffCase) -> HandoffOut:
    return HandoffOut(
        id=case.id,
        conversation_id=case.conversation_id,
        state=case.state,  # type: ignore[arg-type] # the column holds one of the five words
        reason=case.reason,
        urgency=case.urgency,  # type: ignore[arg-type] # as above
        theme=case.theme,
        topic=case.topic,
        language=case.language,
        direction=direction(case.language),  # type: ignore[arg-type] # ltr or rtl
        danger=case.danger,
        rule=case.rule,
        required_level=case.iaa_level,
        assignee=handoff.assignee_name(session, case),
        raised_by=case.raised_by,
        version=case.version,
        created_at=rfc3339(case.created_at),
        updated_at=rfc3339(case.updated_at),
        resolved_at=moment(case.resolved_at),
    )


def _line(message: Message) -> LineOut:
    return LineOut(
        id=message.id,
        author=message.author,  # type: ignore[arg-type] # the column holds one of the three words
        text=handoff.text_of(message),
        locale=message.locale,
        media_ref=handoff.media_of(message),
        direction=direction(message.locale),  # type: ignore[arg-type] # ltr or rtl
        created_at=rfc3339(message.created_at),
        client_ref=message.client_ref,
        trace=message.trace,
    )


def _note(note: HandoffNote) -> NoteOut:
    return NoteOut(id=note.id, author=note.author, text=note.body, created_at=rfc3339(note.created_at))
