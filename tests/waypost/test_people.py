"""`waypost erase`, `waypost retain` and `waypost rotate-keys`: what is kept of people, for how long, under which key."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import Conversation, HandoffCase, Message, Person
from core.clock import utc_now
from core.crypto import SealedError, new_key
from core.settings import Settings
from nlu.understand import Understander
from tests.conftest import Town, make_town
from tests.waypost.conftest import Install


@pytest.fixture
def town(install: Install, understander: Understander, settings: Settings) -> Iterator[Town]:
    """People who have written to this install."""
    database = install.database()
    yield make_town(database, understander, settings)
    database.close()


def people(install: Install) -> int:
    """How many people the install knows."""
    with install.database().read() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def everything(install: Install) -> bytes:
    """Every byte of the database on disk."""
    return b"".join(path.read_bytes() for path in sorted(install.folder.glob("waypost.db*")))


def test_a_person_is_erased_by_channel_and_id_and_the_others_stay(install: Install, town: Town) -> None:
    town.write("my name is amina", person="amina")
    town.write("hello", person="bartek")
    said = install.waypost("erase", "phone:amina")

    assert (said.code, said.out) == (0, "erased\n")
    assert people(install) == 1
    assert install.waypost("erase", "phone:amina").code == 1


def test_an_id_may_contain_colons(install: Install, town: Town) -> None:
    town.write("hello", person="session:7:x")

    assert install.waypost("erase", "phone:session:7:x").code == 0


def test_nobody_is_erased_by_an_id_that_nobody_has(install: Install, town: Town) -> None:
    town.write("hello", person="amina")
    said = install.waypost("erase", "telegram:amina")

    assert (said.code, said.out) == (1, "nobody is known by that id\n")
    assert people(install) == 1


@pytest.mark.parametrize("who", ["amina", ":amina", "phone:", ":"])
def test_erase_needs_channel_and_id(install: Install, who: str) -> None:
    said = install.waypost("erase", who)

    assert said.code == 2
    assert "CHANNEL:ID" in said.complaint


def test_what_is_older_than_the_setting_is_removed_with_its_cases(install: Install, town: Town) -> None:
    town.write("hello", person="long ago")
    town.write("/human", person="long ago, still waiting")
    town.write("/human", person="today")
    with install.database().write() as session:
        for conversation in session.scalars(select(Conversation).order_by(Conversation.created_at).limit(2)):
            conversation.active_at = utc_now() - timedelta(days=8)
    install.set("RETENTION_DAYS", "7")
    said = install.waypost("retain")

    assert (said.code, said.out) == (0, "removed 2 conversations older than 7 days\n")
    assert people(install) == 1
    with install.database().read() as session:
        assert session.scalar(select(func.count()).select_from(HandoffCase)) == 1


def test_a_case_that_staff_raised_is_erased_by_its_own_id(install: Install, town: Town) -> None:
    town.write("/human", person="amina")
    with install.database().read() as session:
        case = session.scalars(select(HandoffCase.id)).one()

    assert install.waypost("erase", f"handoff:{case}").out == "erased\n"
    assert people(install) == 0
    assert install.waypost("erase", f"handoff:{case}").code == 1
    assert install.waypost("erase", "handoff:first").code in (1, 2)


def test_what_people_write_is_not_on_disk_in_the_clear(install: Install, town: Town) -> None:
    town.write("my landlord Mr Grimshaw locked me out", person="amina-77120")

    assert b"Grimshaw" not in everything(install)
    assert b"amina-77120" not in everything(install)


def test_after_rotation_the_new_key_alone_opens_everything_and_finds_everybody(install: Install, town: Town) -> None:
    town.write("/help", person="amina")
    town.write("/human", person="amina")
    fresh = new_key()
    install.set("SECRET_KEYS", f"{fresh},{install.key}")
    said = install.waypost("rotate-keys")

    assert said.code == 0
    assert int(said.out.split()[-2]) > 0
    with install.database(fresh).read() as session:
        assert [message.body["command"] for message in session.scalars(_written())] == ["help", "human"]
        assert session.scalars(select(Conversation)).one().memory["noticed"] is True
        assert session.scalars(select(HandoffCase)).one().packet["detail"] == "asked"
    install.set("SECRET_KEYS", fresh)
    assert install.waypost("erase", "phone:amina").code == 0


def test_after_rotation_the_old_key_opens_nothing(install: Install, town: Town) -> None:
    town.write("/help", person="amina")
    install.set("SECRET_KEYS", f"{new_key()},{install.key}")
    install.waypost("rotate-keys")

    with install.database().read() as session, pytest.raises(SealedError):
        session.scalars(_written()).all()


def test_rotation_without_the_old_key_changes_nothing_and_says_so(install: Install, town: Town) -> None:
    town.write("/help", person="amina")
    install.set("SECRET_KEYS", new_key())
    said = install.waypost("rotate-keys")

    assert said.code == 1
    assert "WAYPOST_SECRET_KEYS" in said.complaint
    with install.database().read() as session:
        assert session.scalars(_written()).all()


def _written():  # type: ignore[no-untyped-def] # a Select of messages
    return select(Message).where(Message.author == "person").order_by(Message.seq)
