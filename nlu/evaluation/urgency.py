"""How much danger is heard, what raises a false alarm, and which rule or model spoke."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from core.themes import Level
from nlu.evaluation.report import Cell, Miss, Report, Share, Table, share
from nlu.evaluation.rows import NONE, DangerRow
from nlu.urgency import Assessment

Judged = Sequence[tuple[DangerRow, Assessment]]
#: How the rules of the classifier beside the rules are called: `model.<category>`.
MODEL = "model."
#: So many rules are shown, those with false alarms first.
MOST_RULES = 25


def measure_urgency(rows: Iterable[DangerRow], judge: Callable[[str], Assessment]) -> Report:
    """The figures of an assessment on these rows."""
    return urgency_report([(row, judge(row.text)) for row in rows])


def urgency_report(judged: Judged) -> Report:
    """The figures of rows and what was assessed for them."""
    dangers = [(row, found) for row, found in judged if row.category != NONE]
    calm = [(row, found) for row, found in judged if row.category == NONE]
    levelled = [(row, found) for row, found in dangers if row.level and found.category]
    facts: dict[str, Cell] = {
        "found": _raised(dangers),
        "found_by_a_rule": share(bool(found.category) and not _by_model(found) for _, found in dangers),
        "found_by_the_model_alone": share(_by_model(found) for _, found in dangers),
        "category_right_when_found": share(row.category == found.category for row, found in dangers if found.category),
        "level_right_when_found": share(row.level == found.level for row, found in levelled),
        "false_alarms": _raised(calm),
        "false_alarms_red": share(found.level is Level.RED for _, found in calm),
        "false_alarms_by_the_model": share(_by_model(found) for _, found in calm),
    }
    tables = (_categories(dangers), _languages(judged), _rules(judged), _confusions(judged))
    misses = tuple(
        Miss(row.line, row.category, _named(found), row.text)
        for row, found in judged
        if (row.category == NONE) == bool(found.category)
    )
    return Report("urgency", len(judged), facts, tables, misses)


def _raised(judged: Judged) -> Share:
    return share(found.category is not None for _, found in judged)


def _by_model(found: Assessment) -> bool:
    return bool(found.rule and found.rule.startswith(MODEL))


def _named(found: Assessment) -> str:
    return found.category or NONE


def _categories(dangers: Judged) -> Table:
    rows = []
    for category in sorted({row.category for row, _ in dangers}):
        mine = [(row, found) for row, found in dangers if row.category == category]
        rows.append((category, len(mine), _raised(mine), share(found.category == category for _, found in mine)))
    return Table("categories", "Recall by category", ("category", "rows", "found", "category right"), tuple(rows))


def _languages(judged: Judged) -> Table:
    rows = []
    for language in sorted({row.language for row, _ in judged}):
        dangers = [(row, found) for row, found in judged if row.language == language and row.category != NONE]
        calm = [(row, found) for row, found in judged if row.language == language and row.category == NONE]
        rows.append((language, len(dangers), _raised(dangers), len(calm), _raised(calm)))
    columns = ("language", "dangers", "found", "look-alikes", "false alarms")
    return Table("languages", "Recall and false alarms by language", columns, tuple(rows))


def _rules(judged: Judged) -> Table:
    """What spoke first in each message."""
    right = Counter(found.rule for row, found in judged if found.rule and row.category != NONE)
    wrong = Counter(found.rule for row, found in judged if found.rule and row.category == NONE)
    order = sorted({*right, *wrong}, key=lambda rule: (-wrong[rule], -right[rule], rule or ""))
    rows = tuple((rule or "", right[rule], wrong[rule]) for rule in order[:MOST_RULES])
    return Table("rules", "Which rule or model spoke", ("rule", "dangers", "false alarms"), rows)


def _confusions(judged: Judged) -> Table:
    found = Counter((row.category, _named(found)) for row, found in judged if row.category != _named(found))
    rows = tuple((want, got, count) for (want, got), count in found.most_common())
    return Table("confusions", "Confusion of categories", ("wanted", "got", "rows"), rows)
