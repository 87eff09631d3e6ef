"""Migrations: a database brought up by them has exactly the tables of the code, on both engines, and can go back."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from core.crypto import Keyring, new_key
from core.database import Base, Database
from knowledge.search import search
from waypost import migrate


def _move(database: Database, direction: str, revision: str) -> None:
    config = migrate.alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)


def _tables(database: Database) -> set[str]:
    return {name for name in inspect(database.engine).get_table_names() if not name.startswith("article_fts")}


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    assert migrate.differences(database) == []
    assert _tables(database) == set(Base.metadata.tables) | {"alembic_version"}
    assert migrate.is_current(database)


def test_a_missing_column_would_be_noticed(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.execute(text("ALTER TABLE place DROP COLUMN name"))

    assert migrate.differences(sqlite_database) != []


def test_a_database_can_go_down_and_up_again(database: Database) -> None:
    _move(database, "downgrade", "base")
    assert _tables(database) <= {"alembic_version"}
    assert not migrate.is_current(database)

    migrate.upgrade(database)

    assert migrate.differences(database) == []
    with database.read() as session:
        assert search(session, "doctor", "en") == []  # the index is there again, and empty


def test_the_program_knows_its_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrate.alembic_config()).get_current_head() == migrate.HEAD


def test_an_upgrade_of_a_current_database_changes_nothing(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        before = session.scalar(text("PRAGMA schema_version"))

    migrate.upgrade(sqlite_database)

    with sqlite_database.read() as session:
        assert session.scalar(text("PRAGMA schema_version")) == before


def test_a_database_in_memory_has_the_same_tables() -> None:
    database = Database("sqlite://", Keyring([new_key()]))
    migrate.create_all(database)

    assert migrate.differences(database) == []
    database.close()


def test_the_articles_are_copied_into_another_database_with_their_index(sqlite_database: Database) -> None:
    target = Database("sqlite://", Keyring([new_key()]))
    migrate.create_all(target)

    assert migrate.copy_knowledge(sqlite_database, target)

    with sqlite_database.read() as here, target.read() as there:
        for locale, question in [("en", "doctor"), ("pl", "lekarz"), ("ar", "طبيب")]:
            found = {each.slug for each in search(there, question, locale, limit=50)}
            assert found == {each.slug for each in search(here, question, locale, limit=50)}
            assert found
    target.close()
