"""From an outcome to cards in the person's language. Pure."""

from dataclasses import replace
from datetime import date

from bot import choices
from bot.cards import Block, Card, CardSource, Choice, blocks_of
from bot.safety_cards import card_lines
from bot.turn import AskLanguage, Outcome, Part, PlaceInfo, Say, ShowArticle, ShowSafety
from core.locales import FALLBACK, SERVED
from core.themes import Danger
from knowledge.articles import ArticleView, Served
from translations.catalog import format_day, is_reviewed, say
from translations.phrases import PHRASES

_LABELS = {
    choices.HUMAN: "button.person",
    choices.NEW_QUESTION: "button.new_question",
    choices.NONE_OF_THESE: "unsure.none_of_these",
    choices.OTHER_LANGUAGE: "language.other",
    choices.DELETE_NOW: "button.delete_now",
    choices.KEEP: "button.keep",
    choices.SAFE_YES: "button.safe_yes",
    choices.SAFE_NO: "button.safe_no",
}


def render(outcome: Outcome, locale: str, place: PlaceInfo, today: date) -> tuple[Card, ...]:
    """The cards of an outcome: one for each article and safety card, with what is said around it.

    What is said after an article stands under its sources; everything else that is said makes a card of its own.
    """
    locale = outcome.say_in or locale
    cards: list[Card] = []
    loose: list[Block] = []
    for part in outcome.parts:
        if isinstance(part, Say | AskLanguage):
            said = _blocks(part, locale)
            if cards and cards[-1].sources and not loose:
                footer = tuple(replace(block, locale=_other(locale, cards[-1].locale)) for block in said)
                cards[-1] = replace(cards[-1], footer=cards[-1].footer + footer)
            else:
                loose.extend(said)
            continue
        if loose:
            cards.append(Card(locale, tuple(loose)))
            loose = []
        cards.append(
            _safety_card(part, locale, place) if isinstance(part, ShowSafety) else _article_card(part, locale, today)
        )
    if loose:
        cards.append(Card(locale, tuple(loose)))
    if cards and outcome.choices:
        # The buttons of a safety card stand under it, also when the small print follows.
        at = next((at for at, card in enumerate(cards) if card.urgent), len(cards) - 1)
        cards[at] = replace(cards[at], choices=_choices(outcome.choices, locale, cards[at]))
    return tuple(cards)


def _other(locale: str, card_locale: str) -> str:
    """A block's own language, when it is not the card's."""
    return "" if locale == card_locale else locale


def _choices(ids: tuple[str, ...], locale: str, card: Card) -> tuple[Choice, ...]:
    known = {choice.id for choice in card.choices}
    return card.choices + tuple(Choice(each, label(each, locale)) for each in dict.fromkeys(ids) if each not in known)


def label(choice: str, locale: str) -> str:
    """What stands on a button."""
    verb, of = choices.parse(choice)
    if verb == "language":
        return SERVED[of].name
    if verb == "theme":
        return say(f"theme.{of}", locale)
    if verb == "topic":
        return say(f"topic.{of}", locale) if f"topic.{of}" in PHRASES else of
    if verb in ("helpful", "unhelpful"):
        return say("button.yes" if verb == "helpful" else "button.no", locale)
    return say("button.english" if verb == "english" else _LABELS[verb], locale)


def _blocks(part: Part, locale: str) -> list[Block]:
    if isinstance(part, AskLanguage):
        return [Block("paragraph", say("language.ask", tag)) for tag in part.locales]
    assert isinstance(part, Say)
    text = say(part.key, locale, **part.values)
    return [Block("notice" if part.quiet else "paragraph", piece) for piece in text.split("\n\n")]


def _article_card(part: ShowArticle, locale: str, today: date) -> Card:
    article = part.article
    notices = [
        Block("notice", say(key, locale), locale=_other(locale, article.locale)) for key in _notices(article, today)
    ]
    blocks = [Block("heading", article.title), *notices, *blocks_of(article.body)]
    checked = say("answer.checked_on", locale, date=format_day(article.checked_on, locale))
    other = article.state in (Served.UNREVIEWED, Served.OUTDATED)
    extra = (Choice(choices.english(article.slug), say("button.english", locale)),) if other else ()
    return Card(
        locale=article.locale,
        blocks=tuple(blocks),
        choices=extra,
        sources=tuple(
            CardSource(source.title, source.url, article.checked_on.isoformat()) for source in article.sources
        ),
        sources_title=say("answer.sources", locale),
        checked=checked,
    )


def _notices(article: ArticleView, today: date) -> list[str]:
    keys = ["answer.general"] if article.theme == "immigration" else []
    if article.state in (Served.UNREVIEWED, Served.OUTDATED):
        keys.append("answer.unreviewed")
    if article.state is Served.ENGLISH_ONLY:
        keys.append("answer.english_only")
    if article.review_by < today:
        keys.append("answer.review_overdue")
    return keys


def _safety_card(part: ShowSafety, locale: str, place: PlaceInfo) -> Card:
    category = Danger(part.category)
    blocks = []
    for line in card_lines(category, part.level, place, told=part.told):
        blocks += _line_blocks(say(line.key, locale, **line.values), line.values.get("url"))
    extra: tuple[Choice, ...] = ()
    if locale != FALLBACK and not is_reviewed(locale):
        blocks.append(Block("notice", say("answer.unreviewed", locale)))
        extra = (Choice(choices.english(f"{part.level}:{part.category}"), say("button.english", locale)),)
    return Card(locale, tuple(blocks), extra, urgent=True)


def _line_blocks(text: str, url: str | None) -> list[Block]:
    """An address stands on its own line, where nothing around it can break it."""
    if url and text.rstrip(" .،।").endswith(url):
        return [Block("link", text[: text.rindex(url)].rstrip(" :"), url=url)]
    return [Block("paragraph", text)]
