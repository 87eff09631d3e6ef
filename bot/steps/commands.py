"""Commands: /start /help /language /human /privacy /delete. Latin words on every channel, whoever has the baton."""

from dataclasses import replace

from bot import choices
from bot.steps.handoff import hand_over
from bot.turn import AskLanguage, Clarification, Erasure, Outcome, Reply, Say, Turn
from core.locales import SERVED


def step(turn: Turn) -> Outcome | None:
    """The answer to a command."""
    if turn.incoming.kind != "command":
        return None
    match turn.incoming.command:
        case "start":
            return Reply(
                reason="command: start",
                parts=(Say("help.start"),),
                choices=_menu(turn),
                kind="command",
                memory=turn.memory,
            )
        case "help":
            return help_reply(turn)
        case "language":
            return language_menu(turn)
        case "human":
            return hand_over(turn, "asked")
        case "privacy":
            return privacy_reply(turn)
        case "delete":
            return erase()
    return Reply(reason="unknown command", parts=(Say("help.unknown_command"),), kind="command")


def help_reply(turn: Turn) -> Reply:
    """What Waypost can do."""
    parts = (Say("help.start"), Say("help.commands"))
    return Reply(reason="help", parts=parts, choices=_menu(turn), kind="command")


def _menu(turn: Turn) -> tuple[str, ...]:
    return () if turn.locale_chosen else (choices.OTHER_LANGUAGE,)


def language_menu(turn: Turn) -> Clarification:
    """Every served language, each by its own name."""
    offered = tuple(choices.language(tag) for tag in SERVED)
    return Clarification(
        reason="which language",
        parts=(AskLanguage(tuple(SERVED)),),
        choices=offered,
        memory=replace(turn.memory, offered=offered),
    )


def privacy_reply(turn: Turn) -> Reply:
    """Who sees what a person writes, and for how long."""
    parts: tuple[Say, ...] = (Say("privacy.full", {"days": turn.place.retention_days}),)
    if turn.channel == "telegram":
        parts += (Say("notice.telegram"),)
    memory = replace(turn.memory, noticed=True)
    return Reply(reason="privacy", parts=parts, choices=(choices.DELETE_NOW,), kind="command", memory=memory)


def erase() -> Erasure:
    """Delete everything at once."""
    return Erasure(reason="the person asked to delete everything", parts=(Say("delete.done"),))


def confirm_erasure(turn: Turn) -> Clarification:
    """Ask once before deleting, when the wish was read from a sentence rather than given as a command."""
    offered = (choices.DELETE_NOW, choices.KEEP)
    memory = replace(turn.memory, offered=offered)
    return Clarification(reason="delete?", parts=(Say("delete.confirm"),), choices=offered, memory=memory)
