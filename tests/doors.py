"""A running Waypost behind its doors: what people and programs do with it over HTTP, in their own words."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2
import uvicorn
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from bot.models import Conversation, Delivery, Message
from core.places import DEFAULT_PLACE
from core.staff import Scope, add_staff, create_token
from waypost.wiring import Waypost

Found = TypeVar("Found")
#: How long a loaded machine may take to answer before a test gives up.
PATIENCE = 30.0


def until(look: Callable[[], Found], what: str = "it") -> Found:
    """The first thing worth having that `look` finds. Fails when nothing comes."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited for {what} in vain"
        time.sleep(0.01)
    return found


@contextmanager
def open_doors(world: Waypost, address: str = "192.0.2.7") -> Iterator[TestClient]:
    """The world started, with a client at a network address; stopped at the end."""
    with TestClient(create_app(world, world.start, world.stop), client=(address, 50_000)) as client:
        yield client


@contextmanager
def serve(world: Waypost) -> Iterator[str]:
    """The world behind a real server on a free port of the loopback interface; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(world, world.start, world.stop), log_config=None, timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, "the server")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        world.stopping.set()
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()


def hire(world: Waypost, name: str, *scopes: Scope, level: int = 0, place: str = DEFAULT_PLACE) -> str:
    """A member of staff with a token."""
    with world.database.write() as session:
        return create_token(session, add_staff(session, place, name, iaa_level=level), scopes or (Scope.ADMIN,))


def settled(world: Waypost) -> bool:
    """Whether every message is answered and everything that can be sent now is sent."""
    with world.database.read() as session:
        if session.scalar(select(Message.id).where(Message.state == "new").limit(1)):
            return False
        waiting = select(Delivery).where(Delivery.state.in_(("new", "failed", "uncertain", "sending")))
        heads: dict[UUID, str] = {}
        for delivery in session.scalars(waiting.order_by(Delivery.urgent.desc(), Delivery.out_seq)):
            heads.setdefault(delivery.conversation_id, delivery.state)
        gone = select(Conversation.id).where(Conversation.unreachable)
        return not {state for key, state in heads.items() if key not in session.scalars(gone)} & {"new", "sending"}


class Visitor:
    """Somebody in the web chat, through its API."""

    def __init__(self, client: httpx2.Client, locale: str | None = None) -> None:
        self._client = client
        opened = client.post("/api/v1/chat/sessions", json={"locale": locale})
        assert opened.status_code == 201, opened.text
        self.session, self.token = opened.json()["session"], opened.json()["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def move(self, client: httpx2.Client) -> None:
        """Goes on at another door, with the token they have."""
        self._client = client

    def send(self, **message: str) -> httpx2.Response:
        """A text or a choice."""
        body = {"client_ref": uuid4().hex} | message
        return self._client.post("/api/v1/chat/messages", json=body, headers=self.headers)

    def page(self, **query: str | int) -> dict[str, Any]:
        """A page of the conversation."""
        answer = self._client.get("/api/v1/chat/messages", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def messages(self, **query: str | int) -> list[dict[str, Any]]:
        """The conversation, oldest first."""
        found: list[dict[str, Any]] = self.page(**query)["data"]
        return found

    def say(self, text: str) -> list[dict[str, Any]]:
        """Writes, and reads what is answered."""
        return self._answers(self.send(text=text))

    def press(self, choice: str) -> list[dict[str, Any]]:
        """Presses a button, and reads what is answered."""
        return self._answers(self.send(choice=choice))

    def _answers(self, sent: httpx2.Response) -> list[dict[str, Any]]:
        assert sent.status_code == 202, sent.text
        return until(lambda: self.messages(after=sent.json()["id"]), "an answer")


class Desk:
    """Somebody, or some system, at the staff's API."""

    def __init__(self, client: httpx2.Client, token: str) -> None:
        self._client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str | int) -> httpx2.Response:
        """Reads."""
        return self._client.get(f"/api/v1{path}", params=query, headers=self.headers)

    def post(self, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """Writes. `if_match="3"` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(f"/api/v1{path}", json=body, headers=self.headers | named)

    def cases(self, **wanted: str | int) -> list[dict[str, Any]]:
        """The queue."""
        answer = self.get("/handoffs", **wanted)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def packet(self, case: str) -> dict[str, Any]:
        """A case with everything in it."""
        found: dict[str, Any] = self.get(f"/handoffs/{case}").json()
        return found

    def claim(self, case: str) -> dict[str, Any]:
        """Takes a case."""
        answer = self.post(f"/handoffs/{case}/claim")
        assert answer.status_code == 200, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    def resolve(self, case: str) -> httpx2.Response:
        """Closes a case in the version that is now."""
        return self.post(f"/handoffs/{case}/resolve", if_match=f'"{self.packet(case)["version"]}"')

    def reply(self, conversation: str, text: str, client_ref: str = "") -> httpx2.Response:
        """Writes to the person."""
        body = {"text": text, "client_ref": client_ref or uuid4().hex}
        return self.post(f"/conversations/{conversation}/messages", body)


def is_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, checked for the shape that every error has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:waypost:problem:{code}"
    assert body["detail"]
    assert "\n" not in body["title"]
    return body
