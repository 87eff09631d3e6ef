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
    """Several needs in one message: the answers in their order, then what only a person may answer, as one case."""
    outcomes = [first]
    for slug in also:
        if turn.library.has(slug):
            turn = replace(turn, memory=outcomes[-1].memory or turn.memory)
            outcomes.append(answer(turn, slug, f"{outcomes[-1].reason}, and {slug}"))
    told = [each for each in outcomes if isinstance(each, Reply | Handoff)]
    if not told:
        return first
    last = max(told, key=lambda each: isinstance(each, Handoff))
    if not isinstance(last, Handoff):
        last = told[-1]
    asked_once = Say("answer.helpful")  # below the last answer, not below each
    before = tuple(
        part
        for each in told
        if each is not last
        for part in each.parts
        if isinstance(part, ShowArticle) or (isinstance(each, Reply) and part != asked_once)
    )
    merged = replace(last, reason=told[-1].reason, parts=(*before, *last.parts), memory=told[-1].memory)
    handoffs = [each for each in told if isinstance(each, Handoff)]
    if isinstance(merged, Handoff):
        soon = any(each.urgency == "soon" for each in handoffs)
        level = max(each.iaa_level for each in handoffs)
        return replace(merged, iaa_level=level, urgency="soon" if soon else merged.urgency)
    return merged


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
            memory=replace(turn.memory, last_topic=slug, last_question=turn.question, offered=(choices.HUMAN,)),
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
            last_question=turn.question or article.title,
            shown=shown,
        ),
    )
