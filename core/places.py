"""Places: a council, charity or town that runs Waypost. An install has one, `default`, and may have many."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import utc_now
from core.database import Base, Moment

DEFAULT_PLACE = "default"


class Place(Base):
    """Owner of conversations, staff, queue and local articles."""

    __tablename__ = "place"

    #: Short name, used as key everywhere: `default`, `haringey`.
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: Name shown to people.
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)


def ensure_default_place(session: Session, name: str) -> Place:
    """The default place, made when it is missing, renamed when the setting changed."""
    place = session.get(Place, DEFAULT_PLACE)
    if place is None:
        place = Place(id=DEFAULT_PLACE, name=name)
        session.add(place)
        session.flush()
    elif place.name != name:
        place.name = name
    return place
