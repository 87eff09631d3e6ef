"""How often search finds the article that answers a question."""

from collections.abc import Callable, Iterable, Sequence

from nlu.evaluation.report import Miss, Report, Table, share
from nlu.evaluation.rows import SearchRow

#: How far down a list people look.
DEPTH = 3
Judged = Sequence[tuple[SearchRow, tuple[str, ...]]]


def measure_search(rows: Iterable[SearchRow], search: Callable[[str, str], tuple[str, ...]]) -> Report:
    """The figures of a search: it takes a question and a language and gives slugs, best first."""
    return search_report([(row, search(row.query, row.language)) for row in rows])


def search_report(judged: Judged) -> Report:
    """The figures of questions and the slugs found for them."""
    rows = []
    for language in sorted({row.language for row, _ in judged}):
        mine = [(row, slugs) for row, slugs in judged if row.language == language]
        rows.append((language, len(mine), share(_hit(mine, 1)), share(_hit(mine, DEPTH))))
    misses = tuple(
        Miss(row.line, row.slug, " ".join(slugs[:DEPTH]), row.query)
        for row, slugs in judged
        if row.slug not in slugs[:DEPTH]
    )
    facts = {"hit_at_1": share(_hit(judged, 1)), "hit_at_3": share(_hit(judged, DEPTH))}
    table = Table("languages", "Hits by language", ("language", "rows", "hit at 1", "hit at 3"), tuple(rows))
    return Report("search", len(judged), facts, (table,), misses)


def _hit(judged: Judged, depth: int) -> Iterable[bool]:
    return (row.slug in slugs[:depth] for row, slugs in judged)
