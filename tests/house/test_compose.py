"""The image and the Compose file. No Docker engine is needed: the file is held against the Compose specification's own
JSON schema, which the package `check-jsonschema` carries, and both files against what docs/operate.md promises of them."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from core.settings import PREFIX, Settings
from tests.conftest import ROOT

SCHEMA = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
#: Variables of the Compose file that set something of Compose, not of Waypost.
OURS_TO_COMPOSE = {"WAYPOST_PUBLISHED_PORT"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The Compose file."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile as instructions with their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def _last_stage(dockerfile: list[tuple[str, str]]) -> list[tuple[str, str]]:
    begins = max(at for at, (word, _) in enumerate(dockerfile) if word == "FROM")
    return dockerfile[begins:]


def _said(dockerfile: list[tuple[str, str]], instruction: str) -> list[str]:
    return [argument for word, argument in dockerfile if word == instruction]


def test_the_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads(Path(str(distribution("check-jsonschema").locate_file(SCHEMA))).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)

    assert [error.message for error in Draft202012Validator(schema).iter_errors(compose)] == []


def test_the_schema_would_notice_a_mistake(compose: dict[str, Any]) -> None:
    schema = json.loads(Path(str(distribution("check-jsonschema").locate_file(SCHEMA))).read_text(encoding="utf-8"))
    wrong = compose | {"services": {"waypost": compose["services"]["waypost"] | {"port": ["8000"]}}}

    assert list(Draft202012Validator(schema).iter_errors(wrong))


def test_waypost_waits_for_a_healthy_postgresql_16(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert services["waypost"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["postgres"]["image"] == "postgres:16"
    assert "pg_isready" in " ".join(services["postgres"]["healthcheck"]["test"])
    assert any(volume.startswith("postgres-data:") for volume in services["postgres"]["volumes"])
    assert "postgres-data" in compose["volumes"]


def test_only_this_machine_can_reach_a_port(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_secret_comes_from_a_file(compose: dict[str, Any]) -> None:
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}

    assert used == set(compose["secrets"])
    assert all(secret["file"].startswith("./secrets/") for secret in compose["secrets"].values())
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if re.search("KEY|PASSWORD|DATABASE_URL", name):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_every_variable_is_a_setting_and_its_default_says_so(compose: dict[str, Any]) -> None:
    settings = {PREFIX + field.upper(): field for field in Settings.model_fields}
    for name, value in compose["services"]["waypost"]["environment"].items():
        if name.startswith(PREFIX):
            assert name.removesuffix("_FILE") in settings
        if (found := re.fullmatch(r"\$\{(\w+):-(.*)\}", str(value))) is not None:
            default = Settings.model_fields[settings[name]].default
            assert found[1] == name
            assert found[2] == (str(default).lower() if isinstance(default, bool) else str(default or ""))
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(WAYPOST_\w+)", text)) <= set(settings) | OURS_TO_COMPOSE


def test_rasa_is_asked_for_by_name_and_reached_by_waypost_alone(compose: dict[str, Any]) -> None:
    rasa = compose["services"]["rasa"]
    others = [service for name, service in compose["services"].items() if name not in ("rasa", "waypost")]

    assert rasa["profiles"] == ["rasa"]
    assert "ports" not in rasa
    assert rasa["networks"] == ["understanding"]
    assert compose["networks"]["understanding"] == {"internal": True}
    assert compose["services"]["waypost"]["networks"] == ["default", "understanding"]
    assert not any("understanding" in service.get("networks", []) for service in others)
    assert "rasa" not in compose["services"]["waypost"]["depends_on"], "Waypost does without it"


def test_rasa_reports_to_nobody_and_never_logs_what_people_write(compose: dict[str, Any]) -> None:
    text = (ROOT / "nlu" / "rasa" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    given = compose["services"]["rasa"]["environment"]

    assert (given["RASA_TELEMETRY_ENABLED"], given["LOG_LEVEL"]) == ("false", "WARNING")
    assert re.search(r"^ENV .*RASA_TELEMETRY_ENABLED=false .*LOG_LEVEL=WARNING", text, re.MULTILINE)
    assert "--require-hashes -r requirements/rasa.txt" in text
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["python:3.11-slim", "python:3.10-slim"]
    assert re.search(r"^USER (?!root|0)", text, re.MULTILINE)
    assert "!requirements/rasa.txt" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_image_runs_as_nobody_special_and_checks_itself(dockerfile: list[tuple[str, str]]) -> None:
    last = _last_stage(dockerfile)

    assert _said(last, "USER")[-1].split(":")[0] not in ("root", "0")
    assert "/readyz" in _said(last, "HEALTHCHECK")[0]
    assert json.loads(_said(last, "CMD")[-1]) == ["waypost", "serve"]


def test_the_image_is_built_from_locked_files(dockerfile: list[tuple[str, str]]) -> None:
    runs = " ".join(_said(dockerfile, "RUN"))

    assert "--require-hashes -r requirements/run.txt" in runs
    assert "npm ci" in runs
    assert "waypost setup" in runs
    assert all(re.search(r":(3\.11|20)-slim\b", image) for image in _said(dockerfile, "FROM"))


def test_the_image_holds_no_secret_and_no_data(dockerfile: list[tuple[str, str]]) -> None:
    given = " ".join(_said(dockerfile, "ENV") + _said(dockerfile, "ARG"))
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert not re.search("KEY|TOKEN|PASSWORD|SECRET|DATABASE_URL", given)
    assert sent[1] == "*", "nothing goes to the builder unless it is named"
    assert not {"!var", "!secrets", "!.env", "!tests", "!docs"} & set(sent)


def test_every_package_is_copied_into_the_image(dockerfile: list[tuple[str, str]]) -> None:
    copied = " ".join(_said(dockerfile, "COPY"))
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    packages = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)

    assert packages is not None
    for package in json.loads(f"[{packages[1]}]"):
        assert f"{package}/ {package}/" in copied
        assert f"!{package}" in sent
