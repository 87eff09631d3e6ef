"""The command line: what it offers, how it ends, and what it says when something is wrong."""

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import PREFIX, load_settings
from tests.waypost.conftest import Install
from waypost.cli import _parser
from waypost.doctor import examine


def commands(parser: argparse.ArgumentParser, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command, with the words that lead to it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield (*above, name)
                yield from commands(inner, (*above, name))


COMMANDS = list(commands(_parser()))


def test_the_commands_of_the_contract_are_there() -> None:
    promised = "serve telegram chat ask check erase retain setup key rotate-keys"
    grouped = "staff add,staff list,staff disable,token create,knowledge import,knowledge export,knowledge check"

    assert {(word,) for word in promised.split()} <= set(COMMANDS)
    assert {tuple(words.split()) for words in grouped.split(",")} <= set(COMMANDS)


def test_every_command_explains_itself(install: Install) -> None:
    for words in [(), *COMMANDS]:
        said = install.waypost(*words, "--help")

        assert (said.code, said.err) == (0, "")
        assert said.out.startswith(f"usage: {' '.join(('waypost', *words))} ")
    top = install.waypost("--help").out
    assert all(words[0] in top for words in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("", "COMMAND"),
        ("fly", "fly"),
        ("serve --port many", "--port"),
        ("staff", "COMMAND"),
        ("staff add", "name"),
        ("staff add Ines --role boss", "--role"),
        ("staff add Ines --iaa-level 4", "--iaa-level"),
        ("token create --name Ines", "--scope"),
        ("knowledge import", "folder"),
        ("erase", "CHANNEL:ID"),
        ("retain now", "now"),
    ],
)
def test_bad_usage_is_one_line_that_names_what_is_wrong_and_ends_with_2(
    install: Install, arguments: str, named: str
) -> None:
    said = install.waypost(*arguments.split())

    assert (said.code, said.out) == (2, "")
    assert named in said.complaint
    assert "--help" in said.complaint


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", ["serve", "staff list", "rotate-keys", "retain", "erase telegram:1"])
def test_without_a_secret_key_a_command_that_needs_one_says_how_to_make_it(install: Install, arguments: str) -> None:
    install.set("SECRET_KEYS", None)
    said = install.waypost(*arguments.split())

    assert said.code == 2
    assert said.complaint == "waypost: WAYPOST_SECRET_KEYS is missing: give at least one key (make one: waypost key)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "many"),
        ("RETENTION_DAYS", "0"),
        ("ANSWER_THRESHOLD", "1.5"),
        ("REFUSE_SHARE", "0.9"),
        ("RATE_PER_ADDRESS", "quickly"),
        ("NLU", "magic"),
        ("MT", "magic"),
        ("LOG_LEVEL", "LOUD"),
        ("PUBLIC_URL", "waypost.example"),
        ("TELEGRAM_API_BASE", "ftp://api.example"),
        ("TELEGRAM_WEBHOOK_SECRET", "no spaces, please"),
        ("STAFFED", "perhaps"),
        ("SECRET_KEYS", "too-short"),
        ("DATABASE_URL", "mysql://localhost/waypost"),
        ("DATABASE_URL", "not an address"),
        ("TELEGRAM_TOKEN_FILE", "/no/such/file"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_ends_with_2(install: Install, name: str, value: str) -> None:
    install.set(name, value)
    said = install.waypost("staff", "list")

    assert (said.code, said.out) == (2, "")
    assert f"{PREFIX}{name}" in said.complaint


@pytest.mark.parametrize("name", ["SECRET_KEYS", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_TOKEN"])
def test_a_wrong_secret_is_not_repeated(install: Install, name: str) -> None:
    install.set(name, "hush hush")

    assert "hush" not in install.waypost("serve").complaint


def test_a_secret_is_read_from_a_file(install: Install) -> None:
    path = install.folder / "keys"
    path.write_text(f"{install.key}\n", encoding="utf-8")
    install.set("SECRET_KEYS", None)
    install.set("SECRET_KEYS_FILE", str(path))

    assert install.waypost("staff", "list").code == 0


def test_settings_are_read_from_a_dot_env_file_beside_which_it_runs(install: Install) -> None:
    Path(".env").write_text("WAYPOST_RETENTION_DAYS=12\n", encoding="utf-8")

    assert "older than 12 days" in install.waypost("retain").out


def test_a_database_that_does_not_answer_is_one_line_and_ends_with_1(install: Install) -> None:
    install.set("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/waypost")
    said = install.waypost("staff", "list")

    assert said.code == 1
    assert "WAYPOST_DATABASE_URL" in said.complaint


def test_a_data_folder_that_cannot_be_made_is_one_line_and_ends_with_1(install: Install) -> None:
    install.set("DATA_DIR", "/dev/null/waypost")
    said = install.waypost("staff", "list")

    assert said.code == 1
    assert "/dev/null/waypost" in said.complaint


# --- the doctor -------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_a_healthy_install_healthy_and_prints_no_secret(install: Install) -> None:
    install.set("TELEGRAM_TOKEN", "5550001234:AAEexample-token-of-nobody")
    install.set("TELEGRAM_WEBHOOK_SECRET", "wellerman")
    said = install.waypost("check")

    assert (said.code, said.err) == (0, ""), said.out
    assert all(line.startswith("ok ") for line in said.out.splitlines())
    for what in ("secret keys", "migrations", "articles", "danger rules", "training data", "languages", "telegram"):
        assert what in said.out
    for secret in (install.key, "AAEexample", "wellerman"):
        assert secret not in said.out


def test_the_doctor_names_what_is_missing_and_changes_nothing(install: Install) -> None:
    install.set("SECRET_KEYS", None)
    (install.folder / "waypost.db").unlink()
    said = install.waypost("check")

    assert said.code == 1
    failed = [line for line in said.out.splitlines() if line.startswith("FAIL")]
    assert any("WAYPOST_SECRET_KEYS" in line for line in failed)
    assert any("waypost setup" in line for line in failed)
    assert [path.name for path in install.folder.iterdir()] == ["models"]


def test_the_doctor_says_when_the_rasa_of_the_settings_does_not_answer(install: Install) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    install.waypost("setup")
    install.set("NLU", "rasa")
    install.set("RASA_URL", f"http://127.0.0.1:{port}")
    said = install.waypost("check")

    assert said.code == 1
    assert "Rasa cannot be reached" in said.out


def test_the_doctor_does_not_show_the_address_of_a_database_it_cannot_read(install: Install) -> None:
    install.set("DATABASE_URL", "postgresql://waypost:hush@127.0.0.1:1/waypost")
    database = next(finding for finding in examine(load_settings()) if finding.what == "database")

    assert database.ok is False
    assert "hush" not in database.said


# --- keys and set-up --------------------------------------------------------------------------------------------------


def test_a_fresh_key_is_good_for_the_setting(install: Install) -> None:
    keys = {install.waypost("key").out.strip() for _ in range(2)}

    assert len(keys) == 2
    install.set("SECRET_KEYS", ",".join(keys))
    assert install.waypost("staff", "list").code == 0


def test_setup_makes_the_database_and_needs_no_key(install: Install) -> None:
    install.set("SECRET_KEYS", None)
    (install.folder / "waypost.db").unlink()
    assert install.waypost("setup").code == 0
    assert install.waypost("setup").code == 0

    assert install.waypost("knowledge", "export", "out").code == 0
    assert Path("out/health/gp-registration/en.md").exists()


# --- in a process of its own ------------------------------------------------------------------------------------------


def test_as_a_program_it_ends_with_the_same_codes(install: Install) -> None:
    assert install.spawn("key").code == 0
    assert install.spawn("erase", "telegram:1").code == 1
    assert install.spawn("fly").code == 2


def test_a_reader_that_goes_away_is_no_fault(install: Install) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "waypost", "key"],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=install.folder,
        env=install.environment,
        check=False,
        text=True,
    )
    os.close(write)

    assert "Traceback" not in ran.stderr
