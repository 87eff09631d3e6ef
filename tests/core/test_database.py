"""The database: one transaction at a time, nothing readable on the disk that people wrote."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from bot.models import Conversation, Message, Person
from core.clock import rfc3339
from core.crypto import Keyring, SealedError, new_key
from core.database import Base, Database, Moment, Unavailable, after_commit, keyring_of
from core.errors import SettingsError
from core.places import DEFAULT_PLACE, Place, ensure_default_place
from core.staff import Staff, add_staff

DAY = timedelta(hours=23)
#: No article says this.
WORDS = "my landlord hid my xylophone"


def _message(session: Any, body: Any = WORDS) -> Message:
    """A message of somebody new, with everything it stands on."""
    person = Person(place_id=DEFAULT_PLACE, channel="phone", external_key=uuid4().hex)
    session.add(person)
    session.flush()
    conversation = Conversation(
        place_id=DEFAULT_PLACE,
        person_id=person.id,
        channel="phone",
        address="amina-at-home",
        memory={},
        next_seq=1,
        run_state="idle",
    )
    session.add(conversation)
    session.flush()
    message = Message(
        place_id=DEFAULT_PLACE,
        conversation_id=conversation.id,
        channel="phone",
        seq=1,
        author="person",
        external_id=uuid4().hex,
        body=body,
        state="new",
    )
    session.add(message)
    session.flush()
    return message


def _names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Staff.name).order_by(Staff.name)))


def test_a_transaction_is_kept_whole(database: Database) -> None:
    with database.write() as session:
        add_staff(session, DEFAULT_PLACE, "Ada")
        add_staff(session, DEFAULT_PLACE, "Bea")

    assert _names(database) == ["Ada", "Bea"]


def test_an_error_takes_everything_back_and_calls_nobody(database: Database) -> None:
    called: list[str] = []

    def stumble() -> None:
        with database.write() as session:
            add_staff(session, DEFAULT_PLACE, "Ada")
            after_commit(session, lambda: called.append("woken"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert _names(database) == []
    assert called == []


def test_what_was_left_for_after_the_commit_runs_then_once_and_in_order(sqlite_database: Database) -> None:
    seen: list[tuple[str, list[str]]] = []

    with sqlite_database.write() as session:
        for call in ("first", "second"):
            after_commit(session, lambda call=call: seen.append((call, _names(sqlite_database))))  # type: ignore[misc]
        add_staff(session, DEFAULT_PLACE, "Ada")
        assert seen == []

    assert seen == [("first", ["Ada"]), ("second", ["Ada"])]


def test_a_commit_that_fails_calls_nobody(sqlite_database: Database) -> None:
    called: list[str] = []

    def stumble() -> None:
        with sqlite_database.write() as session:
            after_commit(session, lambda: called.append("woken"))
            session.add(Staff(place_id="nowhere", name="Ada"))

    with pytest.raises(IntegrityError):
        stumble()
    assert called == []


def test_a_reader_changes_nothing(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        add_staff(session, DEFAULT_PLACE, "Ada")

    assert _names(sqlite_database) == []


def test_writers_wait_for_each_other_and_none_is_lost(database: Database) -> None:
    with database.write() as session:
        session.get_one(Place, DEFAULT_PLACE).name = "0"

    def count_up() -> None:
        for _ in range(5):
            with database.write() as session:
                place = session.get_one(Place, DEFAULT_PLACE, with_for_update=True)
                place.name = str(int(place.name) + 1)

    threads = [Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as session:
        assert session.get_one(Place, DEFAULT_PLACE).name == "30"


def test_a_reference_to_nothing_is_refused(sqlite_database: Database) -> None:
    with pytest.raises(IntegrityError), sqlite_database.write() as session:
        add_staff(session, "nowhere", "Ada")


def test_a_database_that_does_not_answer_is_called_unavailable(sqlite_database: Database) -> None:
    with pytest.raises(Unavailable), sqlite_database.write() as session:
        session.execute(text("SELECT * FROM nothing"))


def test_sqlite_is_opened_with_its_safe_habits(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        habits = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }

    assert habits == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


# --- what people wrote ------------------------------------------------------------------------------------------------


def test_a_sealed_value_comes_back_as_it_was(database: Database) -> None:
    body = {"text": "żółć 🙂 مرحبا", "choices": [1, 2.5, None, True]}
    with database.write() as session:
        message_id = _message(session, body).id

    with database.read() as session:
        assert session.get_one(Message, message_id).body == body


def test_no_word_of_a_message_and_no_address_stands_on_the_disk(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        message = _message(session)
        session.flush()
        assert message.body == WORDS

    stored = _bytes_on_disk(sqlite_database)

    assert b"conversation" in stored  # the right files were looked at
    assert b"xylophone" not in stored
    assert b"amina-at-home" not in stored


def test_nothing_of_a_removed_row_is_left_on_the_disk(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        message = _message(session)
        session.execute(update(Message).values(external_id="canary-of-a-provider"))
        message_id = message.id
    _empty_the_log(sqlite_database)
    assert b"canary-of-a-provider" in _bytes_on_disk(sqlite_database)

    with sqlite_database.write() as session:
        session.execute(delete(Message).where(Message.id == message_id))
    _empty_the_log(sqlite_database)

    assert b"canary-of-a-provider" not in _bytes_on_disk(sqlite_database)


def _bytes_on_disk(database: Database) -> bytes:
    path = Path(str(database.engine.url.database))
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def _empty_the_log(database: Database) -> None:
    with database.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.rollback()  # a checkpoint cannot run inside a transaction
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_database_with_other_keys_does_not_read(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        message_id = _message(session).id
    stranger = Database(sqlite_database.engine.url.render_as_string(), Keyring([new_key()]))

    with pytest.raises(SealedError), stranger.read() as session:
        session.get(Message, message_id)
    stranger.close()


def test_an_error_of_the_database_does_not_quote_what_was_written(sqlite_database: Database) -> None:
    with pytest.raises(IntegrityError) as wrong, sqlite_database.write() as session:
        session.execute(insert(Place).values(id=DEFAULT_PLACE, name=WORDS))

    assert "xylophone" not in str(wrong.value)


def test_a_session_knows_its_keyring(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        assert keyring_of(session) is sqlite_database.keyring


# --- moments ----------------------------------------------------------------------------------------------------------


def test_a_moment_is_read_back_in_utc(database: Database) -> None:
    warsaw = timezone(timedelta(hours=2))
    with database.write() as session:
        staff = add_staff(session, DEFAULT_PLACE, "Ada")
        staff.disabled_at = datetime(2026, 7, 1, 1, 30, tzinfo=warsaw)

    with database.read() as session:
        moment = session.scalars(select(Staff.disabled_at)).one()

    assert moment == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(sqlite_database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), sqlite_database.write() as session:
        add_staff(session, DEFAULT_PLACE, "Ada").disabled_at = datetime(2026, 7, 1, 1, 30)  # noqa: DTZ001


@settings(max_examples=100, deadline=None)
@given(moment=st.datetimes(timezones=st.just(UTC)), ahead=st.timedeltas(-DAY, DAY))
def test_any_moment_survives_storage_without_a_zone(moment: datetime, ahead: timedelta) -> None:
    assume(1 < moment.year < 9999)
    kind, dialect = Moment(), sqlite.dialect()

    stored = kind.process_bind_param(moment.astimezone(timezone(ahead)), dialect)
    assert stored is not None
    assert kind.process_result_value(stored.replace(tzinfo=None), dialect) == moment


def test_moments_are_written_in_utc_to_the_millisecond() -> None:
    paris = timezone(timedelta(hours=1))

    assert rfc3339(datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=paris)) == "2025-12-31T23:00:00.999Z"


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["not an address", "mysql://somewhere/db", ""])
def test_an_address_we_cannot_use_names_the_setting(address: str) -> None:
    with pytest.raises(SettingsError, match="WAYPOST_DATABASE_URL"):
        Database(address, Keyring([new_key()]))


@pytest.fixture
def in_memory() -> Iterator[Database]:
    database = Database("sqlite://", Keyring([new_key()]))
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def test_a_database_in_memory_keeps_its_content_between_sessions(in_memory: Database) -> None:
    with in_memory.write() as session:
        ensure_default_place(session, "Town Hall")
    with in_memory.write() as session:
        ensure_default_place(session, "City Hall")

    with in_memory.read() as session:
        assert session.scalar(select(func.count()).select_from(Place)) == 1
        assert session.get_one(Place, DEFAULT_PLACE).name == "City Hall"
