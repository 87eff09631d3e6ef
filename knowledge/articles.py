"""Articles: what people are shown, and how a new wording is published."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.locales import FALLBACK
from core.themes import Handling, Theme
from knowledge import index
from knowledge.files import ArticleFile, TranslationFile
from knowledge.models import STARTER_AUTHOR, Article, ArticleTranslation, Revision, Source


class Served(StrEnum):
    """In what state the words are that a person reads."""

    #: English, or a translation that a second person has approved.
    APPROVED = "approved"
    #: Shown with a notice and a way to the English.
    UNREVIEWED = "unreviewed"
    #: The English has changed since; shown with a notice and a way to the English.
    OUTDATED = "outdated"
    #: English, because there is no translation.
    ENGLISH_ONLY = "english_only"


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source under an answer."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as a person is shown it."""

    slug: str
    theme: Theme
    handling: Handling
    #: Number of the published revision.
    revision: int
    #: Language of title and body.
    locale: str
    state: Served
    title: str
    #: Markdown.
    body: str
    sources: tuple[SourceView, ...]
    checked_on: date
    review_by: date


def published(session: Session, slug: str, locale: str) -> ArticleView | None:
    """The published article in the best wording for a language; None when nothing is published.

    Order: approved and current, approved but outdated, unreviewed and current, English.
    """
    article = session.scalar(
        select(Article)
        .where(Article.slug == slug, Article.published_no.is_not(None))
        .options(selectinload(Article.translations))
    )
    if article is None:
        return None
    revision = session.scalar(
        select(Revision)
        .where(Revision.article_id == article.id, Revision.no == article.published_no)
        .options(selectinload(Revision.sources))
    )
    if revision is None:
        return None
    translation, state = _best_wording(article, revision, locale)
    return ArticleView(
        slug=article.slug,
        theme=Theme(article.theme),
        handling=Handling(revision.handling),
        revision=revision.no,
        locale=translation.locale if translation else FALLBACK,
        state=state,
        title=translation.title if translation else revision.title,
        body=translation.body if translation else revision.body,
        sources=tuple(SourceView(source.title, source.url) for source in revision.sources),
        checked_on=revision.checked_on,
        review_by=revision.review_by,
    )


def _best_wording(article: Article, revision: Revision, locale: str) -> tuple[ArticleTranslation | None, Served]:
    if locale == FALLBACK:
        return None, Served.APPROVED
    mine = [translation for translation in article.translations if translation.locale == locale]
    newest = {state: [each for each in mine if each.state == state][-1:] for state in ("approved", "unreviewed")}
    for translation in newest["approved"]:
        return translation, Served.APPROVED if translation.source_no == revision.no else Served.OUTDATED
    for translation in newest["unreviewed"]:
        if translation.source_no == revision.no:
            return translation, Served.UNREVIEWED
    return None, Served.ENGLISH_ONLY


def published_slugs(session: Session) -> dict[str, Theme]:
    """Every published topic and its theme, by slug."""
    rows = session.execute(
        select(Article.slug, Article.theme).where(Article.published_no.is_not(None)).order_by(Article.slug)
    )
    return {slug: Theme(theme) for slug, theme in rows}


def publish_file(session: Session, file: ArticleFile, author: str) -> bool:
    """Publish an article from a file. False when that very file is published, or when the starter's would replace
    what somebody else has published since."""
    article = session.scalar(select(Article).where(Article.slug == file.slug))
    if article is None:
        article = Article(slug=file.slug, theme=file.theme, area=file.area)
        session.add(article)
        session.flush()
    latest = article.revisions[-1] if article.revisions else None
    theirs = latest is not None and latest.created_by != author and author == STARTER_AUTHOR
    if latest and (latest.checksum == file.checksum or theirs):
        return False
    revision = Revision(
        no=latest.no + 1 if latest else 1,
        title=file.title,
        body=file.body,
        handling=file.handling,
        checked_on=file.checked_on,
        review_by=file.review_by,
        checksum=file.checksum,
        created_by=author,
        sources=[Source(position=at, title=each.title, url=each.url) for at, each in enumerate(file.sources)],
    )
    article.revisions.append(revision)
    article.theme, article.area, article.published_no = file.theme, file.area, revision.no
    index.put(session, file.slug, FALLBACK, file.title, file.body)
    session.flush()
    return True


def add_translation_file(session: Session, file: TranslationFile, author: str) -> bool:
    """Add a translation from a file. False when it is there already, or its article is not."""
    article = session.scalar(select(Article).where(Article.slug == file.slug))
    if article is None:
        return False
    mine = [each for each in article.translations if each.locale == file.locale]
    if any(each.checksum == file.checksum for each in mine):
        return False
    source = [each for each in article.revisions if each.checksum == file.source_checksum]
    translation = ArticleTranslation(
        locale=file.locale,
        no=len(mine) + 1,
        # A translation of wording we do not hold counts as a translation of something older.
        source_no=source[-1].no if source else 0,
        state=file.state,
        title=file.title,
        body=file.body,
        checksum=file.checksum,
        created_by=author,
    )
    article.translations.append(translation)
    index.put(session, file.slug, file.locale, file.title, file.body)
    session.flush()
    return True
