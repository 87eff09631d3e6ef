"""The classifier beside the danger rules: it adds, explains itself, and never stands in the way."""

import logging
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.themes import Danger, Level
from nlu.alarm import Alarm, stretches, train_alarm
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


def test_a_long_message_is_read_in_overlapping_stretches_to_its_very_end() -> None:
    words = [f"w{number}" for number in range(47)]
    parts = [part.split() for part in stretches(" ".join(words))]

    assert list(stretches("a short message")) == []
    assert {word for part in parts for word in part} == set(words)
    assert all(left[6:] == right[:6] for left, right in pairwise(parts[:-1]))


@pytest.mark.parametrize("calm", [3, 40, 300])
def test_fear_told_last_is_heard_however_much_stands_before_it(alarm: Alarm, calm: int) -> None:
    story = (
        "there is mould on my wall and the heating is broken " * calm
        + "my husband beats me daily my husband beats me now"
    )

    assert (alarm.hear(story) or (None, 0))[0] is Danger.DOMESTIC_ABUSE


def test_without_messages_about_danger_there_is_no_classifier(schooling: TrainingData) -> None:
    assert train_alarm(schooling) is None


def test_the_classifier_carries_no_training_messages_along(alarm: Alarm) -> None:
    data, utterances, _ = alarm.model.postings

    assert len(data) == len(utterances) == 0
    assert alarm.model.classify("husband beats me again").ranked[0].intent == "domestic_abuse"


class Frightened(Alarm):
    """A classifier that hears danger in everything."""

    def hear(self, text: str) -> tuple[Danger, float] | None:
        return Danger.ADULT_AT_RISK, 0.9


def _with(alarm: type[Alarm], understander: Understander, rules: RuleBook) -> Understander:
    models = understander._models
    return Understander(
        rules, Models(models.version, models.topics, alarm(models.topics), models.ngrams, models.groups)
    )


def test_what_only_the_classifier_hears_is_amber_and_says_so(understander: Understander, rules: RuleBook) -> None:
    found = _with(Frightened, understander, rules).understand(Utterance("where is the library in Crewe")).urgency

    assert (found.category, found.level, found.rule) == (Danger.ADULT_AT_RISK, Level.AMBER, "model.adult_at_risk")
    assert found.score == 0.6


def test_the_classifier_takes_no_hit_of_a_rule_away(understander: Understander, rules: RuleBook) -> None:
    found = _with(Frightened, understander, rules).understand(Utterance("my husband hits me")).urgency

    assert (found.category, found.level) == (Danger.DOMESTIC_ABUSE, Level.RED)


@pytest.mark.parametrize("text", ["tôi muốn học tiếng anh ở đâu", "मुझे घर चाहिए", "我想找医生"])
def test_in_a_language_it_has_not_learnt_the_classifier_is_not_asked(
    understander: Understander, rules: RuleBook, text: str
) -> None:
    assert _with(Frightened, understander, rules).understand(Utterance(text)).urgency.category is None


def test_a_classifier_that_fails_leaves_the_rules_speaking_and_no_text_in_the_log(
    understander: Understander, rules: RuleBook, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Alarm):
        def hear(self, text: str) -> tuple[Danger, float] | None:
            raise RuntimeError(text)

    deaf = _with(Broken, understander, rules)
    with caplog.at_level(logging.DEBUG):
        assert deaf.understand(Utterance("my husband hits me")).urgency.category is Danger.DOMESTIC_ABUSE
        assert deaf.understand(Utterance("where is the library in Crewe")).urgency.category is None

    assert "RuntimeError" in caplog.text
    assert "Crewe" not in caplog.text


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=200))
def test_any_text_is_heard_and_twice_alike(alarm: Alarm, text: str) -> None:
    assert alarm.hear(text) == alarm.hear(text)
