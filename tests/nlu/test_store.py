"""Trained models on disk: made once, never trusted blindly, and the last good one goes on serving."""

import json
import logging
import pickle
from pathlib import Path

import numpy as np
import pytest

from core.errors import ContentError
from nlu import store
from nlu.store import load_danger, load_models
from nlu.topics import train_topics

RULES = "version: 1\nrules:\n  - {id: en.a, category: child_at_risk, level: red, any: [alone at night]}\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty cache."""
    return tmp_path / "models"


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many examples each training has had."""
    counted: list[int] = []

    def count(examples: tuple[object, ...]) -> object:
        counted.append(len(examples))
        return train_topics(examples)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "train_topics", count)
    return counted


def _spoil(lessons: Path) -> None:
    (lessons / "en" / "housing.yml").write_text("version: nonsense", encoding="utf-8")


def test_a_model_is_trained_once_and_read_afterwards(cache: Path, lessons: Path, trainings: list[int]) -> None:
    first, second = load_models(cache, lessons), load_models(cache, lessons)

    assert len(trainings) == 1
    assert second.version == first.version
    assert second.groups == first.groups
    for text in ("mould on the wall", "grzyb", "hello"):
        assert second.topics.classify(text) == first.topics.classify(text)
    np.testing.assert_array_equal(second.ngrams.table, first.ngrams.table)


def test_changed_data_is_learnt_and_the_older_model_is_cleared_away(
    cache: Path, lessons: Path, trainings: list[int]
) -> None:
    before = load_models(cache, lessons)
    path = lessons / "en" / "housing.yml"
    path.write_text(path.read_text(encoding="utf-8") + "    - rent papers\n", encoding="utf-8")
    after = load_models(cache, lessons)

    assert trainings[1] == trainings[0] + 1
    assert after.version != before.version
    assert [folder.name for folder in cache.iterdir() if folder.is_dir()] == [after.version]


def test_broken_data_leaves_the_last_good_model_serving(
    cache: Path, lessons: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = load_models(cache, lessons)
    _spoil(lessons)

    with caplog.at_level(logging.ERROR):
        models = load_models(cache, lessons)

    assert models.version == good.version
    assert models.topics.classify("mould").ranked[0].intent == "repairs-damp-mould"
    assert "the last good model goes on serving" in caplog.text
    assert "housing.yml:1: " in caplog.text


def test_broken_data_without_an_earlier_model_is_an_error(cache: Path, lessons: Path) -> None:
    _spoil(lessons)

    with pytest.raises(ContentError, match="version"):
        load_models(cache, lessons)


def test_broken_data_and_a_lost_model_are_an_error_about_the_data(cache: Path, lessons: Path) -> None:
    good = load_models(cache, lessons)
    (cache / good.version / "topics.npz").unlink()
    _spoil(lessons)

    with pytest.raises(ContentError, match="version"):
        load_models(cache, lessons)


@pytest.mark.parametrize("name", ["topics.npz", "ngrams.npz", "topics.json", "meta.json"])
@pytest.mark.parametrize("left", [0, 10, 0.5])
def test_a_torn_file_is_trained_anew(cache: Path, lessons: Path, trainings: list[int], name: str, left: float) -> None:
    path = cache / load_models(cache, lessons).version / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(left * len(whole)) if isinstance(left, float) else left])

    assert load_models(cache, lessons).topics.classify("mould").ranked[0].intent == "repairs-damp-mould"
    assert len(trainings) == 2
    assert path.exists()


def test_a_pickle_in_the_place_of_a_model_is_not_opened(cache: Path, lessons: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "exploded",)  # type: ignore[return-value]

    folder = cache / load_models(cache, lessons).version
    (folder / "topics.npz").write_bytes(pickle.dumps(Bomb()))
    load_models(cache, lessons)
    np.savez(folder / "ngrams.npz", table=np.array([Bomb()], dtype=object))
    load_models(cache, lessons)

    assert not (tmp_path / "exploded").exists()


def test_nothing_that_is_stored_is_a_pickle(cache: Path, lessons: Path) -> None:
    folder = cache / load_models(cache, lessons).version
    for path in folder.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays)
    for path in folder.glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))


def test_a_model_that_was_half_written_is_not_seen(cache: Path, lessons: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store.np, "savez", fail)
        with pytest.raises(OSError, match="full"):
            load_models(cache, lessons)

    assert not (cache / "current").exists()
    assert load_models(cache, lessons).topics.classify("mould").ranked[0].intent == "repairs-damp-mould"


# --- danger rules -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rule_folder(tmp_path: Path) -> Path:
    """A folder with one rule."""
    folder = tmp_path / "danger"
    folder.mkdir()
    (folder / "en.yml").write_text(RULES, encoding="utf-8")
    return folder


def test_rules_are_compiled_once_for_exactly_these_files(cache: Path, rule_folder: Path) -> None:
    first = load_danger(cache, rule_folder)
    assert load_danger(cache, rule_folder) == first
    (rule_folder / "en.yml").write_text(RULES.replace("red", "amber"), encoding="utf-8")

    assert load_danger(cache, rule_folder).rules[0].level == "amber"
    assert len(list(cache.glob("danger-*"))) == 1


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"rules": []}', '{"patterns": [], "rules": [[1]]}'])
def test_compiled_rules_that_are_torn_are_compiled_anew(cache: Path, rule_folder: Path, torn: str) -> None:
    load_danger(cache, rule_folder)
    (stored,) = cache.glob("danger-*.json")
    stored.write_text(torn, encoding="utf-8")

    assert [rule.id for rule in load_danger(cache, rule_folder).rules] == ["en.a"]


def test_broken_rules_stop_waypost(cache: Path, rule_folder: Path) -> None:
    load_danger(cache, rule_folder)
    (rule_folder / "en.yml").write_text("version: 1\nrules: []\n", encoding="utf-8")

    with pytest.raises(ContentError, match="'rules' must be a list"):
        load_danger(cache, rule_folder)
