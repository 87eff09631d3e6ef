"""Live updates inside one process: who listens to a topic is told that something is new, never what.

Listeners read the news from the database, so a missed call costs a moment, not a message.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Hub:
    """Tells listeners on the event loop what threads have committed."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._guard = threading.Lock()

    def publish(self, topic: str) -> None:
        """Wake everyone who listens to the topic. May be called from any thread."""
        with self._guard:
            listeners = list(self._listeners.get(topic, ()))
        for loop, news in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the topic has news. The listener clears it."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._guard:
            self._listeners[topic].add(entry)
        try:
            yield entry[1]
        finally:
            with self._guard:
                self._listeners[topic].discard(entry)
                if not self._listeners[topic]:
                    del self._listeners[topic]
