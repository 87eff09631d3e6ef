"""Training files: a line that would be lost is named with file, line and reason."""

from pathlib import Path

import pytest

from core.errors import ContentError
from nlu.training import DATA, OUT_OF_SCOPE, Example, fingerprint, load_training
from tests.nlu.conftest import write_lessons

GOOD = """version: "3.1"
nlu:
- intent: gp-registration
  examples: |
    - find a doctor
    - register with a GP
- intent: vaccinations
  examples: |
    - flu jab
"""


def _school(folder: Path, text: str | bytes, name: str = "en/health") -> Path:
    path = folder / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _complaint(folder: Path) -> ContentError:
    with pytest.raises(ContentError) as wrong:
        load_training(folder)
    return wrong.value


def test_every_line_of_a_file_is_an_example(tmp_path: Path) -> None:
    _school(tmp_path, GOOD)
    data = load_training(tmp_path)

    assert data.examples == (
        Example("find a doctor", "gp-registration", "en"),
        Example("register with a GP", "gp-registration", "en"),
        Example("flu jab", "vaccinations", "en"),
    )
    assert data.groups == {"gp-registration": "health", "vaccinations": "health"}
    assert data.languages == ("en",)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('version: "3.1"', 'version: "2.0"', 1, 'must say version: "3.1"'),
        ('version: "3.1"', "version: 3.1", 1, "in quotes"),
        ('version: "3.1"\n', "", 1, 'must say version: "3.1"'),
        ('version: "3.1"', '# head\nversion: "3.0"', 2, 'must say version: "3.1"'),
        ("nlu:", "stories:", 1, "'nlu' must be a list"),
        ("    - find a doctor", "    find a doctor", 5, "starts with '- '"),
        ("    - find a doctor", "    -find a doctor", 5, "starts with '- '"),
        ("    - find a doctor", "    * find a doctor", 5, "starts with '- '"),
        ("    - find a doctor", "    - ", 5, "starts with '- '"),
        ("    - register with a GP", "      - register with a GP", 6, "starts with '- '"),
        ("    - register with a GP", "    - register with a [GP](doctor)", 6, "must not contain ']('"),
        ("    - register with a GP", "    - register\twith a GP", 6, "control characters"),
        ("    - register with a GP", "\t- register with a GP", 6, "tab"),
        ("    - register with a GP", "    - register \x07with a GP", 6, "control characters"),
        ("- intent: vaccinations", "- intent: gp-registration", 7, "'gp-registration' stands twice"),
        ("- intent: vaccinations", "- intent: Flu Jabs", 7, "is not an intent name"),
        ("- intent: vaccinations", "- intent: 7", 7, "is not an intent name"),
        ("- intent: vaccinations", "- intention: vaccinations", 7, "exactly the keys"),
        ("- intent: vaccinations", "- intent: vaccinations\n  metadata: x", 7, "exactly the keys"),
        ("- intent: vaccinations", "- intent: vaccinations\n  intent: flu", 8, "'intent' stands twice"),
        ("    - flu jab\n", "", 8, "has no examples"),
        ("  examples: |\n    - flu jab", "  examples: >\n    - flu jab\n    - cold", 8, "must be a text block"),
        ("  examples: |\n    - flu jab", "  examples:\n    - flu jab", 9, "must be a text block"),
        ("    - flu jab", "    - Find a Doctor", 9, "stands under 'gp-registration' already"),
        ("- intent: vaccinations", "- intent: [", 8, ""),
    ],
)
def test_a_malformed_file_is_named_with_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in GOOD
    path = _school(tmp_path, GOOD.replace(old, new, 1))
    wrong = _complaint(tmp_path)

    assert wrong.path == path
    assert reason in wrong.reason
    assert wrong.line == line


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("en/gardening", "unknown theme 'gardening'"),
        ("xx/health", "unknown language 'xx'"),
        ("EN/health", "unknown language"),
    ],
)
def test_a_file_in_the_wrong_place_is_named(tmp_path: Path, name: str, reason: str) -> None:
    path = _school(tmp_path, GOOD, name)
    wrong = _complaint(tmp_path)

    assert wrong.path == path
    assert reason in wrong.reason


def test_an_intent_belongs_to_one_theme_in_all_languages(tmp_path: Path) -> None:
    _school(tmp_path, GOOD)
    path = _school(tmp_path, GOOD.replace("find a doctor", "lekarz"), "pl/work")

    assert str(_complaint(tmp_path)) == f"{path}:3: the intent 'gp-registration' already belongs to health"


def test_one_line_may_mean_different_things_in_different_languages(tmp_path: Path) -> None:
    write_lessons(tmp_path, {"en/work": {"pay": ["no"]}, "pl/work": {"contract": ["no"]}})

    assert len(load_training(tmp_path).examples) == 2


def test_a_file_that_is_not_text_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert "no training data found" in _complaint(tmp_path).reason
    _school(tmp_path, b'version: "3.1"\nnlu: \xff')
    assert "not UTF-8" in _complaint(tmp_path).reason


def test_line_endings_of_windows_and_a_mark_at_the_beginning_lose_no_line(tmp_path: Path) -> None:
    _school(tmp_path, ("\ufeff" + GOOD).replace("\n", "\r\n"))

    assert len(load_training(tmp_path).examples) == 3


def test_the_fingerprint_changes_with_every_byte_and_name(tmp_path: Path) -> None:
    path = _school(tmp_path, GOOD)
    seen = {fingerprint(tmp_path)}
    path.write_text(GOOD + "\n", encoding="utf-8")
    seen.add(fingerprint(tmp_path))
    path.rename(path.with_name("work.yml"))
    seen.add(fingerprint(tmp_path))

    assert len(seen) == 3


def test_the_data_that_waypost_comes_with_is_whole() -> None:
    data = load_training(DATA)
    for language in ("en", "pl", "ro", "ar", "bn", "es"):
        intents = {example.intent for example in data.examples if example.language == language}
        assert intents == set(data.groups), language
    assert data.groups[OUT_OF_SCOPE] == OUT_OF_SCOPE
