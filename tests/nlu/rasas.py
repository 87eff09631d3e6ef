"""A Rasa server for tests: the two calls Waypost uses, over real HTTP on the loopback interface, with faults on demand."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from nlu.text import fold
from nlu.training import Example

TOKEN = "letmein-4711"
#: Status and body, or what is to happen instead.
Fault = tuple[int, bytes] | Callable[[Any], None]


def refusal(status: int, reason: str) -> tuple[int, bytes]:
    """An error in the form Rasa gives it."""
    return status, json.dumps({"status": "failure", "reason": reason, "code": status}).encode()


def slowly(handler: Any) -> None:
    """Let seconds pass before the first byte."""
    time.sleep(3.0)
    handler.answer(200, b"{}")


def drop_by_drop(handler: Any) -> None:
    """Never be silent for long and never finish: each byte comes before a timeout for one read ends."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(30):
            handler.wfile.write(b" ")
            time.sleep(0.1)
    except OSError:  # the client has gone, as it should
        handler.close_connection = True


@dataclass
class FakeRasa:
    """Knows some examples, and ranks their intents by the character runs they share with a message."""

    examples: tuple[Example, ...]
    #: What happens instead of an answer; None while all is well.
    fault: Fault | None = None
    #: The texts it was asked about, in order.
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def ranking(self, text: str) -> list[dict[str, Any]]:
        """The intents as Rasa ranks them."""
        scores: Counter[str] = Counter()
        for example in self.examples:
            scores[example.intent] = max(scores[example.intent], len(_runs(text) & _runs(example.text)))
        whole = scores.total() or 1
        return [{"name": intent, "confidence": score / whole} for intent, score in scores.most_common()]

    def answer(self, verb: str, path: str, token: str, text: str) -> tuple[int, Any]:
        """Status and body for a request."""
        if token != TOKEN:
            return refusal(401, "NotAuthenticated")
        if (verb, path) == ("GET", "/status"):
            return 200, {"model_file": "waypost.tar.gz", "model_id": "1", "num_active_training_jobs": 0}
        ranking = self.ranking(text)
        return 200, {"text": text, "intent": ranking[0], "entities": [], "intent_ranking": ranking}

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[Self]:
        """The server on a port of its own, or on the one it had before."""
        with ThreadingHTTPServer(("127.0.0.1", port), _handler(self)) as server:
            server.daemon_threads = True
            server.block_on_close = False
            self.url = f"http://127.0.0.1:{server.server_port}"
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            try:
                yield self
            finally:
                server.shutdown()


def _runs(text: str) -> set[str]:
    padded = f" {fold(text)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _handler(rasa: FakeRasa) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond("GET", "")

        def do_POST(self) -> None:
            text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
            rasa.asked.append(text)
            self._respond("POST", text)

        def _respond(self, verb: str, text: str) -> None:
            address = urlsplit(self.path)
            if callable(rasa.fault):
                rasa.fault(self)
                return
            token = parse_qs(address.query).get("token", [""])[0]
            status, body = rasa.fault or rasa.answer(verb, address.path, token, text)
            self.answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())

        def answer(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client did not wait
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the library's
            pass

    return Handler
