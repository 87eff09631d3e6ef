"""Bad input, with the real understanding: every message gets an honest reply and is kept."""

from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.inbox import find_person
from bot.models import Conversation, Message
from bot.turn import Incoming
from tests.bot.conftest import STEADY
from tests.conftest import Town
from translations.catalog import say

#: A number for everybody who writes for the first time.
STRANGERS = count(1)
DOCTOR = "how do i register with a gp"
ODD = {
    "empty": "",
    "blank": " \t\n ",
    "zero-width": "\u200b\u200d\u2060\ufeff",
    "controls": "\x01\x07\x1b\x7f",
    "NUL": "\x00",
    "emoji": "🙂👍🏽👩‍👩‍👧🇬🇧",
    "digits": "02079460001",
    "combining marks": "\u0301\u0327\u064b",
}


def _kept(town: Town, person: str) -> list[Message]:
    with town.world.database.read() as session:
        found = find_person(session, "phone", person, "default")
        assert found is not None
        query = select(Message).join(Conversation).where(Conversation.person_id == found.id, Message.author == "person")
        return list(session.scalars(query.order_by(Message.seq)))


def _text(message: Message) -> str:
    return Incoming(**message.body).text


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_a_message_without_words_is_told_so_in_the_language_of_the_app(town: Town, text: str) -> None:
    reply = town.write(text, language="ro")[-1]

    assert reply["text"].endswith(say("message.empty", "ro"))
    [message] = _kept(town, "amina")
    assert (message.state, _text(message)) == ("done", text.replace("\x00", ""))


def test_a_very_long_message_is_kept_whole_answered_and_told_so(town: Town) -> None:
    received = town.write(f"{DOCTOR}? " + "please help me " * 1400)

    assert say("message.too_long", "en") in "\n".join(part["text"] for part in received)
    [message] = _kept(town, "amina")
    assert len(_text(message)) > town.world.settings.max_message_chars
    assert Incoming(**message.body).cut


def test_a_very_long_message_that_is_not_understood_is_told_so_too(town: Town) -> None:
    received = town.write("🙂 " * 10_000)

    assert say("message.too_long", "en") in "\n".join(part["text"] for part in received)


def test_danger_at_the_end_of_a_very_long_message_is_seen(town: Town) -> None:
    assert town.write("please help me " * 1200 + ". I want to kill myself tonight.")[0]["urgent"]


def test_danger_in_a_very_long_message_comes_before_the_word_about_its_length(town: Town) -> None:
    card, note = town.write("I want to kill myself tonight. " + "please help me " * 1400)

    assert card["urgent"]
    assert say("message.too_long", "en") in note["text"]


@pytest.mark.parametrize(
    "text",
    [
        f"<script>alert('x')</script> <b>{DOCTOR}</b> &amp; <img src=x onerror=alert(1)>",
        f"{DOCTOR} \u202e desrever \u2066 كيف أسجل \u2069",
        f"{DOCTOR}\x00\x07\x1b[2J",
        "h\u200bo\u200bw do i re\u00adgister with a g\u200dp",
        f"{DOCTOR} {{organisation}} %s ${{jndi:ldap://x}} '; DROP TABLE message; --",
        f"   {DOCTOR.upper()}   ???!!!",
    ],
    ids=["markup", "mixed direction", "controls", "zero-width inside words", "injections", "shouting"],
)
def test_a_question_is_found_behind_what_is_odd(town: Town, text: str) -> None:
    received = town.write(text)

    assert any("https://www.nhs.uk/" in part["text"] or "gp-registration" in part["choices"] for part in received)
    assert _text(_kept(town, "amina")[0]) == text.replace("\x00", "")
    assert "alert" not in str(received)


def test_half_a_surrogate_pair_is_stored_as_a_mark(town: Town) -> None:
    received = town.write(f"{DOCTOR} \ud83d and \udc00")

    assert "https://www.nhs.uk/" in received[-1]["text"]
    assert _text(_kept(town, "amina")[0]) == f"{DOCTOR} \ufffd and \ufffd"


@given(text=st.text(st.characters(), max_size=300), language=st.sampled_from([None, "pl", "ar", "xx-XX", "zh-Hans-CN"]))
@example(text="\ud800", language=None)
@example(text="/" + "x" * 300, language=None)
@example(text="١٢", language=None)
@STEADY
def test_any_text_at_all_is_answered_at_the_first_attempt(town: Town, text: str, language: str | None) -> None:
    person = f"person {next(STRANGERS)}"

    received = town.write(text, person=person, language=language)

    assert received
    assert all(part["text"].strip() for part in received)
    [message] = _kept(town, person)
    assert (message.state, message.attempts) == ("done", 1)
    assert message.trace["step"]
