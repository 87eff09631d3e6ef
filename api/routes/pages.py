"""The chat pages: `/` with JavaScript, `/chat` without, and the widget's script."""

import hmac
import secrets
import time
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy.orm import Session

from api.deps import Paced, WorldDep
from api.errors import ApiError
from api.guard import NEUTRAL
from api.links import linked
from api.routes.chat import find_session, messages_after, open_session, page_phrases, take
from api.world import World
from bot.models import ChatSession
from core.crypto import same_secret
from core.locales import FALLBACK, SERVED, negotiate
from translations.catalog import format_day, say

HERE = Path(__file__).parent.parent / "chat"
STATIC = HERE / "static"
router = APIRouter(include_in_schema=False)

#: First-party cookie of the page without JavaScript: the chat's token. The page with JavaScript uses none.
COOKIE = "waypost_chat"
LANGUAGE_COOKIE = "waypost_language"
_SHOWN = 200

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(["html"]), auto_reload=False
)


@router.get("/", response_class=HTMLResponse)
def page(request: Request, world: WorldDep, lang: Annotated[str | None, Query(max_length=35)] = None) -> Response:
    """The chat page. It works with JavaScript, and leads to `/chat` without."""
    locale = negotiate(lang) or _accepted(request)
    return _render(world, locale, script=True, messages=[], csrf="")


@router.get("/chat", response_class=HTMLResponse)
def plain_page(request: Request, world: WorldDep, lang: Annotated[str | None, Query(max_length=35)] = None) -> Response:
    """The whole conversation on a page without script."""
    with world.database.read() as session:
        chat = _chat(request, world, session)
        shown = _newest(session, chat)
    last = next((message["locale"] for message in reversed(shown) if message["author"] == "bot"), None)
    chosen = negotiate(lang) or negotiate(request.cookies.get(LANGUAGE_COOKIE))
    locale = chosen or negotiate(str(last or "")) or _accepted(request)
    seed = _seed(request, world) or secrets.token_urlsafe(32)
    response = _render(world, locale, script=False, messages=shown, csrf=_csrf(seed))
    if not _seed(request, world):
        _set(response, request, COOKIE, f"{seed}.{world.database.keyring.digest(COOKIE, seed)}")
    if chosen:
        _set(response, request, LANGUAGE_COOKIE, chosen)
    return response


@router.post("/chat/messages", dependencies=[Paced])
def plain_post(
    request: Request,
    world: WorldDep,
    csrf: Annotated[str, Form(max_length=200)] = "",
    text: Annotated[str, Form(max_length=20_000)] = "",
    choice: Annotated[str, Form(max_length=120)] = "",
    client_ref: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Send from the page without script, then show it again."""
    seed = _same_page(request, world, csrf)
    if not text.strip() and not choice:
        return RedirectResponse("/chat", 303)
    with world.database.write() as session:
        chat = find_session(session, seed)
        if chat is None:
            chat, _ = open_session(session, request.cookies.get(LANGUAGE_COOKIE), token=seed)
    take(world, chat, text=text, choice=choice, client_ref=client_ref or secrets.token_hex(16))
    _wait_for_answer(world, chat)
    return RedirectResponse("/chat#newest", 303)


@router.post("/chat/language")
def plain_language(
    request: Request,
    world: WorldDep,
    csrf: Annotated[str, Form(max_length=200)] = "",
    locale: Annotated[str, Form(max_length=35)] = "",
) -> Response:
    """Choose the language of the page without script."""
    _same_page(request, world, csrf)
    response = RedirectResponse("/chat", 303)
    tag = negotiate(locale)
    if tag:
        _set(response, request, LANGUAGE_COOKIE, tag)
    return response


@router.post("/chat/leave")
def plain_leave(request: Request, world: WorldDep, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Leave quickly: end the chat, forget the cookie, go somewhere neutral."""
    seed = _same_page(request, world, csrf)
    with world.database.write() as session:
        chat = find_session(session, seed)
        if chat:
            session.delete(chat)
    response = RedirectResponse(NEUTRAL, 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/widget.js")
def widget() -> FileResponse:
    """The script that puts the chat into another site."""
    return FileResponse(STATIC / "widget.js", media_type="text/javascript")


def _wait_for_answer(world: World, chat: ChatSession, seconds: float = 2.0) -> None:
    """Give the answer a moment, so that the page shows it at once; without it the person presses "check"."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with world.database.read() as session:
            shown = _newest(session, session.get(ChatSession, chat.id))
        if shown and shown[-1]["author"] != "person":
            return
        time.sleep(0.05)


def _seed(request: Request, world: World) -> str:
    """The token in our cookie, when we made it: a planted one could be read along by whoever planted it."""
    seed, _, proof = request.cookies.get(COOKIE, "").rpartition(".")
    signed = seed and any(same_secret(proof, each) for each in world.database.keyring.digests(COOKIE, seed))
    return seed if signed else ""


def _chat(request: Request, world: World, session: Session) -> ChatSession | None:
    seed = _seed(request, world)
    return find_session(session, seed) if seed else None


def _newest(session: Session, chat: ChatSession | None) -> list[dict[str, object]]:
    if chat is None:
        return []
    page_ = messages_after(session, chat, None, _SHOWN)
    while page_.has_more:
        page_ = messages_after(session, chat, str(page_.data[-1].id), _SHOWN)
    return [message.model_dump(mode="json") for message in page_.data]


def _csrf(seed: str) -> str:
    return hmac.new(seed.encode(), b"chat form", sha256).hexdigest()


def _same_page(request: Request, world: World, csrf: str) -> str:
    """The cookie's token, when the form came from our own page. Raises 403."""
    seed = _seed(request, world)
    origin = request.headers.get("origin")
    foreign = origin not in (None, "null") and urlsplit(str(origin)).netloc != request.headers.get("host")
    if not seed or foreign or not hmac.compare_digest(_csrf(seed).encode(), csrf.encode()):
        raise ApiError(403, "forbidden", "this form is too old; open the chat page again")
    return seed


def _set(response: Response, request: Request, name: str, value: str) -> None:
    response.set_cookie(name, value, httponly=True, samesite="lax", secure=request.url.scheme == "https")


def _accepted(request: Request) -> str:
    """The first served language of the browser's list."""
    for item in request.headers.get("accept-language", "").split(","):
        tag = negotiate(item.split(";")[0].strip())
        if tag:
            return tag
    return FALLBACK


def _render(world: World, locale: str, *, script: bool, messages: list[dict[str, object]], csrf: str) -> HTMLResponse:
    html = _templates.get_template("page.html").render(
        locale=locale,
        dir=SERVED[locale].direction,
        t=lambda key, **values: say(key, locale, **values),
        languages=[{"tag": each.tag, "name": each.name, "dir": each.direction} for each in SERVED.values()],
        organisation=world.settings.organisation,
        messages=messages,
        csrf=csrf,
        script=script,
        phrases=page_phrases(locale),
        linked=linked,
        day=lambda value: format_day(date.fromisoformat(value), locale),
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})
