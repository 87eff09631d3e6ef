"""Erasure and retention: a person's data goes wherever it lies, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from bot import erasure, handoff, inbox
from bot.channels.port import Inbound, Later
from bot.models import Conversation, HandoffNote, Message, Person
from bot.turn import Incoming
from core.database import Base
from core.places import DEFAULT_PLACE
from core.themes import Danger
from tests.bot.conftest import Mind, Village, text_of
from translations.catalog import say

SOON = timedelta(minutes=11)


def _everything(village: Village) -> str:
    """Every value of every table, unsealed."""
    with village.reading() as session:
        rows = [
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table)).all()
        ]
    return "\n".join(rows)


def _sealed(village: Village) -> list[bytes]:
    """The sealed values of people's tables, as they lie in the database."""
    with village.reading() as session:
        queries = (
            "SELECT body FROM message",
            "SELECT address FROM conversation",
            "SELECT memory FROM conversation",
            "SELECT packet FROM handoff",
            "SELECT body FROM handoff_note",
        )
        return [bytes(row[0]) for query in queries for row in session.execute(text(query)) if row[0]]


def _rows(village: Village, table: type[Base]) -> int:
    with village.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _sweep(village: Village) -> None:
    with village.database.write() as session:
        erasure.sweep(session, datetime.now(UTC) + SOON)


def _live_a_life(village: Village, mind: Mind) -> None:
    """Somebody writes, waits for a language, is handed over, gets replies and notes."""
    village.write(mind.learn("canary one", "gp-registration"), person="canary-number")
    village.write(mind.learn("canary two", near=("gp-registration", "nhs-charges")), person="canary-number")
    village.write("canary caption", media="photo", person="canary-number")
    village.write("/human", person="canary-number")
    tom = village.adviser()
    case = tom.claim(village.case("canary-number"))
    tom.reply(case, "canary reply")
    tom.note(case, "canary note")
    village.phone.answers = [Later("busy", after=60)]
    tom.reply(case, "canary that was never sent")


def test_delete_removes_every_trace_at_once(any_village: Village, mind: Mind) -> None:
    _live_a_life(any_village, mind)
    assert "canary" in _everything(any_village)

    any_village.write("/delete", person="canary-number")
    left = _everything(any_village).replace("canary-number", "", 1)  # where the last word still has to go

    assert "canary" not in left
    assert _rows(any_village, HandoffNote) == 0
    assert any_village.cases() == []


def test_a_little_later_nothing_is_left_but_the_record_that_somebody_was_erased(
    any_village: Village, mind: Mind
) -> None:
    _live_a_life(any_village, mind)
    any_village.write("/delete", person="canary-number")
    _sweep(any_village)

    assert "canary" not in _everything(any_village)
    assert (_rows(any_village, Person), _rows(any_village, Conversation), _rows(any_village, Message)) == (0, 0, 0)
    assert len(any_village.events("person.erased")) == 1


def test_the_bytes_are_gone_from_the_file_too(village: Village, mind: Mind) -> None:
    _live_a_life(village, mind)
    sealed = _sealed(village)
    with village.reading() as session:
        key = session.scalars(select(Person.external_key)).one()
    before = village.on_disk()
    assert all(value in before for value in sealed if len(value) < 1000)

    village.write("/delete", person="canary-number")
    _sweep(village)
    after = village.on_disk()

    assert not any(value in after for value in sealed)
    assert key.encode() not in after


def test_the_person_is_told_that_everything_has_been_deleted(village: Village, mind: Mind) -> None:
    mind.learn("lekarz?", "gp-registration", language="pl")
    village.write("lekarz?")

    assert [part["text"] for part in village.write("/delete")] == [say("delete.done", "pl")]


def test_the_last_word_is_delivered_even_when_the_channel_is_busy(village: Village) -> None:
    village.write("hello")
    village.phone.answers = [Later("busy", after=60)]
    village.write("/delete")

    assert [part["text"] for part in village.later(seconds=61)] == [say("delete.done", "en")]


def test_a_conversation_an_adviser_holds_can_be_deleted_too(village: Village) -> None:
    village.write("/human")
    village.adviser().claim(village.case())

    assert [part["text"] for part in village.write("/delete")] == [say("delete.done", "en")]
    assert village.cases() == []


def test_who_comes_back_after_deleting_is_a_new_person(village: Village, mind: Mind) -> None:
    village.notice = True
    village.restart()
    mind.learn("a doctor?", "gp-registration")
    village.write("a doctor?")
    village.write("/delete")

    notice, answer = village.write("a doctor?")

    assert "/delete" in notice["text"]
    assert "https://www.nhs.uk" in answer["text"]
    assert len(village.messages(author="person")) == 1
    assert _rows(village, Person) == 2
    _sweep(village)
    assert _rows(village, Person) == 1


def test_a_wish_to_delete_read_from_a_sentence_is_asked_about_first(village: Village, mind: Mind) -> None:
    mind.learn("forget me please", service="delete-my-data")
    [question] = village.write("forget me please")
    assert question["text"] == say("delete.confirm", "en")
    assert question["choices"] == ["delete-now", "delete-keep"]

    [kept] = village.write(choice="delete-keep")
    assert kept["text"] == say("delete.kept", "en")
    assert _rows(village, Message) > 0

    [done] = village.write(choice="delete-now")
    assert done["text"] == say("delete.done", "en")


def test_what_is_written_after_the_wish_to_delete_is_not_lost(any_village: Village, mind: Mind) -> None:
    mind.learn("canary", "minimum-wage")
    mind.learn("a doctor?", "gp-registration")
    any_village.write("canary")
    any_village.post("/delete")
    any_village.post("a doctor?")
    any_village.world.jobs.run_pending()

    assert "https://www.nhs.uk" in any_village.phone.texts[-1]
    assert "canary" not in _everything(any_village)
    _sweep(any_village)
    assert [text_of(message) for message in any_village.messages(author="person")] == ["a doctor?"]


def test_events_keep_no_word_of_anybody(village: Village, mind: Mind) -> None:
    village.write(mind.learn("canary hits me", danger=Danger.DOMESTIC_ABUSE))
    for choice in ("helpful:canary", "unhelpful:canary", "english:canary", "theme:canary", "canary"):
        village.write(choice=choice)
    village.write("/canary")
    village.write("/delete")
    _sweep(village)

    assert "canary" not in _everything(village)


def test_the_command_line_erases_by_the_channels_id(any_village: Village, mind: Mind) -> None:
    _live_a_life(any_village, mind)
    any_village.write("hello", person="bartek")

    with any_village.database.write() as session:
        assert erasure.erase(session, "phone", "canary-number", DEFAULT_PLACE)
        assert not erasure.erase(session, "phone", "canary-number", DEFAULT_PLACE)
        assert not erasure.erase(session, "telegram", "bartek", DEFAULT_PLACE)

    assert "canary" not in _everything(any_village)
    assert len(any_village.messages("bartek", "person")) == 1


# --- retention --------------------------------------------------------------------------------------------------------


def _retain(village: Village, days: float) -> int:
    """The daily job, so many days from now."""
    with village.database.write() as session:
        return erasure.retain(session, 90, datetime.now(UTC) + timedelta(days=days))


def test_what_is_older_than_the_setting_goes_by_itself(any_village: Village) -> None:
    any_village.write("canary", person="amina")

    assert _retain(any_village, 89) == 0
    assert _retain(any_village, 91) == 1
    assert "canary" not in _everything(any_village)


@pytest.mark.parametrize("state", ["queued", "assigned"])
def test_what_is_older_than_the_promise_goes_also_when_its_case_is_still_open(village: Village, state: str) -> None:
    village.write("/human")
    if state == "assigned":
        village.adviser().claim(village.case())

    assert _retain(village, 500) == 1
    assert village.cases() == []


def test_a_conversation_whose_case_is_closed_goes(village: Village) -> None:
    village.write("/human")
    tom = village.adviser()
    tom.resolve(tom.claim(village.case()))

    assert _retain(village, 91) == 1
    assert _rows(village, Conversation) == 0


def _write_to_account(village: Village, account: str, words: str) -> None:
    village.world.receive(Inbound("phone", account, f"{account} {words}", "amina", "amina", Incoming("text", words)))
    village.world.jobs.run_pending()


def test_a_person_with_two_old_conversations_goes_with_both(village: Village) -> None:
    _write_to_account(village, "old bot", "hello")
    _write_to_account(village, "new bot", "hello")

    assert _retain(village, 91) == 2
    assert _rows(village, Person) == 0
    assert len(village.events("person.erased")) == 1


def test_an_old_conversation_does_not_take_a_new_one_with_it(village: Village) -> None:
    _write_to_account(village, "old bot", "hello")
    with village.database.write() as session:
        session.scalars(select(Conversation)).one().active_at = datetime.now(UTC) - timedelta(days=100)
    _write_to_account(village, "new bot", "hello again")

    assert _retain(village, 0) == 1
    with village.reading() as session:
        assert [conversation.account_id for conversation in session.scalars(select(Conversation))] == ["new bot"]


def test_in_a_conversation_that_lives_on_the_old_messages_and_notes_go(village: Village) -> None:
    village.write("canary from long ago")
    village.write("/human")
    village.adviser().note(village.case(), "canary note")
    with village.database.write() as session:
        long_ago = datetime.now(UTC) - timedelta(days=100)
        for row in [*session.scalars(select(Message)), *session.scalars(select(HandoffNote))]:
            row.created_at = long_ago
    village.write("hello again")

    assert _retain(village, 0) == 0
    assert "canary" not in _everything(village)
    assert [text_of(message) for message in village.messages(author="person")] == ["hello again"]
    assert village.case().state == "queued"


def test_a_case_that_staff_raised_can_be_erased_by_its_id(village: Village) -> None:
    tom = village.adviser()
    with village.database.write() as session:
        conversation, _ = inbox.staff_conversation(session, DEFAULT_PLACE, "Tom", "key 1", "canary request")
        case = handoff.raise_case(
            session,
            conversation,
            text="canary text",
            theme=None,
            language=None,
            contact="canary contact",
            by=tom.who,
            on_behalf_of="canary",
        )

    with village.database.write() as session:
        assert erasure.erase_case(session, case.id)
        assert not erasure.erase_case(session, case.id)
    assert "canary" not in _everything(village)
