"""Jobs inside the process: a wake-up is never lost, never doubled, and never stopped by a neighbour's fault."""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database import Database
from core.jobs.embedded import EmbeddedJobs

#: How long a loaded machine may take before a test gives up, in seconds.
PATIENCE = 20.0


@pytest.fixture
def jobs() -> Iterator[EmbeddedJobs]:
    jobs = EmbeddedJobs()
    yield jobs
    jobs.stop(PATIENCE)


class Rehearsal:
    """A handler that stops at its beginning until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.handled: list[UUID] = []
        self.at_work: Counter[UUID] = Counter()
        self.met_itself = False

    def __call__(self, key: UUID) -> None:
        self.at_work[key] += 1
        self.met_itself |= self.at_work[key] > 1
        self.begun.release()
        assert self.go.acquire(timeout=PATIENCE)
        self.at_work[key] -= 1
        self.handled.append(key)


def test_a_key_woken_often_is_handled_once(jobs: EmbeddedJobs) -> None:
    handled: list[UUID] = []
    jobs.register("drain", handled.append, workers=1)
    first, second = uuid4(), uuid4()

    for key in (first, second, first, first, second):
        jobs.put("drain", key)
    jobs.run_pending()

    assert handled == [first, second]


def test_nothing_waits_and_nothing_happens(jobs: EmbeddedJobs) -> None:
    jobs.register("drain", lambda _: pytest.fail("nobody was woken"), workers=1)

    jobs.run_pending()


def test_work_that_makes_work_is_done_to_the_end(jobs: EmbeddedJobs) -> None:
    sent: list[UUID] = []
    jobs.register("drain", lambda key: jobs.put("send", key), workers=1)
    jobs.register("send", sent.append, workers=1)
    key = uuid4()

    jobs.put("drain", key)
    jobs.run_pending()

    assert sent == [key]


@settings(max_examples=50, deadline=None)
@given(woken=st.lists(st.integers(0, 5), max_size=30))
def test_each_woken_key_is_handled_exactly_once_in_the_order_of_its_first_call(woken: list[int]) -> None:
    jobs, handled = EmbeddedJobs(), []
    jobs.register("drain", lambda key: handled.append(key.int), workers=1)

    for number in woken:
        jobs.put("drain", UUID(int=number))
    jobs.run_pending()

    assert handled == list(dict.fromkeys(woken))


def test_a_failing_handler_does_not_end_the_queue(jobs: EmbeddedJobs, caplog: pytest.LogCaptureFixture) -> None:
    handled: list[UUID] = []
    bad, good = uuid4(), uuid4()

    def handle(key: UUID) -> None:
        handled.append(key)
        if key == bad:
            raise RuntimeError

    jobs.register("drain", handle, workers=1)
    with caplog.at_level(logging.ERROR):
        for key in (bad, good):
            jobs.put("drain", key)
        jobs.run_pending()
        jobs.put("drain", bad)
        jobs.run_pending()

    assert handled == [bad, good, bad]
    assert str(bad) in caplog.text


def test_a_failing_handler_does_not_end_its_thread(jobs: EmbeddedJobs, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    bad, good = uuid4(), uuid4()

    def handle(key: UUID) -> None:
        if key == bad:
            raise RuntimeError
        done.set()

    jobs.register("drain", handle, workers=1)
    with caplog.at_level(logging.CRITICAL):
        jobs.start()
        jobs.put("drain", bad)
        jobs.put("drain", good)

        assert done.wait(PATIENCE)


def test_a_key_woken_while_it_is_handled_is_handled_once_more_and_never_by_two(jobs: EmbeddedJobs) -> None:
    rehearsal, key = Rehearsal(), uuid4()
    jobs.register("drain", rehearsal, workers=4)
    jobs.start()

    jobs.put("drain", key)
    assert rehearsal.begun.acquire(timeout=PATIENCE)
    for _ in range(5):
        jobs.put("drain", key)
    rehearsal.go.release(2)
    assert rehearsal.begun.acquire(timeout=PATIENCE)
    jobs.stop(PATIENCE)

    assert rehearsal.handled == [key, key]
    assert not rehearsal.met_itself


def test_two_keys_are_handled_side_by_side(jobs: EmbeddedJobs) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    met = threading.Semaphore(0)

    def handle(_: UUID) -> None:
        both.wait()  # breaks unless the other is here too
        met.release()

    jobs.register("drain", handle, workers=2)
    jobs.start()
    for key in (uuid4(), uuid4()):
        jobs.put("drain", key)

    assert all(met.acquire(timeout=PATIENCE) for _ in range(2))


def test_a_stop_waits_for_the_handler_at_work_and_takes_no_new_key(jobs: EmbeddedJobs) -> None:
    rehearsal, first, second = Rehearsal(), uuid4(), uuid4()
    jobs.register("drain", rehearsal, workers=1)
    jobs.start()
    jobs.put("drain", first)
    assert rehearsal.begun.acquire(timeout=PATIENCE)
    jobs.put("drain", second)

    jobs.stop(0)
    assert rehearsal.handled == []
    rehearsal.go.release(2)
    jobs.stop(PATIENCE)

    assert rehearsal.handled == [first]


def test_a_wake_up_waits_for_the_commit(jobs: EmbeddedJobs, sqlite_database: Database) -> None:
    handled: list[UUID] = []
    jobs.register("drain", handled.append, workers=1)
    kept, lost = uuid4(), uuid4()

    with sqlite_database.write() as session:
        jobs.wake(session, "drain", kept)
        jobs.run_pending()
        assert handled == []
    with sqlite_database.read() as session:
        jobs.wake(session, "drain", lost)  # never committed
    jobs.run_pending()

    assert handled == [kept]


def test_a_periodic_task_goes_on_after_it_failed(jobs: EmbeddedJobs, caplog: pytest.LogCaptureFixture) -> None:
    runs, third = [], threading.Event()

    def sweep() -> None:
        runs.append(1)
        if len(runs) == 3:
            third.set()
        raise RuntimeError

    jobs.every(0.001, sweep)
    with caplog.at_level(logging.CRITICAL):
        jobs.start()

        assert third.wait(PATIENCE)
