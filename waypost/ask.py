"""`waypost ask`: questions in, replies out, through the very pipeline that serves people, keeping nothing."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from bot.channels import terminal
from bot.channels.terminal import Terminal
from bot.models import Message
from core.errors import WaypostError
from core.locales import FALLBACK
from core.settings import Settings
from waypost.wiring import Waypost, build_scratch


class BadLine(WaypostError):
    """A line of the input is not a JSON object with an id and a text."""

    code = "bad_line"


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the input."""

    id: str
    text: str = ""
    person: str | None = None
    locale_hint: str | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one message."""

    text: str
    choices: list[list[str]]
    trace: dict[str, Any]
    milliseconds: float


class Asker:
    """A scratch Waypost that answers one message after the other."""

    def __init__(self, settings: Settings) -> None:
        self._channel = Terminal()
        self.world: Waypost = build_scratch(settings, self._channel)
        self._count = 0

    def ask(self, question: Question) -> Asked:
        """The reply to a question. Questions of one person are one conversation."""
        began = time.perf_counter()
        self._count += 1
        person = question.person or f"line {self._count}"
        inbound = terminal.read(
            person, self._count, question.text, choice=question.choice or "", language=question.locale_hint
        )
        received = self.world.receive(inbound)
        self.world.jobs.run_pending()
        parts = self._channel.take(person)
        trace = self._trace(received.message_id)
        text = "\n\n".join(part["text"] for part in parts)
        choices = parts[-1]["choices"] if parts else []
        return Asked(text, choices, trace, (time.perf_counter() - began) * 1000)

    def _trace(self, message_id: UUID) -> dict[str, Any]:
        with self.world.database.read() as session:
            message = session.get(Message, message_id)
            # After "delete everything" not even the command is left.
            trace: dict[str, Any] = (message.trace if message else None) or {"outcome": "command", "reason": "erased"}
            return trace


def read_lines(lines: Iterable[str]) -> Iterator[Question]:
    """Questions from JSON lines; empty lines are skipped. Raises BadLine naming the line."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            raise BadLine(f"line {number}: not JSON") from None
        if not isinstance(data, dict) or "id" not in data:
            raise BadLine(f"line {number}: a JSON object with an 'id' is needed")
        for name in ("text", "person", "locale_hint", "choice"):
            if not isinstance(data.get(name), str | None):
                raise BadLine(f"line {number}: {name!r} must be a text")
        if data.get("text") is None and data.get("choice") is None:
            raise BadLine(f"line {number}: 'text' or 'choice' is needed")
        yield Question(
            str(data["id"]), data.get("text") or "", data.get("person"), data.get("locale_hint"), data.get("choice")
        )


def as_line(question: Question, asked: Asked) -> dict[str, Any]:
    """The answer to a question in the words of the contract."""
    trace = asked.trace
    understood = trace.get("understanding") or {}
    unknown = {"tag": question.locale_hint or FALLBACK, "script": "native", "confidence": 0.0, "decision": "silent"}
    urgency = understood.get("urgency") or {"category": None, "score": 0.0}
    outcome: Literal["reply", "clarification", "handoff", "safety", "command", "smalltalk"] = trace["outcome"]
    return {
        "id": question.id,
        "language": understood.get("language") or unknown,
        "urgency": {"category": urgency["category"], "score": urgency["score"]},
        "theme": understood.get("theme"),
        "theme_confidence": understood.get("theme_confidence", 0.0),
        "topic": understood.get("topic"),
        "topic_confidence": understood.get("topic_confidence", 0.0),
        "outcome": outcome,
        "choices": trace.get("choices", []) if outcome == "clarification" else [],
        "reason": trace.get("reason", ""),
        "article": trace.get("article"),
        "locale": trace.get("locale", FALLBACK),
        "text": asked.text,
        "ms": round(asked.milliseconds, 2),
    }
