"""How long a person waits: from the POST of a message to its answer on the open stream, 200 messages.

    python -m bench.latency

Target on an idle machine: p50 under 60 ms, p99 under 250 ms.
"""

import http.client
import statistics
import time

from bench.server import Server, call, open_chat, running

MESSAGES = 200
QUESTIONS = (
    "how do i register with a doctor",
    "my landlord wants a share code what is it",
    "jak dostać numer NIN do pracy",
    "كيف اسجل ابني في المدرسة",
    "cum pot face cerere pentru universal credit",
    "ইংরেজি ক্লাস কি ফ্রি",
    "mi jefe no me paga que puedo hacer",
    "the heating in my flat is broken since two weeks",
)


def main() -> None:
    """Measure and print."""
    with running() as server:
        waits = [wait for chat in range(MESSAGES // 20) for wait in _conversation(server, chat)]
    waits.sort()
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99) - 1]
    print(
        f"message to reply, web chat, {len(waits)} messages: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {waits[-1]:.1f} ms"
    )


def _conversation(server: Server, chat: int) -> list[float]:
    """Twenty questions, each sent when the one before has been answered."""
    token = open_chat(server)
    stream = _stream(server, token)
    waits = []
    for number in range(20):
        text = QUESTIONS[(chat + number) % len(QUESTIONS)]
        began = time.perf_counter()
        call(server, "POST", "/api/v1/chat/messages", {"text": text, "client_ref": f"m{number}"}, token)
        _wait_for_bot(stream)
        waits.append((time.perf_counter() - began) * 1000)
        # A person does not write while the bot is silent, so every question starts with the bot holding the baton.
        call(server, "POST", "/api/v1/chat/messages", {"choice": "new-question", "client_ref": f"n{number}"}, token)
        _wait_for_bot(stream)
    return waits


def _stream(server: Server, token: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/api/v1/chat/events", headers={"Authorization": f"Bearer {token}"})
    return connection.getresponse()


def _wait_for_bot(stream: http.client.HTTPResponse) -> None:
    """Read events until the first of the bot; what else comes of the same reply is read at the next call."""
    while True:
        line = stream.readline()
        if not line:
            raise SystemExit("the stream ended")
        if line.startswith(b"data: ") and b'"author": "bot"' in line:
            return


if __name__ == "__main__":
    main()
