"""Logging: no level prints what people wrote, and nothing hides where a fault is."""

import logging
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from bot.channels.port import SendResult
from core.crypto import new_key
from core.logging import SafeFormatter, configure_logging
from core.settings import Settings
from tests.conftest import Town

#: A word that stands in no file, and what stands around it when somebody writes it.
CANARY = "xylokarp"
MESSAGES = (
    f"how do I register with a doctor? {CANARY}",
    f"my name is {CANARY} and my husband beats me",
    f"{CANARY} {CANARY}",
    f"/human {CANARY}",
    f"gdzie jest szkoła {CANARY}",
    f"{CANARY} 👍",
)


@pytest.fixture(autouse=True)
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: logger.level for name, logger in root.manager.loggerDict.items() if isinstance(logger, logging.Logger)
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def _fail(text: str) -> SendResult:
    raise ValueError(f"cannot send {text!r}")


def test_no_word_of_a_conversation_stands_in_the_log_at_any_level(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("DEBUG")
    for text in MESSAGES:
        town.write(text, person=f"{CANARY}-{uuid4()}")
    logging.getLogger("waypost").debug("the log is open")

    log = capsys.readouterr().err
    assert "the log is open" in log
    assert CANARY not in log


def test_no_word_of_a_conversation_stands_in_the_log_when_a_channel_fails_with_it(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("DEBUG")
    town.phone.answers = [lambda: _fail(f"{CANARY} wrote to us")]

    town.write(f"hello {CANARY}")

    log = capsys.readouterr().err
    assert "ValueError" in log
    assert CANARY not in log


def test_an_exception_is_logged_with_its_class_and_place_and_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("DEBUG")
    try:
        try:
            _fail(CANARY)
        except ValueError as first:
            raise RuntimeError(f"{CANARY} again") from first
    except RuntimeError:
        logging.getLogger("waypost").exception("a handler failed for %s", "id-1")

    log = capsys.readouterr().err
    assert CANARY not in log
    assert "a handler failed for id-1" in log
    assert "RuntimeError at " in log
    assert "test_logging.py" in log


def test_the_formatter_keeps_one_exception_to_one_line() -> None:
    try:
        _fail("line one\nline two")
    except ValueError:
        text = SafeFormatter().formatException(sys.exc_info())

    assert text.count("\n") == 0
    assert "in _fail < " in text


@pytest.mark.parametrize("name", ["httpx", "telegram", "sqlalchemy.engine", "multipart.multipart", "uvicorn.access"])
def test_talkative_libraries_are_quiet(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("DEBUG")
    logging.getLogger(name).info("POST /bot%s/sendMessage", CANARY)

    assert capsys.readouterr().err == ""


def test_settings_do_not_print_their_secrets() -> None:
    key = new_key()

    assert key not in repr(Settings(_env_file=None, secret_keys=key))  # type: ignore[call-arg]
