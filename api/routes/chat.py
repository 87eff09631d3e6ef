"""The web chat's API: sessions, messages, live events."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deps import Bearer, Limit, Paced, WorldDep, problems
from api.errors import ApiError
from api.schemas import (
    Accepted,
    BlockOut,
    ChatMessageOut,
    ChatMessages,
    ChoiceOut,
    NewChatMessage,
    NewSession,
    SessionOut,
    SourceOut,
)
from api.world import World
from bot import handoff
from bot.cards import Block, Card, plain_text
from bot.channels import webchat
from bot.channels.text import isolate_numbers
from bot.models import ChatSession, Message
from core.clock import rfc3339
from core.crypto import hash_token
from core.ids import parse_id
from core.locales import FALLBACK, SERVED, direction, negotiate
from core.places import DEFAULT_PLACE
from translations.catalog import phrase
from translations.phrases import PHRASES

router = APIRouter(prefix="/api/v1/chat", tags=["web chat"])

#: A comment on an idle stream, in seconds, so that proxies keep it open; and how often it looks for itself.
HEARTBEAT, LOOK = 15.0, 5.0
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "A stream of events"}
}
#: Messages read at once by a stream.
BATCH = 200


def session_of(token: Bearer, world: WorldDep) -> ChatSession:
    """The web chat that a token opens. Raises 401."""
    with world.database.read() as session:
        found = find_session(session, token)
    if found is None:
        raise ApiError(401, "unauthorised", "this chat has ended", {"WWW-Authenticate": "Bearer"})
    return found


Chat = Annotated[ChatSession, Depends(session_of)]


def find_session(session: Session, token: str) -> ChatSession | None:
    """The web chat with this token."""
    return session.scalar(select(ChatSession).where(ChatSession.token_hash == hash_token(token)))


def open_session(session: Session, locale: str | None, token: str | None = None) -> tuple[ChatSession, str]:
    """A new web chat and its token, which is random unless the page without script has made one already."""
    token = token or secrets.token_urlsafe(32)
    chat = ChatSession(place_id=DEFAULT_PLACE, token_hash=hash_token(token), locale_hint=negotiate(locale))
    session.add(chat)
    session.flush()
    return chat, token


@router.post("/sessions", status_code=201, dependencies=[Paced], responses=problems(422, 429))
def create_session(world: WorldDep, body: NewSession | None = None) -> SessionOut:
    """Open a web chat. The token is the only way back into it."""
    with world.database.write() as session:
        chat, token = open_session(session, body.locale if body else None)
    return SessionOut(session=chat.id, token=token)


@router.delete("/sessions", status_code=204, responses=problems(401, 422))
def end_session(chat: Chat, world: WorldDep) -> None:
    """Leave: the token stops working at once. What was written stays for the team until it is deleted or too old."""
    with world.database.write() as session:
        found = session.get(ChatSession, chat.id)
        if found:
            session.delete(found)
    world.hub.publish(str(chat.id))


@router.post("/messages", status_code=202, dependencies=[Paced], responses=problems(401, 422, 429, 503))
def post_message(body: NewChatMessage, chat: Chat, world: WorldDep) -> Accepted:
    """Send a text or a choice. The same `client_ref` again is accepted and changes nothing."""
    if (body.text is None) == (body.choice is None):
        raise ApiError(422, "invalid_request", "send either text or choice")
    return Accepted(id=take(world, chat, text=body.text or "", choice=body.choice or "", client_ref=body.client_ref))


def take(world: World, chat: ChatSession, *, text: str, choice: str, client_ref: str) -> UUID:
    """Save a message of a web chat; committed when this returns. Returns the message's id."""
    label = _label(world, chat, choice) if choice else ""
    inbound = webchat.read(
        str(chat.id), client_ref=client_ref, text=text, choice=choice, label=label, language=chat.locale_hint
    )
    received = world.receive(inbound)
    # The first message opens the conversation; after "delete everything" the next one opens another.
    if chat.conversation_id != received.conversation_id:
        with world.database.write() as session:
            stored = session.get(ChatSession, chat.id)
            if stored:
                stored.conversation_id = received.conversation_id
    world.hub.publish(str(chat.id))
    return received.message_id


def _label(world: World, chat: ChatSession, choice: str) -> str:
    """What stood on the pressed button, for the transcript."""
    if chat.conversation_id is None:
        return ""
    with world.database.read() as session:
        for message in reversed(handoff.transcript(session, chat.conversation_id, before=None, limit=10)):
            if message.author != "person":
                for offered in Card.from_json(message.body).choices:
                    if offered.id == choice:
                        return offered.label
    return ""


@router.get("/messages", responses=problems(401, 422))
def list_messages(
    chat: Chat, world: WorldDep, after: Annotated[str | None, Query(max_length=60)] = None, limit: Limit = 200
) -> ChatMessages:
    """Messages after the one with this id, oldest first."""
    with world.database.read() as session:
        return messages_after(session, chat, after, limit)


def messages_after(session: Session, chat: ChatSession, after: str | None, limit: int) -> ChatMessages:
    """A page of a web chat. An unknown `after` starts from the beginning: nothing is ever missed."""
    conversation_id = session.scalar(select(ChatSession.conversation_id).where(ChatSession.id == chat.id))
    if conversation_id is None:
        return ChatMessages(has_more=False, data=[])
    query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq).limit(limit + 1)
    known = session.get(Message, parse_id(after)) if after and parse_id(after) else None
    if known is not None and known.conversation_id == conversation_id:
        query = query.where(Message.seq > known.seq)
    rows = session.scalars(query).all()
    return ChatMessages(has_more=len(rows) > limit, data=[message_out(row) for row in rows[:limit]])


def message_out(message: Message) -> ChatMessageOut:
    """A message as the page shows it."""
    common = {
        "id": message.id,
        "author": message.author,
        "locale": message.locale,
        "created_at": rfc3339(message.created_at),
        "client_ref": message.client_ref if message.author == "person" else None,
    }
    if message.author == "person":
        return ChatMessageOut(text=handoff.text_of(message), dir=_dir(message.locale), **common)  # type: ignore[arg-type]
    card = Card.from_json(message.body)
    return ChatMessageOut(
        text=isolate_numbers(plain_text(card), card.locale),
        dir=_dir(card.locale),
        urgent=card.urgent,
        blocks=_blocks(card.blocks, card.locale),
        choices=[ChoiceOut(id=choice.id, label=choice.label) for choice in card.choices],
        sources=[SourceOut(title=s.title, url=s.url, checked_on=s.checked_on or None) for s in card.sources],
        sources_title=card.sources_title,
        checked=card.checked,
        footer=_blocks(card.footer, card.locale),
        **common,  # type: ignore[arg-type]
    )


def _blocks(blocks: tuple[Block, ...], locale: str) -> list[BlockOut]:
    """Blocks as the page draws them; in right-to-left text numbers and commands are isolated."""
    return [_block(block, block.locale or locale) for block in blocks]


def _block(block: Block, locale: str) -> BlockOut:
    items = [isolate_numbers(item, locale) for item in block.items]
    text = isolate_numbers(block.text, locale)
    return BlockOut(kind=block.kind, text=text, items=items, url=block.url, locale=block.locale)


def _dir(locale: str | None) -> Literal["ltr", "rtl"]:
    return "rtl" if direction(locale) == "rtl" else "ltr"


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses=_STREAM | problems(401, 422),
)
async def events(
    request: Request, chat: Chat, world: WorldDep, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Live messages as server-sent events; `Last-Event-ID` replays what was missed."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _stream(request, chat, world, last_event_id), media_type="text/event-stream", headers=headers
    )


async def _stream(request: Request, chat: ChatSession, world: World, last: str | None) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    with world.hub.listen(str(chat.id)) as news:
        idle = 0.0
        while not world.stopping.is_set() and not await request.is_disconnected():
            news.clear()
            page = await run_in_threadpool(_news, world, chat.id, last)
            if page is None:
                return
            for message in page.data:
                last = str(message.id)
                yield f"event: message\nid: {last}\ndata: {json.dumps(message.model_dump(mode='json'), ensure_ascii=False)}\n\n"
                idle = 0.0
            if not page.data:
                idle = await _wait(news, idle)
                if idle >= HEARTBEAT:
                    yield ": still here\n\n"
                    idle = 0.0


async def _wait(news: asyncio.Event, idle: float) -> float:
    try:
        await asyncio.wait_for(news.wait(), LOOK)
    except TimeoutError:
        return idle + LOOK
    return idle


def _news(world: World, chat_id: UUID, last: str | None) -> ChatMessages | None:
    """What is new; None when the chat has ended."""
    with world.database.read() as session:
        chat = session.get(ChatSession, chat_id)
        return messages_after(session, chat, last, BATCH) if chat else None


@router.get("/phrases", responses=problems(422))
def phrases(locale: Annotated[str, Query(max_length=35)] = FALLBACK) -> dict[str, object]:
    """The words of the page in a language."""
    tag = negotiate(locale) or FALLBACK
    return {"locale": tag, "dir": SERVED[tag].direction, "phrases": page_phrases(tag)}


def page_phrases(tag: str) -> dict[str, str]:
    """The phrases that the page says itself. Two have a placeholder, which the page fills."""
    groups = ("web.", "button.", "answer.", "command.", "help.start", "notice.first")
    return {key: phrase(key, tag) for key in PHRASES if key.startswith(groups)}
