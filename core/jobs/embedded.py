"""Jobs inside the serving process: a few threads, one set of waiting keys per queue."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from core.database import after_commit
from core.jobs import Handler

log = logging.getLogger(__name__)


@dataclass
class _Queue:
    handler: Handler
    workers: int
    #: Keys in the order they were woken. A key waits once, however often it is woken.
    waiting: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    #: Keys being handled: one thread a key, so a conversation never meets itself.
    busy: set[UUID] = field(default_factory=set)


class EmbeddedJobs:
    """Threads that handle wake-ups. `run_pending` does the same in the calling thread, for one-off commands and tests."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._tasks: list[tuple[float, Callable[[], object]]] = []
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    def register(self, queue: str, handler: Handler, *, workers: int) -> None:
        """Say who handles a queue, and in how many threads."""
        self._queues[queue] = _Queue(handler, workers)

    def every(self, seconds: float, task: Callable[[], object]) -> None:
        """Run a task every so many seconds while the threads run."""
        self._tasks.append((seconds, task))

    def wake(self, session: Session, queue: str, key: UUID) -> None:
        """Wake the handler once this transaction is committed."""
        after_commit(session, lambda: self.put(queue, key))

    def put(self, queue: str, key: UUID) -> None:
        """Wake the handler now."""
        with self._changed:
            self._queues[queue].waiting.setdefault(key)
            self._changed.notify_all()

    def start(self) -> None:
        """Start the threads."""
        for name, queue in self._queues.items():
            for number in range(queue.workers):
                self._spawn(f"{name}-{number}", partial(self._work, queue))
        for number, (seconds, task) in enumerate(self._tasks):
            self._spawn(f"task-{number}", partial(self._repeat, seconds, task))

    def stop(self, timeout: float = 10.0) -> None:
        """Take no new key and wait for the handlers at work, at most so many seconds."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def run_pending(self) -> None:
        """Handle everything that waits, in this thread, until nothing does."""
        while taken := self._take_any():
            queue, key = taken
            self._handle(queue, key)

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"waypost-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, queue: _Queue) -> None:
        while (key := self._next(queue)) is not None:
            self._handle(queue, key)

    def _next(self, queue: _Queue) -> UUID | None:
        with self._changed:
            while not self._stopping.is_set():
                key = _take(queue)
                if key is not None:
                    return key
                self._changed.wait()
        return None

    def _take_any(self) -> tuple[_Queue, UUID] | None:
        with self._changed:
            for queue in self._queues.values():
                key = _take(queue)
                if key is not None:
                    return queue, key
        return None

    def _handle(self, queue: _Queue, key: UUID) -> None:
        try:
            queue.handler(key)
        except Exception:  # a handler's fault must not end the thread; the sweeper wakes the key again
            log.exception("a handler failed for %s", key)
        finally:
            with self._changed:
                queue.busy.discard(key)
                if key in queue.waiting:
                    self._changed.notify_all()

    def _repeat(self, seconds: float, task: Callable[[], object]) -> None:
        while not self._stopping.wait(seconds):
            try:
                task()
            except Exception:  # the next round tries again
                log.exception("a periodic task failed")


def _take(queue: _Queue) -> UUID | None:
    for key in queue.waiting:
        if key not in queue.busy:
            del queue.waiting[key]
            queue.busy.add(key)
            return key
    return None
