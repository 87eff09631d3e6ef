"""Danger first: the card comes before everything, in the right language, and promises nothing that nobody staffs."""

from collections.abc import Callable

import pytest

from bot.channels.port import Inbound
from bot.turn import Incoming
from core.locales import SERVED
from core.themes import Danger, Level
from nlu.language import Decision
from tests.bot.conftest import Mind, Village
from tests.conftest import Town
from translations.catalog import say

HELP_IN_DANGER = {
    "en": "I want to kill myself tonight",
    "pl": "chcę się zabić dzisiaj wieczorem",
    "ro": "vreau să mă sinucid în seara asta",
    "ar": "أريد أن أنتحر الليلة",
    "bn": "আমি আত্মহত্যা করতে চাই",
    "es": "quiero suicidarme esta noche",
}


@pytest.mark.parametrize("locale", SERVED)
def test_the_card_comes_first_in_the_language_of_the_message(town: Town, locale: str) -> None:
    card, notice = town.write(HELP_IN_DANGER[locale])

    assert card["urgent"]
    assert card["text"].startswith(say("safety.danger_now", locale, number="999"))
    assert say("safety.suicide.samaritans", locale, number="116 123") in card["text"]
    assert "/delete" in notice["text"]


@pytest.mark.parametrize("locale", SERVED)
def test_every_card_begins_with_999_and_says_that_it_is_automatic(village: Village, mind: Mind, locale: str) -> None:
    for danger in Danger:
        [card] = village.write(mind.learn(f"help, {danger}", danger=danger, language=locale))

        assert "999" in card["text"].split("\n\n")[0]
        assert say("safety.automatic", locale) in card["text"]


def test_danger_opens_an_urgent_case_and_says_which_rule_saw_it(village: Village, mind: Mind) -> None:
    village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE, rule="en.domestic.hits"))

    case = village.case()
    assert (case.reason, case.urgency, case.danger, case.rule, case.theme) == (
        "danger",
        "crisis",
        "domestic_abuse",
        "en.domestic.hits",
        "safety",
    )


def test_a_lesser_danger_gets_a_short_card_and_a_priority_case(village: Village, mind: Mind) -> None:
    mind.learn("he hit me last year", danger=Danger.DOMESTIC_ABUSE, level=Level.AMBER)

    [card] = village.write("he hit me last year")

    assert card["text"].split("\n\n") == [
        say("safety.amber", "en"),
        say("safety.domestic.women", "en", number="0808 2000 247"),
        say("safety.if_worse", "en", number="999"),
        say("safety.not_told", "en"),
    ]
    assert card["choices"] == ["new-question"]
    assert village.case().urgency == "urgent"


def test_the_card_comes_before_the_first_notice(open_village: Callable[..., Village], mind: Mind) -> None:
    village = open_village(notice=True)
    card, notice = village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))

    assert card["urgent"]
    assert "/delete" in notice["text"]
    assert (card["choices"], notice["choices"]) == (["safe-yes", "safe-no", "delete-now", "new-question"], [])


# --- always -----------------------------------------------------------------------------------------------------------


def test_the_card_comes_while_an_adviser_has_the_conversation(village: Village, mind: Mind) -> None:
    village.write("/human")
    village.adviser().claim(village.case())

    [card] = village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))

    assert card["urgent"]
    assert len(village.cases()) == 1


def test_the_card_comes_over_the_rate_limit(open_village: Callable[..., Village], mind: Mind) -> None:
    village = open_village(rate_per_conversation="1/hour", notice=False)
    village.write("hello")
    [slow_down] = village.write("hello")
    assert slow_down["text"] == say("message.too_fast", "en")

    [card] = village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))

    assert card["urgent"]


def test_the_card_comes_again_each_time(village: Village, mind: Mind) -> None:
    mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE)

    assert [village.write("he hits me")[0]["urgent"] for _ in range(3)] == [True] * 3
    assert len(village.cases()) == 1


def test_danger_in_the_words_under_a_photo_counts(village: Village, mind: Mind) -> None:
    mind.learn("he did this to me", danger=Danger.DOMESTIC_ABUSE)

    [card] = village.write("he did this to me", media="photo")

    assert card["urgent"]


def test_danger_is_seen_while_a_question_waits_for_its_language(village: Village, mind: Mind) -> None:
    village.write(mind.learn("???a", decision=Decision.ASK))
    mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE)

    assert village.write("he hits me")[0]["urgent"]


# --- the language of the card -----------------------------------------------------------------------------------------


def test_the_agreed_language_is_the_language_of_the_card(village: Village, mind: Mind) -> None:
    village.write(choice="language:pl")
    mind.learn("quiero morir", danger=Danger.SUICIDE_SELF_HARM, language="es", rule="es.test")

    [card] = village.write("quiero morir")

    assert card["text"].startswith(say("safety.danger_now", "pl", number="999"))


@pytest.mark.parametrize(
    ("guess", "certainty", "rule", "expected"),
    [
        ("es", 0.9, "ro.suicide.die", "es"),
        ("es", 0.3, "ro.suicide.die", "ro"),
        ("sk", 0.9, "ro.suicide.die", "ro"),
        ("sk", 0.9, "uk.suicide.die", "en"),
    ],
    ids=["a likely guess", "an unlikely guess", "a guess we do not serve", "neither served"],
)
def test_without_an_agreed_language_the_likely_guess_counts_and_then_the_rules_own(
    village: Village, mind: Mind, guess: str, certainty: float, rule: str, expected: str
) -> None:
    mind.learn("help", danger=Danger.SUICIDE_SELF_HARM, language=guess, certainty=certainty, rule=rule)

    [card] = village.write("help")

    assert card["text"].startswith(say("safety.danger_now", expected, number="999"))


def test_a_card_nobody_has_checked_says_so_and_shows_the_english_on_request(village: Village, mind: Mind) -> None:
    mind.learn("pomocy", danger=Danger.HOMELESS_TONIGHT, language="pl")
    [card] = village.write("pomocy")
    assert say("answer.unreviewed", "pl") in card["text"]
    assert card["choices"][0] == "english:red:homeless_tonight"

    [english] = village.write(choice="english:red:homeless_tonight")
    assert english["text"].startswith(say("safety.danger_now", "en", number="999"))
    assert say("answer.unreviewed", "en") not in english["text"]
    assert village.conversation().locale == "pl"


def test_a_short_card_is_short_in_english_too(village: Village, mind: Mind) -> None:
    village.write(mind.learn("bił mnie", danger=Danger.DOMESTIC_ABUSE, level=Level.AMBER, language="pl"))

    [english] = village.write(choice="english:amber:domestic_abuse")

    assert english["text"].startswith(say("safety.amber", "en"))


def test_detention_needs_a_registered_adviser(village: Village, mind: Mind) -> None:
    village.write(mind.learn("they took my brother", danger=Danger.DETENTION_REMOVAL))

    assert village.case().iaa_level == 3


def test_an_english_card_needs_no_such_word(village: Village, mind: Mind) -> None:
    [card] = village.write(mind.learn("help", danger=Danger.HOMELESS_TONIGHT))

    assert say("answer.unreviewed", "en") not in card["text"]
    assert not [choice for choice in card["choices"] if choice.startswith("english:")]


# --- promises ---------------------------------------------------------------------------------------------------------


def _told(eta: str | None = None) -> str:
    return say("safety.told", "en", eta=eta) if eta else say("safety.told_no_time", "en")


@pytest.mark.parametrize("level", Level)
def test_nobody_is_said_to_have_been_told_when_nobody_reads_the_queue(
    open_village: Callable[..., Village], mind: Mind, level: Level
) -> None:
    village = open_village(staffed=False, human_eta="within one hour")

    text = village.write(mind.learn("help", danger=Danger.HOMELESS_TONIGHT, level=level))[0]["text"]

    assert say("safety.not_told", "en") in text
    assert _told() not in text
    assert "within one hour" not in text


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("eta", [None, "within one hour"])
def test_who_reads_the_queue_is_said_to_have_been_told(
    open_village: Callable[..., Village], mind: Mind, eta: str | None, level: Level
) -> None:
    village = open_village(staffed=True, human_eta=eta)

    text = village.write(mind.learn("help", danger=Danger.HOMELESS_TONIGHT, level=level))[0]["text"]

    assert _told(eta) in text
    assert say("safety.not_told", "en") not in text


def test_an_english_card_without_a_case_says_that_nobody_was_told(open_village: Callable[..., Village]) -> None:
    village = open_village(staffed=True, notice=False)

    [card] = village.write(choice="english:red:homeless_tonight")

    assert _told() not in card["text"]
    assert village.cases() == []


def test_a_homeless_person_gets_the_councils_own_numbers_where_it_has_given_them(
    open_village: Callable[..., Village], mind: Mind
) -> None:
    mind.learn("no bed tonight", danger=Danger.HOMELESS_TONIGHT)
    known = open_village(council_phone="020 7946 0001", council_oob_phone="020 7946 0002", notice=False)

    [card] = known.write("no bed tonight", person="amina")
    lines = card["text"].split("\n\n")

    assert lines[1] == say("safety.homeless.council", "en", number="020 7946 0001")
    assert lines[2] == say("safety.homeless.out_of_hours", "en", number="020 7946 0002")


def test_elsewhere_they_get_the_way_to_find_the_council(village: Village, mind: Mind) -> None:
    [card] = village.write(mind.learn("no bed tonight", danger=Danger.HOMELESS_TONIGHT))

    assert "https://www.gov.uk/find-local-council" in card["text"].split("\n\n")[1]


# --- after the card ---------------------------------------------------------------------------------------------------


def test_who_is_safe_to_chat_may_go_on_and_who_is_not_is_told_to_call(village: Village, mind: Mind) -> None:
    village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))

    [safe] = village.write(choice="safe-yes")
    [unsafe] = village.write(choice="safe-no")

    assert (safe["text"], safe["choices"]) == (say("safety.safe_yes", "en"), ["new-question"])
    assert (unsafe["text"], unsafe["choices"]) == (
        say("safety.safe_no", "en", number="999"),
        ["delete-now", "new-question"],
    )


def test_after_danger_the_bot_answers_nothing_until_it_is_released(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))

    [told] = village.write("a doctor?")
    assert told["text"] == say("handoff.already", "en")
    assert village.write("a doctor?") == []
    village.write(choice="new-question")
    assert "https://www.nhs.uk" in village.write("a doctor?")[0]["text"]


def test_a_pressed_button_is_no_sign_of_danger(village: Village, mind: Mind) -> None:
    mind.learn("Domestic abuse", danger=Danger.DOMESTIC_ABUSE)
    village.world.receive(
        Inbound(
            "phone", "", "pressed", "amina", "amina", Incoming("choice", choice="theme:safety", text="Domestic abuse")
        )
    )
    village.world.jobs.run_pending()

    assert village.cases() == []


def test_below_an_amber_card_the_question_is_answered_and_below_a_red_one_it_is_not(
    village: Village, mind: Mind
) -> None:
    village.publish("driving-licence", "Driving here")
    amber = mind.learn("afraid to drive", "driving-licence", danger=Danger.HATE_CRIME_VIOLENCE, level=Level.AMBER)
    red = mind.learn("attacked in the car", "driving-licence", danger=Danger.HATE_CRIME_VIOLENCE)

    said = "\n\n".join(card["text"] for card in village.write(amber))
    assert said.index(say("safety.amber", "en")[:20]) < said.index("All about Driving here.")
    village.write(choice="new-question")
    assert "All about Driving here." not in "".join(card["text"] for card in village.write(red))
