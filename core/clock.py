"""The time, always with its zone. One place, so that tests can set it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

#: A source of the present moment, in UTC.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in UTC."""
    return utc_now().date()


def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 text in UTC, to the millisecond, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
