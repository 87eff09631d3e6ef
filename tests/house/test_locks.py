"""The lock files: exact and hashed, without the address of any mirror, and complete."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("name", [*(f"requirements/{path.name}" for path in LOCKS), "package-lock.json"])
def test_a_lock_file_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert not re.search(r"https?://|git\+|--index-url|--find-links|\"resolved\"", text)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_and_hashed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)

    assert len(entries) > 20
    assert [entry for entry in entries if not re.match(r"[\w.\[\],-]+==[^\s;]+", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_everything_the_program_needs_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = set(
        re.findall(r"^([\w.-]+)", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )

    needed = {re.split(r"[\[><=]", line)[0] for line in project["dependencies"]}
    assert needed - locked == set()


def test_everything_for_the_browser_is_locked_with_its_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    for name in wanted.get("dependencies", {}) | wanted.get("devDependencies", {}):
        assert f"node_modules/{name}" in locked
    assert all("integrity" in entry for name, entry in locked.items() if name)
