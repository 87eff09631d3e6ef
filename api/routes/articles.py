"""Reading the knowledge base over the API. Writing comes with the editors' console."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import WorldDep, problems, require
from api.errors import ApiError
from api.schemas import ArticleOut, SourceIn
from core.locales import FALLBACK
from core.staff import Principal, Scope
from knowledge.articles import ArticleView, published, published_slugs

router = APIRouter(prefix="/api/v1", tags=["articles"])

Reader = Annotated[Principal, Depends(require(Scope.ARTICLES_READ))]
Locale = Annotated[str, Query(max_length=35)]


@router.get("/articles", responses=problems(401, 403, 422))
def list_articles(_who: Reader, world: WorldDep, locale: Locale = FALLBACK) -> dict[str, object]:
    """Every published article, in the best wording for a language."""
    with world.database.read() as session:
        views = (published(session, slug, locale) for slug in published_slugs(session))
        return {"data": [_out(view) for view in views if view], "next_cursor": None, "has_more": False}


@router.get("/articles/{slug}", responses=problems(401, 403, 404, 422))
def get_article(slug: str, _who: Reader, world: WorldDep, locale: Locale = FALLBACK) -> ArticleOut:
    """One published article, in the best wording for a language."""
    with world.database.read() as session:
        view = published(session, slug, locale)
        if view is None:
            raise ApiError(404, "not_found", f"there is no published article {slug!r}")
        return _out(view)


def _out(view: ArticleView) -> ArticleOut:
    return ArticleOut(
        slug=view.slug,
        theme=view.theme,
        handling=view.handling,
        revision=view.revision,
        locale=view.locale,
        state=view.state,
        title=view.title,
        body=view.body,
        sources=[SourceIn(title=source.title, url=source.url) for source in view.sources],
        checked_on=view.checked_on.isoformat(),
        review_by=view.review_by.isoformat(),
    )
