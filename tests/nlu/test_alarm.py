"""The classifier beside the danger rules: it adds, explains itself, and never stands in the way."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.themes import Danger, Level
from nlu.alarm import Alarm, sentences, train_alarm
from nlu.store import Models
from nlu.training import Example, TrainingData
from nlu.understand import Understander, Utterance
from nlu.urgency import RuleBook

DANGERS = [
    *(
        Example(f"my {who} beats me {when}", "domestic_abuse", "en")
        for who in ("husband", "wife", "son")
        for when in ("daily", "now")
    ),
    *(
        Example(f"i sleep {where} {when}", "homeless_tonight", "en")
        for where in ("outside", "in the park")
        for when in ("tonight", "now")
    ),
    *(Example(f"the deadline is killing me {when}", "not_danger", "en") for when in ("daily", "now", "today")),
]


@pytest.fixture(scope="module")
def alarm(schooling: TrainingData) -> Alarm:
    """A classifier that has been to the small school."""
    trained = train_alarm(TrainingData(schooling.examples, schooling.groups, tuple(DANGERS), {}, "school"))
    assert trained is not None
    return trained


def test_danger_is_heard_in_words_no_rule_knows(alarm: Alarm) -> None:
    heard = alarm.hear("husband beats me again")

    assert heard is not None
    assert heard[0] is Danger.DOMESTIC_ABUSE
    assert 0.5 <= heard[1] <= 1.0


@pytest.mark.parametrize("text", ["mould on my wall", "good morning", "this deadline is killing me", "", "123 🙂"])
def test_everyday_talk_raises_nothing(alarm: Alarm, text: str) -> None:
    assert alarm.hear(text) is None


def test_one_sentence_of_fear_is_not_lost_in_a_long_story(alarm: Alarm) -> None:
    story = "There is mould on my wall. The heating is broken. My husband beats me daily. Water comes from the roof."

    assert (alarm.hear(story) or (None, 0))[0] is Danger.DOMESTIC_ABUSE


def test_sentences_are_those_long_enough_to_mean_something() -> None:
    assert list(sentences("one sentence alone")) == []
    assert list(sentences("Help me please now! No. What can I do؟ আমি এখন কী করব।")) == [
        "Help me please now",
        "What can I do",
        "আমি এখন কী করব",
    ]


def test_without_messages_about_danger_there_is_no_classifier(schooling: TrainingData) -> None:
    assert train_alarm(schooling) is None


def test_what_only_the_classifier_hears_is_amber_and_says_so(understander: Understander) -> None:
    # No rule may know this; when one learns it, write another message here.
    found = [
        understander.understand(Utterance(text)).urgency
        for text in (
            "every evening i count how many pills are left in the box and i wonder if they are enough",
            "the carer shouts at grandpa all day and the money in his purse is less each week",
        )
    ]
    by_model = [each for each in found if (each.rule or "").startswith("model.")]

    assert all(each.category is not None for each in found)
    assert all(each.level is Level.AMBER and each.rule == f"model.{each.category}" for each in by_model)


def test_a_classifier_that_fails_leaves_the_rules_speaking_and_no_text_in_the_log(
    understander: Understander, rules: RuleBook, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Alarm):
        def hear(self, text: str) -> tuple[Danger, float] | None:
            raise RuntimeError(text)

    models = understander._models
    broken = Models(models.version, models.topics, Broken(models.topics), models.ngrams, models.groups)
    with caplog.at_level(logging.DEBUG):
        deaf = Understander(rules, broken)
        assert deaf.understand(Utterance("my husband hits me")).urgency.category is Danger.DOMESTIC_ABUSE
        assert deaf.understand(Utterance("where is the library in Crewe")).urgency.category is None

    assert "RuntimeError" in caplog.text
    assert "Crewe" not in caplog.text


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=200))
def test_any_text_is_heard_and_twice_alike(alarm: Alarm, text: str) -> None:
    assert alarm.hear(text) == alarm.hear(text)
