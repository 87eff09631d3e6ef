"""Errors: a problem document on every path, whoever raises it, and nothing of what people wrote in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from api.app import create_app
from tests.doors import Desk, Visitor, is_problem
from waypost.wiring import Waypost

MESSAGES = "/api/v1/chat/messages"


def test_an_unknown_path_is_a_problem(client: TestClient) -> None:
    for path in ("/nowhere", "/api/v1/nowhere", "/api/v2/handoffs", "/static/chat/nowhere.js", "/webhooks/smoke"):
        is_problem(client.get(path), 404, "not_found")


def test_an_article_that_is_not_there_is_a_problem(desk: Desk) -> None:
    is_problem(desk.get("/articles/nothing-of-the-kind"), 404, "not_found")


def test_the_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    for method, path, right in (("GET", "/api/v1/chat/sessions", "POST"), ("DELETE", "/healthz", "GET")):
        answer = client.request(method, path)

        is_problem(answer, 405, "method_not_allowed")
        assert right in answer.headers["allow"]


def test_a_validation_error_names_the_place_and_the_reason(client: TestClient, visitor: Visitor) -> None:
    answer = client.post(MESSAGES, json={"text": "hello"}, headers=visitor.headers)
    body = is_problem(answer, 422, "invalid_request")

    assert body["errors"] == [{"loc": ["body", "client_ref"], "msg": "Field required"}]
    assert body["detail"] == "body.client_ref: Field required"


def test_a_body_over_one_megabyte_is_refused_whether_or_not_it_says_so(client: TestClient, visitor: Visitor) -> None:
    def stream() -> Iterator[bytes]:
        yield b'{"client_ref": "1", "text": "'
        for _ in range(12):
            yield b"x" * 100_000
        yield b'"}'

    said = client.post(MESSAGES, content=b"x" * 1_000_001, headers=visitor.headers)
    unsaid = client.post(MESSAGES, content=stream(), headers=visitor.headers | {"Content-Type": "application/json"})

    is_problem(said, 413, "too_large")
    is_problem(unsaid, 413, "too_large")


@pytest.mark.parametrize("length", ["many", "-1", "1e3", "99999999999999999999"])
def test_a_length_that_is_no_length_is_refused(client: TestClient, length: str) -> None:
    is_problem(client.post(MESSAGES, headers={"Content-Length": length}), 413, "too_large")


def test_a_fault_of_ours_is_a_problem_without_a_word_about_its_cause(world: Waypost) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Amina's secret")

    event.listen(world.database.engine, "before_cursor_execute", broken)
    quiet = TestClient(create_app(world, lambda: None, lambda: None), raise_server_exceptions=False)
    answer = quiet.post("/api/v1/chat/sessions")

    is_problem(answer, 500, "internal_error")
    assert "Amina" not in answer.text


def test_a_database_that_is_busy_for_too_long_is_503_with_the_time_to_wait(world: Waypost) -> None:
    def busy(*_: object) -> None:
        raise OperationalError("INSERT …", {}, Exception("database is locked"))

    event.listen(world.database.engine, "before_cursor_execute", busy)
    answer = TestClient(create_app(world, lambda: None, lambda: None)).post("/api/v1/chat/sessions")

    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert "INSERT" not in answer.text
