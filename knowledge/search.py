"""Full-text search over what is published, in one language. The same function on SQLite and on PostgreSQL."""

import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from knowledge import index

#: More words than this make a query slow and no better.
MAX_TERMS = 16
#: What may stand inside a word and would end a quoted term, or means something to a query.
_PUNCTUATION = re.compile(r"['’‘`\"\x00]")
#: English words that stand in every question and find everything.
_STOP = frozenset(
    [
        "a",
        "about",
        "am",
        "an",
        "and",
        "any",
        "are",
        "at",
        "be",
        "can",
        "do",
        "does",
        "for",
        "from",
        "get",
        "go",
        "had",
        "has",
        "have",
        "help",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "need",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "please",
        "so",
        "that",
        "the",
        "there",
        "they",
        "this",
        "to",
        "uk",
        "want",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    ]
)

_SQLITE = text(
    "SELECT slug, -bm25(article_fts, 0, 0, 8.0, 1.0) AS score FROM article_fts "
    "WHERE article_fts MATCH :query AND locale = :locale ORDER BY score DESC, slug LIMIT :limit"
)
_POSTGRES = text(
    "SELECT slug, ts_rank_cd(tokens, query)::float AS score FROM article_fts, to_tsquery('simple', :query) AS query "
    "WHERE tokens @@ query AND locale = :locale ORDER BY score DESC, slug LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One article that matches."""

    slug: str
    #: Higher is better; comparable only within one search.
    score: float


def search(session: Session, question: str, locale: str, limit: int = 5) -> list[Found]:
    """Published articles in a language that share words with a question, best first. Any text is accepted."""
    terms = [term for term in dict.fromkeys(index.terms(question)) if _is_worth_it(term)][:MAX_TERMS]
    if not terms:
        return []
    sqlite = session.get_bind().dialect.name == "sqlite"
    query = " OR ".join(f'"{term}"' for term in terms) if sqlite else " | ".join(f"'{term}'" for term in terms)
    rows = session.execute(_SQLITE if sqlite else _POSTGRES, {"query": query, "locale": locale, "limit": limit})
    return [Found(row.slug, float(row.score)) for row in rows]


def _is_worth_it(term: str) -> bool:
    return len(term) > 1 and term not in _STOP and any(char.isalnum() for char in term)
