"""A real `waypost serve` in a process of its own, and a person with a browser tab's API."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KEY = "bench-key-0123456789-0123456789-0123456789"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server that can be started, killed and started again over the same data."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start and wait until it is ready. Seconds it took."""
        settings = {
            "WAYPOST_DATA_DIR": str(self.data),
            "WAYPOST_SECRET_KEYS": KEY,
            "WAYPOST_PORT": str(self.port),
            "WAYPOST_RATE_PER_CONVERSATION": "100000/second",
            "WAYPOST_RATE_PER_ADDRESS": "100000/second",
            "WAYPOST_LOG_LEVEL": "WARNING",
        }
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "waypost", "serve"], cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL
        )
        while True:
            try:
                with urllib.request.urlopen(f"{self.base}/readyz", timeout=1):
                    return time.perf_counter() - began
            except (OSError, urllib.error.HTTPError):
                if self.process.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.01)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@contextmanager
def running() -> Iterator[Server]:
    """A server over a fresh database, with the models that set-up has trained."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        models = ROOT / "var" / "models"
        if models.exists():
            (data / "models").symlink_to(models)
        server = Server(data)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def call(server: Server, method: str, path: str, body: Any = None, token: str | None = None, timeout: float = 5) -> Any:
    """One request of the API; its JSON answer."""
    request = urllib.request.Request(server.base + path, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=timeout) as response:
        text = response.read()
    return json.loads(text) if text else None


def open_chat(server: Server, locale: str = "en") -> str:
    """The token of a new web chat."""
    token: str = call(server, "POST", "/api/v1/chat/sessions", {"locale": locale})["token"]
    return token
