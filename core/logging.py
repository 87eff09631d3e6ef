"""Logging: one line a record, and never a word that a person wrote.

Waypost's own code logs ids, counts, languages, intents, scores and names of classes. Libraries are kept at WARNING,
because several of them log request bodies or message texts at INFO and below.
"""

import logging
import sys
import traceback
from typing import Any

#: Libraries that log addresses with tokens or texts of messages when they are allowed to.
_TALKATIVE = ("httpx", "httpcore", "telegram", "sqlalchemy", "alembic", "asyncio", "uvicorn.access", "multipart")


def configure_logging(level: str = "INFO") -> None:
    """Send Waypost's log lines to standard error and quieten libraries. Called once, by the roof."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class SafeFormatter(logging.Formatter):
    """Prints where an exception came from and its class, but not its message: that can quote a person's words."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        kind, _, trace = ei
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
        return f"{kind.__name__} at " + " < ".join(reversed(places))
