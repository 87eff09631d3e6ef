"""Events: what happened, in ids and codes."""

from datetime import UTC, datetime

from sqlalchemy import select

from core.clock import utc_now
from core.database import Database
from core.events import Event, record
from core.ids import new_id, parse_id
from core.places import DEFAULT_PLACE


def test_an_event_keeps_ids_and_codes_as_text_and_leaves_out_what_is_missing(database: Database) -> None:
    case = new_id()
    with database.write() as session:
        record(session, DEFAULT_PLACE, "bot", "handoff.opened", handoff=case, reason="asked", theme=None, count=3)

    with database.read() as session:
        event = session.scalars(select(Event).where(Event.verb == "handoff.opened")).one()

    assert event.refs == {"handoff": str(case), "reason": "asked", "count": "3"}
    assert event.actor == "bot"
    assert datetime(2020, 1, 1, tzinfo=UTC) < event.created_at <= utc_now()


def test_an_event_belongs_to_its_transaction(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:  # rolled back at its end
        record(session, DEFAULT_PLACE, "bot", "handoff.opened")

    with sqlite_database.read() as session:
        assert session.scalars(select(Event).where(Event.verb == "handoff.opened")).all() == []


def test_ids_sort_by_the_time_they_were_made_and_can_be_read_back() -> None:
    ids = [new_id() for _ in range(1000)]

    assert ids == sorted(ids)
    assert parse_id(str(ids[0])) == ids[0]
    assert parse_id("no id") is None
