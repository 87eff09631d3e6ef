"""Folding: one form for one word, however it was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text import fold, has_letters, words

#: Letters, marks, controls and punctuation that meet in chats, so that they meet each other often.
tricky = st.text(
    "aeszlłńżéàąțșñıİßﬁ\u0301\u0327\u200b\u200d\u202e\ufe0f\u00ad'’`´أإىةكـ\u064e\u0654কখি্ড়ǰŉΐᾳ🙂1 .,-ＡＢ", max_size=20
)


@settings(max_examples=200, deadline=None)
@given(text=st.text() | tricky)
def test_a_folded_text_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters()) | tricky)
def test_any_text_has_words_without_white_space(text: str) -> None:
    assert not any(char.isspace() for word in words(fold(text)) for char in word)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("ŁÓDŹ", "lodz"),
        ("școală", "scoala"),
        ("școală", "şcoală"),  # comma below and cedilla
        ("niñ\u0303o", "nino"),
        ("Straße", "strasse"),
        ("don’t", "dont"),
        ("don´t", "dont"),
        ("don`t", "don't"),
        ("ki\u200bll", "kill"),
        ("e\u200b\u0301", "e"),  # an accent hidden behind a zero-width space
        ("ｈｅｌｐ", "help"),
        ("𝐡𝐞𝐥𝐩", "help"),
        ("heeeeelp", "help"),
        ("HELP\u202e", "help"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("مدرسة", "مدرسه"),
        ("الى", "الي"),
        ("مـــدرسة", "مدرسة"),
        ("کتاب", "كتاب"),
    ],
)
def test_two_ways_of_typing_a_word_fold_to_one(typed: str, same: str) -> None:
    assert fold(typed) == fold(same)


@pytest.mark.parametrize(("one", "other"), [("কি", "কা"), ("und", "end"), ("book", "bok"), ("й", "и"), ("ع", "غ")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_indic_words_are_not_cut_at_their_vowel_signs() -> None:
    assert words(fold("স্কুলে ভর্তি করতে চাই।")) == ["স্কুলে", "ভর্তি", "করতে", "চাই"]


def test_punctuation_parts_words() -> None:
    assert words(fold("rent,deposit/eviction — «help»؟")) == ["rent", "deposit", "eviction", "help"]


@pytest.mark.parametrize(
    ("text", "letters"),
    [("", False), ("123 ?!", False), ("🙂👍🏽", False), ("\u200b\u0301", False), ("7b", True), ("ক", True)],
)
def test_letters_are_recognised_in_every_script(text: str, letters: bool) -> None:
    assert has_letters(text) is letters
