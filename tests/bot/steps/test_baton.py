"""The baton: while a person has the conversation the bot keeps silent, and every message is kept for them."""

from tests.bot.conftest import Mind, Village, text_of
from translations.catalog import say


def test_the_bot_is_silent_while_a_person_has_the_baton(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    village.write("/human")

    [told] = village.write("a doctor?")
    assert (told["text"], told["choices"]) == (
        say("handoff.already", "en"),
        ["new-question"],
    )  # once, with the way back
    assert village.write("a doctor?") == []
    assert village.write("thanks", media="photo") == []
    assert village.write("🙂") == []


def test_an_adviser_who_has_claimed_the_case_is_never_spoken_over(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    village.write("/human")
    village.adviser().claim(village.case())

    assert village.write("a doctor?") == []


def test_what_is_written_meanwhile_is_kept_for_the_adviser(village: Village) -> None:
    village.write("/human")
    tom = village.adviser()
    tom.claim(village.case())
    village.write("my landlord is Mr Smith")

    message = village.messages(author="person")[-1]
    assert (text_of(message), message.state) == ("my landlord is Mr Smith", "done")
    assert message.trace is not None
    assert (message.trace["step"], message.trace["outcome"]) == ("baton", "handoff")
    assert tom.packet(village.case())["messages"][-1]["text"] == "my landlord is Mr Smith"


def test_a_case_that_is_raised_again_shows_the_way_back_again(village: Village) -> None:
    village.write("/human")
    village.write("hello?")
    village.write("/human")

    assert [part["text"] for part in village.write("hello?")] == [say("handoff.already", "en")]


def test_a_new_question_takes_the_baton_back_and_leaves_the_case_with_the_team(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    village.write("/human")

    [told] = village.write(choice="new-question")

    assert told["text"] == say("handoff.new_question", "en")
    assert village.case().state == "queued"
    assert "https://www.nhs.uk" in village.write("a doctor?")[0]["text"]


def test_a_case_that_an_adviser_has_claimed_stays_with_them(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    village.write("/human")
    village.adviser().claim(village.case())

    [told] = village.write(choice="new-question")

    assert (told["text"], told["choices"]) == (say("handoff.already", "en"), [])
    assert village.write("a doctor?") == []


def test_a_new_question_without_a_case_is_harmless(village: Village) -> None:
    [told] = village.write(choice="new-question")

    assert told["text"] == say("handoff.new_question", "en")
    assert village.conversation().baton == "bot"


def test_a_released_case_may_be_left_again(village: Village) -> None:
    village.write("/human")
    tom = village.adviser()
    tom.release(tom.claim(village.case()))

    assert village.write(choice="new-question")[0]["text"] == say("handoff.new_question", "en")
    assert village.conversation().baton == "bot"
