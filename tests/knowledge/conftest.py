"""A desk for writing articles: files as an editor would write them, with anything changed that a test wants changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from core.crypto import Keyring, new_key
from core.database import Database
from waypost.migrate import create_all

HEAD = {
    "title": "Where to buy a bus ticket",
    "handling": "answer",
    "area": "england",
    "checked_on": "2026-11-21",
    "review_by": "2027-05-21",
    "sources": "\n  - title: Buses\n    url: https://www.gov.uk/buses",
}
SENTENCE = "You can pay for the bus with your bank card or your phone. "


@dataclass
class Desk:
    """A content folder."""

    folder: Path

    def article(
        self, slug: str = "bus-tickets", *, theme: str = "community", body: str = SENTENCE * 8, **head: str | None
    ) -> Path:
        """Write `en.md`. A head of None is left out; an unknown one is added."""
        lines = [f"{key}: {value}" for key, value in (HEAD | head).items() if value is not None]
        return self.raw(f"{theme}/{slug}/en.md", "---\n" + "\n".join(lines) + f"\n---\n{body}\n")

    def translation(
        self,
        slug: str = "bus-tickets",
        *,
        locale: str = "pl",
        theme: str = "community",
        state: str = "unreviewed",
        title: str = "Gdzie kupić bilet",
        body: str = "Bilet autobusowy można kupić kartą.",
        checksum: str | None = None,
        more: str = "",
    ) -> Path:
        """Write a translation of the article that stands beside it."""
        source = self.folder / theme / slug / "en.md"
        known = checksum if checksum is not None else sha256(source.read_bytes()).hexdigest()[:12]
        head = f'title: {title}\nstate: {state}\nsource_checksum: "{known}"\n{more}'
        return self.raw(f"{theme}/{slug}/{locale}.md", f"---\n{head}---\n{body}\n")

    def raw(self, name: str, text: str | bytes) -> Path:
        """Write any file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty content folder."""
    return Desk(tmp_path / "content")


@pytest.fixture
def empty_database() -> Iterator[Database]:
    """A database without an article."""
    database = Database("sqlite://", Keyring([new_key()]))
    create_all(database)
    yield database
    database.close()
