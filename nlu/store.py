"""Trained models on disk: made once from the training data, then read in a fraction of a second.

A model is good for exactly one set of data, code version and library version; the folder is named after all three. When
the training data is broken, the last good model goes on serving and the reason is logged.
"""

import json
import logging
import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from core.errors import ContentError
from nlu import topics, urgency
from nlu.alarm import Alarm, train_alarm
from nlu.language import lexicon
from nlu.language.lexicon import Lexicon, read_lexicon
from nlu.language.ngrams import NgramModel, train_ngrams
from nlu.topics import TopicModel, load_model, save_model, train_topics
from nlu.training import DATA, TrainingData, fingerprint, load_training
from nlu.urgency import RuleBook, load_rules

log = logging.getLogger(__name__)

LEXICON_ARRAYS = ("hashes", "owners", "shares")
#: What reading a model raises that is not there or not whole: NumPy adds two of its own.
_NOT_WHOLE = (OSError, LookupError, TypeError, ValueError, EOFError, BadZipFile)


@dataclass(frozen=True, slots=True)
class Models:
    """Everything that is learnt from the training data."""

    #: Names this set; stored with every understanding.
    version: str
    topics: TopicModel
    #: The classifier beside the danger rules; None when there was nothing to learn it from.
    alarm: Alarm | None
    ngrams: NgramModel
    #: Intent -> theme, `service` or `out_of_scope`.
    groups: dict[str, str]


def load_models(cache: Path, folder: Path = DATA) -> Models:
    """The models for the training data, from the cache or newly trained into it.

    Raises ContentError when the data is broken and no earlier model is in the cache.
    """
    current = cache / "current"
    wanted = _version(fingerprint(folder))
    try:
        # Only data that was read without a fault has ever been trained on, so a stored model needs no second reading.
        models = _read(cache, wanted)
    except _NOT_WHOLE:
        try:
            data = load_training(folder)
        except ContentError as broken:
            try:
                models = _read(cache, current.read_text(encoding="utf-8"))
            except _NOT_WHOLE:
                raise broken from None
            log.error("training data is broken, the last good model goes on serving: %s", broken)
            return models
        models = train(data)
        _write(models, cache)
    if not current.exists() or current.read_text(encoding="utf-8") != wanted:
        current.write_text(wanted, encoding="utf-8")
    return models


def train(data: TrainingData) -> Models:
    """Fit everything. Deterministic; about a minute on two cores."""
    from joblib import Parallel, delayed

    log.info("training on %d utterances in %d languages", len(data.examples), len(data.languages))
    # Side by side in processes: the solver has one random generator for a whole process.
    jobs = (
        delayed(train_topics)(data.examples),
        delayed(train_alarm)(data),
        delayed(train_ngrams)((*data.examples, *data.dangers), data.lines),
    )
    at_once = min(len(jobs), os.cpu_count() or 1) if len(data.examples) >= topics.PLENTY else 1
    subjects, alarm, ngrams = Parallel(n_jobs=at_once)(jobs)
    return Models(_version(data.fingerprint), subjects, alarm, ngrams, dict(data.groups))


def _version(data: str) -> str:
    return sha256(f"{data} {topics.VERSION} numpy {np.__version__}".encode()).hexdigest()[:16]


def load_danger(cache: Path, folder: Path) -> RuleBook:
    """The danger rules, compiled once for exactly these files. Raises ContentError: Waypost does not run without them."""
    digest = sha256(f"rules {urgency.VERSION}".encode())
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + path.read_bytes())
    stored = cache / f"danger-{digest.hexdigest()[:16]}.json"
    try:
        return RuleBook.from_json(json.loads(stored.read_text(encoding="utf-8")))
    except (OSError, KeyError, ValueError, TypeError):
        book = load_rules(folder)
    cache.mkdir(parents=True, exist_ok=True)
    aside = stored.with_suffix(f".{os.getpid()}.part")
    aside.write_text(json.dumps(book.to_json(), ensure_ascii=False), encoding="utf-8")
    aside.rename(stored)
    for older in cache.glob("danger-*.json"):
        if older != stored:
            older.unlink(missing_ok=True)
    return book


def load_lexicon(cache: Path) -> Lexicon:
    """The word lists, read from their package once and then from the cache: they change with the package alone."""
    stored = cache / f"lexicon-{lexicon.VERSION}-{version('wordfreq')}.npz"
    try:
        with stored.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Lexicon(**{name: arrays[name] for name in LEXICON_ARRAYS})
    except _NOT_WHOLE:
        words = read_lexicon()
    cache.mkdir(parents=True, exist_ok=True)
    aside = stored.with_suffix(f".{os.getpid()}.part")
    with aside.open("wb") as written:
        np.savez(written, **{name: getattr(words, name) for name in LEXICON_ARRAYS})
    aside.rename(stored)
    return words


def _write(models: Models, cache: Path) -> None:
    """Write aside, then rename: a reader sees a whole set or none."""
    aside, final = cache / f"{models.version}.part", cache / models.version
    shutil.rmtree(aside, ignore_errors=True)
    save_model(models.topics, aside, "topics")
    if models.alarm:
        save_model(models.alarm.model, aside, "alarm")
    np.savez(aside / "ngrams.npz", table=models.ngrams.table)
    meta = {"classes": models.ngrams.classes, "groups": models.groups, "alarm": models.alarm is not None}
    (aside / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    aside.rename(final)
    for older in cache.iterdir():
        if older.is_dir() and older != final:
            shutil.rmtree(older, ignore_errors=True)


def _read(cache: Path, version: str) -> Models:
    folder = cache / version
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with (folder / "ngrams.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        ngrams = NgramModel(tuple(meta["classes"]), arrays["table"])
    alarm = Alarm(load_model(folder, "alarm")) if meta["alarm"] else None
    return Models(version, load_model(folder, "topics"), alarm, ngrams, dict(meta["groups"]))
