"""An install of Waypost on disk, and its command line."""

import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.crypto import Keyring
from core.database import Database
from nlu.understand import Understander
from tests.conftest import MODELS, ROOT
from waypost.cli import main


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass
class Install:
    """An install: a data folder with a database and trained models, and one key."""

    folder: Path
    key: str
    _patch: pytest.MonkeyPatch
    _capture: pytest.CaptureFixture[str]

    def set(self, name: str, value: str | None) -> None:
        """Set or unset one WAYPOST_* variable."""
        if value is None:
            self._patch.delenv(f"WAYPOST_{name}", raising=False)
        else:
            self._patch.setenv(f"WAYPOST_{name}", value)

    def waypost(self, *arguments: str, stdin: str = "") -> Said:
        """Run a command in this process."""
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capture.readouterr()
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)

    def spawn(self, *arguments: str, stdin: str = "") -> Said:
        """Run a command in a process of its own."""
        ran = subprocess.run(
            [sys.executable, "-m", "waypost", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            cwd=self.folder.parent,
            env=self.environment,
        )
        return Said(ran.returncode, ran.stdout, ran.stderr)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process of its own."""
        return dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def database(self, *keys: str) -> Database:
        """The install's database, opened with these keys instead of its own."""
        return Database(f"sqlite:///{self.folder / 'waypost.db'}", Keyring(keys or [self.key]))


@pytest.fixture
def install(
    tmp_path: Path,
    _sqlite_template: tuple[Path, str],
    understander: Understander,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Install:
    """A set-up install, its settings in the environment, and no .env file in sight."""
    template, key = _sqlite_template
    folder = tmp_path / "var"
    folder.mkdir()
    shutil.copy(template, folder / "waypost.db")
    (folder / "models").symlink_to(MODELS)
    monkeypatch.chdir(tmp_path)
    install = Install(folder, key, monkeypatch, capsys)
    install.set("DATA_DIR", str(folder))
    install.set("SECRET_KEYS", key)
    install.set("LOG_LEVEL", "ERROR")
    return install


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set up logging for the whole process; a test gives it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in list(logging.root.manager.loggerDict)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
