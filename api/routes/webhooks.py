"""Webhooks: the door of Telegram. Proof first, then the commit, then 200."""

import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool

from api.deps import WorldDep, problems
from api.errors import ApiError
from api.world import World
from core.crypto import same_secret
from core.locales import FALLBACK, negotiate

log = logging.getLogger(__name__)
router = APIRouter(prefix="/webhooks", tags=["webhooks"])

#: Larger bodies are refused unread; an update of the Bot API is a few kilobytes.
MAX_BODY = 1_000_000


def _proof(world: WorldDep, x_telegram_bot_api_secret_token: Annotated[str | None, Header()] = None) -> None:
    expected = world.settings.telegram_webhook_secret
    if "telegram" not in world.channels or expected is None:
        raise ApiError(404, "not_found", "Telegram's webhook is not set up here")
    if not same_secret(x_telegram_bot_api_secret_token, expected.get_secret_value()):
        raise ApiError(401, "unauthorised", "the secret token is missing or wrong")


@router.post("/telegram", dependencies=[Depends(_proof)], responses=problems(400, 401, 404, 413, 422))
async def telegram(request: Request, world: WorldDep) -> dict[str, bool]:
    """Take an update of the Telegram Bot API. 200 means that it is saved; a repeated update changes nothing."""
    data = _json(await body_of(request))
    await run_in_threadpool(take_telegram, world, data)
    return {"ok": True}


async def body_of(request: Request) -> bytes:
    """The body, refused with 413 as soon as it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise ApiError(413, "too_large", "the body is larger than 1 MB")
    return body


def _json(body: bytes) -> dict[str, Any]:
    try:
        # Twice, because JSON can carry halves of a character, which can be neither looked up nor stored.
        data = json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_request", "the body is not JSON") from None
    if not isinstance(data, dict):
        raise ApiError(400, "bad_request", "the body is not an update")
    return data


def take_telegram(world: World, data: dict[str, Any]) -> None:
    """Save one update, from the webhook or from polling. What is not a private message is passed over."""
    from bot.channels.telegram import Telegram

    channel = world.channels["telegram"]
    assert isinstance(channel, Telegram)
    group = channel.group_of(data)
    if group is not None:
        sender = (data.get("message") or data.get("my_chat_member") or {}).get("from")
        tag = sender.get("language_code") if isinstance(sender, dict) else None
        channel.leave(group, negotiate(str(tag or "")) or FALLBACK)
        return
    try:
        inbound = channel.read(data)
    except ValueError:
        raise ApiError(400, "bad_request", "the body is not an update") from None
    if inbound is not None:
        world.receive(inbound)
        channel.acknowledge(inbound)
