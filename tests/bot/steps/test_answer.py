"""Answers: the article in the best wording there is, or the person it needs."""

from collections.abc import Callable
from datetime import date

import pytest

from bot.steps.handoff import CITIZENS_ADVICE
from core.locales import SERVED
from core.themes import Handling
from tests.bot.conftest import Mind, Village
from translations.catalog import format_day, say


def test_an_answer_names_its_source_the_day_it_was_checked_and_what_comes_next(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")

    [answer] = village.write(mind.learn("driving?", "driving-licence"))

    assert answer["text"].split("\n\n") == [
        "Driving here",
        "All about Driving here.",
        "1. Do this.\n2. Then that.",
        "\n".join(
            [
                say("answer.sources", "en"),
                "The official page",
                "https://www.gov.uk/driving-licence",
                say("answer.checked_on", "en", date=format_day(date(2026, 11, 20), "en")),
            ]
        ),
        say("answer.helpful", "en"),
    ]
    assert answer["choices"] == ["helpful:driving-licence", "unhelpful:driving-licence", "human"]


def test_where_it_depends_on_the_case_a_person_is_offered(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here", handling=Handling.ANSWER_THEN_OFFER_HUMAN)

    [answer] = village.write(mind.learn("driving?", "driving-licence"))

    assert answer["text"].endswith(f"{say('answer.offer_person', 'en')}\n\n{say('answer.helpful', 'en')}")
    assert village.cases() == []


def test_below_the_threshold_nothing_is_answered(open_village: Callable[..., Village], mind: Mind) -> None:
    village = open_village(answer_threshold=0.8, notice=False)
    mind.learn("almost", "gp-registration", 0.79, near=("gp-registration",))
    mind.learn("enough", "gp-registration", 0.80)

    assert village.write("almost")[0]["text"] == say("unsure.did_you_mean", "en")
    assert "https://www.nhs.uk" in village.write("enough")[0]["text"]


# --- wording ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", [tag for tag in SERVED if tag != "en"])
def test_a_translation_nobody_has_checked_says_so_and_offers_the_english(
    village: Village, mind: Mind, locale: str
) -> None:
    article = village.publish("driving-licence", "Driving here")
    village.translate(article, locale, "How to drive")

    [answer] = village.write(mind.learn("driving?", "driving-licence", language=locale))

    assert answer["text"].startswith(f"How to drive\n\n{say('answer.unreviewed', locale)}\n\n")
    assert answer["choices"][0] == "english:driving-licence"


def test_an_approved_translation_needs_no_such_word(village: Village, mind: Mind) -> None:
    village.translate(village.publish("driving-licence", "Driving here"), "pl", "Jazda", state="approved")

    [answer] = village.write(mind.learn("driving?", "driving-licence", language="pl"))

    assert say("answer.unreviewed", "pl") not in answer["text"]
    assert "english:driving-licence" not in answer["choices"]


def test_an_approved_translation_of_older_wording_is_shown_with_the_english_beside_it(
    village: Village, mind: Mind
) -> None:
    village.translate(village.publish("driving-licence", "Driving here"), "pl", "Jazda", state="approved")
    village.publish("driving-licence", "Driving here now")

    [answer] = village.write(mind.learn("driving?", "driving-licence", language="pl"))

    assert answer["text"].startswith("Jazda")
    assert answer["choices"][0] == "english:driving-licence"


@pytest.mark.parametrize("locale", [tag for tag in SERVED if tag != "en"])
def test_an_article_that_is_only_in_english_says_so_in_the_persons_language(
    village: Village, mind: Mind, locale: str
) -> None:
    village.publish("driving-licence", "Driving here")

    [answer] = village.write(mind.learn("driving?", "driving-licence", language=locale))

    assert answer["text"].startswith(f"Driving here\n\n{say('answer.english_only', locale)}\n\n")
    assert answer["text"].endswith(say("answer.helpful", locale))


def test_immigration_is_general_information(village: Village, mind: Mind) -> None:
    [answer] = village.write(mind.learn("share code?", "share-codes"))

    assert say("answer.general", "en") in answer["text"]


def test_an_answer_past_its_review_says_so(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here", review_by=date(2026, 11, 21))
    mind.learn("driving?", "driving-licence")
    assert say("answer.review_overdue", "en") not in village.write("driving?")[0]["text"]

    village.clock.forward(days=1)

    assert say("answer.review_overdue", "en") in village.write("driving?")[0]["text"]


# --- what only a person may answer ------------------------------------------------------------------------------------


def test_what_only_a_qualified_person_may_answer_gets_its_card_and_a_case(village: Village, mind: Mind) -> None:
    [card] = village.write(mind.learn("they refused me", "refusal-and-appeal"))

    assert "https://www.gov.uk/immigration-asylum-tribunal" in card["text"]
    assert say("handoff.human_only", "en") in card["text"]
    assert say("handoff.unstaffed", "en", number=CITIZENS_ADVICE) in card["text"]
    case = village.case()
    assert (case.reason, case.topic, case.theme, case.iaa_level, case.urgency) == (
        "human_only",
        "refusal-and-appeal",
        "immigration",
        3,
        "soon",
    )


def test_what_only_a_person_may_answer_goes_to_one_even_without_an_article(village: Village, mind: Mind) -> None:
    [told] = village.write(mind.learn("can my wife come?", "family-reunion"))

    assert told["text"].startswith(say("handoff.human_only", "en"))
    assert (village.case().topic, village.case().iaa_level) == ("family-reunion", 2)


def test_an_editor_decides_what_only_a_person_may_answer(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here", handling=Handling.HUMAN_ONLY)

    village.write(mind.learn("driving?", "driving-licence"))

    assert village.case().topic == "driving-licence"


def test_a_topic_without_an_article_is_not_answered_with_a_neighbours(village: Village, mind: Mind) -> None:
    [told] = village.write(mind.learn("can I vote?", "voting", near=("voting", "first-weeks-checklist")))

    assert (told["text"], told["choices"]) == (say("unsure.no_article", "en"), ["human"])


def test_when_a_topic_without_an_article_is_not_certain_its_neighbours_are_offered(
    village: Village, mind: Mind
) -> None:
    mind.learn("can I vote?", "voting", 0.9, near=("voting", "first-weeks-checklist"))

    [question] = village.write("can I vote?")

    assert question["choices"] == ["voting", "first-weeks-checklist", "none-of-these", "human"]


def test_who_then_asks_for_a_person_is_handed_over_with_the_topic(village: Village, mind: Mind) -> None:
    village.write(mind.learn("can I vote?", "voting"))
    village.write(choice="human")

    assert village.case().topic == "voting"


# --- several needs, follow-ups, the knob ------------------------------------------------------------------------------


def test_two_needs_in_one_message_are_answered_in_their_order(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")
    village.publish("bus-tickets", "Taking the bus")

    cards = village.write(mind.learn("driving and the bus", "driving-licence", also=("bus-tickets",)))
    text = "\n\n".join(card["text"] for card in cards)

    assert text.index("All about Driving here.") < text.index("All about Taking the bus.")
    assert cards[-1]["choices"] == ["helpful:bus-tickets", "unhelpful:bus-tickets", "human"]
    assert village.cases() == []


@pytest.mark.parametrize("order", [("driving-licence", "hard-matter"), ("hard-matter", "driving-licence")])
def test_a_need_that_only_a_person_may_answer_opens_the_case_beside_the_other_answer(
    village: Village, mind: Mind, order: tuple[str, str]
) -> None:
    village.publish("driving-licence", "Driving here")
    village.publish("hard-matter", "A hard matter", handling=Handling.HUMAN_ONLY)
    first, second = order

    text = "\n\n".join(card["text"] for card in village.write(mind.learn("both", first, also=(second,))))

    assert text.index("All about Driving here.") < text.index("All about A hard matter.")
    assert (village.case().reason, village.case().topic) == ("human_only", "hard-matter")


def test_a_question_that_looks_like_nothing_we_know_is_not_answered_however_sure_its_topic(
    village: Village, mind: Mind
) -> None:
    village.publish("driving-licence", "Driving here")

    [reply] = village.write(mind.learn("strange", "driving-licence", 0.99, genuine=0.01))

    assert "All about Driving here." not in reply["text"]


def test_the_knob_decides_how_strange_a_question_may_be(open_village: Callable[..., Village], mind: Mind) -> None:
    village = open_village(refuse_share=0.0, notice=False)
    village.publish("driving-licence", "Driving here")

    assert "All about Driving here." in village.write(mind.learn("strange", "driving-licence", genuine=0.01))[0]["text"]


def test_the_next_message_is_read_beside_the_question_that_was_answered(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")
    village.write(mind.learn("how do I get a driving licence", "driving-licence"))
    village.write(mind.learn("and my wife?", "driving-licence", follows=True))
    village.write("and my son?")

    assert [(each.about, each.before) for each in mind.asked] == [
        (None, ""),
        ("driving-licence", "how do I get a driving licence"),
        ("driving-licence", "how do I get a driving licence"),
    ]


def test_what_a_button_asked_for_is_what_the_next_message_is_read_beside(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")
    village.write(choice="driving-licence")
    village.write("how much")

    assert (mind.asked[-1].about, mind.asked[-1].before) == ("driving-licence", "Driving here")


def test_a_question_that_was_not_answered_is_no_question_to_follow(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")
    village.write(mind.learn("how do I get a driving licence", "driving-licence"))
    village.write(mind.learn("hm", "gp-registration", 0.3, near=("gp-registration",)))
    village.write("how much")

    assert (mind.asked[-1].about, mind.asked[-1].before) == ("driving-licence", "how do I get a driving licence")


def test_of_two_needs_for_a_person_the_case_has_the_higher_level(village: Village, mind: Mind) -> None:
    first, second = "illegal-eviction", "refusal-and-appeal"
    for slug in (first, second):
        village.publish(slug, slug, handling=Handling.HUMAN_ONLY)

    text = "\n\n".join(card["text"] for card in village.write(mind.learn("both", first, also=(second,))))

    assert f"All about {first}." in text
    assert f"All about {second}." in text
    assert (village.case().iaa_level, village.case().urgency) == (3, "soon")


def test_of_two_answers_the_first_still_offers_a_person_and_only_the_last_asks_whether_it_helped(
    village: Village, mind: Mind
) -> None:
    village.publish("driving-licence", "Driving here", handling=Handling.ANSWER_THEN_OFFER_HUMAN)
    village.publish("bus-tickets", "Taking the bus")

    text = "\n\n".join(
        card["text"] for card in village.write(mind.learn("both", "driving-licence", also=("bus-tickets",)))
    )

    assert text.count(say("answer.offer_person", "en")) == 1
    assert text.count(say("answer.helpful", "en")) == 1
    assert text.index(say("answer.offer_person", "en")) < text.index("All about Taking the bus.")


def test_a_second_need_without_an_article_leaves_the_first_answer_as_it_is(village: Village, mind: Mind) -> None:
    village.publish("driving-licence", "Driving here")

    [answer] = village.write(mind.learn("both", "driving-licence", also=("no-article-here",)))

    assert "All about Driving here." in answer["text"]
