"""A small school: training data for four intents in two languages, written into a folder as people write it."""

from pathlib import Path

import pytest

from nlu.store import load_danger
from nlu.training import TrainingData, load_training
from nlu.understand import DANGER, Understander
from nlu.urgency import RuleBook
from tests.conftest import MODELS

LESSONS = {
    "en/housing": {
        "repairs-damp-mould": [
            "mould on my wall",
            "the heating is broken",
            "my flat is damp",
            "water comes from the roof",
        ],
        "right-to-rent": [
            "right to rent check",
            "landlord wants my papers",
            "can i rent a room",
            "proof to rent a flat",
        ],
    },
    "en/service": {"greeting": ["hello", "good morning", "hi there", "hey"]},
    "en/out_of_scope": {"out_of_scope": ["who won the match", "tell me a joke", "a recipe for soup", "is it raining"]},
    "pl/housing": {
        "repairs-damp-mould": ["grzyb na ścianie", "zepsute ogrzewanie", "wilgoć w mieszkaniu", "cieknie z dachu"],
        "right-to-rent": ["prawo do wynajmu", "właściciel chce dokumenty", "czy mogę wynająć pokój", "dowód do najmu"],
    },
    "pl/service": {"greeting": ["cześć", "dzień dobry", "witam", "hej"]},
}


def write_lessons(folder: Path, lessons: dict[str, dict[str, list[str]]] = LESSONS) -> Path:
    """Write training files; returns the folder."""
    for name, intents in lessons.items():
        text = 'version: "3.1"\nnlu:\n'
        for intent, lines in intents.items():
            text += f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {line}\n" for line in lines)
        path = folder / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A folder of training data that a test may spoil."""
    return write_lessons(tmp_path / "data")


@pytest.fixture(scope="session")
def schooling(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """The small training data, read."""
    return load_training(write_lessons(tmp_path_factory.mktemp("lessons")))


@pytest.fixture(scope="session")
def rules(understander: Understander) -> RuleBook:
    """The danger rules Waypost comes with."""
    return load_danger(MODELS, DANGER)
