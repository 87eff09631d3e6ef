"""The outbox: order, patience, uncertainty, and what must not be sent any more."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.port import Later, Never, SendResult, Sent, Unknown
from bot.outbox import SENDING_FOR, WAITS
from bot.steps.handoff import CITIZENS_ADVICE
from core.themes import Danger
from tests.bot.conftest import STEADY, Mind, PowerCut, Village, cut_the_power, text_of
from translations.catalog import say


def _states(village: Village) -> list[tuple[str, str | None]]:
    return [(delivery.state, delivery.reason) for delivery in village.deliveries()]


def _learn_three(mind: Mind) -> list[str]:
    topics = {"a doctor?": "gp-registration", "the wage?": "minimum-wage", "a school?": "school-place"}
    return [mind.learn(text, topic) for text, topic in topics.items()]


# --- patience ---------------------------------------------------------------------------------------------------------


def test_everything_goes_out_in_the_order_in_which_it_was_said(any_village: Village, mind: Mind) -> None:
    for text in _learn_three(mind):
        any_village.post(text)
    any_village.world.jobs.run_pending()

    sent = [delivery.provider_message_id for delivery in any_village.deliveries()]
    assert sent == [f"m{number}" for number in range(len(sent))]
    assert len(sent) == 3


def test_when_the_provider_asks_for_patience_nothing_overtakes_and_nothing_is_lost(
    any_village: Village, mind: Mind
) -> None:
    any_village.phone.answers = [Later("flood", after=30)]
    for text in _learn_three(mind):
        any_village.post(text)
    any_village.world.jobs.run_pending()

    assert any_village.phone.received == []
    assert any_village.later(seconds=29) == []
    assert len(any_village.later(seconds=2)) == 3
    assert [delivery.state for delivery in any_village.deliveries()] == ["sent"] * 3
    sent = [delivery.provider_message_id for delivery in any_village.deliveries()]
    assert sent == ["m0", "m1", "m2"]


def test_without_a_word_from_the_provider_each_wait_is_longer(village: Village) -> None:
    village.phone.answers = [Later("away")] * len(WAITS)
    village.write("/help")

    for wait in WAITS:
        [delivery] = village.deliveries()
        assert delivery.state == "failed"
        assert delivery.next_try_at is not None
        told = delivery.next_try_at - village.clock()
        assert timedelta(seconds=wait * 0.5) <= told <= timedelta(seconds=wait * 1.5)
        village.later(seconds=told.total_seconds() + 0.01)

    assert len(village.phone.received) == 1


def test_a_provider_may_ask_for_patience_as_often_as_it_likes(village: Village) -> None:
    village.phone.answers = [Later("flood", after=60)] * 20
    village.write("/help")
    for _ in range(20):
        village.later(seconds=61)

    assert _states(village) == [("sent", None)]


def test_after_eight_tries_a_part_is_given_up_and_the_next_one_goes(village: Village, mind: Mind) -> None:
    village.phone.answers = [Later("away")] * 8
    for text in _learn_three(mind)[:2]:
        village.post(text)
    village.world.jobs.run_pending()
    for _ in range(8):
        village.later(hours=1)

    assert [delivery.attempts for delivery in village.deliveries()] == [8, 1]
    assert _states(village) == [("dead", "away"), ("sent", None)]


def test_what_can_never_be_sent_does_not_hold_up_the_rest(village: Village, mind: Mind) -> None:
    village.phone.answers = [Never("too long")]
    for text in _learn_three(mind)[:2]:
        village.post(text)
    village.world.jobs.run_pending()

    assert _states(village) == [("dead", "too long"), ("sent", None)]


def test_a_person_who_cannot_be_reached_is_sent_nothing_until_they_write_again(village: Village, mind: Mind) -> None:
    village.phone.answers = [Never("blocked", unreachable=True)]
    first, second, third = _learn_three(mind)
    village.post(first)
    village.post(second)
    village.world.jobs.run_pending()
    village.later(hours=2)

    assert village.phone.received == []
    assert village.conversation().unreachable

    received = village.write(third)
    assert not village.conversation().unreachable
    assert len(received) == 1  # what could not be sent while they were away is not sent hours later


def test_a_silent_provider_leaves_a_part_uncertain_and_it_is_sent_again(village: Village) -> None:
    village.phone.answers = [Unknown("timeout")]
    village.write("/help")
    assert _states(village) == [("uncertain", "timeout")]

    assert len(village.later(seconds=3)) == 1
    assert _states(village) == [("sent", None)]


def test_a_fault_of_an_adapter_is_as_uncertain_as_silence(village: Village) -> None:
    def stumble() -> SendResult:
        raise RuntimeError("a bug in the adapter")

    village.phone.answers = [stumble]
    village.write("/help")

    assert _states(village) == [("uncertain", "RuntimeError")]
    assert len(village.later(seconds=3)) == 1


def test_what_was_sent_is_not_kept_a_second_time(village: Village) -> None:
    village.write("/help")

    [delivery] = village.deliveries()
    assert delivery.payload is None
    assert delivery.sent_at == village.clock()


def test_a_channel_that_is_not_connected_any_more_keeps_its_parts_for_later(village: Village) -> None:
    village.phone.answers = [Later("away", after=1)]
    village.write("/help")
    village.world = village.process(None)
    village.later(seconds=2)
    assert _states(village) == [("failed", "the channel is not connected")]

    village.restart()
    assert len(village.later(hours=1)) == 1


# --- the baton and urgency --------------------------------------------------------------------------------------------


def test_an_answer_that_waited_until_a_person_took_over_is_never_sent(any_village: Village, mind: Mind) -> None:
    any_village.phone.answers = [Later("busy", after=10)]
    any_village.write(mind.learn("a doctor?", "gp-registration"))
    any_village.write("/human")
    received = any_village.later(seconds=11)

    assert [part["text"].split("\n\n")[0] for part in received] == [
        say("handoff.unstaffed", "en", number=CITIZENS_ADVICE)
    ]
    assert _states(any_village)[0] == ("dead", "stale_baton")
    assert [delivery.state for delivery in any_village.deliveries()] == ["dead", "sent"]


def test_a_safety_card_overtakes_what_waits(any_village: Village, mind: Mind) -> None:
    any_village.phone.answers = [Later("busy", after=600)]
    any_village.write("/help")
    mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE)

    [card] = any_village.write("he hits me")

    assert card["urgent"]
    assert "0808 2000 247" in card["text"]


def test_the_words_of_the_system_go_out_whoever_has_the_baton(village: Village) -> None:
    village.phone.answers = [Later("busy", after=10)]
    village.write("/privacy")
    village.write("/human")

    assert len(village.later(seconds=11)) == 2


def test_an_advisers_words_survive_the_end_of_the_case(village: Village) -> None:
    village.write("/human")
    tom = village.adviser()
    case = tom.claim(village.case())
    village.phone.answers = [Later("busy", after=10)]
    tom.reply(case, "Come on Monday.")
    tom.resolve(case)

    assert [part["text"] for part in village.later(seconds=11)] == ["Come on Monday.", say("handoff.resolved", "en")]


# --- crashes ----------------------------------------------------------------------------------------------------------


def test_what_was_on_the_wire_when_the_process_died_is_sent_again(any_village: Village) -> None:
    any_village.phone.answers = [cut_the_power]
    with pytest.raises(PowerCut):
        any_village.write("/help")
    assert [delivery.state for delivery in any_village.deliveries()] == ["sending"]

    any_village.restart()

    assert [delivery.state for delivery in any_village.deliveries()] == ["sent"]
    assert len(any_village.phone.received) == 1


def test_a_send_that_never_came_back_is_sent_again_without_a_restart(village: Village) -> None:
    village.phone.answers = [cut_the_power]
    with pytest.raises(PowerCut):
        village.write("/help")
    village.world = village.process(village.phone)

    assert village.later(seconds=SENDING_FOR.total_seconds() - 1) == []
    assert len(village.later(seconds=2)) == 1


def test_the_answer_of_a_send_that_was_given_up_on_is_not_believed(village: Village) -> None:
    second = village.process(village.phone)

    def answer_much_too_late() -> SendResult:
        village.clock.forward(seconds=SENDING_FOR.total_seconds() + 1)
        second.sweep()
        second.jobs.run_pending()
        return Never("the second try was quicker")

    village.phone.answers = [answer_much_too_late]
    village.write("/help")

    assert _states(village) == [("sent", None)]
    assert len(village.phone.received) == 1


def test_two_senders_do_not_send_the_same_part(village: Village) -> None:
    second = village.process(village.phone)

    def while_the_other_looks() -> SendResult:
        second.sweep()
        second.jobs.run_pending()
        return Sent("only")

    village.phone.answers = [while_the_other_looks]
    village.write("/help")

    assert len(village.phone.received) == 1


# --- whatever the provider says ---------------------------------------------------------------------------------------

_RESULTS: st.SearchStrategy[Any] = st.one_of(
    st.just(Sent("ok")),
    st.builds(Later, st.just("later"), st.none() | st.floats(0.1, 7200)),
    st.just(Never("no")),
    st.just(Unknown("silence")),
    st.just(cut_the_power),
)


@given(results=st.lists(_RESULTS, max_size=6), commands=st.permutations(["/help", "/privacy", "/start"]))
@STEADY
def test_every_part_ends_sent_or_dead_and_what_arrives_is_in_order(
    village: Village, results: list[Any], commands: list[str]
) -> None:
    village.phone.answers, person = list(results), village.stranger()
    village.phone.received.clear()
    for command in commands:
        village.post(command, person=person)
    while not village.deliveries(person) or any(
        delivery.state not in ("sent", "dead") for delivery in village.deliveries(person)
    ):
        try:
            village.later(hours=1)
        except PowerCut:
            village.world = village.process(village.phone)

    sent = {delivery.message_id for delivery in village.deliveries(person) if delivery.state == "sent"}
    assert {delivery.state for delivery in village.deliveries(person)} <= {"sent", "dead"}
    said = [text_of(message) for message in village.messages(person, "bot") if message.id in sent]
    assert village.phone.texts == said
