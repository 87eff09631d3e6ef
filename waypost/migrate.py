"""Migrations: Alembic, run by the program itself at start, and never by hand."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, text

import bot.models
from core import events, places, staff  # noqa: F401 - every table must be known to the metadata
from core.database import Base, Database
from knowledge import index
from knowledge.models import Article, ArticleTranslation, Revision, Source

if TYPE_CHECKING:
    from alembic.config import Config

_ = bot.models  # imported for its tables
HERE = Path(__file__).parent / "migrations"


#: The newest migration. A constant, so that a start with nothing to migrate does not load Alembic; a test compares it.
HEAD = "0001"


def upgrade(database: Database) -> None:
    """Bring the database to this version. Does nothing when it is there already."""
    if is_current(database):
        return
    from alembic import command

    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> "Config":
    """Alembic's configuration; the connection goes into its `attributes`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def is_current(database: Database) -> bool:
    """Whether the database is at this version."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD)


def differences(database: Database) -> list[object]:
    """How the tables of the database differ from those of the code; empty when the migrations are complete."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith("article_fts"))

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": False})
        return list(compare_metadata(context, Base.metadata))


def create_all(database: Database) -> None:
    """Make every table at once, for a database that lives in memory."""
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
        index.create_index(connection)


def copy_knowledge(source: Database, target: Database) -> bool:
    """Copy articles with everything below them. False when the source has none."""
    with source.read() as reading, target.write() as writing:
        for table in (Article, Revision, Source, ArticleTranslation):
            rows = [dict(row) for row in reading.execute(select(table.__table__)).mappings()]
            if table is Article and not rows:
                return False
            if rows:
                writing.execute(insert(table), rows)
        for article in writing.scalars(select(Article).where(Article.published_no.is_not(None))):
            revision = next(each for each in article.revisions if each.no == article.published_no)
            index.put(writing, article.slug, "en", revision.title, revision.body)
            for translation in article.translations:
                index.put(writing, article.slug, translation.locale, translation.title, translation.body)
    return True
