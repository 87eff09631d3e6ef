"""Tables of the knowledge base: articles, their immutable revisions with sources, and translations of revisions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Integer, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import utc_now
from core.database import Base, Moment
from core.ids import new_id

#: Author of everything that came with Waypost.
STARTER_AUTHOR = "starter"


class Article(Base):
    """A topic that has, or had, an answer."""

    __tablename__ = "article"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    theme: Mapped[str] = mapped_column(String(20), index=True)
    #: `uk`, `england`, `london`.
    area: Mapped[str] = mapped_column(String(40))
    #: Number of the revision people see; None before the first publication and after retirement.
    published_no: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)

    revisions: Mapped[list["Revision"]] = relationship(
        back_populates="article", order_by="Revision.no", cascade="all, delete-orphan"
    )
    translations: Mapped[list["ArticleTranslation"]] = relationship(
        back_populates="article", order_by="ArticleTranslation.no", cascade="all, delete-orphan"
    )


class Revision(Base):
    """One wording of an article in English. Never changed: a change is a new revision."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("article_id", "no"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    #: 1, 2, 3 … within the article.
    no: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    #: Markdown: paragraphs, lists and second-level headings.
    body: Mapped[str] = mapped_column(Text)
    #: See `core.themes.Handling`.
    handling: Mapped[str] = mapped_column(String(30))
    #: The day somebody last compared the text with its sources.
    checked_on: Mapped[date] = mapped_column(Date)
    #: The day by which that must be done again.
    review_by: Mapped[date] = mapped_column(Date)
    #: First 12 hexadecimal digits of the SHA-256 of the file it was imported from; empty when it was written here.
    checksum: Mapped[str] = mapped_column(String(12), default="")
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)

    article: Mapped[Article] = relationship(back_populates="revisions")
    sources: Mapped[list["Source"]] = relationship(order_by="Source.position", cascade="all, delete-orphan")


class Source(Base):
    """Where a revision takes its facts from."""

    __tablename__ = "source"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))


class ArticleTranslation(Base):
    """One wording of a revision in another language. Never changed: a change is a new row."""

    __tablename__ = "article_translation"
    __table_args__ = (UniqueConstraint("article_id", "locale", "no"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    locale: Mapped[str] = mapped_column(String(12))
    #: 1, 2, 3 … within the article and language.
    no: Mapped[int] = mapped_column(Integer)
    #: The revision that was translated. An older one than the published makes the translation outdated.
    source_no: Mapped[int] = mapped_column(Integer)
    #: `unreviewed` or `approved`.
    state: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    #: As in `Revision`.
    checksum: Mapped[str] = mapped_column(String(12), default="")
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)

    article: Mapped[Article] = relationship(back_populates="translations")
