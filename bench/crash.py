"""Nothing lost, doubled or reordered when the process is killed.

    python -m bench.crash [--kills 30] [--messages 300]

Numbered messages are written to ten web chats while the process is killed (-9) at random moments and started again. A
client sends a message again, with the same `client_ref`, until it is accepted, as the page does. At the end every message
must stand once, in order, and must have been answered once, in order. Target: 0 lost, 0 doubled, 0 reordered.
"""

import argparse
import http.client
import random
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.server import Server, call, open_chat, running

CHATS = 10


def main() -> None:
    """Measure and print; exit 1 when anything was lost, doubled or reordered."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=30)
    options.add_argument("--messages", type=int, default=300)
    options.add_argument("--seed", type=int, default=20261121)
    given = options.parse_args()
    chance = random.Random(given.seed)
    with running() as server:
        tokens = [open_chat(server) for _ in range(CHATS)]
        writers = [threading.Thread(target=_write, args=(server, token, given.messages // CHATS)) for token in tokens]
        for writer in writers:
            writer.start()
        kills, recoveries = 0, []
        while kills < given.kills:
            time.sleep(chance.uniform(0.05, 0.8))
            server.kill()
            kills += 1
            recoveries.append(server.start())
        for writer in writers:
            writer.join()
        answered = _wait_until_answered(server, tokens, given.messages // CHATS)
        found = _examine(server, tokens, given.messages // CHATS)
        states = _states(server.data / "waypost.db")
    print(
        f"{given.messages} messages, {kills} kills (-9): lost {found['lost']}, unanswered {found['unanswered']}, "
        f"doubled {found['doubled']}, reordered {found['reordered']}; "
        f"restart p50 {sorted(recoveries)[len(recoveries) // 2]:.2f} s; answered within {answered:.1f} s of the last; {states}"
    )
    if any(found.values()):
        raise SystemExit(1)


def _write(server: Server, token: str, count: int) -> None:
    """A person who writes numbered lines and does not give up."""
    for number in range(count):
        body = {"text": f"thank you {number}", "client_ref": f"ref-{number}"}
        while not _accepted(server, body, token):
            time.sleep(0.05)


def _accepted(server: Server, body: dict[str, Any], token: str) -> bool:
    try:
        call(server, "POST", "/api/v1/chat/messages", body, token)
    except (OSError, http.client.HTTPException):
        return False  # also half an answer: the server was killed while it wrote it
    return True


def _messages(server: Server, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        after = f"&after={found[-1]['id']}" if found else ""
        page = call(server, "GET", f"/api/v1/chat/messages?limit=200{after}", token=token)
        found += page["data"]
        if not page["has_more"]:
            return found


def _wait_until_answered(server: Server, tokens: list[str], count: int, limit: float = 60) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < limit:
        bots = [sum(message["author"] == "bot" for message in _messages(server, token)) for token in tokens]
        if all(number >= count for number in bots):
            break
        time.sleep(0.2)
    return time.perf_counter() - began


def _examine(server: Server, tokens: list[str], count: int) -> Counter[str]:
    found: Counter[str] = Counter(lost=0, unanswered=0, doubled=0, reordered=0)
    for token in tokens:
        messages = _messages(server, token)
        said = [message["client_ref"] for message in messages if message["author"] == "person"]
        wanted = [f"ref-{number}" for number in range(count)]
        found["lost"] += len(set(wanted) - set(said))
        found["doubled"] += len(said) - len(set(said))
        found["reordered"] += said != wanted and sorted(said) == sorted(wanted)
    return found


def _states(path: Path) -> str:
    """Read straight from the file: replies per message, order of replies, states of rows."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as rows:
        doubled = rows.execute(
            "SELECT count(*) FROM (SELECT origin_id, part FROM message WHERE author = 'bot' GROUP BY 1, 2 HAVING count(*) > 1)"
        ).fetchone()[0]
        unanswered = rows.execute(
            "SELECT count(*) FROM message p WHERE author = 'person' AND NOT EXISTS "
            "(SELECT 1 FROM message b WHERE b.origin_id = p.id AND b.author = 'bot')"
        ).fetchone()[0]
        reordered = rows.execute(
            "SELECT count(*) FROM message a JOIN message b ON a.conversation_id = b.conversation_id AND a.author = 'bot' "
            "AND b.author = 'bot' AND a.seq < b.seq JOIN message pa ON pa.id = a.origin_id "
            "JOIN message pb ON pb.id = b.origin_id "
            "WHERE pa.seq > pb.seq"
        ).fetchone()[0]
        left = rows.execute("SELECT count(*) FROM message WHERE state = 'new'").fetchone()[0]
    if doubled or unanswered or reordered or left:
        raise SystemExit(
            f"rows: {doubled} doubled replies, {unanswered} unanswered, {reordered} replies out of order, {left} left undone"
        )
    return "rows: 0 doubled replies, 0 unanswered, 0 out of order, 0 left undone"


if __name__ == "__main__":
    main()
