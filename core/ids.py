"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made."""

from uuid import UUID

import uuid6


def new_id() -> UUID:
    """A fresh identifier. Order inside a conversation comes from counters, never from this."""
    return UUID(int=uuid6.uuid7().int)


def parse_id(text: str) -> UUID | None:
    """The identifier written in a text, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
