"""Live messages as server-sent events, over a real connection: the test client does not stream."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.doors import PATIENCE, Visitor, until
from tests.doors import serve as serve_world
from waypost.wiring import Waypost

Event = dict[str, Any]


@pytest.fixture
def client(world: Waypost) -> Iterator[httpx2.Client]:
    """A client of a Waypost behind a real server."""
    with serve_world(world) as address, httpx2.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client:
        yield client


@contextmanager
def listening(client: httpx2.Client, visitor: Visitor, last: str | None = None) -> Iterator[Iterator[Event]]:
    """The events of a visitor's stream as they come."""
    headers = visitor.headers | ({"Last-Event-ID": last} if last is not None else {})
    with client.stream("GET", "/api/v1/chat/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    event: Event = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif "data" in event:
            yield event | {"data": json.loads(event["data"])}
            event = {}
        else:
            event = {}


def take(events: Iterator[Event], count: int) -> list[Event]:
    """So many events, waiting for each."""
    return [next(events) for _ in range(count)]


@pytest.fixture
def visitor(client: httpx2.Client) -> Visitor:
    """Somebody in the web chat."""
    return Visitor(client, "en")


def test_a_listener_hears_the_question_and_the_answer_as_they_come(client: httpx2.Client, visitor: Visitor) -> None:
    with listening(client, visitor) as events:
        visitor.send(text="/help")
        heard = take(events, 2)

    assert [event["event"] for event in heard] == ["message", "message"]
    assert [event["id"] for event in heard] == [event["data"]["id"] for event in heard]
    assert [event["data"] for event in heard] == visitor.messages()


def test_after_a_cut_the_stream_goes_on_after_the_last_event_that_was_heard(
    client: httpx2.Client, visitor: Visitor
) -> None:
    with listening(client, visitor) as events:
        visitor.send(text="/help")
        last = take(events, 2)[-1]["id"]
    missed = visitor.say("/privacy")

    with listening(client, visitor, last) as events:
        replayed = take(events, 2)
        assert [event["data"]["author"] for event in replayed] == ["person", "bot"]
        assert replayed[1]["data"] == missed[0]
        visitor.send(text="/language")
        assert take(events, 1)[0]["data"]["text"] == "/language"


@pytest.mark.parametrize("last", ["", "nothing", "00000000-0000-0000-0000-000000000000"])
def test_after_an_unknown_event_everything_is_replayed(client: httpx2.Client, visitor: Visitor, last: str) -> None:
    visitor.say("/help")

    with listening(client, visitor, last) as events:
        assert [event["data"] for event in take(events, 2)] == visitor.messages()


def test_however_often_the_stream_is_cut_nothing_is_missed_and_nothing_comes_twice(
    client: httpx2.Client, visitor: Visitor
) -> None:
    heard: list[str] = []
    for number in range(12):
        visitor.send(text=("/help", "/privacy", "/language")[number % 3])
        with listening(client, visitor, heard[-1] if heard else None) as events:
            heard += [event["id"] for event in take(events, 1 + number % 2)]
    until(lambda: len(visitor.messages()) == 24, "every answer")
    with listening(client, visitor, heard[-1]) as events:
        heard += [event["id"] for event in take(events, 24 - len(heard))]

    assert heard == [message["id"] for message in visitor.messages()]


def test_two_tabs_hear_the_same(client: httpx2.Client, visitor: Visitor) -> None:
    with listening(client, visitor) as one, listening(client, visitor) as other:
        visitor.send(text="/help")

        assert take(one, 2) == take(other, 2)


def test_leaving_ends_the_stream(client: httpx2.Client, visitor: Visitor) -> None:
    visitor.say("/help")
    with listening(client, visitor) as events:
        take(events, 2)
        client.delete("/api/v1/chat/sessions", headers=visitor.headers)

        assert list(events) == []
