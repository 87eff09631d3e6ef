"""`waypost serve`: a real process, from its first line to its end, and after it was killed."""

import ipaddress
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from core.locales import SERVED
from tests.doors import PATIENCE, Desk, Visitor, until
from tests.waypost.conftest import Install
from waypost.serve import only_process

#: Loaded by the process at its start: writes down every address that it looks up, binds or connects to.
WITNESS = """
import json, os, sys

log = os.open(os.environ["SOCKET_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def write(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        where = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        where = arguments
    else:
        return
    host = where[0] if isinstance(where, tuple) else "unix"
    os.write(log, (json.dumps([event, str(host)]) + chr(10)).encode())

sys.addaudithook(write)
"""


class Serving:
    """A serving process, as whoever started it sees it."""

    def __init__(self, install: Install, *arguments: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.sockets = install.folder.parent / "sockets.jsonl"
        witness = install.folder.parent / "witness"
        witness.mkdir(exist_ok=True)
        (witness / "sitecustomize.py").write_text(WITNESS, encoding="utf-8")
        environment = install.environment
        environment["PYTHONPATH"] = f"{witness}:{environment['PYTHONPATH']}"
        environment["SOCKET_LOG"] = str(self.sockets)
        self._said = install.folder.parent / "said.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "waypost", "serve", "--port", str(self.port), *arguments],
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=install.folder.parent,
                env=environment,
            )

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._said.read_text(encoding="utf-8")

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Every address that it has looked up, bound or connected to."""
        return [tuple(json.loads(line)) for line in self.sockets.read_text(encoding="utf-8").splitlines()]

    def end(self, by: signal.Signals) -> int:
        """End it; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(install: Install, *arguments: str) -> Iterator[tuple[Serving, httpx2.Client]]:
    """A serving process that is ready, and a client of it."""
    running = Serving(install, *arguments)
    try:
        until(lambda: "Waypost is ready." in running.said or running.process.poll() is not None, "the ready line")
        assert running.process.poll() is None, running.said
        with httpx2.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=PATIENCE, trust_env=False) as client:
            yield running, client
    finally:
        running.process.kill()
        running.process.wait(PATIENCE)


@pytest.fixture
def demo(install: Install) -> Install:
    """A demo install: its key is in a file of its own."""
    install.set("SECRET_KEYS", None)
    (install.folder / "demo-secret-key").write_text(install.key, encoding="utf-8")
    return install


def test_the_demo_says_where_it_is_answers_and_talks_to_nobody_else(demo: Install) -> None:
    with serving(demo, "--demo") as (running, client):
        base = f"http://127.0.0.1:{running.port}"
        assert f"{base}/\n" in running.said
        assert f"{base}/chat\n" in running.said
        token = re.findall(r"Authorization: Bearer (\S+)", running.said)[0]
        visitor = Visitor(client, "pl")
        assert visitor.press("gp-registration")[-1]["sources"]
        visitor.press("human")
        assert [case["reason"] for case in Desk(client, token).cases()] == ["asked"]
        assert client.get("/readyz").status_code == 200

        assert running.end(signal.SIGTERM) in (0, -signal.SIGTERM)
    bound = {host for event, host in running.addresses if event == "socket.bind"}
    assert "127.0.0.1" in bound, "the witness saw the process listen"
    away = {host for _, host in running.addresses if host != "unix" and not _is_here(host)}
    assert away == set()
    assert "Traceback" not in running.said


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def test_after_kill_9_what_was_written_is_answered_once_and_in_order(demo: Install) -> None:
    written = ["/help", "/privacy", "/language", "/privacy", "/help"]
    expected = {
        "/help": ["other-language"],
        "/privacy": ["delete-now"],
        "/language": [f"language:{tag}" for tag in SERVED],
    }
    with serving(demo, "--demo") as (running, client):
        visitors = [Visitor(client, "en") for _ in range(5)]
        for text in written:
            for visitor in visitors:
                assert visitor.send(text=text).status_code == 202
        running.end(signal.SIGKILL)

    with serving(demo, "--demo") as (_, client):
        for visitor in visitors:
            visitor.move(client)
            until(lambda visitor=visitor: len(visitor.messages()) == 2 * len(written), "every answer")
            said = [each for each in visitor.messages() if each["author"] == "person"]
            answers = [
                [choice["id"] for choice in each["choices"]] for each in visitor.messages() if each["author"] == "bot"
            ]
            assert [each["text"] for each in said] == written
            assert answers == [expected[text] for text in written]


def test_the_demo_is_refused_on_an_address_that_others_can_reach(demo: Install) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "::", "waypost.example"):
        said = demo.waypost("serve", "--demo", "--host", host)

        assert (said.code, said.out) == (2, "")
        assert f"not on {host}" in said.complaint


def test_a_second_process_on_one_data_folder_is_refused(install: Install) -> None:
    with only_process(install.folder):
        for arguments in (["serve"], ["serve", "--demo"]):
            said = install.waypost(*arguments)

            assert said.code == 1
            assert str(install.folder) in said.complaint


def test_a_port_that_is_taken_is_said_and_ends_with_1(install: Install) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = install.spawn("serve", "--port", str(taken.getsockname()[1]))

    assert said.code == 1
    assert "Waypost is ready" not in said.out
    assert "address already in use" in said.err
    assert "Traceback" not in said.err


def test_telegram_alone_needs_a_token(install: Install) -> None:
    said = install.waypost("telegram")

    assert said.code == 2
    assert "WAYPOST_TELEGRAM_TOKEN" in said.complaint


def test_the_key_of_a_demo_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    from waypost.serve import _demo_key

    key = _demo_key(tmp_path / "new")
    path = tmp_path / "new" / "demo-secret-key"

    assert _demo_key(tmp_path / "new") == key == path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
