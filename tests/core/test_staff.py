"""Staff and their tokens: who may do what, and how that ends."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.database import Database
from core.places import DEFAULT_PLACE, Place
from core.staff import (
    TOKEN_PREFIX,
    Scope,
    StaffExists,
    StaffUnknown,
    Token,
    add_staff,
    create_token,
    disable_staff,
    find_staff,
    list_staff,
    principal_of,
)


def _hire(session: Session, name: str = "Ada", *scopes: Scope) -> str:
    return create_token(session, add_staff(session, DEFAULT_PLACE, name, iaa_level=2), scopes or (Scope.ADMIN,))


def test_a_token_stands_for_its_owner(database: Database) -> None:
    with database.write() as session:
        token = _hire(session, "Ada", Scope.HANDOFFS_READ, Scope.HANDOFFS_READ)

    with database.read() as session:
        ada = principal_of(session, token)

    assert ada is not None
    assert (ada.name, ada.place_id, ada.iaa_level) == ("Ada", DEFAULT_PLACE, 2)
    assert ada.may(Scope.HANDOFFS_READ)
    assert not ada.may(Scope.HANDOFFS_WRITE)


def test_an_admin_may_do_everything(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        ada = principal_of(session, _hire(session))

    assert ada is not None
    assert all(ada.may(scope) for scope in Scope)


def test_only_the_hash_of_a_token_is_stored(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        token = _hire(session)
        stored = session.scalars(select(Token.hash)).one()

    assert token.startswith(TOKEN_PREFIX)
    assert token not in stored


@pytest.mark.parametrize("token", ["", "wp_guess", "\ud800", "x" * 100_000, "'; DROP TABLE token; --"])
def test_an_unknown_token_stands_for_nobody(sqlite_database: Database, token: str) -> None:
    with sqlite_database.write() as session:
        _hire(session)
        assert principal_of(session, token) is None


def test_a_revoked_token_and_the_tokens_of_a_disabled_person_stand_for_nobody(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        revoked, kept, other = _hire(session, "Ada"), _hire(session, "Bea"), _hire(session, "Cem")
        session.scalars(select(Token)).first().revoked_at = utc_now()  # type: ignore[union-attr]
        disable_staff(session, DEFAULT_PLACE, "Bea")

    with sqlite_database.read() as session:
        assert principal_of(session, revoked) is None
        assert principal_of(session, kept) is None
        assert principal_of(session, other) is not None


def test_who_is_disabled_twice_keeps_the_first_moment(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        add_staff(session, DEFAULT_PLACE, "Ada")
        first = disable_staff(session, DEFAULT_PLACE, "Ada").disabled_at
        assert disable_staff(session, DEFAULT_PLACE, "Ada").disabled_at == first


def test_a_name_is_taken_once_in_a_place_and_free_in_another(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.add(Place(id="leeds", name="Leeds"))
        session.flush()
        add_staff(session, DEFAULT_PLACE, "Ada")
        add_staff(session, "leeds", "Ada")
        with pytest.raises(StaffExists, match="'Ada'"):
            add_staff(session, DEFAULT_PLACE, "Ada")

        assert [staff.name for staff in list_staff(session, "leeds")] == ["Ada"]
        assert find_staff(session, "leeds", "Bea") is None


def test_nobody_unknown_can_be_disabled(sqlite_database: Database) -> None:
    with sqlite_database.write() as session, pytest.raises(StaffUnknown, match="'Zoe'"):
        disable_staff(session, DEFAULT_PLACE, "Zoe")
