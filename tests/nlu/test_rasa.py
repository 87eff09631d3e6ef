"""Rasa beside Waypost: both ways of ranking keep one contract, and no failure of the neighbour reaches a person."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from core.errors import ContentError
from core.logging import configure_logging
from nlu.rasa.build import build
from nlu.rasa.client import FAILURES, PAUSE, RasaClient, RasaTopics, RasaUnavailable, rerank, wrap
from nlu.topics import Ranked, TopicGuess, TopicModel, train_topics
from nlu.training import TrainingData, load_training
from nlu.understand import Understander
from tests.conftest import ROOT, require
from tests.nlu.rasas import TOKEN, FakeRasa, Fault, drop_by_drop, refusal, slowly

RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
TRAINED = ROOT / "var" / "rasa" / "waypost.tar.gz"
#: A neighbour on a loaded machine may take its time where the deadline is not what is tested.
PATIENT = 20.0
#: A word that stands in no file.
CANARY = "xylokarp"
QUESTION = f"mould on my wall {CANARY}"


class Topics(Protocol):
    """What both backends are to the rest of the house."""

    def classify(self, text: str) -> TopicGuess: ...


@pytest.fixture(scope="module")
def model(schooling: TrainingData) -> TopicModel:
    """The built-in model of four intents."""
    return train_topics(schooling.examples)


@pytest.fixture
def rasa(schooling: TrainingData) -> Iterator[FakeRasa]:
    """A neighbour of the test's own."""
    with FakeRasa(schooling.examples).serving() as served:
        yield served


class Watch:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    """The breaker's clock."""
    return Watch()


@pytest.fixture
def topics(model: TopicModel, rasa: FakeRasa, watch: Watch) -> Iterator[RasaTopics]:
    """The built-in model with the neighbour beside it."""
    beside = RasaTopics(model, RasaClient(rasa.url, TOKEN, deadline=PATIENT), watch)
    yield beside
    beside.close()


@pytest.fixture(scope="module")
def real_rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real Rasa with the trained model; its address."""
    if not RASA.exists() or not TRAINED.exists():
        require("rasa", "no trained Rasa: run `make rasa-train`, which needs Python 3.8, 3.9 or 3.10")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "LOG_LEVEL": "WARNING"}
    log = tmp_path_factory.mktemp("rasa") / "log"
    command = [str(RASA), "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port), "-m", str(TRAINED)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--auth-token", TOKEN],
            cwd=log.parent,
            env=os.environ | quiet,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(url := f"http://127.0.0.1:{port}", process)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENT)
    assert CANARY not in log.read_text(encoding="utf-8"), "Rasa's log quotes people"


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    client = RasaClient(url, TOKEN, deadline=PATIENT)
    ends = time.monotonic() + 120
    while not _serves(client):
        assert process.poll() is None, "Rasa ended"
        assert time.monotonic() < ends, "Rasa does not start"
        time.sleep(0.5)
    client.close()


def _serves(client: RasaClient) -> bool:
    try:
        client.check()
    except RasaUnavailable:
        return False
    return True


# --- the contract of both backends ------------------------------------------------------------------------------------


@contextmanager
def _patient(model: TopicModel, url: str) -> Iterator[RasaTopics]:
    """A backend that waits for its neighbour, and must never have had to do without it."""
    beside = RasaTopics(model, RasaClient(url, TOKEN, deadline=PATIENT))
    yield beside
    beside.close()
    assert not beside.degraded, beside.last_error


@pytest.fixture(params=["embedded", "fake-rasa", "rasa"])
def backend(request: pytest.FixtureRequest, model: TopicModel) -> Iterator[Topics]:
    """Each test over the built-in model, over it with the test's neighbour, and with the real one."""
    with ExitStack() as stack:
        if request.param == "embedded":
            yield model
        elif request.param == "fake-rasa":
            yield stack.enter_context(_patient(model, request.getfixturevalue("rasa").url))
        else:
            url: str = request.getfixturevalue("real_rasa")
            understander: Understander = request.getfixturevalue("understander")
            yield stack.enter_context(_patient(understander._models.topics, url))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (QUESTION, "repairs-damp-mould"),
        ("GRZYB na ścianie w pokoju", "repairs-damp-mould"),
        ("right to rent check for my landlord", "right-to-rent"),
        ("hello", "greeting"),
    ],
)
def test_a_question_is_known_by_its_words(backend: Topics, text: str, intent: str) -> None:
    assert backend.classify(text).ranked[0].intent == intent


def test_the_shares_are_ranked_and_the_confidence_is_a_chance(backend: Topics) -> None:
    guess = backend.classify("mould and rent and hello")

    shares = [each.share for each in guess.ranked]
    assert 1 < len(shares) <= 5
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.00001
    assert 0 < guess.confidence < 1


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_text_without_words_is_about_nothing(backend: Topics, text: str) -> None:
    assert backend.classify(text) == TopicGuess((), 0.0)


@pytest.mark.parametrize("text", ["mould", "grzyb \ud83d", "water " * 5000, "ድሕነት ገዛ", "\u200fحمام\u0000 mould"])
def test_any_text_is_classified_and_twice_alike(backend: Topics, text: str) -> None:
    assert backend.classify(text) == backend.classify(text)


# --- the neighbour fails ----------------------------------------------------------------------------------------------

DEEP = b"[" * 100_000
FAULTS: dict[str, tuple[Fault, str]] = {
    "token": (refusal(401, "NotAuthenticated"), "401"),
    "no-model": (refusal(409, "Conflict"), "409"),
    "parse": (refusal(500, "ParsingError"), "500"),
    "elsewhere": ((302, b""), "302"),
    "html": ((200, b"<html>"), "JSON"),
    "bytes": ((200, b"\xff\xfe\xff"), "JSON"),
    "deep": ((200, DEEP), "JSON"),
    "list": ((200, b"[]"), "ranking"),
    "no-ranking": ((200, b'{"intent": {"name": "greeting", "confidence": 1.0}}'), "ranking"),
    "no-number": ((200, b'{"intent_ranking": [{"name": "greeting", "confidence": "high"}]}'), "ranking"),
    "nan": ((200, b'{"intent_ranking": [{"name": "greeting", "confidence": NaN}]}'), "ranking"),
    "other-topics": ((200, b'{"intent_ranking": [{"name": "pizza", "confidence": 1.0}]}'), "other topics"),
}


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, rasa: FakeRasa) -> str:
    """Each way to answer wrongly; a word of the reason that is given for it."""
    rasa.fault, reason = FAULTS[request.param]
    return reason


def test_the_built_in_model_answers_the_same_message(
    topics: RasaTopics, model: TopicModel, rasa: FakeRasa, fault: str
) -> None:
    assert topics.classify(QUESTION) == model.classify(QUESTION)
    assert rasa.asked == [QUESTION]
    assert topics.degraded
    assert fault in str(topics.last_error)


def test_one_good_answer_ends_the_trouble(topics: RasaTopics, rasa: FakeRasa, fault: str) -> None:
    topics.classify(QUESTION)
    rasa.fault = None

    assert topics.classify(QUESTION).ranked[0].intent == "repairs-damp-mould"
    assert (topics.degraded, topics.last_error) == (False, None)


@pytest.mark.parametrize("late", [slowly, drop_by_drop])
def test_the_deadline_holds_for_the_whole_answer(model: TopicModel, rasa: FakeRasa, late: Fault) -> None:
    rasa.fault = late
    hasty = wrap(model, rasa.url, TOKEN)
    began = time.monotonic()

    assert hasty.classify(QUESTION) == model.classify(QUESTION)
    assert time.monotonic() - began < 2.5  # 500 ms, the built-in model, and a loaded machine
    assert hasty.last_error == "Rasa did not answer within 500 ms."
    hasty.close()


def test_a_wrong_token_is_refused(model: TopicModel, rasa: FakeRasa) -> None:
    for token in (None, "guessed"):
        client = RasaClient(rasa.url, token, deadline=PATIENT)
        with pytest.raises(RasaUnavailable, match="401"):
            client.check()
        with pytest.raises(RasaUnavailable, match="401"):
            client.classify(QUESTION)
        client.close()


def test_the_status_names_the_model_or_says_what_is_wrong(topics: RasaTopics, rasa: FakeRasa) -> None:
    assert topics.check() == "waypost.tar.gz"

    for fault in (refusal(409, "Conflict"), (200, b"[]"), (200, b"Hello from Rasa: 3.6.21")):
        rasa.fault = fault
        with pytest.raises(RasaUnavailable):
            topics.check()


def test_a_ranking_without_entries_is_no_opinion_and_no_failure(
    topics: RasaTopics, model: TopicModel, rasa: FakeRasa
) -> None:
    rasa.fault = (200, b'{"intent": {"name": null, "confidence": 0.0}, "intent_ranking": []}')

    assert topics.classify(QUESTION) == model.classify(QUESTION)
    assert not topics.degraded


# --- the breaker ------------------------------------------------------------------------------------------------------


def test_the_server_goes_away_and_comes_back(
    model: TopicModel, schooling: TrainingData, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nlu.rasa")
    neighbour = FakeRasa(schooling.examples)
    with neighbour.serving() as rasa:
        topics = RasaTopics(model, RasaClient(rasa.url, TOKEN, deadline=PATIENT), watch)
        topics.classify(QUESTION)
        assert not topics.degraded
    port = int(rasa.url.rpartition(":")[2])
    for _ in range(FAILURES + 2):
        assert topics.classify(QUESTION) == model.classify(QUESTION)
    assert topics.last_error == "Rasa cannot be reached (ConnectError)."

    with neighbour.serving(port):
        topics.classify(QUESTION)
        assert len(neighbour.asked) == 1, "it is left alone until the pause is over"
        assert topics.degraded
        watch.now += PAUSE
        topics.classify(QUESTION)
        assert len(neighbour.asked) == 2
        assert not topics.degraded
    topics.close()

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], (
        "once when it fails, once when it works"
    )


def test_three_failures_in_a_row_open_the_breaker_for_thirty_seconds(
    topics: RasaTopics, rasa: FakeRasa, watch: Watch
) -> None:
    rasa.fault = refusal(500, "ParsingError")
    for _ in range(FAILURES - 1):
        topics.classify(QUESTION)
    rasa.fault = None
    topics.classify(QUESTION)  # not in a row
    rasa.fault = refusal(500, "ParsingError")
    for _ in range(FAILURES + 5):
        topics.classify(QUESTION)
    assert len(rasa.asked) == FAILURES - 1 + 1 + FAILURES

    watch.now += PAUSE - 0.1
    topics.classify(QUESTION)
    assert len(rasa.asked) == 2 * FAILURES
    watch.now += 0.1
    for _ in range(3):  # one tries it, and its failure begins the next pause
        topics.classify(QUESTION)
    assert len(rasa.asked) == 2 * FAILURES + 1


def test_after_the_pause_one_message_tries_and_the_others_do_not_wait(
    model: TopicModel, rasa: FakeRasa, watch: Watch
) -> None:
    topics = RasaTopics(model, RasaClient(rasa.url, TOKEN, deadline=PATIENT), watch)
    rasa.fault = refusal(500, "ParsingError")
    for _ in range(FAILURES):
        topics.classify(QUESTION)
    watch.now += PAUSE

    others: list[TopicGuess] = []

    def meanwhile(handler: Any) -> None:
        others.append(topics.classify(QUESTION))
        handler.answer(*refusal(500, "ParsingError"))

    rasa.fault = meanwhile
    topics.classify(QUESTION)
    assert others == [model.classify(QUESTION)]
    assert len(rasa.asked) == FAILURES + 1
    topics.close()


# --- who decides ------------------------------------------------------------------------------------------------------

OWN = TopicGuess((Ranked("a", 0.5), Ranked("b", 0.4)), 0.9, 0.4, ("a", "b"))


def test_both_rank_and_the_built_in_model_says_how_sure_that_is() -> None:
    agreed = rerank(OWN, (Ranked("a", 0.999), Ranked("c", 0.001)))
    doubted = rerank(OWN, (Ranked("c", 0.9),))
    turned = rerank(OWN, (Ranked("b", 0.999), Ranked("a", 0.001)))

    assert [each.intent for each in agreed.ranked] == ["a", "b", "c"]
    assert (doubted.ranked[0].intent, turned.ranked[0].intent) == ("a", "b")
    assert (agreed.confidence, doubted.confidence) == (0.9, 0.9)
    assert turned.confidence == turned.ranked[0].share == pytest.approx(0.8 * 0.4 + 0.2 * 0.999)
    assert all((each.genuine, each.likely) == (OWN.genuine, OWN.likely) for each in (agreed, doubted, turned))


def test_only_the_beginning_of_a_long_message_is_sent(topics: RasaTopics, rasa: FakeRasa) -> None:
    topics.classify("mould " * 5000)

    assert rasa.asked == [" ".join(["mould"] * 120)]


# --- nothing leaks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = ("httpx", "httpcore")
    levels = [logging.getLogger(name).level for name in names]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(was)


@pytest.mark.usefixtures("_logging_is_put_back")
def test_no_word_of_a_person_and_no_token_stands_in_a_log_or_an_error(
    topics: RasaTopics, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("DEBUG")
    for _ in range(FAILURES + 1):
        topics.classify(QUESTION)

    said = capsys.readouterr().err + str(topics.last_error)
    assert "Rasa" in said
    assert CANARY not in said
    assert TOKEN not in said


def test_what_people_write_goes_through_no_proxy(
    model: TopicModel, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    topics = RasaTopics(model, RasaClient(rasa.url, TOKEN, deadline=PATIENT))

    topics.classify(QUESTION)
    assert rasa.asked == [QUESTION]
    topics.close()


# --- the folder Rasa is trained on ------------------------------------------------------------------------------------


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_holds_every_sentence_but_those_about_danger(tmp_path: Path) -> None:
    build(tmp_path)
    found = _files(tmp_path)

    assert load_training(tmp_path / "nlu").examples == load_training().examples
    assert not any("danger" in name for name in found)
    domain = yaml.safe_load(found["domain.yml"])
    assert domain == {"version": "3.1", "intents": sorted(load_training().groups)}


def test_the_folder_is_the_same_every_time(lessons: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "one", tmp_path / "two"):
        build(out, data=lessons)
    once = _files(tmp_path / "one")
    build(tmp_path / "one", data=lessons)

    assert once == _files(tmp_path / "one") == _files(tmp_path / "two")


def test_a_part_of_the_languages_replaces_the_whole(lessons: Path, tmp_path: Path) -> None:
    build(tmp_path / "out", data=lessons)
    build(tmp_path / "out", ["pl"], lessons)

    assert set(_files(tmp_path / "out")) == {"domain.yml", "nlu/pl/housing.yml", "nlu/pl/service.yml"}
    assert yaml.safe_load((tmp_path / "out" / "domain.yml").read_text())["intents"] == [
        "greeting",
        "repairs-damp-mould",
        "right-to-rent",
    ]


def test_broken_data_leaves_the_folder_as_it_was(lessons: Path, tmp_path: Path) -> None:
    build(tmp_path / "out", data=lessons)
    before = _files(tmp_path / "out")
    (lessons / "en" / "housing.yml").write_text("nlu: []", encoding="utf-8")

    with pytest.raises(ContentError):
        build(tmp_path / "out", data=lessons)
    with pytest.raises(ContentError):
        build(tmp_path / "out", ["tlh"], lessons)
    assert _files(tmp_path / "out") == before


def test_the_command_builds_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nlu.rasa.build", str(tmp_path / "out")]
    subprocess.run([*command, "pl"], cwd=ROOT, check=True, capture_output=True)
    wrong = subprocess.run([*command, "tlh"], cwd=ROOT, check=False, capture_output=True, text=True)

    assert (tmp_path / "out" / "domain.yml").exists()
    assert wrong.returncode == 1
    assert "no sentences in these languages" in wrong.stderr
