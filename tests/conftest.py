"""Shared fixtures: a Waypost put together from real parts, with a clock and channels the test can hold."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bot.cards import Card
from bot.channels.port import Inbound, SendResult, Sent
from bot.channels.webchat import WebChat
from bot.turn import Incoming, written
from core.crypto import Keyring, new_key
from core.database import Database
from core.places import ensure_default_place
from core.settings import Settings
from knowledge.importer import import_readable
from nlu.understand import Understander
from waypost.migrate import upgrade
from waypost.wiring import Waypost, assemble

ROOT = Path(__file__).parent.parent
#: Models trained by `make setup` are used; otherwise they are trained once for all runs.
MODELS = ROOT / "var" / "models"


def require(name: str, reason: str) -> None:
    """Skip for want of a service, or fail when WAYPOST_REQUIRE names it."""
    if name in os.environ.get("WAYPOST_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required but {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A test sees no WAYPOST_* variable and no .env of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith("WAYPOST_") and not name.startswith(
            ("WAYPOST_TEST_", "WAYPOST_REQUIRE", "WAYPOST_EVAL", "WAYPOST_PEER")
        ):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def understander(tmp_path_factory: pytest.TempPathFactory) -> Understander:
    """The real understanding, trained on the real data."""
    import fcntl

    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / "test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel workers: one trains, the others read
        return Understander.load(MODELS)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A migrated database with the starter articles, copied by every test, and its key."""
    path, key = tmp_path_factory.mktemp("template") / "waypost.db", new_key()
    database = Database(f"sqlite:///{path}", Keyring([key]))
    _fill(database)
    database.close()
    return path, key


def _fill(database: Database) -> None:
    upgrade(database)
    with database.write() as session:
        ensure_default_place(session, "Waypost")
        assert import_readable(session) == []


@pytest.fixture
def sqlite_database(tmp_path: Path, _sqlite_template: tuple[Path, str]) -> Iterator[Database]:
    """A fresh SQLite database with the starter articles."""
    template, key = _sqlite_template
    path = tmp_path / "waypost.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}", Keyring([key]))
    yield database
    database.close()


@pytest.fixture
def postgres_database() -> Iterator[Database]:
    """A fresh PostgreSQL database with the starter articles."""
    address = os.environ.get("WAYPOST_TEST_POSTGRES")
    if not address:
        require("postgres", "no PostgreSQL: set WAYPOST_TEST_POSTGRES=postgresql://user@127.0.0.1/postgres")
    server = make_url(str(address)).set(drivername="postgresql+psycopg")
    name = f"waypost_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(server.set(database=name).render_as_string(hide_password=False), Keyring([new_key()]))
    try:
        _fill(database)
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test over both databases."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """A clock the test holds."""
    return Clock()


@dataclass
class Phone:
    """A channel whose provider is the test: it keeps what arrives and answers as it is told."""

    name: str = "phone"
    reads_the_table: bool = False
    #: What the person has received, in order.
    received: list[dict[str, Any]] = field(default_factory=list)
    #: What the provider answers, first to last; accepts everything when empty.
    answers: list[SendResult | Callable[[], SendResult]] = field(default_factory=list)

    def render(self, card: Card) -> list[dict[str, Any]]:
        from bot.cards import plain_text

        return [{"text": plain_text(card), "choices": [choice.id for choice in card.choices], "urgent": card.urgent}]

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        answer = self.answers.pop(0) if self.answers else Sent(f"m{len(self.received)}")
        result = answer() if callable(answer) else answer
        if isinstance(result, Sent):
            self.received.append(part | {"to": address})
        return result

    @property
    def texts(self) -> list[str]:
        """The texts received."""
        return [part["text"] for part in self.received]


class Town:
    """A running Waypost without threads, and the people who write to it."""

    def __init__(self, world: Waypost, phone: Phone) -> None:
        self.world, self.phone = world, phone
        self._count = 0

    def write(
        self,
        text: str = "",
        *,
        person: str = "amina",
        choice: str = "",
        media: str = "",
        language: str | None = None,
        external_id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Somebody writes; returns what they receive for it."""
        before = len(self.phone.received)
        self.post(text, person=person, choice=choice, media=media, language=language, external_id=external_id)
        self.world.jobs.run_pending()
        return self.phone.received[before:]

    def post(
        self,
        text: str = "",
        *,
        person: str = "amina",
        choice: str = "",
        media: str = "",
        language: str | None = None,
        external_id: str | None = None,
    ) -> Any:
        """A message arrives and is saved; nothing is answered yet."""
        self._count += 1
        if choice:
            incoming = Incoming("choice", choice=choice)
        else:
            incoming = Incoming("media", text=text, media=media) if media else written(text)
        inbound = Inbound("phone", "", external_id or f"u{self._count}", person, person, incoming, language)
        return self.world.receive(inbound)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Plain settings over the test's own folder."""
    return Settings(_env_file=None, data_dir=tmp_path, secret_keys=new_key())  # type: ignore[call-arg]


def make_town(database: Database, understander: Understander, settings: Settings) -> Town:
    """A town over a database."""
    phone = Phone()
    world = assemble(settings, database, understander, {"phone": phone, WebChat.name: WebChat()})
    return Town(world, phone)


@pytest.fixture
def town(sqlite_database: Database, understander: Understander, settings: Settings) -> Town:
    """A town on SQLite."""
    return make_town(sqlite_database, understander, settings)


@pytest.fixture
def any_town(database: Database, understander: Understander, settings: Settings) -> Town:
    """A town on both databases."""
    return make_town(database, understander, settings)
