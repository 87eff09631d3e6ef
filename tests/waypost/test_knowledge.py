"""`waypost knowledge`: articles as files."""

import shutil
from pathlib import Path

import pytest

from knowledge.topics import STARTER
from tests.waypost.conftest import Install

ARTICLE = Path("health/gp-registration")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with one article and its translations."""
    shutil.copytree(STARTER / ARTICLE, tmp_path / "content" / ARTICLE)
    return tmp_path / "content"


def edit(folder: Path, old: str, new: str, name: str = "en.md") -> None:
    """Change one place in a file."""
    path = folder / ARTICLE / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_starter_content_has_no_errors(install: Install) -> None:
    said = install.waypost("knowledge", "check")

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].startswith("0 errors")


def test_a_folder_is_checked_without_a_database_or_a_key(install: Install, folder: Path) -> None:
    install.set("SECRET_KEYS", None)
    (install.folder / "waypost.db").unlink()
    said = install.waypost("knowledge", "check", str(folder))

    assert said.code == 0
    assert not (install.folder / "waypost.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("handling: answer", "handling: guess", 3, "unknown handling 'guess'"),
        ("checked_on: 2026", "checked_on: soon 2026", 5, "'checked_on' must be a date"),
        ("https://www.nhs.uk", "http://www.nhs.uk", 8, "must start with https://"),
        ("title: Register", "titel: Register", 1, "lacks 'title'"),
        ("area: england\n", "", 1, "lacks 'area'"),
        ("title: Register", "title: [Register", None, ""),
        ("---\n", "", 1, "front matter"),
    ],
)
def test_a_malformed_article_is_named_with_file_line_and_reason(
    install: Install, folder: Path, old: str, new: str, line: int | None, reason: str
) -> None:
    edit(folder, old, new)
    said = install.waypost("knowledge", "check", str(folder))

    assert said.code == 1
    [complaint] = [each for each in said.err.splitlines() if "en.md" in each]
    assert complaint.startswith(f"error: {folder / ARTICLE / 'en.md'}:{line or ''}")
    assert reason in complaint


def test_every_fault_of_a_folder_is_named_at_once(install: Install, folder: Path) -> None:
    edit(folder, "handling: answer", "handling: guess")
    edit(folder, "state: unreviewed", "state: perfect", "pl.md")
    (folder / ARTICLE / "xx.md").write_text("---\ntitle: x\n---\nx\n", encoding="utf-8")
    said = install.waypost("knowledge", "check", str(folder))

    assert said.out.splitlines()[-1].startswith("3 errors")
    assert [any(name in line for line in said.err.splitlines()) for name in ("en.md", "pl.md", "xx.md")] == [True] * 3


def test_a_folder_without_articles_is_an_error(install: Install, tmp_path: Path) -> None:
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        said = install.waypost("knowledge", "check", str(folder))

        assert said.code == 1
        assert "no articles found" in said.err


def test_a_malformed_folder_is_not_imported_at_all(install: Install, folder: Path) -> None:
    edit(folder, "Register with a GP", "Find a family doctor")
    edit(folder, "state: unreviewed", "state: perfect", "pl.md")
    said = install.waypost("knowledge", "import", str(folder))

    assert said.code == 1
    assert f"{folder / ARTICLE / 'pl.md'}" in said.complaint
    install.waypost("knowledge", "export", "out")
    assert "family doctor" not in Path("out", ARTICLE, "en.md").read_text(encoding="utf-8").splitlines()[1]


def test_what_is_imported_is_published_and_comes_out_again(install: Install, folder: Path) -> None:
    edit(folder, "Register with a GP (doctor)", "Find a family doctor")
    imported = install.waypost("knowledge", "import", str(folder))
    exported = install.waypost("knowledge", "export", "out")

    assert imported.out == "published 1 articles, added 0 translations\n"
    assert exported.code == 0
    assert "title: Find a family doctor" in Path("out", ARTICLE, "en.md").read_text(encoding="utf-8")
    assert install.waypost("knowledge", "check", "out").code == 0


def test_importing_the_same_again_changes_nothing(install: Install, folder: Path) -> None:
    edit(folder, "Register with a GP (doctor)", "Find a family doctor")
    install.waypost("knowledge", "import", str(folder))

    assert install.waypost("knowledge", "import", str(folder)).out == "published 0 articles, added 0 translations\n"
