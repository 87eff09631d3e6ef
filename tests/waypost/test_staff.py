"""`waypost staff` and `waypost token`: who may act, and with what."""

import pytest

from core.staff import Scope, principal_of
from tests.waypost.conftest import Install


def token_of(install: Install, *arguments: str) -> str:
    """A new token: the last word that the command says."""
    said = install.waypost("token", "create", *arguments)
    assert said.code == 0, said.err
    return said.out.split()[-1]


def test_somebody_is_added_listed_and_disabled(install: Install) -> None:
    assert install.waypost("staff", "add", "Ines", "--iaa-level", "2").out == "added Ines\n"
    assert install.waypost("staff", "add", "Éva Kovács", "--role", "editor").code == 0
    assert install.waypost("staff", "disable", "Ines").code == 0

    lines = [line.split("\t") for line in install.waypost("staff", "list").out.splitlines()]
    assert lines == [
        ["Ines", "adviser", "IAA level 2", "disabled"],
        ["Éva Kovács", "editor", "IAA level 0", "active"],
    ]


def test_a_name_is_taken_once(install: Install) -> None:
    install.waypost("staff", "add", "Ines")
    said = install.waypost("staff", "add", "Ines")

    assert said.code == 1
    assert "'Ines'" in said.complaint


def test_who_is_not_there_cannot_be_disabled(install: Install) -> None:
    said = install.waypost("staff", "disable", "Nobody")

    assert said.code == 1
    assert "'Nobody'" in said.complaint


def test_a_token_is_the_last_word_and_acts_as_its_name_with_its_scopes_and_level(install: Install) -> None:
    token = token_of(
        install, "--name", "intake", "--scope", "handoffs:read", "--scope", "handoffs:write", "--iaa-level", "2"
    )

    with install.database().read() as session:
        who = principal_of(session, token)
    assert who is not None
    assert (who.name, who.iaa_level, who.place_id) == ("intake", 2, "default")
    assert who.scopes == {Scope.HANDOFFS_READ, Scope.HANDOFFS_WRITE}


def test_a_second_token_of_one_name_keeps_the_first_and_the_level_unless_told(install: Install) -> None:
    first = token_of(install, "--name", "Ines", "--scope", "admin", "--iaa-level", "3")
    second = token_of(install, "--name", "Ines", "--scope", "articles:read")

    with install.database().read() as session:
        both = [principal_of(session, token) for token in (first, second)]
    assert [who and who.iaa_level for who in both] == [3, 3]
    assert first != second


def test_the_token_is_not_in_the_database(install: Install) -> None:
    token = token_of(install, "--name", "Ines", "--scope", "admin")

    assert token.encode() not in b"".join(path.read_bytes() for path in install.folder.glob("waypost.db*"))


@pytest.mark.parametrize("scope", ["everything", "handoffs", "", "ADMIN"])
def test_an_unknown_scope_is_named_with_those_there_are(install: Install, scope: str) -> None:
    said = install.waypost("token", "create", "--name", "Ines", "--scope", scope)

    assert said.code == 2
    assert "--scope" in said.complaint
    assert all(known in said.complaint for known in Scope)
    assert install.waypost("staff", "list").out == ""


def test_disabling_somebody_stops_their_tokens(install: Install) -> None:
    token = token_of(install, "--name", "Ines", "--scope", "admin")
    install.waypost("staff", "disable", "Ines")

    with install.database().read() as session:
        assert principal_of(session, token) is None
