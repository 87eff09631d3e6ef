"""Commands: Latin words on every channel, whoever has the baton."""

from collections.abc import Callable

import pytest

from bot.steps.handoff import CITIZENS_ADVICE
from bot.turn import written
from core.locales import SERVED
from core.settings import Settings
from core.themes import Danger
from tests.bot.conftest import Mind, Village
from translations.catalog import say


def test_start_says_what_can_be_asked_and_offers_other_languages(village: Village) -> None:
    [hello] = village.write("/start", language="ro")

    assert hello["text"] == say("help.start", "ro")
    assert hello["choices"] == ["other-language"]


def test_start_shows_who_reads_this_and_how_to_delete_it(open_village: Callable[..., Village]) -> None:
    village = open_village(notice=True, organisation="Anytown Council", retention_days=30)

    [hello] = village.write("/start")

    for line in (
        say("notice.first", "en", organisation="Anytown Council"),
        say("notice.privacy", "en", days=30),
        say("help.start", "en"),
    ):
        assert line in hello["text"]


def test_help_names_the_commands(village: Village) -> None:
    [help_] = village.write("/help")

    assert help_["text"] == f"{say('help.start', 'en')}\n\n{say('help.commands', 'en')}"


def test_who_has_chosen_a_language_is_not_offered_others_every_time(village: Village) -> None:
    village.write(choice="language:es")

    assert village.write("/help")[0]["choices"] == []


def test_language_lists_every_served_language_by_its_own_name(village: Village) -> None:
    [menu] = village.write("/language")

    assert menu["choices"] == [f"language:{tag}" for tag in SERVED]
    assert menu["text"].split("\n\n") == [say("language.ask", tag) for tag in SERVED]


def test_human_opens_a_case(village: Village) -> None:
    [told] = village.write("/human")

    assert told["text"].split("\n\n") == [
        say("handoff.unstaffed", "en", number=CITIZENS_ADVICE),
        say("handoff.waiting", "en"),
    ]
    assert told["choices"] == ["new-question"]
    assert (village.case().reason, village.case().urgency) == ("asked", "normal")


@pytest.mark.parametrize(
    ("eta", "phrase"),
    [
        (None, say("handoff.staffed_no_time", "en")),
        ("within two hours", say("handoff.staffed", "en", eta="within two hours")),
    ],
)
def test_human_says_that_somebody_was_told_only_where_somebody_reads_the_queue(
    open_village: Callable[..., Village], eta: str | None, phrase: str
) -> None:
    village = open_village(staffed=True, human_eta=eta, notice=False)

    [told] = village.write("/human")

    assert told["text"] == f"{phrase}\n\n{say('handoff.waiting', 'en')}"


def test_a_case_about_an_answer_carries_its_topic_and_level(village: Village, mind: Mind) -> None:
    village.write(mind.learn("my visa ends soon", "extend-visa-in-time"))
    village.write("/human")

    case = village.case()
    assert (case.topic, case.theme, case.urgency, case.iaa_level) == ("extend-visa-in-time", "immigration", "soon", 2)


def test_privacy_says_how_long_everything_is_kept(village: Village, village_settings: Settings) -> None:
    [privacy] = village.write("/privacy")

    assert privacy["text"] == say("privacy.full", "en", days=village_settings.retention_days)
    assert privacy["choices"] == ["delete-now"]


def test_privacy_does_not_say_it_twice(open_village: Callable[..., Village]) -> None:
    village = open_village(notice=True)

    assert say("notice.privacy", "en", days=90) not in village.write("/privacy")[0]["text"]
    assert say("notice.privacy", "en", days=90) not in village.write("/help")[0]["text"]


def test_an_unknown_command_is_answered_with_the_known_ones(village: Village) -> None:
    [unknown] = village.write("/dance")

    assert unknown["text"] == say("help.unknown_command", "en")
    assert "/help" in unknown["text"]


@pytest.mark.parametrize("command", ["/start", "/help", "/language", "/privacy", "/human", "/delete", "/dance"])
def test_commands_are_answered_while_an_adviser_has_the_conversation(village: Village, command: str) -> None:
    village.write("/human")
    village.adviser().claim(village.case())

    assert len(village.write(command)) == 1


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/help", "help", ""),
        ("  /HELP please", "help", "please"),
        ("/human my visa ends tomorrow", "human", "my visa ends tomorrow"),
        ("/help@our_bot", "help", ""),
        ("/dance", "dance", ""),
    ],
)
def test_a_command_is_one_latin_word_behind_a_slash_and_the_rest_is_kept(text: str, command: str, rest: str) -> None:
    incoming = written(text)

    assert (incoming.kind, incoming.command, incoming.text) == ("command", command, rest)


@pytest.mark.parametrize("text", ["/", "/1", "/помощь", "help", "and /help", "//help", "/dance with me", ""])
def test_everything_else_is_words(text: str) -> None:
    assert (written(text).kind, written(text).text) == ("text", text)


def test_what_is_written_behind_a_command_reaches_the_adviser(village: Village) -> None:
    village.write("/human my visa ends tomorrow")

    [said, *_] = village.adviser().packet(village.case())["messages"]
    assert "my visa ends tomorrow" in said["text"]


def test_danger_behind_a_command_is_seen(village: Village, mind: Mind) -> None:
    mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE)

    assert village.write("/help he hits me")[0]["urgent"]
