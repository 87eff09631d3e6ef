"""Figures as values: shares that know their counts, and a report that prints itself as plain tables or as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Below so many rows a percentage says more than it knows: the counts are printed instead.
FEW = 7


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`."""

    k: int
    n: int

    @property
    def value(self) -> float:
        """0..1; 0 when there was nothing to count."""
        return self.k / self.n if self.n else 0.0


#: A share of counted rows, a mean or other share (0..1, printed in per cent), a count, or words.
Cell = Share | float | int | str | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: a name without spaces for programs, a title for people."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One row that came out wrong: the only part of a report that holds message text."""

    line: int
    wanted: str
    got: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation."""

    kind: str
    #: Rows that were measured.
    rows: int
    facts: Mapping[str, Cell]
    tables: tuple[Table, ...] = ()
    #: Rows that came out wrong, in the order of the file. Printed only when asked for.
    misses: tuple[Miss, ...] = ()

    def table(self, name: str) -> Table:
        """The table of this name. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def as_json(self, misses: int = 0) -> dict[str, Any]:
        """One JSON object: shares as numbers 0..1 with their counts, each table as a list of objects by column."""
        found = {
            "kind": self.kind,
            "rows": self.rows,
            "facts": {name: _plain(value) for name, value in self.facts.items()},
            "tables": {table.name: [_object(table.columns, row) for row in table.rows] for table in self.tables},
        }
        if misses:
            found["misses"] = [
                {"line": miss.line, "wanted": miss.wanted, "got": miss.got, "text": miss.text}
                for miss in self.misses[:misses]
            ]
        return found

    def as_text(self, misses: int = 0) -> str:
        """Plain tables. Shares are in per cent; of fewer than seven rows the counts are given."""
        facts = [(name.replace("_", " "), value) for name, value in self.facts.items()]
        parts = [f"{self.kind}: {self.rows} rows", _lines(("", ""), facts)]
        parts += [f"{table.title}\n{_lines(table.columns, table.rows)}" for table in self.tables if table.rows]
        if misses and self.misses:
            rows = [(miss.line, miss.wanted, miss.got, miss.text) for miss in self.misses[:misses]]
            parts.append(f"Misses\n{_lines(('line', 'wanted', 'got', 'text'), rows)}")
        return "\n\n".join(part for part in parts if part)


def share(verdicts: Iterable[bool]) -> Share:
    """How many are true, of how many."""
    found = list(verdicts)
    return Share(sum(found), len(found))


def mean(shares: Iterable[Share]) -> float | None:
    """The mean of shares, each counting the same; None without any that counted something."""
    values = [each.value for each in shares if each.n]
    return sum(values) / len(values) if values else None


def _plain(value: Cell) -> Any:
    if isinstance(value, Share):
        return {"share": round(value.value, 6) if value.n else None, "k": value.k, "n": value.n}
    return round(value, 6) if isinstance(value, float) else value


def _object(columns: Sequence[str], row: Sequence[Cell]) -> dict[str, Any]:
    return {name.replace(" ", "_"): _plain(value) for name, value in zip(columns, row, strict=True)}


def _words(value: Cell) -> str:
    if isinstance(value, Share):
        if not value.n:
            return "-"
        return f"{value.k} of {value.n}" if value.n < FEW else f"{100 * value.value:.1f}"
    if isinstance(value, float):
        return f"{100 * value:.1f}"
    return "-" if value is None else str(value)


def _lines(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Columns of text; what is measured stands to the right. A trailing column of words is not padded."""
    if not rows:
        return ""
    head = [list(columns)] if any(columns) else []
    cells = [*head, *([_words(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    left = [all(isinstance(row[at], str) for row in rows) for at in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if words else cell.rjust(width)
            for cell, width, words in zip(row, widths, left, strict=True)
        ).rstrip()
        for row in cells
    )
