"""Follow-ups and several needs: what a message means beside others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.understand import Understander, Utterance

GP = "how do I register with a doctor"


@pytest.mark.parametrize("text", ["and for my wife?", "how much is it", "what do i need to bring", "and the children?"])
def test_what_says_nothing_alone_is_read_beside_the_last_question(understander: Understander, text: str) -> None:
    found = understander.understand(Utterance(text, remembered="en", about="gp-registration", before=GP))

    assert (found.topic, found.follows) == ("gp-registration", True)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("how do i get a share code", "share-codes"),
        ("my boss did not pay my wages", "unpaid-wages"),
        ("landlord wants me out", "eviction-notice"),
    ],
)
def test_a_new_question_stands_by_itself(understander: Understander, text: str, topic: str) -> None:
    found = understander.understand(Utterance(text, remembered="en", about="gp-registration", before=GP))

    assert (found.topic, found.follows) == (topic, False)


@pytest.mark.parametrize("text", ["i lost my job", "no i mean school", "weather", "i want to talk to someone"])
def test_what_has_a_meaning_of_its_own_is_not_answered_with_the_last_article(
    understander: Understander, text: str
) -> None:
    assert not understander.understand(Utterance(text, remembered="en", about="gp-registration", before=GP)).follows


@pytest.mark.parametrize("text", ["thank you very much", "hello", "2", "🙂", ""])
def test_small_talk_and_numbers_follow_nothing(understander: Understander, text: str) -> None:
    assert not understander.understand(Utterance(text, remembered="en", about="gp-registration", before=GP)).follows


def test_without_a_question_before_nothing_follows(understander: Understander) -> None:
    assert not understander.understand(Utterance("and for my wife?")).follows
    assert not understander.understand(Utterance("and for my wife?", about="no-such-topic", before="x")).follows


def test_a_long_message_says_itself_what_it_is_about(understander: Understander) -> None:
    long = "and then I wanted to say that all of this is new to me and I know nobody here at all"

    assert not understander.understand(Utterance(long, about="gp-registration", before=GP)).follows


def test_two_needs_are_both_found(understander: Understander) -> None:
    found = understander.understand(Utterance("how do I register with a GP? How do I get a share code?"))

    assert {found.topic, *found.also} == {"gp-registration", "share-codes"}


def test_one_need_told_in_several_sentences_stays_one(understander: Understander) -> None:
    text = "There is black mould in the bedroom. The landlord does not answer. The boiler is broken too, what can I do?"

    assert understander.understand(Utterance(text)).also == ()


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=120), before=st.text(max_size=60))
def test_any_text_beside_any_other_is_understood(understander: Understander, text: str, before: str) -> None:
    utterance = Utterance(text, about="gp-registration", before=before)

    assert understander.understand(utterance) == understander.understand(utterance)
