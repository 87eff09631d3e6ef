"""Text for channels: splitting that loses no word, and numbers that keep their place in right-to-left languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import ISOLATE, POP, RIGHT_MARK, isolate_numbers, split, utf16_length
from core.locales import SERVED, direction
from tests.bot.conftest import STEADY

_PIECES = st.lists(
    st.text(alphabet=st.sampled_from("ab c.d!? e🙂\nمر؟ক।"), min_size=1, max_size=120)
    | st.text(min_size=1, max_size=60)
    | st.integers(1, 200).map(lambda number: "x" * number),
    max_size=8,
)


def _letters(texts: list[str]) -> str:
    return "".join("".join(text.split()) for text in texts)


# --- splitting --------------------------------------------------------------------------------------------------------


@given(pieces=_PIECES, limit=st.integers(10, 100))
@STEADY
def test_every_part_fits_and_no_letter_is_lost_or_moved(pieces: list[str], limit: int) -> None:
    texts = split(pieces, limit)

    assert all(utf16_length(text) <= limit for text in texts)
    assert _letters(texts) == _letters(pieces)


@given(words=st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=60), limit=st.integers(10, 40))
@STEADY
def test_a_word_that_fits_is_never_cut(words: list[str], limit: int) -> None:
    texts = split([" ".join(words)], limit)

    assert " ".join(texts).split() == words


def test_what_fits_together_stays_together() -> None:
    assert split(["one", "two", "three"], 100) == ["one\n\ntwo\n\nthree"]
    assert split(["one", "two", "three"], 8) == ["one\n\ntwo", "three"]
    assert split([], 100) == []


def test_a_long_paragraph_is_cut_between_sentences_first() -> None:
    assert split(["First one here. Second one here? Third."], 24) == ["First one here.", "Second one here? Third."]


@pytest.mark.parametrize("mark", [".", "!", "?", "؟", "।"])
def test_sentences_end_in_every_script(mark: str) -> None:
    assert split([f"aaaa aaaa{mark} bbbb bbbb{mark}"], 12) == [f"aaaa aaaa{mark}", f"bbbb bbbb{mark}"]


def test_length_is_counted_in_utf16_units() -> None:
    assert utf16_length("a🙂م") == 4
    assert split(["🙂" * 5, "🙂" * 5], 20) == ["🙂" * 5, "🙂" * 5]


# --- direction --------------------------------------------------------------------------------------------------------


@given(text=st.text(), locale=st.sampled_from([tag for tag in SERVED if direction(tag) == "ltr"]))
@STEADY
def test_a_left_to_right_text_is_left_alone(text: str, locale: str) -> None:
    assert isolate_numbers(text, locale) == text


@given(text=st.text(alphabet=st.sampled_from("مرحبا 0123456789£%.-+()abZ\n\u202e\u2068")))
@STEADY
def test_isolation_is_balanced_and_changes_no_visible_character(text: str) -> None:
    isolated = isolate_numbers(text, "ar")

    depth = 0
    for character in isolated:
        depth += {ISOLATE: 1, POP: -1}.get(character, 0)
        assert depth in (0, 1)
    assert depth == 0
    marks = {ISOLATE, POP, RIGHT_MARK, "\u202e"}
    assert [c for c in isolated if c not in marks] == [c for c in text if c not in marks]


@pytest.mark.parametrize(
    "number",
    ["020 7946 0001", "£28.50", "0808 2000 247", "999", "30%", "10:30", "21/11/2026", "SW1A 2AA", "+44 20 7946 0001"],
)
def test_a_number_in_arabic_is_isolated_as_a_whole(number: str) -> None:
    assert isolate_numbers(f"اتصل {number} الآن", "ar") == f"اتصل {ISOLATE}{number}{POP} الآن"


def test_a_line_that_begins_with_latin_or_a_digit_still_runs_from_the_right() -> None:
    assert isolate_numbers("GP هو طبيب", "ar") == f"{RIGHT_MARK}GP هو طبيب"
    assert isolate_numbers("1. ابحث", "ar").startswith(RIGHT_MARK)
    assert isolate_numbers("مرحبا", "ar") == "مرحبا"


def test_an_address_on_its_own_line_is_left_alone() -> None:
    assert isolate_numbers("https://www.gov.uk/101", "ar") == "https://www.gov.uk/101"


def test_controls_in_a_text_cannot_turn_the_rest_round() -> None:
    assert "\u202e" not in isolate_numbers("مرحبا \u202eabc", "ar")
