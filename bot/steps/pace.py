"""Too fast: over the rate limit no question is answered, but danger, commands and buttons (the steps before) always are."""

from dataclasses import replace

from bot.turn import Outcome, Reply, Say, Silence, Turn


def step(turn: Turn) -> Outcome | None:
    """One word about the pace, then silence until the pace is right again. The messages are kept."""
    if not turn.incoming.over_limit:
        return None
    if turn.memory.slowed:
        return Silence(reason="over the rate limit")
    memory = replace(turn.memory, slowed=True)
    return Reply(reason="over the rate limit", parts=(Say("message.too_fast"),), memory=memory, kind="command")
