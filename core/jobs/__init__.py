"""Jobs: wake-ups, never the truth. The tables say what is to be done; a lost wake-up is found again by the sweeper.

The seam has one implementation so far, `core.jobs.embedded`, which lives in the serving process. The PostgreSQL one will
keep the same three verbs.
"""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

#: Does the work that a key stands for. Must be safe to call at any time, twice, or for nothing.
Handler = Callable[[UUID], None]


class Jobs(Protocol):
    """Wakes handlers."""

    def register(self, queue: str, handler: Handler, *, workers: int) -> None:
        """Say who handles a queue, and how many at a time."""

    def every(self, seconds: float, task: Callable[[], object]) -> None:
        """Run a task again and again while the jobs run."""

    def wake(self, session: Session, queue: str, key: UUID) -> None:
        """Wake the handler of a queue once this transaction is committed."""
