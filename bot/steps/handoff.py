"""Handing over to a person: what is said, and what the case says."""

from dataclasses import replace

from bot import choices
from bot.turn import Handoff, Outcome, Part, Say, ShowArticle, Turn
from core.themes import Handling

#: Citizens Advice for England, shown when nobody staffs the queue.
CITIZENS_ADVICE = "0800 144 8848"
#: Topics in which a legal time limit is often running.
_SOON = frozenset({"refusal-and-appeal", "eviction-notice", "extend-visa-in-time", "illegal-eviction", "unpaid-wages"})


def step(turn: Turn) -> Outcome | None:
    """Two turns in a row without an answer: a person looks at it."""
    if turn.memory.unsure < 1:
        return None
    return hand_over(turn, "low_confidence", parts=(Say("handoff.unsure"),))


def hand_over(turn: Turn, cause: str, *, topic: str | None = None, parts: tuple[Part, ...] = ()) -> Handoff:
    """Open a case. The topic is the given one, or the last that was answered."""
    slug = topic or turn.memory.last_topic or None
    known = turn.library.topics.get(slug) if slug else None
    understood = turn.understanding.theme if turn.understanding else None
    return Handoff(
        reason=cause,
        parts=(*parts, *_notice(turn)),
        choices=(choices.NEW_QUESTION,),
        memory=replace(turn.memory, unsure=0, offered=(), waiting_text="", reminded=False),
        cause=cause,
        urgency="soon" if slug in _SOON else "normal",
        theme=known.theme if known else understood if understood not in (None, "other") else None,
        topic=slug,
        iaa_level=known.iaa_level if known and known.handling is not Handling.ANSWER else 0,
    )


def signpost(turn: Turn, slug: str) -> Handoff:
    """A topic that only a qualified person may answer: its card, nothing more, and a case."""
    article = turn.library.article(slug, turn.reply_locale)
    card: tuple[Part, ...] = (ShowArticle(article),) if article else ()
    handed = hand_over(turn, "human_only", topic=slug, parts=(*card, Say("handoff.human_only")))
    shown = (*turn.memory.shown, (slug, article.locale, article.revision)) if article else turn.memory.shown
    memory = replace(
        turn.memory,
        unsure=0,
        offered=(),
        waiting_text="",
        reminded=False,
        last_topic=slug,
        last_question=turn.question,
        shown=shown,
    )
    return replace(handed, memory=memory)


def _notice(turn: Turn) -> tuple[Say, ...]:
    """Who was told, without promising what nobody staffs."""
    if not turn.place.staffed:
        return (Say("handoff.unstaffed", {"number": CITIZENS_ADVICE}), Say("handoff.waiting"))
    if turn.place.human_eta:
        return (Say("handoff.staffed", {"eta": turn.place.human_eta}), Say("handoff.waiting"))
    return (Say("handoff.staffed_no_time"), Say("handoff.waiting"))
