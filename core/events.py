"""Events: what happened, without a word of anybody's text, so that erasing a person leaves the record whole."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import utc_now
from core.database import Base, Moment
from core.ids import new_id


class Event(Base):
    """One thing that happened."""

    __tablename__ = "event"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    #: Who did it: `bot`, `person`, `system` or the name of a member of staff.
    actor: Mapped[str] = mapped_column(String(120))
    #: What was done: `handoff.opened`, `article.helpful`, `person.erased`.
    verb: Mapped[str] = mapped_column(String(60), index=True)
    #: Ids and codes only, such as {"handoff": …, "reason": "asked"}.
    refs: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, index=True)


def record(session: Session, place_id: str, actor: str, verb: str, **refs: object) -> None:
    """Add an event to this transaction. References are ids and codes, never text that somebody wrote."""
    kept = {name: str(value) for name, value in refs.items() if value is not None}
    session.add(Event(place_id=place_id, actor=actor, verb=verb, refs=kept))
