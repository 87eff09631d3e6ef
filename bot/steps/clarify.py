"""Not sure enough: offer near topics, ask to rephrase, or say plainly that this is outside what Waypost knows."""

from dataclasses import replace

from bot import choices
from bot.turn import Clarification, Outcome, Say, Turn
from core.locales import FALLBACK

#: At most so many topics are offered.
MOST = 3


def step(turn: Turn) -> Outcome | None:
    """Did-you-mean choices from the topic model and from search; a plain word when there is nothing near."""
    near = _near(turn)
    if near:
        offered = (*near, choices.NONE_OF_THESE, choices.HUMAN)
        return Clarification(
            reason="unsure between topics",
            parts=(Say("unsure.did_you_mean"),),
            choices=offered,
            memory=replace(turn.memory, unsure=turn.memory.unsure + 1, offered=offered),
        )
    menu = (*choices.themes(), choices.HUMAN)
    outside = turn.understanding is not None and turn.understanding.theme == "other"
    return Clarification(
        reason="out of scope" if outside else "not understood",
        parts=(Say("unsure.out_of_scope" if outside else "unsure.rephrase"), Say("unsure.which_theme")),
        choices=menu,
        memory=replace(turn.memory, unsure=turn.memory.unsure + (0 if outside else 1), offered=menu),
    )


def _near(turn: Turn) -> tuple[str, ...]:
    understanding = turn.understanding
    if understanding is None or understanding.theme == "other":
        return ()
    likely = [slug for slug in understanding.near if slug in turn.library.topics]
    if understanding.genuine < turn.thresholds.refuse:
        found = turn.library.search(turn.incoming.text, turn.reply_locale)
        if turn.reply_locale != FALLBACK and not found:
            found = turn.library.search(turn.incoming.text, FALLBACK)
        # Two weak witnesses: what both name comes first; what only the model names is kept short.
        both = [slug for slug in likely if slug in found]
        likely = both or likely[:2]
    return tuple(dict.fromkeys(likely))[:MOST]
