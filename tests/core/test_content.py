"""YAML that people write: what is wrong is named with its line."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content import load_with_lines
from core.errors import ContentError

PATH = Path("rules.yml")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice"),
        ("a:\n  - b: 1\n    b: 2\n", 3, "'b' stands twice"),
        ("a: 1\nb: c: d\n", 2, "mapping values"),
        ("a: 1\n\tb: 2\n", 2, "tab character"),
        ("a: 1\nday: 2026-02-30\n", 2, "'2026-02-30' is not a value"),
        ("a: 1\nb: bell \x07\n", 2, "control characters"),
        ("a: 1\n? [x]\n: 2\n", 2, "a key must be a word"),
        ("a: 1\nb: &all [*all]\n", 2, "inside what it names"),
        ("a: *missing\n", 1, "undefined alias"),
        ("a: !!python/name:os.system\n", 1, "could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
    ],
)
def test_a_malformed_document_is_named_with_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(ContentError) as wrong:
        load_with_lines(PATH, text)

    assert str(wrong.value).startswith(f"rules.yml:{line}: ")
    assert reason in wrong.value.reason


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_bytes(b"a: \xff\xfe")

    with pytest.raises(ContentError, match="not UTF-8"):
        load_with_lines(tmp_path / "rules.yml")


def test_every_value_knows_its_line() -> None:
    document, where = load_with_lines(PATH, "# head\na: 1\nlist:\n  - x\n  - y: 2\n")

    assert document == {"a": 1, "list": ["x", {"y": 2}]}
    assert [where.at(*path).line() for path in (["a"], ["list", 0], ["list", 1, "y"])] == [2, 4, 5]
    assert where.at("list", 7, "z").line() == 4  # the nearest place that is known


def test_one_list_may_serve_two_rules() -> None:
    document, _ = load_with_lines(PATH, "a: &words [x, y]\nb: *words\n")

    assert document["b"] == ["x", "y"]


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=60) | st.text("ab:-?[]{}&*!|>'\"#%,0129 \n\t", max_size=40))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with suppress(ContentError):
        load_with_lines(PATH, text)
