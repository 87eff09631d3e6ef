"""Small talk, and wishes about the service itself."""

import pytest

from core.locales import SERVED
from tests.bot.conftest import Mind, Village
from translations.catalog import say


@pytest.mark.parametrize(
    ("service", "phrase"),
    [
        ("greeting", "smalltalk.greeting"),
        ("thanks", "smalltalk.thanks"),
        ("goodbye", "smalltalk.goodbye"),
        ("affirm", "smalltalk.ok"),
        ("deny", "smalltalk.ok"),
    ],
)
@pytest.mark.parametrize("locale", SERVED)
def test_small_talk_is_answered_in_its_language(
    village: Village, mind: Mind, service: str, phrase: str, locale: str
) -> None:
    [reply] = village.write(mind.learn("small talk", service=service, language=locale))

    assert reply["text"] == say(phrase, locale)


def test_a_greeting_offers_other_languages_until_one_is_chosen(village: Village, mind: Mind) -> None:
    mind.learn("hello", service="greeting")
    assert village.write("hello")[0]["choices"] == ["other-language"]

    village.write(choice="language:en")
    assert village.write("hello")[0]["choices"] == []


@pytest.mark.parametrize(
    ("service", "phrase"),
    [
        ("change-language", "language.ask"),
        ("what-can-you-do", "help.start"),
        ("delete-my-data", "delete.confirm"),
    ],
)
def test_a_wish_in_words_does_what_the_command_does(village: Village, mind: Mind, service: str, phrase: str) -> None:
    [reply] = village.write(mind.learn("a wish", service=service))

    assert reply["text"].startswith(say(phrase, "en"))


def test_the_wish_to_know_who_reads_this_is_answered(village: Village, mind: Mind) -> None:
    [reply] = village.write(mind.learn("who reads this?", service="privacy"))

    assert reply["text"] == say("privacy.full", "en", days=90)


def test_the_wish_for_a_person_in_words_opens_a_case(village: Village, mind: Mind) -> None:
    village.write(mind.learn("I want a human", service="talk-to-a-person"))

    assert village.case().reason == "asked"


def test_what_is_not_clearly_small_talk_is_asked_about(village: Village, mind: Mind) -> None:
    [reply] = village.write(mind.learn("hm", service="greeting", confidence=0.2))

    assert reply["text"].startswith(say("unsure.rephrase", "en"))


def test_no_to_what_was_offered_is_no_small_talk(village: Village, mind: Mind) -> None:
    village.write(mind.learn("doctor money", confidence=0.4, near=("gp-registration", "nhs-charges")))

    [reply] = village.write(mind.learn("no", service="deny", confidence=0.99))

    assert reply["text"] != say("smalltalk.ok", "en")


def test_small_talk_brings_nobody_closer_to_a_handoff(village: Village, mind: Mind) -> None:
    mind.learn("thanks", service="thanks")
    for _ in range(3):
        village.write("thanks")

    assert village.cases() == []


def test_yes_to_the_only_topic_offered_is_its_answer(village: Village, mind: Mind) -> None:
    village.write(mind.learn("almost", "gp-registration", 0.5, near=("gp-registration",)))

    assert say("answer.helpful", "en") in village.write(mind.learn("yes", service="affirm"))[-1]["text"]


def test_yes_to_several_topics_means_none_of_them(village: Village, mind: Mind) -> None:
    village.write(mind.learn("almost", "gp-registration", 0.5, near=("gp-registration", "share-codes")))

    assert village.write(mind.learn("yes", service="affirm"))[0]["text"] == say("smalltalk.ok", "en")


def test_no_to_the_topics_offered_is_none_of_these(village: Village, mind: Mind) -> None:
    village.write(mind.learn("almost", "gp-registration", 0.5, near=("gp-registration",)))

    [reply] = village.write(mind.learn("no", service="deny"))

    assert reply["text"].startswith(say("unsure.rephrase", "en"))
    assert "human" in reply["choices"]
