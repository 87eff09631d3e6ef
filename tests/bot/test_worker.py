"""The worker: order, retries, dead letters, restarts and fencing."""

import json
from datetime import timedelta

import pytest

from bot.cards import Card
from bot.channels.port import Later
from bot.worker import LEASE, MOST_ATTEMPTS
from core.database import Unavailable
from tests.bot.conftest import Mind, PowerCut, Village, text_of
from tests.conftest import Phone
from translations.catalog import say


def _answered(village: Village, person: str = "amina") -> list[str]:
    """The topics that were answered, in order."""
    traces = [message.trace or {} for message in village.messages(person, "bot")]
    return [trace["article"]["slug"] for trace in traces if trace.get("article")]


def _use_up_every_attempt(village: Village) -> None:
    for _ in range(MOST_ATTEMPTS):
        village.later(minutes=6)


# --- order ------------------------------------------------------------------------------------------------------------


def test_messages_that_came_together_are_answered_one_after_the_other(any_village: Village, mind: Mind) -> None:
    topics = ["gp-registration", "minimum-wage", "share-codes", "school-place", "bank-account"]
    for topic in topics:
        any_village.post(mind.learn(f"tell me about {topic}", topic))
    any_village.world.jobs.run_pending()

    assert _answered(any_village) == topics


def test_a_message_that_comes_while_another_is_being_answered_is_answered_after_it(
    village: Village, mind: Mind
) -> None:
    mind.learn("first?", "gp-registration")
    mind.learn("second?", "minimum-wage")
    mind.meanwhile("first?", lambda: village.post("second?"))

    village.write("first?")

    assert _answered(village) == ["gp-registration", "minimum-wage"]


# --- failures ---------------------------------------------------------------------------------------------------------


def test_a_failing_message_is_tried_again_and_answered_once(any_village: Village, mind: Mind) -> None:
    mind.learn("tricky", "gp-registration")
    mind.faints_at("tricky", times=2)

    assert any_village.write("tricky") == []
    any_village.later(seconds=2)
    answer = any_village.later(seconds=4)

    assert len(answer) == 1
    assert [(message.state, message.attempts) for message in any_village.messages(author="person")] == [("done", 3)]


def test_each_attempt_waits_longer_at_most_and_never_comes_early(village: Village, mind: Mind) -> None:
    mind.faints_at("hopeless")
    village.write("hopeless")

    for attempt in range(1, MOST_ATTEMPTS):
        [message] = village.messages()
        assert (message.state, message.attempts, message.last_error) == ("new", attempt, "Fainted")
        assert message.next_try_at is not None
        wait = message.next_try_at - village.clock()
        assert timedelta(0) <= wait <= timedelta(seconds=2**attempt)
        village.later(seconds=wait.total_seconds() - 0.01)
        assert village.messages()[0].attempts == attempt
        village.later(seconds=0.02)


def test_the_fifth_failure_apologises_and_hands_the_message_to_a_person(any_village: Village, mind: Mind) -> None:
    mind.faints_at("beznadziejne")
    any_village.write("beznadziejne", language="pl")
    _use_up_every_attempt(any_village)

    assert any_village.phone.texts == [say("message.failed", "pl")]
    [message] = any_village.messages(author="person")
    assert (message.state, message.attempts) == ("dead", MOST_ATTEMPTS)
    [case] = any_village.cases()
    assert (case.state, case.reason, case.urgency) == ("queued", "failed", "soon")
    assert any_village.conversation().baton == "human"


def test_messages_after_a_dead_one_go_on(village: Village, mind: Mind) -> None:
    mind.faints_at("hopeless")
    village.post("hopeless")
    village.post("/help")
    village.post("/privacy")
    village.world.jobs.run_pending()
    assert village.phone.received == []  # they wait, so that the order holds

    _use_up_every_attempt(village)

    assert [message.state for message in village.messages(author="person")] == ["dead", "done", "done"]
    assert village.phone.texts[0] == say("message.failed", "en")
    assert say("help.commands", "en") in village.phone.texts[1]


def test_a_second_dead_message_opens_no_second_case(village: Village, mind: Mind) -> None:
    for text in ("hopeless", "hopeless too"):
        mind.faints_at(text)
        village.write(text)
        _use_up_every_attempt(village)

    assert len(village.cases()) == 1


def test_a_failing_conversation_holds_up_nobody_else(village: Village, mind: Mind) -> None:
    mind.faints_at("hopeless")
    village.post("hopeless", person="amina")
    village.post(mind.learn("a doctor?", "gp-registration"), person="bartek")
    village.world.jobs.run_pending()

    assert [part["to"] for part in village.phone.received] == ["bartek"]


class _Unprintable(Phone):
    """A phone that cannot show articles."""

    def render(self, card: Card) -> list[dict[str, object]]:
        if card.sources:
            raise ValueError("no room for sources")
        return super().render(card)


def test_an_answer_that_cannot_be_applied_counts_as_a_failure(village: Village, mind: Mind) -> None:
    village.phone = _Unprintable()
    village.world = village.process(village.phone)

    village.write(mind.learn("a doctor?", "gp-registration"))
    _use_up_every_attempt(village)

    [message] = village.messages(author="person")
    assert (message.state, message.last_error) == ("dead", "ValueError")
    assert village.phone.texts == [say("message.failed", "en")]


# --- restarts ---------------------------------------------------------------------------------------------------------


def test_a_process_that_dies_over_a_message_is_followed_by_one_that_answers_it_once(
    any_village: Village, mind: Mind
) -> None:
    mind.learn("a doctor?", "gp-registration")
    mind.dies_at("a doctor?")
    with pytest.raises(PowerCut):
        any_village.write("a doctor?")
    assert any_village.conversation().run_state == "running"

    any_village.restart()
    any_village.restart()

    assert _answered(any_village) == ["gp-registration"]
    assert len(any_village.phone.received) == 1


def test_a_message_that_was_saved_but_not_begun_is_answered_after_a_restart(village: Village, mind: Mind) -> None:
    village.post(mind.learn("a doctor?", "gp-registration"))

    village.restart()

    assert _answered(village) == ["gp-registration"]


def test_another_process_takes_over_when_the_lease_has_run_out_and_not_before(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    mind.dies_at("a doctor?")
    with pytest.raises(PowerCut):
        village.write("a doctor?")
    village.world = village.process(village.phone)

    assert village.later(seconds=LEASE.total_seconds() - 1) == []
    assert len(village.later(seconds=2)) == 1


def test_a_message_that_takes_the_process_down_each_time_dies_too(village: Village, mind: Mind) -> None:
    mind.dies_at("poison", times=100)
    with pytest.raises(PowerCut):
        village.write("poison")
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(PowerCut):
            village.restart()
    village.restart()

    assert village.messages(author="person")[0].state == "dead"
    assert village.phone.texts == [say("message.failed", "en")]


def test_a_worker_whose_lease_was_taken_over_throws_its_result_away(any_village: Village, mind: Mind) -> None:
    second = any_village.process(any_village.phone)

    def overtake() -> None:
        any_village.clock.forward(seconds=LEASE.total_seconds() + 1)
        second.sweep()
        second.jobs.run_pending()

    mind.learn("slow", "gp-registration")
    mind.meanwhile("slow", overtake)
    any_village.write("slow")

    assert _answered(any_village) == ["gp-registration"]
    assert len(any_village.phone.received) == 1
    assert any_village.conversation().run_state == "idle"


def test_a_failure_after_the_lease_was_taken_over_is_not_counted(village: Village, mind: Mind) -> None:
    second = village.process(village.phone)

    def overtake_and_faint() -> None:
        village.clock.forward(seconds=LEASE.total_seconds() + 1)
        second.sweep()
        second.jobs.run_pending()
        raise ValueError

    mind.learn("slow", "gp-registration")
    mind.meanwhile("slow", overtake_and_faint)
    village.write("slow")

    [message] = village.messages(author="person")
    assert message.state == "done"
    assert message.last_error != "ValueError"


def test_two_processes_never_work_on_one_conversation_at_a_time(village: Village, mind: Mind) -> None:
    second = village.process(village.phone)
    seen: list[str] = []

    def peep() -> None:
        second.sweep()
        second.jobs.run_pending()
        seen.extend(message.state for message in village.messages())

    mind.meanwhile(mind.learn("a doctor?", "gp-registration"), peep)
    village.write("a doctor?")

    assert seen == ["new"]
    assert len(village.phone.received) == 1


def test_a_conversation_that_is_erased_while_it_is_being_answered_gets_no_answer(village: Village, mind: Mind) -> None:
    from bot import erasure

    def erase() -> None:
        with village.database.write() as session:
            assert erasure.erase(session, "phone", "amina", "default")

    mind.meanwhile(mind.learn("a doctor?", "gp-registration"), erase)

    assert village.write("a doctor?") == []


def test_an_answer_that_was_being_composed_while_an_adviser_took_over_is_not_given(
    any_village: Village, mind: Mind
) -> None:
    any_village.write("/human")
    any_village.write(choice="new-question")
    tom = any_village.adviser()
    mind.meanwhile(mind.learn("a doctor?", "gp-registration"), lambda: tom.claim(any_village.case()))

    assert any_village.write("a doctor?") == []
    assert any_village.messages(author="person")[-1].state == "done"


def test_a_database_that_is_away_uses_up_no_attempt(village: Village, mind: Mind) -> None:
    def go_away() -> None:
        raise Unavailable

    for _ in range(MOST_ATTEMPTS + 1):
        mind.meanwhile(mind.learn("a doctor?", "gp-registration"), go_away)
    village.write("a doctor?")
    for _ in range(MOST_ATTEMPTS):
        village.sweep()
    assert village.phone.received == []

    village.sweep()

    assert [(message.state, message.attempts) for message in village.messages(author="person")] == [("done", 1)]
    assert _answered(village) == ["gp-registration"]


# --- what is remembered -----------------------------------------------------------------------------------------------


def test_the_trace_says_why_and_never_what_was_written(village: Village, mind: Mind) -> None:
    village.write(mind.learn("canary at the doctor", "gp-registration", 0.91))

    [message] = village.messages(author="person")
    trace = message.trace
    assert trace is not None
    assert (trace["step"], trace["outcome"], trace["locale"]) == ("answer", "reply", "en")
    assert trace["article"]["slug"] == "gp-registration"
    assert trace["understanding"]["topic_confidence"] == 0.91
    assert "canary" not in json.dumps(trace)


def test_an_answer_belongs_to_the_message_it_answers(village: Village, mind: Mind) -> None:
    village.phone.answers = [Later("busy", after=5)]
    village.post(mind.learn("a doctor?", "gp-registration"))
    village.post(mind.learn("the wage?", "minimum-wage"))
    village.world.jobs.run_pending()

    questions = {message.id: text_of(message) for message in village.messages(author="person")}
    origins = [questions[message.origin_id] for message in village.messages(author="bot") if message.origin_id]
    assert origins == ["a doctor?", "the wage?"]
