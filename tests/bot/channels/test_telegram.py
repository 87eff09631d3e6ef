"""Telegram's form: everything fits Telegram's limits, and the markup is always whole."""

import html
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import choices, replies
from bot.cards import Block, Card, CardSource, Choice, plain_text
from bot.channels.telegram import MAX_CALLBACK_BYTES, MAX_TEXT, Telegram
from bot.channels.text import utf16_length
from bot.turn import Handoff, PlaceInfo, Reply, Say, ShowArticle, ShowSafety
from core.database import Database
from core.locales import SERVED
from core.themes import Danger, Level, Theme
from knowledge.articles import published, published_slugs
from tests.bot.conftest import STEADY, TOPICS

PLACE = PlaceInfo(staffed=True, human_eta="within one hour", council_phone="020 7946 0001")
TODAY = date(2026, 11, 21)
#: https://core.telegram.org/bots/api#html-style, as far as we use it.
TAGS = {"b", "i"}


@pytest.fixture(scope="module")
def telegram() -> Iterator[Telegram]:
    """The channel; nothing is sent."""
    channel = Telegram("123456:test-token")
    yield channel
    channel.close()


class _Checker(HTMLParser):
    """Telegram's own strictness: known tags, closed in order, nothing left open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        assert tag in TAGS
        assert not attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def _said(part: dict[str, Any]) -> str:
    """The words of a part; fails when its markup is broken."""
    checker = _Checker()
    checker.feed(part["text"])
    checker.close()
    assert checker.open == []
    bare = re.sub(r"</?[bi]>", "", part["text"])
    assert "<" not in bare
    assert ">" not in bare
    assert not re.search(r"&(?!(amp|lt|gt|quot|#x27);)", bare)
    return checker.said


def _check(parts: list[dict[str, Any]]) -> str:
    """Everything a card says; fails when a part breaks one of Telegram's limits."""
    for part in parts:
        assert 0 < utf16_length(part["text"]) <= MAX_TEXT
        assert part["text"].strip()
        for row in part.get("buttons", []):
            assert 0 < len(row) <= 8
            for data, label in row:
                assert 0 < len(data.encode()) <= MAX_CALLBACK_BYTES
                assert label.strip()
    assert not any("buttons" in part for part in parts[:-1])
    return "\n".join(_said(part) for part in parts)


def _visible(text: str) -> str:
    return re.sub("[\u200f\u2066-\u2069\\s]", "", text)


# --- what we ship -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", SERVED)
def test_every_starter_article_fits(telegram: Telegram, sqlite_database: Database, locale: str) -> None:
    with sqlite_database.read() as session:
        articles = [published(session, slug, locale) for slug in published_slugs(session)]

    assert len(articles) >= 40
    for article in articles:
        assert article is not None
        ids = (choices.helpful(article.slug), choices.unhelpful(article.slug), "human", "language:pl")
        outcome = Reply("", (ShowArticle(article), Say("answer.offer_person"), Say("answer.helpful")), choices=ids)
        [card] = replies.render(outcome, locale, PLACE, TODAY)
        parts = telegram.render(card)
        assert _visible(_check(parts)) == _visible(plain_text(card))
        assert len([button for row in parts[-1]["buttons"] for button in row]) == len(card.choices)
        assert len(parts) == 1, f"{article.slug} does not fit one message"


@pytest.mark.parametrize("locale", SERVED)
@pytest.mark.parametrize("danger", Danger)
def test_every_safety_card_fits_one_message(telegram: Telegram, danger: Danger, locale: str) -> None:
    for level in Level:
        outcome = Handoff("", (ShowSafety(danger, level),), choices=("safe-yes", "safe-no", "delete-now"))
        [card] = replies.render(outcome, locale, PLACE, TODAY)
        parts = telegram.render(card)
        assert len(parts) == 1
        assert _visible(_check(parts)) == _visible(plain_text(card))


def test_every_button_we_can_send_fits(telegram: Telegram) -> None:
    ids = [
        *TOPICS,
        *map(choices.helpful, TOPICS),
        *map(choices.unhelpful, TOPICS),
        *map(choices.english, [*TOPICS, *Danger]),
        *map(choices.theme, Theme),
        *map(choices.language, SERVED),
    ]
    card = Card("en", (Block("paragraph", "Choose"),), tuple(Choice(each, "label") for each in ids))

    sent = [data for row in telegram.render(card)[-1]["buttons"] for data, _ in row]

    assert sent == ids


# --- whatever editors and advisers write ------------------------------------------------------------------------------

_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
_BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(["heading", "paragraph", "notice", "steps", "bullets", "link"]),
    text=_WORDS,
    items=st.lists(_WORDS, max_size=3).map(tuple),
    url=st.sampled_from(["", "https://www.gov.uk/?a=1&b=<2>"]),
    locale=st.sampled_from(["", "ar", "en"]),
)


@given(
    st.builds(
        Card,
        locale=st.sampled_from(["en", "ar"]),
        blocks=st.lists(_BLOCKS, max_size=5).map(tuple),
        choices=st.lists(st.builds(Choice, st.text("ab", min_size=1), st.text("ab", min_size=1)), max_size=3).map(
            tuple
        ),
        sources=st.lists(st.builds(CardSource, _WORDS, _WORDS), max_size=2).map(tuple),
        sources_title=_WORDS,
        checked=_WORDS,
        footer=st.lists(_BLOCKS, max_size=2).map(tuple),
    )
)
@STEADY
def test_any_card_is_whole(telegram: Telegram, card: Card) -> None:
    parts = telegram.render(card)

    assert parts
    for part in parts:
        assert utf16_length(part["text"]) <= MAX_TEXT
        _said(part)


_PHRASES = ["a word " * 12, "<b> & </b> " * 8, "🙂 " * 20, "مرحبا 123 " * 8, "&amp; ", "The end of a sentence. " * 3]


@given(pieces=st.lists(st.sampled_from(_PHRASES), min_size=40, max_size=150))
@STEADY
def test_a_very_long_reply_of_an_adviser_is_cut_into_parts_that_are_whole(
    telegram: Telegram, pieces: list[str]
) -> None:
    text = "".join(pieces).strip()
    card = Card("en", (Block("paragraph", text),), (Choice("human", "Talk to a person"),))

    parts = telegram.render(card)

    assert _visible(_check(parts)) == _visible(text)
    assert parts[-1]["buttons"] == [[["human", "Talk to a person"]]]


@pytest.mark.parametrize("kind", ["paragraph", "steps", "bullets"])
def test_a_very_long_text_is_cut_into_parts_that_are_whole(telegram: Telegram, kind: Any) -> None:
    text = "tea & biscuits <now>. " * 400
    card = Card("en", (Block(kind, text, items=(text, text)),))

    parts = telegram.render(card)

    assert len(parts) > 1
    assert "tea & biscuits <now>." in _check(parts)


def test_what_people_could_take_for_markup_is_shown_as_it_is(telegram: Telegram) -> None:
    [part] = telegram.render(Card("en", (Block("heading", "<b>5 > 3</b> & so on"),)))

    assert part["text"] == "<b>&lt;b&gt;5 &gt; 3&lt;/b&gt; &amp; so on</b>"
    assert html.unescape(_said(part)) == "<b>5 > 3</b> & so on"


def test_short_labels_stand_side_by_side_and_long_ones_alone(telegram: Telegram) -> None:
    card = Card(
        "en",
        (Block("paragraph", "Was this helpful?"),),
        (Choice("y", "Yes"), Choice("n", "No"), Choice("h", "Talk to a person please")),
    )

    assert telegram.render(card)[0]["buttons"] == [[["y", "Yes"], ["n", "No"]], [["h", "Talk to a person please"]]]


def test_an_empty_card_still_is_a_message(telegram: Telegram) -> None:
    assert telegram.render(Card("en", ()))[0]["text"] == "…"


def test_arabic_numbers_keep_their_place(telegram: Telegram) -> None:
    [part] = telegram.render(Card("ar", (Block("paragraph", "اتصل على 0808 2000 247 الآن"),)))

    assert "\u20680808 2000 247\u2069" in part["text"]
