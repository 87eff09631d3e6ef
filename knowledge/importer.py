"""Import and export of whole content folders: all of a folder, or nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ContentError
from core.locales import FALLBACK
from knowledge.articles import add_translation_file, publish_file
from knowledge.files import Problem, article_paths, checksum, read_folder
from knowledge.models import STARTER_AUTHOR, Article, ArticleTranslation, Revision
from knowledge.topics import STARTER


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed."""

    articles: int
    translations: int


def import_folder(session: Session, folder: Path = STARTER, author: str = STARTER_AUTHOR) -> Imported:
    """Publish every article and translation of a folder. Raises ContentError, and changes nothing, when one is wrong."""
    articles, translations, problems = read_folder(folder)
    if errors := [problem.error for problem in problems if not problem.warning]:
        raise errors[0]
    return Imported(
        articles=sum(publish_file(session, article, author) for article in articles),
        translations=sum(add_translation_file(session, translation, author) for translation in translations),
    )


def import_readable(session: Session, folder: Path = STARTER) -> list[ContentError]:
    """As `import_folder`, but leaves out what is wrong and returns it: at start, the last good content goes on serving."""
    if _holds_all(session, folder):
        return []
    articles, translations, problems = read_folder(folder)
    for article in articles:
        publish_file(session, article, STARTER_AUTHOR)
    for translation in translations:
        add_translation_file(session, translation, STARTER_AUTHOR)
    return [problem.error for problem in problems if not problem.warning]


def _holds_all(session: Session, folder: Path) -> bool:
    """Whether every file of a folder is what is published: then a start need not read them one by one."""
    english = select(Article.slug, Revision.checksum).join(
        Revision, (Revision.article_id == Article.id) & (Revision.no == Article.published_no)
    )
    translated = select(Article.slug, ArticleTranslation.locale, ArticleTranslation.checksum).join(Article)
    held = {(slug, FALLBACK, of) for slug, of in session.execute(english)}
    held |= {(slug, locale, of) for slug, locale, of in session.execute(translated)}
    files = {(path.parent.name, path.stem, checksum(path.read_bytes())) for path in article_paths(folder)}
    return bool(files) and files <= held


def check_folder(folder: Path = STARTER) -> list[Problem]:
    """Everything wrong or doubtful in a folder, without touching a database."""
    return read_folder(folder)[2]


def export_folder(session: Session, folder: Path) -> int:
    """Write every published article and its newest translations as files. Returns the number of files.

    A folder holds one translation for each language: an approved one, if there is any.
    """
    written = 0
    for article in session.scalars(select(Article).where(Article.published_no.is_not(None)).order_by(Article.slug)):
        revision = next(each for each in article.revisions if each.no == article.published_no)
        home = folder / article.theme / article.slug
        home.mkdir(parents=True, exist_ok=True)
        english = _article_text(article, revision)
        (home / f"{FALLBACK}.md").write_bytes(english.encode())
        # This is not the file the revision came from: its translations must name the one they stand beside.
        checksums = {revision.no: checksum(english.encode())}
        best_last = sorted(article.translations, key=lambda each: each.state == "approved")
        newest = {each.locale: each for each in best_last}
        for translation in newest.values():
            text = _translation_text(translation, checksums.get(translation.source_no, ""))
            (home / f"{translation.locale}.md").write_bytes(text.encode())
        written += 1 + len(newest)
    return written


def _article_text(article: Article, revision: Revision) -> str:
    return _with_front(
        {
            "title": revision.title,
            "handling": str(revision.handling),
            "area": article.area,
            "checked_on": revision.checked_on,
            "review_by": revision.review_by,
            "sources": [{"title": source.title, "url": source.url} for source in revision.sources],
        },
        revision.body,
    )


def _translation_text(translation: ArticleTranslation, source_checksum: str) -> str:
    front = {"title": translation.title, "state": translation.state, "source_checksum": source_checksum}
    return _with_front(front, translation.body)


def _with_front(front: Mapping[str, object], body: str) -> str:
    head = yaml.safe_dump(dict(front), allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n{body}"
