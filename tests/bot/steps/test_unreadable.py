"""Messages without words get an honest line in the person's language, and a person the second time."""

from collections.abc import Callable

import pytest

from core.locales import SERVED
from core.themes import Danger
from tests.bot.conftest import Mind, Village
from translations.catalog import say

LINES = {
    "photo": "media.photo",
    "voice": "media.voice",
    "location": "media.location",
    "sticker": "media.other",
    "document": "media.other",
    "poll": "media.other",
}


@pytest.mark.parametrize("locale", SERVED)
@pytest.mark.parametrize("media", LINES)
def test_what_cannot_be_read_is_said_in_the_persons_language(village: Village, media: str, locale: str) -> None:
    [line] = village.write(media=media, language=locale)

    assert (line["text"], line["choices"]) == (say(LINES[media], locale), ["human"])


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂👍🏽", "12345", "?!?", "\u200b\u2060\ufeff", "\x07\x1b", "½ ②"])
def test_a_message_without_words_is_said_to_be_without_words(village: Village, text: str) -> None:
    [line] = village.write(text)

    assert (line["text"], line["choices"]) == (say("message.empty", "en"), ["human"])


def test_the_second_time_in_a_row_it_goes_to_a_person(village: Village) -> None:
    village.write(media="voice")
    [told] = village.write(media="photo")

    assert told["text"].startswith(say("media.photo", "en"))
    assert (village.case().reason, village.conversation().baton) == ("unreadable", "human")


def test_an_answer_in_between_starts_the_count_again(village: Village, mind: Mind) -> None:
    village.write(media="voice")
    village.write(mind.learn("a doctor?", "gp-registration"))

    assert village.write(media="voice")[0]["text"] == say("media.voice", "en")
    assert village.cases() == []


def test_what_cannot_be_read_is_kept_for_an_adviser(village: Village) -> None:
    village.write(media="photo")
    village.write(media="voice")

    said = [line["text"] for line in village.adviser().packet(village.case())["messages"] if line["author"] == "person"]
    assert said == ["[photo]", "[voice]"]


def test_the_words_under_a_photo_are_read(village: Village, mind: Mind) -> None:
    mind.learn("how do I register?", "gp-registration")

    assert "https://www.nhs.uk" in village.write("how do I register?", media="photo")[0]["text"]


def test_an_emoji_under_a_photo_is_no_word(village: Village) -> None:
    assert village.write("🙂", media="photo")[0]["text"] == say("media.photo", "en")


def test_first_contact_by_voice_is_told_who_this_is(open_village: Callable[..., Village]) -> None:
    [line] = open_village(notice=True).write(media="voice", language="ar")

    assert line["text"].startswith(say("notice.first", "ar", organisation="Waypost"))
    assert line["text"].endswith(say("media.voice", "ar"))


def test_danger_is_asked_about_before_words_are_looked_for(village: Village, mind: Mind) -> None:
    mind.learn("999", danger=Danger.MEDICAL_EMERGENCY)

    assert village.write("999")[0]["urgent"]
