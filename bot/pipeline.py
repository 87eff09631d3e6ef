"""The pipeline: what is tried, in which order, and why in this order."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot import choices
from bot.steps import (
    answer,
    baton,
    clarify,
    commands,
    handoff,
    language,
    pace,
    safety,
    smalltalk,
    unreadable,
)
from bot.steps import choices as chosen
from bot.turn import Clarification, Handoff, Outcome, Reply, Say, ShowSafety, Turn
from core.locales import SERVED
from nlu.understand import Understanding

Step = Callable[[Turn], Outcome | None]

STEPS: tuple[tuple[str, Step], ...] = (
    ("safety", safety.step),  # danger comes before everything, also before the limit and the baton
    ("commands", commands.step),  # a person must always reach /delete and /human
    ("choices", chosen.step),  # buttons are answers to something that was asked
    ("pace", pace.step),  # the rate limit stops questions, never a command or a button
    ("baton", baton.step),  # from here on the bot is silent while a person answers
    ("unreadable", unreadable.step),  # no words: nothing below can work
    ("language", language.step),  # an answer in the wrong language is no answer
    ("smalltalk", smalltalk.step),  # thanks and hello are not questions
    ("answer", answer.step),  # sure enough: the article, or the person it needs
    ("handoff", handoff.step),  # unsure for the second time: a person
    ("clarify", clarify.step),  # unsure for the first time: ask
)


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of a turn and how it came about."""

    outcome: Outcome
    #: Name of the step that acted.
    step: str
    #: The turn as that step saw it.
    turn: Turn


def run(turn: Turn, understand: Callable[[str, str], Understanding]) -> Decided:
    """Try the steps in order; the first with an outcome wins. Pure but for what the turn's library reads.

    `understand(text, locale)` is asked when a text that waited for its language is taken up again.
    """
    if turn.memory.slowed and not turn.incoming.over_limit:
        turn = replace(turn, memory=replace(turn.memory, slowed=False))
    resumed = _resume(turn, understand)
    if resumed:
        return resumed
    settled, turn = language.settle(turn)
    for name, step in STEPS:
        outcome = step(turn)
        if outcome is not None:
            return Decided(_finish(turn, outcome, settled), name, turn)
    raise AssertionError("the last step answers every turn")  # pragma: no cover


def _resume(turn: Turn, understand: Callable[[str, str], Understanding]) -> Decided | None:
    """The person has chosen a language while a question waits: answer that question."""
    text = turn.memory.waiting_text
    chosen_id = turn.incoming.choice or chosen._typed_number(turn)
    verb, tag = choices.parse(chosen_id) if chosen_id else ("", "")
    if not text or verb != "language" or tag not in SERVED:
        return None
    again = turn.with_text(text, understand(text, tag), tag)
    decided = run(again, understand)
    return replace(
        decided, outcome=replace(decided.outcome, locale=tag, locale_chosen=True, say_in=decided.outcome.say_in or tag)
    )


def _finish(turn: Turn, outcome: Outcome, settled: str | None) -> Outcome:
    """Add what belongs to every outcome: the settled language, language buttons, the first-contact notice."""
    # People greet in English and then ask in their own language: a greeting agrees on nothing, and neither does a question
    # back.
    open_ = isinstance(outcome, Clarification) or (isinstance(outcome, Reply) and outcome.kind == "smalltalk")
    if settled and outcome.locale is None and not open_:
        outcome = replace(outcome, locale=settled)
    extra = language.offer(turn)
    if extra and isinstance(outcome, Reply | Handoff):
        parts = outcome.parts if isinstance(outcome, Handoff) else (*outcome.parts, Say("language.offer", quiet=True))
        outcome = replace(outcome, parts=parts, choices=(*outcome.choices, *extra))
    return _with_notes(turn, outcome)


def _with_notes(turn: Turn, outcome: Outcome) -> Outcome:
    """What is said around every reply: who this is, the first time; and that a long message was read only in part."""
    if not outcome.parts:
        return outcome
    memory = outcome.memory or turn.memory
    notes: tuple[Say, ...] = ()
    if turn.place.notice and not memory.noticed:
        notes, memory = _first_contact(turn), replace(memory, noticed=True)
    if turn.incoming.cut:
        notes += (Say("message.too_long", quiet=True),)
    # After a safety card, before everything else: danger comes first, also before the small print.
    urgent = any(isinstance(part, ShowSafety) for part in outcome.parts)
    parts = (*outcome.parts, *notes) if urgent else (*notes, *outcome.parts)
    return replace(outcome, parts=parts, memory=memory)


def _first_contact(turn: Turn) -> tuple[Say, ...]:
    """Who this is, who can read it, and how to delete it."""
    return (
        Say("notice.first", {"organisation": turn.place.organisation}),
        Say("notice.privacy", {"days": turn.place.retention_days}, quiet=True),
        *((Say("notice.telegram", quiet=True),) if turn.channel == "telegram" else ()),
    )
