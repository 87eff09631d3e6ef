"""The full-text index: SQLite's FTS5, and PostgreSQL's tsvector, behind the same two functions.

An entry is written in the transaction that publishes, so search never shows what is not served.
"""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from nlu.text import fold, words

_SQLITE = """
CREATE VIRTUAL TABLE article_fts USING fts5(
    slug UNINDEXED, locale UNINDEXED, title, body, tokenize = 'unicode61 remove_diacritics 2'
)
"""
_POSTGRES = """
CREATE TABLE article_fts (
    slug varchar(80) NOT NULL,
    locale varchar(12) NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    tokens tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'B')
    ) STORED,
    PRIMARY KEY (slug, locale)
)
"""


def create_index(connection: Connection) -> None:
    """Make the index table. Called by the migration."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(_SQLITE))
    else:
        connection.execute(text(_POSTGRES))
        connection.execute(text("CREATE INDEX ix_article_fts_tokens ON article_fts USING gin (tokens)"))


def drop_index(connection: Connection) -> None:
    """Remove the index table. Called by the migration."""
    connection.execute(text("DROP TABLE article_fts"))


def terms(content: str) -> list[str]:
    """The words of a text as they are indexed and looked up. Left to themselves, the two databases disagree on what a word
    is: one would find no accents, the other would cut Bengali at its vowel signs.
    """
    return words("".join(char if char.isprintable() else " " for char in fold(content)))


def put(session: Session, slug: str, locale: str, title: str, body: str) -> None:
    """Index one article in one language, replacing what was there."""
    remove(session, slug, locale)
    session.execute(
        text("INSERT INTO article_fts (slug, locale, title, body) VALUES (:slug, :locale, :title, :body)"),
        {"slug": slug, "locale": locale, "title": " ".join(terms(title)), "body": " ".join(terms(body))},
    )


def remove(session: Session, slug: str, locale: str) -> None:
    """Take one article in one language out of the index."""
    session.execute(
        text("DELETE FROM article_fts WHERE slug = :slug AND locale = :locale"), {"slug": slug, "locale": locale}
    )
