"""Articles as files: Markdown with a front matter, one file per article and language.

`<theme>/<slug>/en.md` is an article, `<theme>/<slug>/<locale>.md` a translation of it. Everything wrong is reported with
file, line and reason; nothing is guessed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.content import LineMap, load_with_lines
from core.errors import ContentError
from core.locales import FALLBACK, SERVED
from core.themes import Handling, Theme

_FRONT = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ARTICLE_KEYS = {"title", "handling", "area", "checked_on", "review_by", "sources", "to_check", "related"}
_ARTICLE_NEEDS = _ARTICLE_KEYS - {"to_check", "related"}
_TRANSLATION_KEYS = {"title", "state", "source_checksum"}
#: Shape of the body: words of an answer, words of a signpost card.
ANSWER_WORDS, CARD_WORDS = (80, 180), (40, 120)
#: Hosts whose pages count as official; a charity's page may stand beside one.
OFFICIAL = (
    ".gov.uk",
    ".nhs.uk",
    ".police.uk",
    "acas.org.uk",
    "ico.org.uk",
    "financial-ombudsman.org.uk",
    "moneyhelper.org.uk",
    "ofsted.gov.uk",
    "thestreetlink.org.uk",
)
_HTTPS = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+([/?#]|$)")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|\]\(|^[^\S\n]*\||^#(?!# )|\*\*|^```|[\x00-\x09\x0b-\x1f\x7f]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source as written in the front matter."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """An article as a file says it."""

    path: Path
    slug: str
    theme: Theme
    title: str
    body: str
    handling: Handling
    area: str
    checked_on: date
    review_by: date
    sources: tuple[SourceFile, ...]
    #: Facts that an editor must still compare with the official page; shown by `waypost knowledge check`.
    to_check: tuple[str, ...]
    related: tuple[str, ...]
    checksum: str


@dataclass(frozen=True, slots=True)
class TranslationFile:
    """A translation as a file says it."""

    path: Path
    slug: str
    locale: str
    title: str
    body: str
    state: str
    #: Checksum of the English file that was translated.
    source_checksum: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a file; a warning does not stop an import."""

    error: ContentError
    warning: bool = False


def read_folder(folder: Path) -> tuple[list[ArticleFile], list[TranslationFile], list[Problem]]:
    """Everything readable in a content folder, and everything wrong with the rest."""
    articles: dict[str, ArticleFile] = {}
    translations: list[TranslationFile] = []
    problems: list[Problem] = []
    paths = article_paths(folder)
    for path in paths:
        try:
            if path.stem == FALLBACK:
                article = read_article(path)
                if article.slug in articles:
                    raise ContentError(path, 0, f"the article {article.slug!r} stands twice")
                articles[article.slug] = article
            else:
                translations.append(read_translation(path))
        except ContentError as wrong:
            problems.append(Problem(wrong))
    if not paths:
        problems.append(Problem(ContentError(folder, 0, "no articles found (looked for <theme>/<slug>/en.md)")))
    problems.extend(Problem(wrong, warning=True) for wrong in _doubts(articles, translations))
    return list(articles.values()), translations, problems


def article_paths(folder: Path) -> list[Path]:
    """The files of a content folder, ``<theme>/<slug>/<locale>.md``; English first."""
    return sorted(folder.glob("*/*/*.md"), key=lambda path: (path.stem != FALLBACK, path))


def _doubts(articles: Mapping[str, ArticleFile], translations: list[TranslationFile]) -> Iterator[ContentError]:
    for article in articles.values():
        for fact in article.to_check:
            yield ContentError(article.path, 0, f"compare with the official page: {fact}")
        if article.review_by < date.today():  # noqa: DTZ011 - a review date is a day on the editor's calendar
            yield ContentError(article.path, 0, f"the review date {article.review_by} has passed")
    for translation in translations:
        source = articles.get(translation.slug)
        if source and source.checksum != translation.source_checksum:
            yield ContentError(translation.path, 0, "the English article has changed since this was translated")


def read_article(path: Path) -> ArticleFile:
    """Read and check one English article. Raises ContentError."""
    raw, front, where, body, body_line = _split(path)
    theme, slug = _place_of(path)
    _need_keys(front, _ARTICLE_NEEDS, _ARTICLE_KEYS, path)
    try:
        handling = Handling(front["handling"])
    except ValueError:
        raise ContentError(path, where.at("handling").line(), f"unknown handling {front['handling']!r}") from None
    _check_body(body, path, body_line, ANSWER_WORDS if handling is not Handling.HUMAN_ONLY else CARD_WORDS)
    return ArticleFile(
        path=path,
        slug=slug,
        theme=theme,
        title=_text(front, "title", path, where),
        body=body,
        handling=handling,
        area=_text(front, "area", path, where, 40),
        checked_on=_day(front, "checked_on", path, where),
        review_by=_day(front, "review_by", path, where),
        sources=_sources(front["sources"], path, where),
        to_check=_texts(front.get("to_check", []), path, where.at("to_check")),
        related=_texts(front.get("related", []), path, where.at("related")),
        checksum=checksum(raw),
    )


def read_translation(path: Path) -> TranslationFile:
    """Read and check one translation. Raises ContentError."""
    raw, front, where, body, body_line = _split(path)
    _, slug = _place_of(path)
    if path.stem not in SERVED:
        raise ContentError(path, 0, f"unknown language {path.stem!r}")
    _need_keys(front, _TRANSLATION_KEYS, _TRANSLATION_KEYS, path)
    if front["state"] not in ("unreviewed", "approved"):
        raise ContentError(path, where.at("state").line(), "state must be 'unreviewed' or 'approved'")
    if not (path.parent / f"{FALLBACK}.md").exists():
        raise ContentError(path, 0, "there is no English article to be a translation of")
    _check_body(body, path, body_line, None)
    return TranslationFile(
        path=path,
        slug=slug,
        locale=path.stem,
        title=_text(front, "title", path, where),
        body=body,
        state=str(front["state"]),
        source_checksum=str(front["source_checksum"]),
        checksum=checksum(raw),
    )


def _split(path: Path) -> tuple[bytes, dict[str, Any], LineMap, str, int]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ContentError(path, 0, "the file is not UTF-8 text") from None
    found = _FRONT.match(text)
    if not found:
        raise ContentError(path, 1, "the file must start with a front matter between two lines of ---")
    # One empty line stands for the opening ---, so that line numbers are those of the file.
    front, where = load_with_lines(path, "\n" + found[1])
    if not isinstance(front, dict):
        raise ContentError(path, 2, "the front matter must be a list of 'key: value' lines")
    body = found[2].strip()
    return raw, front, where, body + "\n", text[: text.index(body, found.start(2))].count("\n") + 1


def _place_of(path: Path) -> tuple[Theme, str]:
    slug, theme = path.parent.name, path.parent.parent.name
    if theme not in set(Theme):
        raise ContentError(path, 0, f"unknown theme {theme!r}")
    if not _SLUG.fullmatch(slug) or len(slug) > 80:
        raise ContentError(path, 0, f"{slug!r} is not a slug (small letters, digits, hyphens; up to 80)")
    return Theme(theme), slug


def _need_keys(front: Mapping[str, Any], needed: set[str], allowed: set[str], path: Path) -> None:
    if missing := sorted(needed - front.keys()):
        raise ContentError(path, 1, f"the front matter lacks {missing[0]!r}")
    if unknown := sorted(front.keys() - allowed, key=str):
        raise ContentError(path, 1, f"unknown key {unknown[0]!r} in the front matter")


def _text(front: Mapping[str, Any], key: str, path: Path, where: LineMap, longest: int = 200) -> str:
    value = front[key]
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise ContentError(path, where.at(key).line(), f"{key!r} must be a text of 1 to {longest} characters")
    return value.strip()


def _texts(value: Any, path: Path, where: LineMap) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ContentError(path, where.line(), "must be a list of texts")
    return tuple(value)


def _day(front: Mapping[str, Any], key: str, path: Path, where: LineMap) -> date:
    value = front[key]
    if type(value) is not date:  # a moment is a date too, and cannot be compared with one
        raise ContentError(path, where.at(key).line(), f"{key!r} must be a date such as 2026-11-21")
    return value


def _sources(value: Any, path: Path, where: LineMap) -> tuple[SourceFile, ...]:
    if not isinstance(value, list) or not value:
        raise ContentError(path, where.at("sources").line(), "an article needs at least one source")
    found = []
    for number, item in enumerate(value):
        line = where.at("sources", number).line()
        if not isinstance(item, dict) or set(item) != {"title", "url"}:
            raise ContentError(path, line, "a source must have exactly 'title' and 'url'")
        if len(str(item["title"])) > 200 or len(str(item["url"])) > 500:
            raise ContentError(path, line, "a source's title has up to 200 characters, its address up to 500")
        if not _HTTPS.match(str(item["url"])):
            raise ContentError(
                path, line, f"the address {item['url']!r} must start with https:// and the name of a site"
            )
        found.append(SourceFile(str(item["title"]), str(item["url"])))
    if not any(is_official(source.url) for source in found):
        raise ContentError(path, where.at("sources").line(), "at least one source must be an official page")
    return tuple(found)


def is_official(url: str) -> bool:
    """Whether an address belongs to government, the NHS, a regulator, a court or a council."""
    host = "." + (urlsplit(url).hostname or "")
    return any(host.endswith(name if name.startswith(".") else f".{name}") for name in OFFICIAL)


def _check_body(body: str, path: Path, first_line: int, length: tuple[int, int] | None) -> None:
    if found := _MARKUP.search(body):
        line = first_line + body[: found.start()].count("\n")
        raise ContentError(path, line, "only paragraphs, lists and '## ' headings are allowed in the body")
    count = len(body.split())
    if length and not length[0] <= count <= length[1]:
        raise ContentError(path, first_line, f"the body has {count} words; {length[0]} to {length[1]} are allowed")
    if not body.strip():
        raise ContentError(path, first_line, "the body is empty")


def checksum(raw: bytes) -> str:
    """What names the wording of a file: the first 12 hexadecimal digits of its SHA-256."""
    return sha256(raw).hexdigest()[:12]
