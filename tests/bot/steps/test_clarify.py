"""Not sure enough: near topics first, then a person; and a plain word when it is none of our business."""

import pytest

from bot.steps.handoff import CITIZENS_ADVICE
from core.themes import Theme
from tests.bot.conftest import Mind, Village
from translations.catalog import say

MENU = [*(f"theme:{theme}" for theme in Theme), "human"]


def test_near_topics_are_offered(village: Village, mind: Mind) -> None:
    mind.learn("doctor money", confidence=0.4, near=("gp-registration", "nhs-charges"))

    [question] = village.write("doctor money")

    assert question["text"] == say("unsure.did_you_mean", "en")
    assert question["choices"] == ["gp-registration", "nhs-charges", "none-of-these", "human"]


def test_a_topic_nobody_knows_is_not_offered(village: Village, mind: Mind) -> None:
    mind.learn("doctor money", confidence=0.4, near=("gp-registration", "removed-topic"))

    assert "removed-topic" not in village.write("doctor money")[0]["choices"]


def test_with_nothing_near_the_person_is_asked_to_say_it_otherwise(village: Village) -> None:
    [question] = village.write("mumble")

    assert question["text"] == f"{say('unsure.rephrase', 'en')}\n\n{say('unsure.which_theme', 'en')}"
    assert question["choices"] == MENU


def test_the_second_time_in_a_row_a_person_looks_at_it(village: Village) -> None:
    village.write("mumble")
    [told] = village.write("mumble mumble")

    assert told["text"].split("\n\n") == [
        say("handoff.unsure", "en"),
        say("handoff.unstaffed", "en", number=CITIZENS_ADVICE),
        say("handoff.waiting", "en"),
    ]
    assert (village.case().reason, village.conversation().baton) == ("low_confidence", "human")


def test_an_answer_in_between_starts_the_count_again(village: Village, mind: Mind) -> None:
    village.write("mumble")
    village.write(mind.learn("a doctor?", "gp-registration"))
    village.write("mumble")

    assert village.cases() == []


def test_none_of_the_offered_topics_and_still_unclear_goes_to_a_person(village: Village, mind: Mind) -> None:
    mind.learn("doctor money", confidence=0.4, near=("gp-registration", "nhs-charges"))
    village.write("doctor money")
    village.write(choice="none-of-these")
    village.write("mumble")

    assert village.case().reason == "low_confidence"


def test_what_is_none_of_our_business_is_said_to_be(village: Village, mind: Mind) -> None:
    mind.learn("a pizza recipe", theme="other", confidence=0.9)

    [told] = village.write("a pizza recipe")

    assert told["text"] == f"{say('unsure.out_of_scope', 'en')}\n\n{say('unsure.which_theme', 'en')}"
    assert told["choices"] == MENU


def test_what_is_none_of_our_business_does_not_bring_a_person(village: Village, mind: Mind) -> None:
    mind.learn("a pizza recipe", theme="other", confidence=0.9)
    for _ in range(3):
        village.write("a pizza recipe")

    assert village.cases() == []


@pytest.mark.parametrize("locale", ["pl", "ar"])
def test_the_topics_are_named_in_the_persons_language(village: Village, mind: Mind, locale: str) -> None:
    mind.learn("doctor", confidence=0.4, near=("gp-registration",), language=locale)
    village.write("doctor")

    labels = {choice["id"]: choice["label"] for choice in village.messages(author="bot")[-1].body["choices"]}
    assert labels["gp-registration"] == say("topic.gp-registration", locale)
    assert labels["none-of-these"] == say("unsure.none_of_these", locale)
