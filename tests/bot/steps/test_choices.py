"""Choices: pressed buttons, and numbers typed instead of pressing one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import choices
from core.locales import SERVED
from core.themes import Theme
from knowledge.topics import Topic
from nlu.language import Decision
from tests.bot.conftest import STEADY, Mind, Village
from translations.catalog import say


def _unsure(village: Village, mind: Mind) -> list[str]:
    """Somebody asks something unclear; returns the ids that are offered."""
    mind.learn("doctor money", confidence=0.4, near=("gp-registration", "nhs-charges"))
    [question] = village.write("doctor money")
    offered: list[str] = question["choices"]
    return offered


def test_a_topic_is_answered(village: Village, mind: Mind) -> None:
    assert _unsure(village, mind) == ["gp-registration", "nhs-charges", "none-of-these", "human"]

    [answer] = village.write(choice="nhs-charges")

    assert say("answer.helpful", "en") in answer["text"]
    assert answer["choices"] == ["helpful:nhs-charges", "unhelpful:nhs-charges", "human"]


@pytest.mark.parametrize("typed", ["2", "2.", " 2) ", "٢", "২", "２"])
def test_the_number_of_a_choice_may_be_typed_in_any_digits(village: Village, mind: Mind, typed: str) -> None:
    _unsure(village, mind)

    [answer] = village.write(typed)

    assert answer["choices"][0] == "helpful:nhs-charges"


@pytest.mark.parametrize("typed", ["0", "5", "22", "222", "-1", "1.5", "½", "②"])
def test_other_numbers_choose_nothing(village: Village, mind: Mind, typed: str) -> None:
    _unsure(village, mind)

    [reply] = village.write(typed)

    assert not reply["choices"] or reply["choices"][0] != "helpful:nhs-charges"


def test_a_number_counts_only_for_the_newest_question(village: Village, mind: Mind) -> None:
    _unsure(village, mind)
    village.write(mind.learn("the wage?", "minimum-wage"))

    [reply] = village.write("2")

    assert reply["text"].startswith(say("message.empty", "en"))


def test_a_number_written_to_an_adviser_is_a_number(village: Village, mind: Mind) -> None:
    mind.faints_at("hopeless")
    _unsure(village, mind)
    village.write("hopeless")
    for _ in range(5):
        village.later(minutes=6)
    assert village.conversation().baton == "human"
    village.adviser().claim(village.case())

    assert village.write("1") == []


def test_a_theme_offers_its_topics_that_have_an_article(village: Village, topics: dict[str, Topic]) -> None:
    [menu] = village.write(choice="theme:housing")

    *slugs, last = menu["choices"]
    assert last == "human"
    assert "repairs-damp-mould" in slugs
    assert "illegal-eviction" not in slugs  # no article yet
    assert {topics[slug].theme for slug in slugs} == {Theme.HOUSING}


def test_none_of_these_offers_every_theme_and_a_person(village: Village, mind: Mind) -> None:
    _unsure(village, mind)

    [menu] = village.write(choice="none-of-these")

    assert menu["choices"] == [*(f"theme:{theme}" for theme in Theme), "human"]
    assert village.write("2")[0]["choices"][0] != "human"  # the second theme


def test_a_language_is_chosen_and_kept(village: Village) -> None:
    [changed] = village.write(choice="language:bn")

    assert changed["text"] == f"{say('language.changed', 'bn', language='বাংলা')}\n\n{say('help.start', 'bn')}"
    assert (village.conversation().locale, village.conversation().locale_chosen) == ("bn", True)
    assert village.write("/help")[0]["text"].startswith(say("help.start", "bn"))


def test_other_language_shows_them_all(village: Village) -> None:
    assert village.write(choice="other-language")[0]["choices"] == [f"language:{tag}" for tag in SERVED]


def test_what_helped_is_recorded_without_saying_whom(village: Village) -> None:
    [thanks] = village.write(choice="helpful:gp-registration")

    assert thanks["text"] == say("feedback.thanks", "en")
    [event] = village.events("article.helpful")
    assert (event.actor, event.refs) == ("person", {"article": "gp-registration"})


def test_what_did_not_help_is_recorded_and_a_person_offered(village: Village) -> None:
    [sorry] = village.write(choice="unhelpful:gp-registration")

    assert (sorry["text"], sorry["choices"]) == (say("feedback.sorry", "en"), ["human"])
    [event] = village.events("article.unhelpful")
    assert event.refs == {"article": "gp-registration"}


def test_a_person_may_be_chosen(village: Village) -> None:
    village.write(choice="human")

    assert village.case().reason == "asked"


def test_an_article_can_be_read_in_english(village: Village) -> None:
    article = village.publish("driving-licence", "Driving here")
    village.translate(article, "pl", "Jazda tutaj")
    village.write(choice="language:pl")
    [polish] = village.write(choice="driving-licence")
    assert polish["text"].startswith("Jazda tutaj")
    assert polish["choices"][0] == "english:driving-licence"

    [english] = village.write(choice="english:driving-licence")

    assert english["text"].startswith("Driving here")
    assert village.conversation().locale == "pl"


@pytest.mark.parametrize(
    "stale",
    [
        "no-such-topic",
        "theme:cooking",
        "language:xx",
        "language:",
        "english:no-such-topic",
        "helpful:no-such-topic",
        "unhelpful:",
        "helpful:",
        "🙂",
        "x" * 500,
    ],
)
def test_a_button_that_means_nothing_is_answered_politely(village: Village, stale: str) -> None:
    [reply] = village.write(choice=stale)

    assert reply["text"] == say("unsure.rephrase", "en")
    assert village.events("article.helpful") == []


def test_a_button_for_a_topic_without_an_article_says_so(village: Village) -> None:
    [reply] = village.write(choice="voting")

    assert (reply["text"], reply["choices"]) == (say("unsure.no_article", "en"), ["human"])


@pytest.mark.parametrize("question", ["gp-registration", "theme:housing", "none-of-these"])
def test_a_question_by_button_is_not_answered_while_a_person_has_the_baton(village: Village, question: str) -> None:
    village.write("/human")

    [reply] = village.write(choice=question)

    assert (reply["text"], reply["choices"]) == (say("handoff.already", "en"), ["new-question"])


def test_a_language_chosen_while_a_question_waits_answers_the_question(village: Village, mind: Mind) -> None:
    mind.learn("gp", "gp-registration", decision=Decision.ASK, candidates=("pl", "ro", "en"))
    village.write("gp")

    [answer] = village.write(choice="language:pl")

    assert answer["choices"][-1] == "human"
    assert "https://www.nhs.uk" in answer["text"]
    assert (village.conversation().locale, village.conversation().locale_chosen) == ("pl", True)


@given(
    choice=st.text(max_size=80)
    | st.sampled_from(["english:", "helpful:", "theme:", "language:"]).flatmap(
        lambda prefix: st.text(max_size=20).map(lambda rest: prefix + rest)
    )
)
@example("english:\x00")
@example("\ud800")
@STEADY
def test_whatever_a_button_sends_back_is_answered(village: Village, choice: str) -> None:
    person = village.stranger()

    received = village.write(choice=choice or "?", person=person)

    assert received[-1]["text"]
    [message] = village.messages(person, "person")
    assert (message.state, message.attempts) == ("done", 1)


@given(
    st.sampled_from([choices.language, choices.theme, choices.helpful, choices.unhelpful, choices.english]), st.text()
)
@STEADY
def test_what_a_button_sends_back_is_read_as_it_was_written(make: object, of: str) -> None:
    assert callable(make)
    assert choices.parse(make(of)) == (make.__name__, of)
