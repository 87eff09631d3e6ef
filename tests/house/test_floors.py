"""The floors of the house: who may import whom, and whose the package names are."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
#: Services from outside, and the one place that knows them.
ADAPTERS = {
    "telegram": "bot/channels/telegram.py",
    "fasttext": "nlu/language/lid.py",
    "langdetect": "nlu/language/second.py",
    "lingua": "nlu/language/lingua.py",
    "wordfreq": "nlu/language/lexicon.py",
    "sklearn": "nlu/topics.py",
    "psycopg": "nowhere: SQLAlchemy opens it by its address",
}


def test_every_contract_of_the_floors_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--cache-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_every_package_stands_on_a_floor() -> None:
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}

    assert set(PACKAGES) == there
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == there


def test_every_module_of_the_ground_floor_is_in_its_contract() -> None:
    layers = " | ".join(PROJECT["tool"]["importlinter"]["contracts"][1]["layers"])
    there = {path.stem for path in (ROOT / "core").glob("*.py")} | {"jobs"}

    assert set(re.findall(r"core\.(\w+)", layers)) == there - {"__init__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_name_belongs_to_this_distribution_alone(package: str) -> None:
    # An editable install lists no packages at all.
    assert set(packages_distributions().get(package, [])) <= {"waypost"}


def test_tests_are_not_shipped() -> None:
    assert "waypost" not in packages_distributions().get("tests", [])
    assert not {"tests", "bench", "docs"} & set(PACKAGES)


@pytest.mark.parametrize(("library", "home"), ADAPTERS.items())
def test_a_service_from_outside_is_known_in_one_place(library: str, home: str) -> None:
    using = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if re.search(rf"^\s*(from|import) {library}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert set(using) <= {home}


def test_the_web_stays_behind_the_doors() -> None:
    for package in ("bot", "knowledge", "nlu", "translations", "core"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"^\s*(from|import) (fastapi|starlette|uvicorn)\b", text, re.MULTILINE), path


def test_nothing_is_read_or_opened_by_importing_the_program(tmp_path: Path) -> None:
    modules = ", ".join(PACKAGES) + ", waypost.cli, waypost.wiring, api.app"
    done = subprocess.run(
        [sys.executable, "-c", f"import {modules}"],
        cwd=tmp_path,
        env={"WAYPOST_PORT": "not a port", "WAYPOST_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
