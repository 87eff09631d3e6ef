"""The baton: while a person has the conversation, the bot answers nothing; the message is kept for them."""

from dataclasses import replace

from bot import choices
from bot.turn import Outcome, Reply, Say, Silence, Turn


def step(turn: Turn) -> Outcome | None:
    """Silence while a person answers. Before anybody has, the person is told once that the case waits, and the way back."""
    if turn.baton != "human":
        return None
    if turn.attended or turn.memory.reminded:
        return Silence(reason="a person has the baton")
    return Reply(
        reason="a case is waiting",
        parts=(Say("handoff.already"),),
        choices=(choices.NEW_QUESTION,),
        memory=replace(turn.memory, reminded=True),
        kind="command",
    )
