"""Messages without words: photos, voice, locations, stickers, emoji, empty text. Honest lines instead of guesses."""

from dataclasses import replace

from bot import choices
from bot.steps.handoff import hand_over
from bot.turn import Clarification, Outcome, Say, Turn
from nlu.text import has_letters

_LINES = {"photo": "media.photo", "voice": "media.voice", "location": "media.location"}


def step(turn: Turn) -> Outcome | None:
    """Say what cannot be read and what to do; the second time in a row, a person."""
    incoming = turn.incoming
    if incoming.kind == "media" and not has_letters(incoming.text):
        return _cannot(turn, _LINES.get(incoming.media, "media.other"), f"cannot read {incoming.media}")
    if incoming.kind == "text" and not has_letters(incoming.text):
        return _cannot(turn, "message.empty", "no words in the message")
    return None


def _cannot(turn: Turn, key: str, reason: str) -> Outcome:
    if turn.memory.unsure:
        return hand_over(turn, "unreadable", parts=(Say(key),))
    return Clarification(
        reason=reason, parts=(Say(key),), choices=(choices.HUMAN,), memory=replace(turn.memory, unsure=1, offered=())
    )
