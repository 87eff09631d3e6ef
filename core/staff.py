"""Staff: the people (and systems) who answer cases and keep articles, and the bearer tokens they act with."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint, Uuid, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from core.clock import utc_now
from core.crypto import hash_token
from core.database import Base, Moment
from core.errors import WaypostError
from core.ids import new_id

#: Every token starts with this, so that one left in a file can be recognised and revoked.
TOKEN_PREFIX = "wp_"  # noqa: S105 - a prefix, not a secret


class Scope(StrEnum):
    """What a token may do."""

    HANDOFFS_READ = "handoffs:read"
    HANDOFFS_WRITE = "handoffs:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    ARTICLES_READ = "articles:read"
    ARTICLES_WRITE = "articles:write"
    ADMIN = "admin"


class StaffExists(WaypostError):
    """There is already a member of staff with that name."""

    status = 409
    code = "staff_exists"


class StaffNameWrong(WaypostError):
    """A name of a member of staff has 1 to 120 printable characters."""

    status = 422
    code = "staff_name_wrong"


class StaffUnknown(WaypostError):
    """There is no member of staff with that name."""

    status = 404
    code = "staff_unknown"


class Staff(Base):
    """A member of staff, or another system acting as one."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("place_id", "name"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    #: `adviser`, `editor` or `manager`.
    role: Mapped[str] = mapped_column(String(20), default="adviser")
    #: Level with the Immigration Advice Authority: 0 (none) to 3.
    iaa_level: Mapped[int] = mapped_column(Integer, default=0)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)


class Token(Base):
    """A bearer token. Only its hash is stored."""

    __tablename__ = "token"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[Staff] = relationship(lazy="joined")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and what they may do."""

    staff_id: UUID
    place_id: str
    name: str
    iaa_level: int
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether the token carries this scope; `admin` carries all."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def add_staff(session: Session, place_id: str, name: str, *, role: str = "adviser", iaa_level: int = 0) -> Staff:
    """Add a member of staff. Raises StaffExists, StaffNameWrong."""
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise StaffNameWrong
    if find_staff(session, place_id, name):
        raise StaffExists(f"there is already a member of staff called {name!r}")
    staff = Staff(place_id=place_id, name=name, role=role, iaa_level=iaa_level)
    session.add(staff)
    session.flush()
    return staff


def find_staff(session: Session, place_id: str, name: str) -> Staff | None:
    """The member of staff with this name, or None."""
    return session.scalar(select(Staff).where(Staff.place_id == place_id, Staff.name == name))


def list_staff(session: Session, place_id: str) -> list[Staff]:
    """Everyone, by name."""
    return list(session.scalars(select(Staff).where(Staff.place_id == place_id).order_by(Staff.name)))


def disable_staff(session: Session, place_id: str, name: str) -> Staff:
    """Stop a member of staff, and every token of theirs, from acting. Raises StaffUnknown."""
    staff = find_staff(session, place_id, name)
    if staff is None:
        raise StaffUnknown(f"there is no member of staff called {name!r}")
    staff.disabled_at = staff.disabled_at or utc_now()
    return staff


def create_token(session: Session, staff: Staff, scopes: Iterable[Scope]) -> str:
    """A new token for a member of staff. It is returned once and cannot be shown again."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        Token(
            place_id=staff.place_id,
            staff_id=staff.id,
            hash=hash_token(token),
            scopes=sorted({scope.value for scope in scopes}),
        )
    )
    session.flush()
    return token


def principal_of(session: Session, token: str) -> Principal | None:
    """Who a bearer token stands for; None when it is unknown, revoked, or its owner is disabled."""
    row = session.scalar(select(Token).where(Token.hash == hash_token(token)))
    if row is None or row.revoked_at or row.staff.disabled_at:
        return None
    staff = row.staff
    return Principal(staff.id, staff.place_id, staff.name, staff.iaa_level, frozenset(row.scopes))
