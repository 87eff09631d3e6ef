"""Answers: the article of a topic, in the best wording there is, or the person it needs."""

from dataclasses import replace

from bot import choices
from bot.steps.handoff import signpost
from bot.turn import Clarification, Handoff, Outcome, Part, Reply, Say, ShowArticle, Turn
from core.themes import Handling
from knowledge.articles import ArticleView
from nlu.understand import Understanding

#: From this confidence a topic stands, also when we have no article about it.
CERTAIN = 0.95
#: Characters of a question that are remembered for what may follow it.
LONGEST_QUESTION = 300


def step(turn: Turn) -> Outcome | None:
    """The article, when the topic is clear enough."""
    understanding = turn.understanding
    if understanding is None or understanding.topic is None:
        return None
    if understanding.topic_confidence < turn.thresholds.answer:
        return None
    if understanding.genuine < turn.thresholds.refuse and not understanding.follows:
        return None
    if _better_ask(turn, understanding):
        return None
    reason = f"topic {understanding.topic} at {understanding.topic_confidence:.2f}"
    if understanding.follows:
        reason += ", with the question before it"
    return _with_others(turn, answer(turn, understanding.topic, reason), understanding.also)


def _with_others(turn: Turn, first: Outcome, also: tuple[str, ...]) -> Outcome:
    """Several needs in one message: the first answer, then the others. A need for a person comes last and opens the case."""
    outcome = first
    for slug in also:
        nxt = answer(replace(turn, memory=outcome.memory or turn.memory), slug, f"{outcome.reason}, and {slug}")
        if isinstance(outcome, Handoff):
            articles = tuple(part for part in nxt.parts if isinstance(part, ShowArticle))
            outcome = outcome if isinstance(nxt, Handoff) else replace(outcome, parts=(*articles, *outcome.parts))
        elif isinstance(nxt, Reply | Handoff):
            shown = tuple(part for part in outcome.parts if isinstance(part, ShowArticle))
            outcome = replace(nxt, parts=(*shown, *nxt.parts))
    return outcome


def _better_ask(turn: Turn, understanding: Understanding) -> bool:
    """The likeliest topic has nothing to show, but a near one has, and it is not quite certain which is meant."""
    first, *others = understanding.near or ("",)
    topic = turn.library.topics.get(first)
    needs_person = topic is not None and topic.handling is Handling.HUMAN_ONLY
    certain = understanding.topic_confidence >= CERTAIN
    return not (needs_person or certain or turn.library.has(first)) and any(map(turn.library.has, others))


def answer(turn: Turn, slug: str, reason: str) -> Outcome:
    """What is said about a topic that is known for sure: by confidence, or because the person chose it."""
    topic = turn.library.topics.get(slug)
    article = turn.library.article(slug, turn.reply_locale)
    handling = article.handling if article else topic.handling if topic else Handling.ANSWER
    if handling is Handling.HUMAN_ONLY:
        return signpost(turn, slug)
    if article is None:
        return Clarification(
            reason=f"{reason}; no article yet",
            parts=(Say("unsure.no_article"),),
            choices=(choices.HUMAN,),
            memory=replace(turn.memory, last_topic=slug, last_question=question_of(turn), offered=(choices.HUMAN,)),
        )
    return _show(turn, article, reason)


def _show(turn: Turn, article: ArticleView, reason: str) -> Reply:
    parts: list[Part] = [ShowArticle(article)]
    if article.handling is Handling.ANSWER_THEN_OFFER_HUMAN:
        parts.append(Say("answer.offer_person"))
    parts.append(Say("answer.helpful"))
    offered = (choices.helpful(article.slug), choices.unhelpful(article.slug), choices.HUMAN)
    shown = (*turn.memory.shown, (article.slug, article.locale, article.revision))[-10:]
    return Reply(
        reason=reason,
        parts=tuple(parts),
        choices=offered,
        memory=replace(
            turn.memory,
            unsure=0,
            offered=(),
            waiting_text="",
            last_topic=article.slug,
            last_question=question_of(turn),
            shown=shown,
        ),
    )


def question_of(turn: Turn) -> str:
    """The question to read a follow-up beside: this one, or the one that it followed or that a button settles."""
    if turn.understanding and turn.understanding.follows:
        return turn.memory.last_question
    return turn.incoming.text[:LONGEST_QUESTION] if turn.incoming.kind == "text" else turn.memory.last_question
