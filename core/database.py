"""The database: one metadata, two dialects, one way to open a transaction.

SQLite (WAL, full synchronisation, foreign keys, secure deletion) is the default; PostgreSQL comes by its address. Domain
functions take a `Session` first and never commit: `Database.write()` alone commits, and what must happen only after the
commit (waking a worker, telling a browser) is left with `after_commit`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, LargeBinary, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from core.crypto import Keyring
from core.errors import SettingsError, WaypostError

#: How long a SQLite writer waits for another process (a command line beside the server), in seconds.
BUSY_SECONDS = 5


class Unavailable(WaypostError):
    """The database does not answer. Try again in a moment."""

    status = 503
    code = "unavailable"


class Base(DeclarativeBase):
    """The mother of every table. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A point in time, stored in UTC, always read back with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[Any]):
    """A JSON value, encrypted at rest with the keyring of the database it is stored in."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else _keyring(dialect).seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else _keyring(dialect).open(value)


def _keyring(dialect: Dialect) -> Keyring:
    keyring: Keyring = dialect.__dict__["waypost_keyring"]
    return keyring


class Database:
    """An open database and the keyring that seals what people wrote in it."""

    def __init__(self, address: str, keyring: Keyring) -> None:
        self.keyring = keyring
        self.engine = _engine(address)
        self.engine.dialect.__dict__["waypost_keyring"] = keyring
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(waypost_read=True), expire_on_commit=False)
        #: SQLite has one writer. Waiting here is fair and immediate; waiting in SQLite means polling with sleeps.
        self._one_writer = Lock()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back on any error."""
        if not self.is_sqlite:
            with self._transaction(self._write()) as session:
                yield session
            return
        with self._one_writer, self._transaction(self._write()) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that only reads, and does not wait for writers."""
        # Closing ends the transaction without expiring what was read, so that values can be used afterwards.
        with self._read() as session:
            try:
                yield session
            except OperationalError as wrong:
                raise Unavailable from wrong

    @contextmanager
    def _transaction(self, session: Session) -> Iterator[Session]:
        with session:
            try:
                yield session
                session.commit()
            except OperationalError as wrong:
                raise Unavailable from wrong
        for callback in session.info.pop("after_commit", ()):
            callback()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Run a function once this session's transaction has been committed; never when it is rolled back."""
    session.info.setdefault("after_commit", []).append(callback)


def keyring_of(session: Session) -> Keyring:
    """The keyring of the database that a session belongs to."""
    return _keyring(session.get_bind().dialect)


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
    except ArgumentError:
        raise SettingsError("WAYPOST_DATABASE_URL: not a database address") from None
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
        )
    if url.get_backend_name() != "sqlite":
        raise SettingsError("WAYPOST_DATABASE_URL: only sqlite:// and postgresql:// are supported")
    in_memory = url.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"pool_size": 20, "max_overflow": 20}
    engine = create_engine(
        url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}, **options
    )
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling is switched off; `_begin_sqlite` starts every transaction.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that later writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout.
    read_only = connection.get_execution_options().get("waypost_read", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
