"""Danger first: a sign of danger gets its card before anything else is looked at, whoever has the baton."""

from dataclasses import replace

from bot import choices
from bot.steps import answer
from bot.turn import Handoff, Memory, Outcome, Part, Reply, ShowArticle, ShowSafety, Turn
from core.locales import SERVED
from core.themes import Danger, Level
from nlu.urgency import Assessment

#: The language of a guess counts for the card from this confidence; below it the rule's own language is better.
SURE = 0.5


def step(turn: Turn) -> Outcome | None:
    """A safety card and an urgent handoff, when a rule of danger matches."""
    found = turn.understanding.urgency if turn.understanding else None
    if found is None or found.category is None or found.level is None:
        return None
    red = found.level is Level.RED
    locale = _locale(turn, found)
    articles, memory = ((), turn.memory) if red else _articles(turn)
    return Handoff(
        reason=f"danger: {found.rule}",
        parts=(ShowSafety(found.category, found.level), *articles),
        choices=_choices(red),
        memory=replace(memory, unsure=0, offered=(), waiting_text="", reminded=False),
        locale=None if turn.locale else locale,
        say_in=locale,
        cause="danger",
        urgency="crisis" if red else "urgent",
        theme="safety",
        topic=turn.understanding.topic if turn.understanding else None,
        iaa_level=_level(turn, found.category),
        danger=found.category,
        rule=found.rule,
    )


def _articles(turn: Turn) -> tuple[tuple[Part, ...], Memory]:
    """What the person asked, answered below an amber card, and the memory of it: their question still stands."""
    if turn.baton == "human" or turn.incoming.over_limit:
        return (), turn.memory
    answered = answer.step(turn)
    if not isinstance(answered, Reply):
        return (), turn.memory
    return tuple(part for part in answered.parts if isinstance(part, ShowArticle)), answered.memory or turn.memory


def _level(turn: Turn, category: Danger) -> int:
    """Detention and removal are immigration matters: only a registered adviser may take them."""
    topic = turn.library.topics.get("detention-and-removal") if category is Danger.DETENTION_REMOVAL else None
    return topic.iaa_level if topic else 0


def _choices(red: bool) -> tuple[str, ...]:
    if red:
        return (choices.SAFE_YES, choices.SAFE_NO, choices.DELETE_NOW, choices.NEW_QUESTION)
    return (choices.NEW_QUESTION,)


def _locale(turn: Turn, found: Assessment) -> str:
    """The agreed language; else the language we see; else the language of the rule that matched."""
    if turn.locale:
        return turn.locale
    guess = turn.understanding.language if turn.understanding else None
    if guess and guess.tag in SERVED and guess.confidence >= SURE:
        return guess.tag
    rule_language = (found.rule or "").split(".")[0]
    return rule_language if rule_language in SERVED else turn.reply_locale
