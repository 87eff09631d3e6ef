"""Finding the language: sure or honest about it, and the same every time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.locales import RECOGNISED, SERVED, UNDERSTOOD
from nlu.language import Decision, LanguageGuess, LanguageIdentifier
from nlu.language.lid import Lid176
from nlu.language.ngrams import class_of, train_ngrams
from nlu.language.script import dominant_script, strip_noise
from nlu.language.second import SecondOpinion
from nlu.store import load_lexicon, load_models
from nlu.training import Example
from nlu.understand import Understander
from tests.conftest import MODELS


@pytest.fixture(scope="module")
def languages(understander: Understander) -> LanguageIdentifier:
    """The identifier Waypost uses."""
    return LanguageIdentifier(load_models(MODELS).ngrams, load_lexicon(MODELS))


# --- scripts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("hello", "LATIN"),
        ("żółw", "LATIN"),
        ("مرحبا", "ARABIC"),
        ("হ্যালো", "BENGALI"),
        ("Привіт", "CYRILLIC"),
        ("नमस्ते", "DEVANAGARI"),
        ("ሰላም", "ETHIOPIC"),
        ("你好", "CJK"),
        ("こんにちは", "CJK"),
        ("আমার GP appointment দরকার আজ", "BENGALI"),  # English words stand among others
        ("please call Ольга about my visa application today", "LATIN"),
        ("123 🙂 !?", ""),
        ("", ""),
    ],
)
def test_the_script_that_decides(text: str, script: str) -> None:
    assert dominant_script(text) == script


def test_addresses_numbers_and_emoji_have_no_language() -> None:
    noise = "see https://www.gov.uk/x www.nhs.uk me@example.org @amina 07700 900123 🙂 😀!!! — ok"

    assert strip_noise(noise) == "see ok"
    assert strip_noise("আমার দরকার, না?") == "আমার দরকার না"


# --- the decision -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("where can I find a doctor for my daughter", "en"),
        ("gdzie mogę znaleźć lekarza dla córki", "pl"),
        ("gdzie moge znalezc lekarza dla corki", "pl"),
        ("unde găsesc un doctor pentru fiica mea", "ro"),
        ("unde gasesc un doctor pentru fiica mea", "ro"),
        ("أين أجد طبيبا لابنتي", "ar"),
        ("আমার মেয়ের জন্য ডাক্তার কোথায় পাব", "bn"),
        ("dónde encuentro un médico para mi hija", "es"),
        ("donde encuentro un medico para mi hija", "es"),
    ],
)
def test_a_plain_sentence_is_answered_in_its_language_without_asking(
    languages: LanguageIdentifier, text: str, tag: str
) -> None:
    guess = languages.identify(text)

    assert (guess.tag, guess.decision) == (tag, Decision.SILENT)
    assert guess.script == "native"
    assert guess.confidence > 0.9


@pytest.mark.parametrize(
    ("text", "tag"),
    [("ami ekta doctor khujchi amar meyer jonno", "bn"), ("bdi doctor la binti 3ndha 7arara", "ar")],
)
def test_a_language_written_in_latin_letters_is_known(languages: LanguageIdentifier, text: str, tag: str) -> None:
    guess = languages.identify(text)

    assert (guess.tag, guess.script) == (tag, "latin")


@pytest.mark.parametrize(
    "text",
    [
        "मुझे अपनी बेटी के लिए डॉक्टर चाहिए",
        "Ich suche einen Arzt für meine Tochter",
        "ለልጄ ሐኪም እፈልጋለሁ",
        "我想给女儿找医生",
    ],
)
def test_a_language_we_do_not_understand_is_asked_about_and_never_taken_for_one_we_do(
    languages: LanguageIdentifier, text: str
) -> None:
    guess = languages.identify(text)

    assert guess.decision is Decision.ASK
    assert guess.tag not in UNDERSTOOD


@pytest.mark.parametrize("text", ["12345", "🙂🙂", "?!", "", "https://www.gov.uk", "07700 900123", "\u200b"])
def test_a_text_without_words_keeps_the_language_that_is_known(languages: LanguageIdentifier, text: str) -> None:
    assert languages.identify(text, remembered="ar").tag == "ar"
    assert languages.identify(text, remembered="ar").decision is Decision.SILENT
    assert languages.identify(text, hint="pl").tag == "pl"
    assert languages.identify(text).decision is Decision.ASK


def test_a_language_that_is_remembered_is_not_asked_about_again(languages: LanguageIdentifier) -> None:
    for text in ("ok", "gp", "gdzie jest lekarz", "no"):
        assert languages.identify(text, remembered="pl").decision is Decision.SILENT


def test_the_language_of_the_app_tips_the_scales_of_a_word_that_many_share(languages: LanguageIdentifier) -> None:
    assert languages.identify("salut", hint="ro").confidence >= languages.identify("salut").confidence
    assert languages.identify("hola", hint="es").tag == "es"


def test_three_served_languages_are_offered_the_one_of_the_app_first(languages: LanguageIdentifier) -> None:
    for text in ("hm", "Привіт", "", "nie wiem co to jest"):
        guess = languages.identify(text, hint="es")
        assert len(set(guess.candidates)) == 3
        assert set(guess.candidates) <= set(SERVED)
        assert guess.candidates[0] == "es"


def test_words_are_counted_without_noise(languages: LanguageIdentifier) -> None:
    assert languages.identify("gdzie jest lekarz? 🙂 https://nhs.uk 999").words == 3


# --- always the same, whatever comes ----------------------------------------------------------------------------------


def test_the_same_message_gets_the_same_answer_two_hundred_times(languages: LanguageIdentifier) -> None:
    for text in ("ok merci", "no se que hacer"):
        assert len({languages.identify(text) for _ in range(200)}) == 1


def test_the_second_opinion_is_seeded() -> None:
    one, other = SecondOpinion(), SecondOpinion()
    text = "no se que hacer con mi casa"

    assert len({one.top(text) for _ in range(20)} | {other.top(text) for _ in range(20)}) == 1
    assert one.top("123 🙂") is None
    assert one.languages <= set(SERVED) | set(RECOGNISED)


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(st.characters()) | st.text("aeż اবকй\u200b1 .🙂", max_size=30),
    remembered=st.sampled_from([None, *SERVED]),
    hint=st.sampled_from([None, *SERVED]),
)
def test_any_text_gets_an_answer(
    languages: LanguageIdentifier, text: str, remembered: str | None, hint: str | None
) -> None:
    guess = languages.identify(text, remembered=remembered, hint=hint)

    assert isinstance(guess, LanguageGuess)
    assert 0.0 <= guess.confidence <= 1.0
    assert guess.decision in Decision
    assert len(guess.candidates) == 3
    if remembered and guess.words < 4:
        assert guess.decision is Decision.SILENT
    if guess.tag not in UNDERSTOOD and not remembered:
        assert guess.decision is Decision.ASK


def test_a_very_long_text_is_read_at_its_beginning(languages: LanguageIdentifier) -> None:
    polish = "gdzie mogę znaleźć lekarza dla córki "

    assert languages.identify(polish * 20 + "where is it " * 20).tag == "pl"


def test_without_own_training_text_the_identifier_still_works() -> None:
    assert LanguageIdentifier().identify("gdzie mogę znaleźć lekarza dla córki").tag == "pl"


def test_the_probabilities_of_the_detector_are_a_distribution() -> None:
    scores = Lid176().scores("where is the doctor")

    assert sum(scores.values()) == pytest.approx(1.0, abs=0.05)
    assert max(scores, key=lambda tag: scores[tag]) == "en"


# --- our own model ----------------------------------------------------------------------------------------------------


def test_a_line_teaches_its_language_in_the_script_it_is_written_in() -> None:
    assert class_of(Example("kemon achen", "greeting", "bn")) == "bn-Latn"
    assert class_of(Example("কেমন আছেন", "greeting", "bn")) == "bn"
    assert class_of(Example("cześć", "greeting", "pl")) == "pl"
    assert class_of(Example("👍 123", "affirm", "pl")) is None


def _name(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_a_language_with_too_little_text_is_left_out() -> None:
    lines = [Example(f"where is doctor number {number} today", "a", "en") for number in map(_name, range(200))]
    model = train_ngrams([*lines, *[Example("gdzie lekarz", "a", "pl")] * 1000])

    assert model.classes == ("en",)
    assert model.log_likelihoods("", ("en", "pl")) == {"en": 0.0, "und": 0.0}
    assert model.log_likelihoods("doctor", ("pl",)) == {}
