"""Replies: every outcome of every step, rendered in every language."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from bot import pipeline, replies
from bot.cards import Card, Choice, plain_text
from bot.turn import (
    COMMANDS,
    Clarification,
    Handoff,
    Incoming,
    Library,
    Memory,
    Outcome,
    PlaceInfo,
    Reply,
    Say,
    ShowArticle,
    ShowSafety,
    Thresholds,
    Turn,
)
from core.locales import SERVED
from core.themes import Danger, Handling, Level, Theme
from knowledge.articles import ArticleView, Served, SourceView
from nlu.language import Decision
from nlu.understand import Understanding, Utterance
from tests.bot.conftest import TOPICS, Mind
from translations.phrases import PHRASES

TODAY = date(2026, 11, 21)
PLACE = PlaceInfo(notice=False)


def _article(slug: str, locale: str, state: Served = Served.UNREVIEWED) -> ArticleView:
    topic = TOPICS[slug]
    return ArticleView(
        slug=slug,
        theme=topic.theme,
        handling=topic.handling,
        revision=1,
        locale=locale,
        state=state,
        title="A title",
        body="Words.\n\n1. A step.",
        sources=(SourceView("A page", "https://www.gov.uk"),),
        checked_on=TODAY,
        review_by=date(2026, 1, 1),
    )


LIBRARY = Library(
    topics=TOPICS,
    article=lambda slug, locale: _article(slug, locale) if slug in TOPICS and slug != "voting" else None,
    search=lambda _text, _locale: [],
    has=lambda slug: slug != "voting",
)


def _turn(tag: str, incoming: Incoming, understanding: Understanding | None = None, **changes: object) -> Turn:
    turn = Turn(
        incoming=incoming,
        memory=Memory(),
        locale=tag,
        locale_chosen=False,
        reply_locale=tag,
        hint=None,
        baton="bot",
        channel="telegram",
        understanding=understanding,
        place=replace(PLACE, notice=True),
        thresholds=Thresholds(),
        library=LIBRARY,
    )
    return replace(turn, **changes)  # type: ignore[arg-type]


def _understood(**meaning: object) -> Understanding:
    mind = Mind()
    mind.learn("words of somebody", **meaning)  # type: ignore[arg-type]
    return mind.understand(Utterance("words of somebody"))


TEXT = Incoming("text", text="words of somebody")
MEANINGS: dict[str, dict[str, object]] = {
    "answer": {"topic": "gp-registration"},
    "answer and offer": {"topic": "eviction-notice"},
    "human only": {"topic": "refusal-and-appeal"},
    "no article": {"topic": "voting"},
    "did you mean": {"confidence": 0.4, "near": ("gp-registration", "nhs-charges", "voting")},
    "nothing near": {"confidence": 0.0},
    "out of scope": {"theme": "other"},
    **{f"danger: {danger}": {"danger": danger} for danger in Danger},
    **{f"lesser danger: {danger}": {"danger": danger, "level": Level.AMBER} for danger in Danger},
    **{
        service: {"service": service}
        for service in (
            "greeting",
            "thanks",
            "goodbye",
            "affirm",
            "deny",
            "talk-to-a-person",
            "change-language",
            "what-can-you-do",
            "privacy",
            "delete-my-data",
        )
    },
}
CHOICES = [
    "human",
    "new-question",
    "none-of-these",
    "other-language",
    "delete-now",
    "delete-keep",
    "safe-yes",
    "safe-no",
    "gp-registration",
    "no-such-topic",
    "helpful:gp-registration",
    "unhelpful:gp-registration",
    "english:gp-registration",
    "english:no-such-topic",
    *(f"english:{level}:{danger}" for level in Level for danger in Danger),
    *(f"theme:{theme}" for theme in Theme),
    *(f"language:{tag}" for tag in SERVED),
]


def _turns(locale: str) -> Iterator[tuple[str, Turn]]:
    """A turn for every way in which a step can end."""
    for name, meaning in MEANINGS.items():
        understood = _understood(**meaning, language=locale)
        yield name, _turn(locale, TEXT, understood)
        yield f"{name}, first contact", _turn(locale, TEXT, understood, locale=None, memory=Memory())
        yield f"{name}, after an unsure turn", _turn(locale, TEXT, understood, memory=Memory(unsure=1))
        yield f"{name}, while a case waits", _turn(locale, TEXT, understood, baton="human")
        yield f"{name}, while a person answers", _turn(locale, TEXT, understood, baton="human", attended=True)
    for command in (*COMMANDS, "dance"):
        yield f"/{command}", _turn(locale, Incoming("command", command=command))
    for choice in CHOICES:
        yield f"[{choice}]", _turn(locale, Incoming("choice", choice=choice))
        yield f"[{choice}] while a person answers", _turn(locale, Incoming("choice", choice=choice), baton="human")
    for media in ("photo", "voice", "location", "sticker"):
        yield media, _turn(locale, Incoming("media", media=media))
        yield f"{media} again", _turn(locale, Incoming("media", media=media), memory=Memory(unsure=1))
    yield "too fast", _turn(locale, replace(TEXT, over_limit=True))
    yield "too long", _turn(locale, replace(TEXT, cut=True), _understood(topic="gp-registration"))
    asked = _understood(decision=Decision.ASK, language=locale, candidates=("en", "ar", "bn"))
    yield "which language", _turn(locale, TEXT, asked, locale=None)
    foreign = _understood(decision=Decision.ASK, language="uk")
    yield "not served", _turn(locale, TEXT, foreign, locale=None)
    unsure = _understood(topic="gp-registration", decision=Decision.OFFER, language=locale)
    yield "offer languages", _turn(locale, TEXT, unsure, locale=None)


def _problems(card: Card) -> Iterator[str]:
    text = plain_text(card)
    if not text.strip():
        yield "an empty card"
    if "{" in text or "}" in text:
        yield f"an unfilled placeholder: {text}"
    for choice in card.choices:
        if not choice.label.strip() or choice.label in PHRASES:
            yield f"a bad label: {choice}"
    if len({choice.id for choice in card.choices}) != len(card.choices):
        yield f"a choice stands twice: {card.choices}"


@pytest.mark.parametrize("place", ["staffed", "staffed with a time", "unstaffed"])
@pytest.mark.parametrize("locale", SERVED)
def test_every_outcome_of_every_step_renders(locale: str, place: str) -> None:
    info = PlaceInfo(staffed=place != "unstaffed", human_eta="today" if "time" in place else None)
    mind = Mind()
    seen: set[str] = set()
    for name, plain in _turns(locale):
        turn = replace(plain, place=info)
        decided = pipeline.run(turn, lambda text, tag: mind.understand(Utterance(text)))
        seen.add(decided.step)
        cards = replies.render(decided.outcome, turn.reply_locale, info, TODAY)
        assert bool(cards) == bool(decided.outcome.parts), name
        assert [problem for card in cards for problem in _problems(card)] == [], name
        if decided.outcome.choices:
            assert any(card.choices for card in cards), name

    assert seen == {name for name, _ in pipeline.STEPS}


@pytest.mark.parametrize("locale", SERVED)
def test_nothing_promises_a_person_where_nobody_reads_the_queue(locale: str) -> None:
    promises = {
        replies.render(Reply("", (Say(key, {"eta": "today"}),)), locale, PLACE, TODAY)[0].blocks[0].text
        for key in ("safety.told", "safety.told_no_time", "handoff.staffed", "handoff.staffed_no_time")
    }
    info = PlaceInfo(staffed=False, human_eta="today")
    mind = Mind()
    for name, turn in _turns(locale):
        decided = pipeline.run(replace(turn, place=info), lambda text, tag: mind.understand(Utterance(text)))
        text = "\n\n".join(plain_text(card) for card in replies.render(decided.outcome, locale, info, TODAY))
        assert not [promise for promise in promises if promise in text], name


# --- how cards are put together ---------------------------------------------------------------------------------------


def _render(outcome: Outcome, locale: str = "en") -> tuple[Card, ...]:
    return replies.render(outcome, locale, PLACE, TODAY)


def test_what_is_said_after_an_article_stands_under_its_sources() -> None:
    [card] = _render(
        Reply("", (ShowArticle(_article("gp-registration", "en")), Say("answer.helpful")), choices=("human",))
    )

    assert [block.text for block in card.footer] == ["Was this helpful?"]
    assert card.choices[-1] == Choice("human", "Talk to a person")


def test_what_is_said_before_an_article_is_a_card_of_its_own() -> None:
    first, second = _render(
        Reply("", (Say("message.too_long", quiet=True), ShowArticle(_article("gp-registration", "en"))))
    )

    assert [block.kind for block in first.blocks] == ["notice"]
    assert second.sources


def test_an_article_that_is_only_in_english_keeps_its_language_and_the_notice_its_own() -> None:
    article = replace(_article("gp-registration", "en"), state=Served.ENGLISH_ONLY)

    [card] = _render(Reply("", (ShowArticle(article), Say("answer.helpful"))), "ar")

    assert card.locale == "en"
    assert card.blocks[1].locale == "ar"
    assert card.footer[0].locale == "ar"


def test_the_buttons_of_a_safety_card_stand_under_it_and_not_under_the_small_print() -> None:
    card, notice = _render(
        Handoff(
            "",
            (ShowSafety(Danger.DOMESTIC_ABUSE, Level.RED), Say("notice.privacy", {"days": 90}, quiet=True)),
            choices=("safe-yes",),
        )
    )

    assert card.urgent
    assert [choice.id for choice in card.choices] == ["safe-yes"]
    assert not notice.choices


def test_an_address_on_a_safety_card_stands_on_its_own_line() -> None:
    [card] = _render(Handoff("", (ShowSafety(Danger.HOMELESS_TONIGHT, Level.RED),)))

    links = [block for block in card.blocks if block.kind == "link"]
    assert "https://www.gov.uk/find-local-council" in [block.url for block in links]
    assert not any("http" in block.text for block in links)


def test_the_outcome_may_name_the_language_it_is_said_in() -> None:
    [card] = _render(Clarification("", (Say("unsure.rephrase"),), say_in="pl"), "ar")

    assert card.locale == "pl"


def test_nothing_to_say_is_no_card() -> None:
    assert _render(Reply("")) == ()


@pytest.mark.parametrize("handling", Handling)
def test_how_a_topic_is_handled_does_not_change_its_card(handling: Handling) -> None:
    article = replace(_article("gp-registration", "en"), handling=handling)

    assert _render(Reply("", (ShowArticle(article),))) == _render(
        Reply("", (ShowArticle(_article("gp-registration", "en")),))
    )


def test_a_label_is_never_a_key() -> None:
    label: Callable[[str, str], str] = replies.label
    assert {label(slug, "en") for slug in TOPICS}.isdisjoint(PHRASES)
    assert [slug for slug in TOPICS if label(slug, "en") == slug] == []
