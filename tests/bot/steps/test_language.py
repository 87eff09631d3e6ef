"""Language: agreed once, kept, and changed only by choice or by clear and repeated evidence."""

import pytest

from core.locales import SERVED
from nlu.language import Decision
from tests.bot.conftest import Mind, Village
from tests.conftest import Town
from translations.catalog import say

POLISH = "jak zapisać się do lekarza GP w Londynie?"


def _speaks(mind: Mind, text: str, language: str, *, certainty: float = 0.999) -> str:
    """A clear question in a language."""
    return mind.learn(text, "gp-registration", language=language, certainty=certainty)


def _reply_language(village: Village, text: str) -> str:
    """The language in which the bot asks whether its answer helped."""
    [answer] = village.write(text)
    return next(tag for tag in SERVED if say("answer.helpful", tag) in answer["text"])


# --- asking -----------------------------------------------------------------------------------------------------------


def test_an_unclear_language_is_asked_about_in_the_likeliest_ones(village: Village, mind: Mind) -> None:
    mind.learn("casa", decision=Decision.ASK, language="es", candidates=("es", "ro", "en"))

    [question] = village.write("casa")

    assert question["text"].split("\n\n") == [say("language.ask", tag) for tag in ("es", "ro", "en")]
    assert question["choices"] == ["language:es", "language:ro", "language:en", "other-language"]


@pytest.mark.parametrize("answer", [{"choice": "language:ro"}, {"text": "2"}])
def test_the_question_is_answered_once_its_language_is_known(
    village: Village, mind: Mind, answer: dict[str, str]
) -> None:
    mind.learn("casa", "gp-registration", decision=Decision.ASK, language="es", candidates=("es", "ro", "en"))
    village.write("casa")

    [reply] = village.write(**answer)  # type: ignore[arg-type]

    assert say("answer.helpful", "ro") in reply["text"]
    assert (village.conversation().locale, village.conversation().locale_chosen) == ("ro", True)


def test_the_long_way_through_other_languages_leads_to_the_answer_too(village: Village, mind: Mind) -> None:
    mind.learn("casa", "gp-registration", decision=Decision.ASK)
    village.write("casa")
    village.write(choice="other-language")

    assert say("answer.helpful", "bn") in village.write(choice="language:bn")[0]["text"]


def test_a_question_that_waited_is_answered_once(village: Village, mind: Mind) -> None:
    mind.learn("casa", "gp-registration", decision=Decision.ASK)
    village.write("casa")
    village.write(choice="language:es")

    [again] = village.write(choice="language:es")

    assert again["text"].startswith(say("language.changed", "es", language="Español"))


def test_a_question_that_waited_is_forgotten_when_another_was_answered(village: Village, mind: Mind) -> None:
    mind.learn("casa", "minimum-wage", decision=Decision.ASK)
    village.write("casa")
    village.write(_speaks(mind, "how do I find a doctor?", "en"))

    [changed] = village.write(choice="language:es")

    assert changed["text"].startswith(say("language.changed", "es", language="Español"))


def test_a_language_we_do_not_serve_is_named_in_english_with_the_ones_we_do(village: Village, mind: Mind) -> None:
    mind.learn("як знайти лікаря", "gp-registration", language="uk", decision=Decision.ASK)

    [told] = village.write("як знайти лікаря")

    assert told["text"] == say("language.not_served", "en", language="Ukrainian")
    assert told["choices"] == [*(f"language:{tag}" for tag in SERVED), "human"]
    assert say("answer.helpful", "pl") in village.write(choice="language:pl")[0]["text"]


def test_who_writes_a_language_we_do_not_serve_can_reach_a_person_by_number(village: Village, mind: Mind) -> None:
    village.write(mind.learn("як знайти лікаря", language="uk", decision=Decision.ASK))

    village.write(str(len(SERVED) + 1))

    assert village.case().reason == "asked"


def test_when_not_quite_sure_the_answer_comes_with_other_languages(village: Village, mind: Mind) -> None:
    mind.learn("medico", "gp-registration", decision=Decision.OFFER, language="es", candidates=("es", "ro", "en"))

    [answer] = village.write("medico")

    assert say("answer.helpful", "es") in answer["text"]
    assert answer["choices"][-3:] == ["language:ro", "language:en", "other-language"]


# --- keeping ----------------------------------------------------------------------------------------------------------


def test_a_clear_language_is_kept(village: Village, mind: Mind) -> None:
    village.write(_speaks(mind, "how do I find a doctor?", "pl"))

    assert village.write("/help")[0]["text"].startswith(say("help.start", "pl"))
    assert not village.conversation().locale_chosen


def test_a_short_foreign_message_does_not_switch(village: Village, mind: Mind) -> None:
    _speaks(mind, "jak znaleźć dobrego lekarza", "pl")
    _speaks(mind, "visa home office", "en")
    village.write("jak znaleźć dobrego lekarza")

    assert [_reply_language(village, "visa home office") for _ in range(4)] == ["pl"] * 4


def test_two_strong_messages_in_a_row_switch_a_detected_language(village: Village, mind: Mind) -> None:
    village.write(_speaks(mind, "how do I find a doctor?", "en"))
    _speaks(mind, "jak znaleźć dobrego lekarza", "pl")

    assert [_reply_language(village, "jak znaleźć dobrego lekarza") for _ in range(2)] == ["en", "pl"]
    assert village.conversation().locale == "pl"


def test_strong_messages_count_only_in_a_row(village: Village, mind: Mind) -> None:
    english = _speaks(mind, "how do I find a doctor?", "en")
    polish = _speaks(mind, "jak znaleźć dobrego lekarza", "pl")
    spanish = _speaks(mind, "como encuentro un buen medico", "es")
    village.write(english)

    asked = [polish, english, polish, spanish, polish, english]
    assert [_reply_language(village, text) for text in asked] == ["en"] * len(asked)


def test_messages_that_are_not_quite_certain_never_switch(village: Village, mind: Mind) -> None:
    village.write(_speaks(mind, "how do I find a doctor?", "en"))
    _speaks(mind, "jak znaleźć dobrego lekarza", "pl", certainty=0.98)

    assert [_reply_language(village, "jak znaleźć dobrego lekarza") for _ in range(3)] == ["en"] * 3


def test_a_chosen_language_is_changed_only_by_choice(village: Village, mind: Mind) -> None:
    village.write(choice="language:ar")
    _speaks(mind, "jak znaleźć dobrego lekarza", "pl")

    assert [_reply_language(village, "jak znaleźć dobrego lekarza") for _ in range(3)] == ["ar"] * 3
    village.write(choice="language:pl")
    assert _reply_language(village, "jak znaleźć dobrego lekarza") == "pl"


def test_a_greeting_is_answered_in_its_language_and_agrees_on_none(village: Village, mind: Mind) -> None:
    mind.learn("hola", service="greeting", language="es")
    assert village.write("hola")[0]["text"] == say("smalltalk.greeting", "es")
    assert village.conversation().locale is None

    assert _reply_language(village, _speaks(mind, "jak znaleźć dobrego lekarza", "pl")) == "pl"


def test_a_question_back_agrees_on_no_language(village: Village, mind: Mind) -> None:
    village.write(mind.learn("lekarz pieniądze", language="pl", confidence=0.4, near=("nhs-charges",)))

    assert village.conversation().locale is None


def test_digits_and_addresses_do_not_touch_the_language(village: Village, mind: Mind) -> None:
    village.write(_speaks(mind, "jak znaleźć dobrego lekarza", "pl"))
    village.write("020 7946 0001")
    village.write("🙂")

    assert village.conversation().locale == "pl"


# --- with the real understanding --------------------------------------------------------------------------------------


def test_who_says_hello_in_english_and_asks_in_polish_is_answered_in_polish(town: Town) -> None:
    town.write("hello")
    answer = town.write(POLISH)[-1]

    assert say("answer.helpful", "pl") in answer["text"]


def test_ukrainian_is_understood_answered_in_english_and_a_person_offered(town: Town) -> None:
    told = town.write("Доброго дня, підкажіть, будь ласка, як мені записатися до сімейного лікаря GP?")
    said = "\n\n".join(card["text"] for card in told)

    assert say("language.not_served", "en", language="Ukrainian") in said
    assert say("answer.helpful", "en") in said
    assert {"human", "other-language"} <= set(told[-1]["choices"])


def test_what_is_not_clear_in_a_language_we_do_not_serve_is_not_answered(village: Village, mind: Mind) -> None:
    [asked] = village.write(mind.learn("лікар", "gp-registration", 0.4, language="uk", near=("gp-registration",)))

    assert asked["text"].startswith(say("language.not_served", "en", language="Ukrainian"))
    assert say("answer.helpful", "en") not in asked["text"]


def test_a_language_chosen_under_an_answer_in_english_brings_the_answer_in_it(village: Village, mind: Mind) -> None:
    village.write(mind.learn("як записатися до лікаря", "gp-registration", language="uk"))

    assert say("answer.helpful", "pl") in village.write(choice="language:pl")[-1]["text"]


def test_an_adviser_learns_which_language_we_do_not_serve(village: Village, mind: Mind) -> None:
    village.write(mind.learn("як знайти лікаря", language="uk", decision=Decision.ASK))
    village.write(choice="human")

    assert village.case().language == "uk"
