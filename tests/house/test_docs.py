"""The manual tells the whole truth: everything a person can set, call, run or meet is named in it, and its examples run."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import Route
from starlette.testclient import TestClient
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

from api.app import create_app
from bot.handoff import Reason
from bot.pipeline import STEPS
from bot.turn import COMMANDS
from core.database import Base
from core.errors import WaypostError
from core.locales import SERVED
from core.settings import PREFIX, Settings
from core.staff import Scope
from core.themes import Danger, Handling, Theme
from knowledge.files import read_article, read_translation
from knowledge.importer import STARTER
from knowledge.topics import load_topics
from nlu.training import load_training
from nlu.understand import Understander
from nlu.urgency import load_rules
from tests.conftest import MODELS, ROOT, Town
from tests.doors import hire
from waypost.cli import _parser

DOCS = ROOT / "docs"
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
FRONT = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}
ALL = PAGES | FRONT
#: Variables in the manual that are no settings of `waypost`: of Compose, of measuring, and of the tests.
OTHER_VARIABLES = {"WAYPOST_EVAL_DIR", "WAYPOST_PUBLISHED_PORT", "WAYPOST_REQUIRE", "WAYPOST_TEST_POSTGRES"}
#: Commands that the manual names as not there yet.
LATER: set[str] = set()
#: Commands of the examples that are harmless enough to be run.
HARMLESS = ("ask", "chat", "key")


def page(name: str) -> str:
    """A page of the manual."""
    return PAGES[f"docs/{name}.md"]


# --- everything is named ----------------------------------------------------------------------------------------------


def _default(field: str) -> str:
    value = Settings.model_fields[field].default
    if value is None:
        return "not set"
    if value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_described_with_its_default(field: str) -> None:
    row = re.search(rf"^\| `{PREFIX}{field.upper()}` \| (.+?) \| (.+) \|$", page("settings"), re.MULTILINE)

    assert row is not None, f"docs/settings.md has no line for {PREFIX}{field.upper()}"
    assert row[1] == _default(field)


@pytest.mark.parametrize("name", ALL)
def test_no_page_names_a_setting_that_does_not_exist(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    named = set(re.findall(r"\bWAYPOST_[A-Z_]*[A-Z]\b", ALL[name]))

    assert {each for each in named if each.removesuffix("_FILE") not in known} <= OTHER_VARIABLES


def _commands(parser: argparse.ArgumentParser, name: str = "waypost") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, below in group.choices.items():
            yield from _commands(below, f"{name} {word}")


COMMAND_PARSERS = dict(_commands(_parser()))


@pytest.mark.parametrize("name", COMMAND_PARSERS)
def test_every_command_and_option_is_described(name: str) -> None:
    section = re.search(rf"^### {name}$(.*?)(?=^##|\Z)", page("commands"), re.MULTILINE | re.DOTALL)

    assert section is not None, f"docs/commands.md has no section for `{name}`"
    for action in COMMAND_PARSERS[name]._actions:
        for option in action.option_strings or [action.dest]:
            if option in ("-h", "--help"):
                continue
            described = f"`{option}`" in section[1] or (name == "waypost erase" and "channel's id" in section[1])
            assert described, f"{name} {option}"


@pytest.mark.parametrize("name", ALL)
def test_no_page_names_a_command_that_does_not_exist(name: str) -> None:
    known = {command.split()[1] for command in COMMAND_PARSERS}

    assert set(re.findall(r"`waypost ([a-z][a-z-]*)", ALL[name])) <= known | LATER


@pytest.mark.parametrize("step", [name for name, _ in STEPS])
def test_every_step_is_described(step: str) -> None:
    assert f"| `{step}` |" in page("architecture")
    assert re.search(rf"^## .*: steps? .*`{step}`", page("conversations"), re.MULTILINE)


def test_the_table_of_steps_has_the_order_of_the_program() -> None:
    table = page("architecture").split("| Step | Acts when")[1].split("\n\n")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [name for name, _ in STEPS]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, for its routes alone."""
    return create_app(SimpleNamespace(settings=Settings(_env_file=None)), lambda: None, lambda: None)  # type: ignore[arg-type, call-arg]


def test_every_route_is_described(app: FastAPI) -> None:
    described = page("api")
    for path, verbs in app.openapi()["paths"].items():
        for verb in verbs:
            there = (
                f"{verb.upper()} {path}`" in described or f"`{verb.upper()} …/{path.rsplit('/', 1)[1]}`" in described
            )
            assert there, f"{verb.upper()} {path}"


def test_every_page_is_described(app: FastAPI) -> None:
    described = page("api")
    for route in app.routes:
        if isinstance(route, Route):
            assert f"{route.path}`" in described, route.path


@pytest.mark.parametrize("path", sorted((ROOT / "bot" / "channels").glob("*.py")), ids=lambda path: path.stem)
def test_every_channel_is_described(path: Path) -> None:
    name = re.search(r'^NAME = "(\w+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if name:
        assert f"| `{name[1]}` |" in page("channels")


def _errors(kind: type[WaypostError] = WaypostError) -> Iterator[type[WaypostError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _errors(below)


def test_every_problem_code_is_explained() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "api").rglob("*.py"))
    written = set(re.findall(r'(?:ApiError|problem)\(\s*\d{3},\s*"(\w+)"', source))
    assert len(written) > 5
    for code in written | {error.code for error in _errors() if not error.__module__.startswith("tests")}:
        assert f"`{code}`" in page("api"), code


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (Scope, "api"),
        (Reason, "conversations"),
        (Danger, "safety"),
        (Danger, "understanding"),
        (Handling, "content"),
        (Theme, "content"),
        ([f"/{name}" for name in COMMANDS], "conversations"),
        (sorted(Base.metadata.tables), "architecture"),
    ],
    ids=["scopes", "reasons", "dangers-shown", "dangers-ruled", "handling", "themes", "commands", "tables"],
)
def test_every_word_of_the_trade_is_explained(words: Any, where: str) -> None:
    assert [word for word in words if f"`{word}`" not in page(where)] == []


# --- the front page ---------------------------------------------------------------------------------------------------


def test_the_house_tree_names_every_folder() -> None:
    tree = FRONT["README.md"].split("## The house")[1].split("```")[1]
    named = set(re.findall(r"(?:^|\s{2,})([a-z]+)/\s", tree, re.MULTILINE))
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"docs", "requirements"}

    assert named == there


def test_the_front_page_counts_right() -> None:
    articles = len(list(STARTER.glob("*/*/en.md")))

    assert f"Answers {articles} common subjects" in FRONT["README.md"]
    assert f"The {articles} articles" in page("content")
    assert f"{len(load_topics())} topics are recognised" in page("content")
    for locale in SERVED.values():
        assert locale.english in FRONT["README.md"]


@pytest.mark.parametrize("name", [*FRONT, "CHANGELOG.md"])
def test_links_of_the_front_pages_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text)

    assert [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("picture", ["chat-pl.png", "chat-ar.png"])
def test_the_pictures_are_there_and_small(picture: str) -> None:
    size = (DOCS / "images" / picture).stat().st_size

    assert 10_000 < size < 300_000


def test_the_manual_builds_and_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for html in (tmp_path / "site").rglob("*.html"):
        assert not re.search(
            r'<(?:script|img|link rel="(?:stylesheet|preconnect)")[^>]+(?:src|href)="(?:https?:)?//',
            html.read_text(encoding="utf-8"),
        ), html


# --- the examples -----------------------------------------------------------------------------------------------------


def _examples(language: str, only: str = "") -> list[Any]:
    """Every code block of a language, as pytest parameters named after page and line."""
    found: list[Any] = []

    def keep(example: Any) -> None:
        found.append(pytest.param(str(example.parsed), id=f"{name}:{example.line}"))

    sybil = Sybil(parsers=[CodeBlockParser(language, keep)])
    for name in ALL:
        if only in name:
            for example in sybil.parse(ROOT / name).examples():
                example.evaluate()
    return found


_WORDS = "|".join(sorted({name.split()[1] for name in COMMAND_PARSERS}))
_CALL = re.compile(rf"(?<![\w.-])waypost ((?:{_WORDS})\b[^|;&<>)]*)")


def _calls(text: str) -> Iterator[tuple[list[str], str]]:
    """Every call of `waypost` in a piece of shell: its arguments, and what is piped into it."""
    for line in text.replace("\\\n", " ").splitlines():
        piped = re.match(r"echo (['\"])(.*?)\1 \| ", line)
        for found in _CALL.finditer(line):
            # A call inside quotes (sh -c '…') ends with the quote.
            call = found[1] if found[1].count("'") % 2 == 0 else found[1].rstrip("' ")
            yield shlex.split(call), f"{piped[2]}\n" if piped else ""


SHELL = [*_examples("sh"), *_examples("console")]


def _usable(arguments: list[str]) -> argparse.Namespace:
    try:
        return _parser().parse_args(arguments)
    except SystemExit:
        pytest.fail(f"waypost {shlex.join(arguments)} is not a command")


@pytest.mark.parametrize("text", SHELL)
def test_every_command_in_an_example_is_understood(text: str) -> None:
    for arguments, _ in _calls(text):
        assert _usable(arguments)


def test_the_examples_are_found() -> None:
    called = {arguments[0] for parameter in SHELL for arguments, _ in _calls(parameter.values[0])}

    assert called >= {"ask", "chat", "serve", "check", "key", "erase", "rotate-keys", "staff", "token", "knowledge"}


@pytest.mark.parametrize("text", SHELL)
def test_every_target_of_make_in_an_example_exists(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|\s)make ([a-z]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def _harmless() -> list[Any]:
    found = {}
    for parameter in SHELL:
        for arguments, piped in _calls(parameter.values[0]):
            if arguments[0] in HARMLESS:
                found[shlex.join(arguments), piped] = pytest.param(arguments, piped, id=shlex.join(arguments))
    return list(found.values())


@pytest.mark.parametrize(("arguments", "piped"), _harmless())
def test_harmless_examples_run(arguments: list[str], piped: str, understander: Understander, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(MODELS)
    done = subprocess.run(
        [sys.executable, "-m", "waypost", *arguments],
        cwd=ROOT,
        env=os.environ | {"WAYPOST_DATA_DIR": str(tmp_path)},
        input=piped,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    if "--jsonl" in arguments:
        for name in json.loads(done.stdout):
            assert f"`{name}`" in page("commands"), name
    elif arguments[0] == "ask" or piped:
        assert "https://" in done.stdout
    assert not any(path.suffix == ".db" for path in tmp_path.iterdir()), "these commands keep nothing"


def test_python_examples_run() -> None:
    for parameter in _examples("python"):  # none so far
        exec(compile(parameter.values[0], str(parameter.id), "exec"), {})


@pytest.mark.parametrize("text", _examples("json"))
def test_json_examples_are_json(text: str) -> None:
    assert json.loads(text)


@pytest.mark.parametrize("text", _examples("yaml"))
def test_yaml_examples_are_what_they_claim(text: str, tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    if "rules:" in text:
        (tmp_path / "en.yml").write_text(text, encoding="utf-8")
        assert load_rules(tmp_path).rules
    else:
        (tmp_path / "en" / "health.yml").write_text(text, encoding="utf-8")
        assert load_training(tmp_path).examples


def test_the_example_article_and_its_translation_are_accepted(tmp_path: Path) -> None:
    article, translation = (parameter.values[0] for parameter in _examples("markdown", "content"))
    home = tmp_path / "community" / "libraries-free-internet"
    home.mkdir(parents=True)
    (home / "en.md").write_text(article, encoding="utf-8")
    (home / "pl.md").write_text(translation, encoding="utf-8")

    assert read_article(home / "en.md").title == "Join a library"
    assert read_translation(home / "pl.md").state == "unreviewed"


def test_the_conversation_of_the_api_page_takes_place(town: Town) -> None:
    known = {"STAFF_TOKEN": hire(town.world, "amina", Scope.ADMIN)}
    with TestClient(create_app(town.world, lambda: None, lambda: None)) as client:
        for block, expected in _api_story():
            answer: Any = None
            for line in block.replace("\\\n", " ").strip().splitlines():
                answer = _curl(client, line, known)
                town.world.jobs.run_pending()
            if expected is not None:
                _same_shape(expected, answer)
            known |= _learnt(answer)


def _api_story() -> Iterator[tuple[str, Any]]:
    """The blocks of shell on the page about the API, each with the answer that is shown under it."""
    blocks = re.findall(r"^```(sh|json)\n(.*?)^```$", page("api"), re.MULTILINE | re.DOTALL)
    for at, (language, text) in enumerate(blocks):
        if language == "sh":
            answered = at + 1 < len(blocks) and blocks[at + 1][0] == "json"
            yield text, json.loads(blocks[at + 1][1]) if answered else None


def _curl(client: TestClient, line: str, known: dict[str, str]) -> Any:
    """What `curl` would have got."""
    for name, value in known.items():
        line = line.replace(f"${name}", value)
    words = iter(shlex.split(line)[1:])
    verb, body, headers, address = "GET", None, {}, ""
    for word in words:
        match word:
            case "-X":
                verb = next(words)
            case "-d":
                body = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case _:
                address = word.removeprefix("http://127.0.0.1:8000")
    answer = client.request(verb, address, content=body, headers=headers)
    assert answer.status_code < 300, f"{line}\n{answer.text}"
    return answer.json() if answer.content else None


def _learnt(answer: Any) -> dict[str, str]:
    if isinstance(answer, dict) and "token" in answer:
        return {"TOKEN": answer["token"]}
    if isinstance(answer, dict) and answer.get("data") and "conversation_id" in answer["data"][0]:
        return {"CASE": answer["data"][0]["id"], "CONVERSATION": answer["data"][0]["conversation_id"]}
    return {}


def _same_shape(shown: Any, real: Any) -> None:
    """Everything that is shown is there, under the same name and of the same kind."""
    if isinstance(shown, dict):
        assert set(shown) <= set(real)
        for name, value in shown.items():
            if value is not None and real[name] is not None:
                _same_shape(value, real[name])
    elif isinstance(shown, list):
        assert isinstance(real, list)
        if shown and real:
            _same_shape(shown[0], real[-1])
    else:
        assert isinstance(real, type(shown))
