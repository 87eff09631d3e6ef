"""Operations: health, readiness, the description of the API and its reader, and what every response carries."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from api.app import create_app
from tests.doors import Desk, is_problem
from waypost.wiring import Waypost

#: The routes of the contract that this version has.
CONTRACT = {
    "POST /webhooks/telegram",
    "POST /api/v1/chat/sessions",
    "POST /api/v1/chat/messages",
    "GET /api/v1/chat/messages",
    "GET /api/v1/chat/events",
    "GET /api/v1/handoffs",
    "POST /api/v1/handoffs",
    "GET /api/v1/handoffs/{handoff_id}",
    "POST /api/v1/handoffs/{handoff_id}/claim",
    "POST /api/v1/handoffs/{handoff_id}/release",
    "POST /api/v1/handoffs/{handoff_id}/resolve",
    "POST /api/v1/handoffs/{handoff_id}/return-to-bot",
    "GET /api/v1/handoffs/{handoff_id}/notes",
    "POST /api/v1/handoffs/{handoff_id}/notes",
    "GET /api/v1/conversations/{conversation_id}/messages",
    "POST /api/v1/conversations/{conversation_id}/messages",
    "GET /api/v1/articles",
    "GET /api/v1/articles/{slug}",
    "GET /healthz",
    "GET /readyz",
}


@pytest.fixture
def description(client: TestClient) -> dict[str, Any]:
    """The description of the API."""
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def schemas_in(node: object) -> list[dict[str, Any]]:
    """Every schema anywhere in the description."""
    if isinstance(node, list):
        return [schema for item in node for schema in schemas_in(item)]
    if not isinstance(node, dict):
        return []
    own = [node["schema"]] if isinstance(node.get("schema"), dict) else []
    return own + [schema for item in node.values() for schema in schemas_in(item)]


def test_the_description_is_openapi_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1.")
    OpenAPI.model_validate(description)
    for schema in [*description["components"]["schemas"].values(), *schemas_in(description["paths"])]:
        Draft202012Validator.check_schema(schema)


def test_every_reference_in_the_description_leads_somewhere(description: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": ?"([^"]+)"', str(description).replace("'", '"')))

    assert references
    for reference in references:
        node: Any = description
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_the_description_names_every_route_of_the_contract_and_of_the_application(
    client: TestClient, description: dict[str, Any]
) -> None:
    routes = {
        f"{method} {route.path}"
        for route in client.app.routes  # type: ignore[attr-defined] # the client's app is ours
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    }

    assert operations(description).keys() >= CONTRACT
    assert operations(description).keys() >= routes


def test_every_operation_says_what_it_is_and_what_can_go_wrong(description: dict[str, Any]) -> None:
    found = operations(description)

    assert len({operation["operationId"] for operation in found.values()}) == len(found)
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation.get("description"), name
        failures = {status: answer for status, answer in operation["responses"].items() if status >= "4"}
        for status, answer in failures.items():
            assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"
        if name.split()[1].startswith("/api/v1/") and not name.endswith(("/sessions", "/phrases")):
            assert "401" in failures, name


def test_the_reader_comes_from_this_server_or_says_how_to_get_it(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.VENDOR", tmp_path)
    bare = client.get("/docs")
    (tmp_path / "swagger-ui-bundle.js").touch()
    whole = client.get("/docs")

    assert (bare.status_code, whole.status_code) == (200, 200)
    assert "make setup" in bare.text
    assert "/openapi.json" in bare.text
    assert re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", whole.text) == []


def test_the_process_says_that_it_lives_and_that_it_can_serve(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "understanding": "ok"}


def test_a_database_that_cannot_be_read_is_not_ready(world: Waypost) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("disk I/O error"))

    event.listen(world.database.engine, "before_cursor_execute", gone)
    client = TestClient(create_app(world, lambda: None, lambda: None))

    is_problem(client.get("/readyz"), 503, "unavailable")
    assert client.get("/healthz").status_code == 200


def test_every_response_carries_the_security_headers(client: TestClient, desk: Desk) -> None:
    answers = [client.get(path) for path in ("/", "/chat", "/widget.js", "/static/chat/chat.css", "/docs", "/nowhere")]
    answers += [desk.get("/handoffs"), client.post("/api/v1/chat/sessions", content=b"x" * 1_000_001)]

    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy, "scripts fall under default-src: nothing inline, nothing from elsewhere"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"]
        assert "set-cookie" not in answer.headers or answer.url.path == "/chat"


def test_only_the_origins_of_the_settings_may_embed_the_chat(world: Waypost) -> None:
    world.settings = world.settings.model_copy(update={"widget_origins": "https://library.example, https://b.example/"})
    policy = TestClient(create_app(world, lambda: None, lambda: None)).get("/").headers["content-security-policy"]

    assert policy.endswith("frame-ancestors 'self' https://library.example https://b.example")


def test_the_knowledge_base_is_read_in_the_best_wording_there_is(desk: Desk) -> None:
    everything = desk.get("/articles").json()
    polish = desk.get("/articles/gp-registration", locale="pl").json()

    assert everything.keys() == {"data", "next_cursor", "has_more"}
    assert "gp-registration" in {article["slug"] for article in everything["data"]}
    assert (polish["slug"], polish["locale"], polish["handling"]) == ("gp-registration", "pl", "answer")
    assert polish["state"] in ("unreviewed", "approved")
    assert all(source["url"].startswith("https://") for source in polish["sources"])
