"""The adviser queue: who may take a case, what reaches the person, and what never does."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from bot import handoff, inbox
from bot.channels.port import Inbound, Never
from bot.handoff import (
    AlreadyClaimed,
    HandoffUnknown,
    LevelTooLow,
    NotAssignee,
    Stale,
    Unreachable,
    Wanted,
    WrongState,
)
from bot.models import HandoffCase
from bot.turn import Incoming
from core.places import Place
from core.themes import Danger, Level
from tests.bot.conftest import Desk, Mind, Village, text_of
from translations.catalog import say

ADVISERS, CASES = 8, 25


def _ask_for_a_person(village: Village, person: str = "amina") -> HandoffCase:
    village.write("/human", person=person)
    return village.case(person)


def _elsewhere(village: Village) -> Desk:
    """An adviser of another town on the same install."""
    with village.database.write() as session:
        session.add(Place(id="elsewhere", name="Elsewhere"))
    return village.adviser("Eve", place="elsewhere")


# --- claiming ---------------------------------------------------------------------------------------------------------


def test_when_eight_advisers_race_for_every_case_each_case_has_one_winner(any_village: Village) -> None:
    cases = [_ask_for_a_person(any_village, f"person {number}") for number in range(CASES)]
    desks = [any_village.adviser(f"adviser {number}") for number in range(ADVISERS)]

    def race(desk: Desk) -> list[Any]:
        won = []
        for case in random.Random(desk.who.name).sample(cases, CASES):
            with contextlib.suppress(AlreadyClaimed):
                won.append(desk.claim(case).id)
        return won

    with ThreadPoolExecutor(ADVISERS) as room:
        won = dict(zip((desk.who.staff_id for desk in desks), room.map(race, desks), strict=True))

    winners = Counter(case for cases_ in won.values() for case in cases_)
    assert winners == Counter(case.id for case in cases)
    assert all(case.id in won[case.assignee_id] for case in any_village.cases() if case.assignee_id)
    assert len(any_village.events("handoff.claimed")) == CASES


def test_claiming_again_changes_nothing(village: Village) -> None:
    tom = village.adviser()
    first = tom.claim(_ask_for_a_person(village))
    again = tom.claim(first)

    assert (again.state, again.assignee_id, again.version) == ("assigned", tom.who.staff_id, first.version)
    assert len(village.events("handoff.claimed")) == 1


def test_who_comes_second_is_told_who_came_first(village: Village) -> None:
    case = _ask_for_a_person(village)
    village.adviser("Tom").claim(case)

    with pytest.raises(AlreadyClaimed) as told:
        village.adviser("Uma").claim(case)
    assert told.value.assignee == "Tom"


def test_a_case_that_needs_a_higher_level_stays_in_the_queue(village: Village, mind: Mind) -> None:
    village.write(mind.learn("they refused my visa", "refusal-and-appeal"))
    case = village.case()
    assert case.iaa_level == 3

    with pytest.raises(LevelTooLow):
        village.adviser("Tom", level=2).claim(case)
    assert village.case().state == "queued"
    assert village.adviser("Uma", level=3).claim(case).state == "assigned"


def test_a_case_that_comes_to_need_a_higher_level_gets_it(village: Village, mind: Mind) -> None:
    _ask_for_a_person(village)
    village.write(choice="new-question")
    village.write(mind.learn("they refused my visa", "refusal-and-appeal"))

    [case] = village.cases()
    with pytest.raises(LevelTooLow):
        village.adviser("Tom", level=0).claim(case)


def test_a_resolved_case_cannot_be_claimed(village: Village) -> None:
    tom = village.adviser()
    case = tom.resolve(tom.claim(_ask_for_a_person(village)))

    with pytest.raises(WrongState):
        village.adviser("Uma").claim(case)


def test_who_claims_a_case_has_the_baton_even_if_the_person_had_gone_back_to_the_bot(
    any_village: Village, mind: Mind
) -> None:
    case = _ask_for_a_person(any_village)
    any_village.write(choice="new-question")
    assert any_village.conversation().baton == "bot"

    any_village.adviser().claim(case)

    assert any_village.conversation().baton == "human"
    assert any_village.write(mind.learn("a doctor?", "gp-registration")) == []


# --- replying ---------------------------------------------------------------------------------------------------------


def test_a_reply_reaches_the_person_who_asked(any_village: Village) -> None:
    _ask_for_a_person(any_village, "bartek")
    case = _ask_for_a_person(any_village, "amina")
    tom = any_village.adviser()
    tom.claim(case)
    tom.reply(case, "Come to the library on Monday.\n\nBring your letter.")

    assert any_village.phone.received[-1]["to"] == "amina"
    assert any_village.phone.texts[-1] == "Come to the library on Monday.\n\nBring your letter."
    [message] = any_village.messages("amina", "adviser")
    assert message.locale == "en"


def test_only_who_has_claimed_the_case_may_reply(village: Village) -> None:
    case = _ask_for_a_person(village)
    tom, uma = village.adviser("Tom"), village.adviser("Uma")
    before = len(village.phone.received)

    with pytest.raises(NotAssignee):
        tom.reply(case, "nobody has claimed it yet")
    tom.claim(case)
    with pytest.raises(NotAssignee):
        uma.reply(case, "it is with Tom")
    tom.resolve(village.case())
    with pytest.raises(NotAssignee):
        tom.reply(case, "it is closed")

    assert village.phone.texts[before:] == [say("handoff.resolved", "en")]


def test_a_reply_to_somebody_who_has_left_is_refused(village: Village) -> None:
    case = _ask_for_a_person(village)
    tom = village.adviser()
    tom.claim(case)
    village.phone.answers = [Never("blocked", unreachable=True)]
    tom.reply(case, "Are you there?")

    with pytest.raises(Unreachable):
        tom.reply(case, "Hello?")
    village.write("I am back")
    tom.reply(case, "Welcome back.")
    assert village.phone.texts[-1] == "Welcome back."


def test_a_case_that_came_to_need_a_higher_level_is_answered_by_nobody_below_it(village: Village, mind: Mind) -> None:
    case = _ask_for_a_person(village)
    tom = village.adviser(level=1)
    tom.claim(case)
    village.write(mind.learn("they took my brother", danger=Danger.DETENTION_REMOVAL))

    with pytest.raises(LevelTooLow):
        tom.reply(case, "I think that...")


def test_the_same_reply_sent_twice_is_one_message(any_village: Village) -> None:
    case = _ask_for_a_person(any_village)
    tom = any_village.adviser()
    tom.claim(case)
    first = tom.reply(case, "Come on Monday.", ref="draft 1")
    again = tom.reply(case, "Come on Monday.", ref="draft 1")

    assert first.id == again.id
    assert any_village.phone.texts.count("Come on Monday.") == 1


def test_replies_and_new_messages_at_the_same_moment_keep_one_order(any_village: Village) -> None:
    case = _ask_for_a_person(any_village)
    tom = any_village.adviser()
    tom.claim(case)

    def talk(number: int) -> None:
        if number % 2:
            tom.reply(case, f"reply {number}")
        else:
            any_village.post(f"details {number}", external_id=f"details {number}")

    with ThreadPoolExecutor(8) as room:
        list(room.map(talk, range(40)))

    messages = any_village.messages()
    assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
    assert len([message for message in messages if message.author == "adviser"]) == 20
    assert len([message for message in messages if text_of(message).startswith("details")]) == 20


def test_a_reply_in_another_language_says_so(village: Village) -> None:
    case = _ask_for_a_person(village)
    tom = village.adviser()
    tom.claim(case)

    assert tom.reply(case, "Zapraszam w poniedziałek.", language="pl").locale == "pl"


# --- notes ------------------------------------------------------------------------------------------------------------


def test_notes_reach_colleagues_and_nobody_else(village: Village) -> None:
    case = _ask_for_a_person(village)
    tom, uma = village.adviser("Tom"), village.adviser("Uma")
    tom.claim(case)
    tom.note(case, "the canary sang twice")
    tom.reply(case, "Hello.")
    tom.resolve(village.case())

    with village.reading() as session:
        assert [note.body for note in handoff.notes(session, case.id, uma.who)] == ["the canary sang twice"]
    assert "canary" not in str(village.phone.received)
    assert not any("canary" in text_of(message) for message in village.messages())
    assert "canary" not in str(uma.packet(case))


# --- resolving and releasing ------------------------------------------------------------------------------------------


def test_resolving_gives_the_conversation_back_to_the_bot(any_village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration")
    tom = any_village.adviser()
    case = tom.claim(_ask_for_a_person(any_village))
    assert any_village.write("a doctor?") == []

    resolved = tom.resolve(case)

    assert (resolved.state, resolved.resolved_at is not None) == ("resolved", True)
    assert any_village.phone.texts[-1] == say("handoff.resolved", "en")
    assert "https://www.nhs.uk" in any_village.write("a doctor?")[0]["text"]


def test_after_a_case_the_bot_does_not_take_up_the_old_thread(village: Village) -> None:
    village.write("something unclear")
    tom = village.adviser()
    tom.resolve(tom.claim(_ask_for_a_person(village)))

    village.write("something else unclear")

    assert [case.state for case in village.cases()] == ["resolved"]  # unsure for the first time again


def test_a_case_is_closed_only_in_the_version_that_was_read(any_village: Village) -> None:
    tom = any_village.adviser()
    claimed = tom.claim(_ask_for_a_person(any_village))
    any_village.write("/human")

    with pytest.raises(Stale):
        tom.resolve(claimed)
    assert tom.resolve(any_village.case()).state == "resolved"


def test_only_who_has_claimed_a_case_may_close_or_release_it(village: Village) -> None:
    tom, uma = village.adviser("Tom"), village.adviser("Uma")
    queued = _ask_for_a_person(village)
    with pytest.raises(WrongState):
        tom.resolve(queued)

    claimed = tom.claim(queued)
    with pytest.raises(NotAssignee):
        uma.resolve(claimed)
    with pytest.raises(NotAssignee):
        uma.release(claimed)
    assert village.case().state == "assigned"


def test_a_released_case_waits_for_somebody_else(village: Village) -> None:
    tom, uma = village.adviser("Tom"), village.adviser("Uma")
    released = tom.release(tom.claim(_ask_for_a_person(village)))

    assert (released.state, released.assignee_id) == ("queued", None)
    assert uma.claim(released).assignee_id == uma.who.staff_id
    assert village.conversation().baton == "human"


def test_after_a_resolved_case_there_may_be_another(village: Village) -> None:
    tom = village.adviser()
    tom.resolve(tom.claim(_ask_for_a_person(village)))
    _ask_for_a_person(village)

    assert [case.state for case in village.cases()] == ["resolved", "queued"]


# --- raising ----------------------------------------------------------------------------------------------------------


def test_asking_again_raises_the_open_case_instead_of_opening_another(any_village: Village, mind: Mind) -> None:
    first = _ask_for_a_person(any_village)
    any_village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE, rule="en.test.hits"))

    [case] = any_village.cases()
    assert case.id == first.id
    assert (case.reason, case.danger, case.rule, case.urgency) == (
        "danger",
        "domestic_abuse",
        "en.test.hits",
        "crisis",
    )
    assert case.version > first.version


def test_urgency_never_falls_by_itself(village: Village, mind: Mind) -> None:
    village.write(mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE))
    village.write("/human")

    assert village.case().urgency == "crisis"


# --- other places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attempt",
    [
        lambda eve, case: eve.claim(case),
        lambda eve, case: eve.reply(case, "hello"),
        lambda eve, case: eve.resolve(case),
        lambda eve, case: eve.release(case),
        lambda eve, case: eve.note(case, "hello"),
        lambda eve, case: eve.packet(case),
    ],
    ids=["claim", "reply", "resolve", "release", "note", "packet"],
)
def test_the_case_of_another_place_is_unknown(village: Village, attempt: Callable[[Desk, HandoffCase], object]) -> None:
    case = village.adviser().claim(_ask_for_a_person(village))
    eve = _elsewhere(village)

    with pytest.raises(HandoffUnknown):
        attempt(eve, case)
    with village.reading() as session:
        assert handoff.list_cases(session, eve.who, Wanted(), limit=50) == []


def test_a_case_that_never_was_is_unknown(village: Village) -> None:
    tom = village.adviser()
    nothing = HandoffCase(id=uuid4(), conversation_id=uuid4(), version=1)

    for attempt in (tom.claim, tom.resolve, tom.packet):
        with pytest.raises(HandoffUnknown):
            attempt(nothing)
    with pytest.raises(HandoffUnknown):
        tom.reply(nothing, "hello")


def test_a_conversation_without_a_case_is_not_for_advisers(village: Village) -> None:
    village.write("hello")

    with village.reading() as session, pytest.raises(HandoffUnknown):
        handoff.conversation_of(session, village.conversation().id, village.adviser().who)


# --- the list and the packet ------------------------------------------------------------------------------------------


def test_cases_are_listed_by_urgency_and_then_by_age(village: Village, mind: Mind) -> None:
    mind.learn("he hits me", danger=Danger.DOMESTIC_ABUSE)
    mind.learn("he hit me once", danger=Danger.DOMESTIC_ABUSE, level=Level.AMBER)
    mind.learn("they refused my visa", "refusal-and-appeal")
    for person, text in (
        ("calm", "/human"),
        ("calm too", "/human"),
        ("refused", "they refused my visa"),
        ("worried", "he hit me once"),
        ("hurt", "he hits me"),
    ):
        village.write(text, person=person)
    tom = village.adviser()

    with village.reading() as session:
        listed = handoff.list_cases(session, tom.who, Wanted(), limit=50)
    expected = ["hurt", "worried", "refused", "calm", "calm too"]
    assert [case.id for case in listed] == [village.case(person).id for person in expected]
    assert [case.urgency for case in listed] == ["crisis", "urgent", "soon", "normal", "normal"]


def test_a_long_list_can_be_read_page_by_page(any_village: Village) -> None:
    cases = [_ask_for_a_person(any_village, f"person {number}").id for number in range(5)]
    tom = any_village.adviser()

    read: list[Any] = []
    after: HandoffCase | None = None
    with any_village.reading() as session:
        while page := handoff.list_cases(session, tom.who, Wanted(), limit=2, after=after):
            read += [case.id for case in page[:2]]
            after = page[:2][-1]

    assert read == cases


def test_a_list_can_be_narrowed(village: Village, mind: Mind) -> None:
    village.write("/human", person="amina")
    village.write(mind.learn("they refused my visa", "refusal-and-appeal", language="ro"), person="ion")
    tom = village.adviser()
    tom.claim(village.case("amina"))

    def found(wanted: Wanted) -> list[Any]:
        with village.reading() as session:
            return [case.id for case in handoff.list_cases(session, tom.who, wanted, limit=50)]

    amina, ion = village.case("amina").id, village.case("ion").id
    assert found(Wanted(state="assigned")) == [amina]
    assert found(Wanted(theme="immigration", language="ro", urgency="soon")) == [ion]
    assert found(Wanted(state="resolved")) == []


def test_the_packet_tells_an_adviser_what_was_said_and_shown(village: Village, mind: Mind) -> None:
    mind.learn("a doctor?", "gp-registration", 0.9)
    village.write("a doctor?")
    village.write(media="photo")
    village.world.receive(
        Inbound("phone", "", "pressed", "amina", "amina", Incoming("choice", choice="human", text="Talk to a person"))
    )
    village.world.jobs.run_pending()

    packet = village.adviser().packet(village.case())

    said = [line["text"] for line in packet["messages"] if line["author"] == "person"]
    assert said == ["a doctor?", "[photo]", "Talk to a person"]
    [shown] = packet["answers_shown"]
    assert (shown["slug"], shown["locale"]) == ("gp-registration", "en")
    assert packet["direction"] == "ltr"
    assert packet["channel"] == "phone"
    assert packet["can_reply"]


def test_the_packet_of_a_person_who_writes_arabic_runs_from_right_to_left(village: Village, mind: Mind) -> None:
    village.write(mind.learn("رفضوا طلبي", "refusal-and-appeal", language="ar"))

    assert village.case().language == "ar"
    assert village.adviser().packet(village.case())["direction"] == "rtl"


def test_the_packet_says_when_the_person_cannot_be_reached(village: Village) -> None:
    village.phone.answers = [Never("blocked", unreachable=True)]
    case = _ask_for_a_person(village)

    assert not village.adviser().packet(case)["can_reply"]


def test_the_packet_ends_with_the_newest_messages(village: Village) -> None:
    _ask_for_a_person(village)
    for number in range(30):
        village.write(f"detail {number}")

    lines = village.adviser().packet(village.case())["messages"]
    assert len(lines) == handoff.LAST_MESSAGES
    assert lines[-1]["text"] == "detail 29"


def test_staff_can_raise_a_case_for_somebody_who_did_not_write(village: Village) -> None:
    tom = village.adviser()
    with village.database.write() as session:
        conversation, fresh = inbox.staff_conversation(session, "default", "Tom", "key 1", "request")
        case = handoff.raise_case(
            session,
            conversation,
            text="A family in the lobby needs a place to sleep.",
            theme="housing",
            language="ar",
            contact="reception, extension 5",
            by=tom.who,
            on_behalf_of="the reception",
        )

    packet = tom.packet(case)
    assert fresh
    assert (case.reason, case.raised_by, packet["contact"]) == ("raised", "Tom", "reception, extension 5")
    assert [line["text"] for line in packet["messages"]] == ["A family in the lobby needs a place to sleep."]
    assert not packet["can_reply"]


def test_the_same_request_raises_one_case_and_another_request_under_its_key_is_refused(village: Village) -> None:
    with village.database.write() as session:
        first, _ = inbox.staff_conversation(session, "default", "Tom", "key 1", "request")
        again, fresh = inbox.staff_conversation(session, "default", "Tom", "key 1", "request")
        assert (again.id, fresh) == (first.id, False)
        with pytest.raises(inbox.KeyReused):
            inbox.staff_conversation(session, "default", "Tom", "key 1", "another request")
        other, fresh = inbox.staff_conversation(session, "default", "Uma", "key 1", "request")
        assert fresh
        assert other.id != first.id


def test_another_name_is_another_adviser(village: Village) -> None:
    case = village.adviser("Tom").claim(_ask_for_a_person(village))
    uma = village.adviser("Uma")
    pretender = Desk(village, replace(uma.who, name="Tom"))

    with pytest.raises(NotAssignee):
        pretender.reply(case, "I am not Tom")
