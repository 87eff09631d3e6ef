"""A running Waypost and clients of its API."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bot.channels.webchat import WebChat
from core.database import Database
from core.settings import Settings
from core.staff import Scope
from nlu.understand import Understander
from tests.doors import Desk, Visitor, hire, open_doors
from waypost.wiring import Waypost, assemble


@pytest.fixture
def world(sqlite_database: Database, understander: Understander, settings: Settings) -> Waypost:
    """A Waypost with the web chat."""
    return assemble(settings, sqlite_database, understander, {WebChat.name: WebChat()})


@pytest.fixture
def client(world: Waypost) -> Iterator[TestClient]:
    """A client of the running Waypost."""
    with open_doors(world) as client:
        yield client


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    """Somebody in the web chat, with an English browser."""
    return Visitor(client, "en")


@pytest.fixture
def desk(world: Waypost, client: TestClient) -> Desk:
    """An adviser who may do everything."""
    return Desk(client, hire(world, "Ines", Scope.ADMIN, level=3))
