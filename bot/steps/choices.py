"""Choices: a pressed button, or a number typed instead of pressing one."""

from dataclasses import replace

from bot import choices
from bot.steps import answer, commands
from bot.steps.handoff import hand_over
from bot.turn import Clarification, Outcome, Reply, Say, ShowArticle, ShowSafety, TakeBack, Turn
from core.locales import FALLBACK, SERVED
from core.themes import Danger, Level, Theme

#: Said when a button can no longer be used.
_STALE = "unsure.rephrase"
#: Buttons that put a question to the bot; it answers none while a person has the baton.
_QUESTIONS = ("topic", "theme", choices.NONE_OF_THESE)


def step(turn: Turn) -> Outcome | None:
    """What a choice leads to. Choosing a language while a question waits is the language step's matter."""
    chosen = turn.incoming.choice or _typed_number(turn)
    if not chosen:
        return None
    verb, of = choices.parse(chosen)
    if turn.baton == "human" and verb in _QUESTIONS:
        return Reply(
            reason="a person has the baton",
            parts=(Say("handoff.already"),),
            choices=(choices.NEW_QUESTION,),
            kind="command",
        )
    if verb == "topic":
        return _topic(turn, of)
    return _simple(turn, verb) or _with_object(turn, verb, of)


def _typed_number(turn: Turn) -> str:
    """The choice that a typed number means; any script's digits count. To a person, a number is just a number."""
    text = turn.incoming.text.strip().rstrip(".)")
    if turn.incoming.kind != "text" or turn.baton == "human" or not text.isdecimal() or len(text) > 2:
        return ""
    number = int(text)
    return turn.memory.offered[number - 1] if 1 <= number <= len(turn.memory.offered) else ""


def _topic(turn: Turn, slug: str) -> Outcome:
    if slug not in turn.library.topics and not turn.library.has(slug):
        return Clarification(reason="unknown choice", parts=(Say(_STALE),))
    return answer.answer(turn, slug, f"topic {slug} chosen")


def _simple(turn: Turn, verb: str) -> Outcome | None:
    match verb:
        case choices.HUMAN:
            return hand_over(turn, "asked")
        case choices.NEW_QUESTION:
            return TakeBack(reason="the person asks something new", parts=(Say("handoff.new_question"),))
        case choices.NONE_OF_THESE:
            return none_of_these(turn)
        case choices.OTHER_LANGUAGE:
            return commands.language_menu(turn)
        case choices.DELETE_NOW:
            return commands.erase()
        case choices.KEEP:
            return Reply(reason="kept", parts=(Say("delete.kept"),), kind="command")
        case choices.SAFE_YES:
            return Reply(
                reason="safe to chat", parts=(Say("safety.safe_yes"),), choices=(choices.NEW_QUESTION,), kind="command"
            )
        case choices.SAFE_NO:
            say = Say("safety.safe_no", {"number": "999"})
            return Reply(
                reason="not safe to chat",
                parts=(say,),
                choices=(choices.DELETE_NOW, choices.NEW_QUESTION),
                kind="command",
            )
    return None


def none_of_these(turn: Turn) -> Clarification:
    """None of the offered topics: the menu of themes, and a person."""
    return Clarification(
        reason="none of these",
        parts=(Say("unsure.rephrase"), Say("unsure.which_theme")),
        choices=(*choices.themes(), choices.HUMAN),
        memory=replace(turn.memory, unsure=turn.memory.unsure or 1, offered=(*choices.themes(), choices.HUMAN)),
    )


def _with_object(turn: Turn, verb: str, of: str) -> Outcome:
    if verb == "language" and of in SERVED:
        said = Say("language.changed", {"language": SERVED[of].name})
        return Reply(
            reason=f"language {of} chosen",
            parts=(said, Say("help.start")),
            locale=of,
            locale_chosen=True,
            say_in=of,
            kind="command",
            memory=replace(turn.memory, other_language="", other_count=0),
        )
    if verb == "theme" and of in set(Theme):
        return _theme_menu(turn, Theme(of))
    if verb in ("helpful", "unhelpful") and turn.library.has(of):
        return _feedback(verb, of)
    if verb == "english":
        return _in_english(turn, of)
    return Clarification(reason="unknown choice", parts=(Say(_STALE),))


def _theme_menu(turn: Turn, theme: Theme) -> Clarification:
    """The topics of a theme that have an article."""
    slugs = tuple(
        slug for slug, topic in turn.library.topics.items() if topic.theme is theme and turn.library.has(slug)
    )
    offered = (*slugs, choices.HUMAN)
    return Clarification(
        reason=f"theme {theme} chosen",
        parts=(Say("unsure.did_you_mean"), Say("unsure.ask_about", quiet=True)),
        choices=offered,
        memory=replace(turn.memory, offered=offered),
    )


def _feedback(verb: str, slug: str) -> Reply:
    event = (f"article.{verb}", {"article": slug})
    if verb == "helpful":
        return Reply(reason="helpful", parts=(Say("feedback.thanks"),), kind="command", events=(event,))
    return Reply(
        reason="not helpful", parts=(Say("feedback.sorry"),), choices=(choices.HUMAN,), kind="command", events=(event,)
    )


def _in_english(turn: Turn, what: str) -> Outcome:
    level, _, category = what.rpartition(":")
    if category in set(Danger):
        told = turn.baton == "human"
        card = ShowSafety(category, Level.AMBER if level == Level.AMBER else Level.RED, told=told)
        below = (choices.SAFE_YES, choices.SAFE_NO, choices.DELETE_NOW, choices.NEW_QUESTION)
        return Reply(reason="card in English", parts=(card,), choices=below, say_in=FALLBACK, kind="command")
    article = turn.library.article(what, FALLBACK)
    if article is None:
        return Clarification(reason="unknown choice", parts=(Say(_STALE),))
    return Reply(reason="article in English", parts=(ShowArticle(article),), choices=(choices.HUMAN,), say_in=FALLBACK)
