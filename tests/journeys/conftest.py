"""Telegram as the bot meets it: its servers behind a transport, and people whose updates reach the webhook."""

import json
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import httpx2
import pytest
from starlette.testclient import TestClient
from telegram.request import HTTPXRequest

from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from core.database import Database
from core.settings import Settings
from core.staff import Scope
from nlu.understand import Understander
from tests.conftest import ROOT
from tests.doors import Desk, hire, open_doors, settled, until
from waypost.wiring import Waypost, assemble

TOKEN, SECRET = "5550001234:AAEexample-token-of-nobody", "wellerman_1-2-3"
Answer = httpx.Response | Exception


def payload(name: str) -> dict[str, Any]:
    """A captured update."""
    found: dict[str, Any] = json.loads((ROOT / f"tests/payloads/telegram/{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Call:
    """One call of the Bot API."""

    method: str
    given: dict[str, Any]

    @property
    def text(self) -> str:
        """The text that was sent."""
        return str(self.given.get("text", ""))

    @property
    def buttons(self) -> dict[str, str]:
        """What stands on the buttons, by what pressing them sends."""
        rows = self.given.get("reply_markup", {}).get("inline_keyboard", [])
        return {button["callback_data"]: button["text"] for row in rows for button in row}


@dataclass
class BotApi:
    """Telegram's servers: they keep every call and answer as they are told."""

    calls: list[Call] = field(default_factory=list)
    #: What is answered to a method instead of success; asked at every call.
    answers: dict[str, Callable[[Call], Answer]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        call = Call(request.url.path.rsplit("/", 1)[-1], {name: _read(value) for name, value in form.items()})
        assert request.url.path == f"/bot{TOKEN}/{call.method}"
        with self._guard:
            self.calls.append(call)
        given = self.answers.get(call.method, _success)(call)
        if isinstance(given, Exception):
            raise given
        return given

    def of(self, method: str) -> list[Call]:
        """The calls of a method, in order."""
        return [call for call in self.calls if call.method == method]

    @property
    def sent(self) -> list[Call]:
        """The messages sent, in order."""
        return self.of("sendMessage")

    def channel(self) -> Telegram:
        """A bot that talks to these servers."""
        return Telegram(TOKEN, request=HTTPXRequest(httpx_kwargs={"transport": httpx.MockTransport(self)}))


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _success(call: Call) -> httpx.Response:
    if call.method != "sendMessage":
        return accepted([] if call.method == "getUpdates" else True)
    chat = {"id": call.given["chat_id"], "type": "private", "first_name": "Zofia"}
    return accepted({"message_id": 900, "date": 1795262402, "chat": chat, "text": call.text})


def accepted(result: object) -> httpx.Response:
    """Telegram's success."""
    return httpx.Response(200, json={"ok": True, "result": result})


def refused(status: int, description: str, **parameters: int) -> httpx.Response:
    """Telegram's refusal."""
    body = {"ok": False, "error_code": status, "description": description}
    return httpx.Response(status, json=body | ({"parameters": parameters} if parameters else {}))


class Phone:
    """People with Telegram on their phones."""

    def __init__(self, client: TestClient, api: BotApi, world: Waypost) -> None:
        self._client, self._api, self._world = client, api, world
        self._last = 815930100

    def deliver(self, update: object, secret: str | bytes | None = SECRET) -> httpx2.Response:
        """Telegram calls the webhook."""
        headers = {b"Content-Type": b"application/json"}
        if secret is not None:
            headers[b"X-Telegram-Bot-Api-Secret-Token"] = secret.encode() if isinstance(secret, str) else secret
        content = update if isinstance(update, bytes) else json.dumps(update).encode()
        return self._client.post("/webhooks/telegram", content=content, headers=headers)

    def send(self, name: str = "text", **changes: object) -> list[Call]:
        """A captured message, with changes, arrives as a new update; what the bot sends for it."""
        update = deepcopy(payload(name))
        self._last += 1
        update["update_id"] = self._last
        update["message"] |= changes
        return self.answered(update)

    def press(self, data: str) -> list[Call]:
        """A button is pressed; what the bot sends for it."""
        update = deepcopy(payload("press"))
        self._last += 1
        update["update_id"] = self._last
        update["callback_query"]["data"] = data
        return self.answered(update)

    def answered(self, update: dict[str, Any]) -> list[Call]:
        """The update delivered, and the messages sent for it."""
        before = len(self._api.sent)
        assert self.deliver(update).status_code == 200
        until(lambda: settled(self._world), "an answer on Telegram")
        return self._api.sent[before:]


@pytest.fixture
def api() -> BotApi:
    """Telegram's servers."""
    return BotApi()


@pytest.fixture
def world(sqlite_database: Database, understander: Understander, settings: Settings, api: BotApi) -> Iterator[Waypost]:
    """A Waypost with a Telegram bot and the web chat."""
    ours = Settings.model_validate(settings.model_dump() | {"telegram_token": TOKEN, "telegram_webhook_secret": SECRET})
    telegram = api.channel()
    yield assemble(ours, sqlite_database, understander, {Telegram.name: telegram, WebChat.name: WebChat()})
    telegram.close()


@pytest.fixture
def client(world: Waypost) -> Iterator[TestClient]:
    """A client of the running Waypost."""
    with open_doors(world) as client:
        yield client


@pytest.fixture
def phone(world: Waypost, client: TestClient, api: BotApi) -> Phone:
    """People with Telegram on their phones."""
    return Phone(client, api, world)


@pytest.fixture
def desk(world: Waypost, client: TestClient) -> Desk:
    """An adviser who may do everything."""
    return Desk(client, hire(world, "Ines", Scope.ADMIN, level=3))
