"""The danger rules Waypost comes with: every danger in every language, held to what they have reached.

The lines of `danger/*.tsv` are the development set: rules were written with them in view. So the figures are a guard
against losing what was won, not a measure of how the rules do on messages nobody has seen.
"""

from collections import Counter
from pathlib import Path

import pytest

from core.locales import SERVED, UNDERSTOOD
from core.themes import Danger
from nlu.urgency import RuleBook, assess

LINES = Path(__file__).parent / "danger"
#: At least this share of the dangers is noticed, and this share with the right category among the hits; at most this
#: share of the harmless lines raises an alarm. Reached on 22 November 2026: 1.0, 0.99 or better, 0.047 or less (English: rules
#: of all twenty languages hold English words too, and know less of what is harmless in English).
NOTICED, RIGHT, FALSE_ALARMS = 0.99, 0.97, 0.05


def _lines(language: str) -> list[tuple[str, str]]:
    text = (LINES / f"{language}.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(category, message) for category, message in rows]


@pytest.mark.parametrize("language", SERVED)
def test_what_was_noticed_is_still_noticed(rules: RuleBook, language: str) -> None:
    judged = [(want, message, assess(message, rules)) for want, message in _lines(language)]
    dangers = [each for each in judged if each[0] != "none"]
    missed = [message for _, message, found in dangers if found.category is None]
    wrong = [message for want, message, found in dangers if want not in {hit.category for hit in found.hits}]
    alarms = [f"{message} ({found.rule})" for want, message, found in judged if want == "none" and found.category]
    harmless = len(judged) - len(dangers)

    noticed, right, false = 1 - len(missed) / len(dangers), 1 - len(wrong) / len(dangers), len(alarms) / harmless
    figures = f"{language}: noticed {noticed:.3f}, right {right:.3f}, false alarms {false:.3f}"
    assert noticed >= NOTICED, f"{figures}; missed: {missed}"
    assert right >= RIGHT, f"{figures}; wrong: {wrong}"
    assert false <= FALSE_ALARMS, f"{figures}; alarms: {alarms}"


@pytest.mark.parametrize("language", SERVED)
def test_the_lines_have_every_danger_and_harmless_neighbours(language: str) -> None:
    counts = Counter(category for category, _ in _lines(language))

    assert set(counts) == {*Danger, "none"}
    assert counts["none"] >= 50


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_every_language_has_rules_for_every_danger(rules: RuleBook, language: str) -> None:
    assert {rule.category for rule in rules.rules if rule.id.startswith(f"{language}.")} == set(Danger)


def test_every_rule_says_its_language(rules: RuleBook) -> None:
    assert {rule.id.split(".")[0] for rule in rules.rules} == set(UNDERSTOOD)
