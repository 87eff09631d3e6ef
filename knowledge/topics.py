"""The starter set of topics: every subject Waypost recognises, also those that have no article yet.

A topic without an article is still worth knowing: the bot can say what it is about, and must not answer it with a
neighbour's article.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import ContentError
from core.themes import Handling, Theme

STARTER = Path(__file__).parent / "starter"


@dataclass(frozen=True, slots=True)
class Topic:
    """One subject."""

    #: The article's name for ever; titles change, slugs do not.
    slug: str
    theme: Theme
    handling: Handling
    #: Level with the Immigration Advice Authority that a person must have to take a case about it; 0 to 3.
    iaa_level: int


def load_topics(folder: Path = STARTER) -> Mapping[str, Topic]:
    """The topics by slug. Raises ContentError naming file, line and reason."""
    path = folder / "topics.tsv"
    found: dict[str, Topic] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file, delimiter="\t"), start=2):
            try:
                topic = Topic(row["slug"], Theme(row["theme"]), Handling(row["handling"]), int(row["iaa_level"]))
            except (KeyError, ValueError, TypeError) as wrong:
                raise ContentError(path, line, f"not a topic: {wrong}") from None
            if topic.slug in found:
                raise ContentError(path, line, f"the topic {topic.slug!r} stands twice")
            found[topic.slug] = topic
    return found
