"""What the doors need of the rest: the roof gives it to `create_app`, routes get it by `deps`."""

import threading
from collections.abc import Mapping
from typing import Protocol

from bot.channels.port import Channel, Inbound
from bot.inbox import Received
from bot.outbox import Outlet
from bot.pace import Pace
from core.database import Database
from core.live import Hub
from core.settings import Settings


class World(Protocol):
    """A running Waypost as the doors see it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...
    @property
    def outlet(self) -> Outlet: ...
    @property
    def pace(self) -> Pace: ...
    @property
    def understanding_fault(self) -> str | None: ...
    @property
    def stopping(self) -> threading.Event: ...

    def receive(self, inbound: Inbound) -> Received:
        """Save an inbound message; committed when this returns."""
