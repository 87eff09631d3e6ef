"""The inbox: a message is saved once, whatever a provider does, and its conversation is woken."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from bot.channels.port import Inbound
from bot.models import Conversation, Message, Person
from bot.turn import Incoming
from tests.bot.conftest import Mind, Village, text_of


def _on_account(account: str, update: str, text: str) -> Inbound:
    return Inbound("phone", account, update, "amina", f"amina at {account}", Incoming("text", text=text))


def test_the_same_update_a_hundred_times_is_one_message_and_one_answer(any_village: Village) -> None:
    for _ in range(100):
        any_village.post("how do I find a doctor?", external_id="update 7")
    any_village.world.jobs.run_pending()

    assert len(any_village.messages(author="person")) == 1
    assert len(any_village.phone.received) == 1


def test_a_hundred_deliveries_at_the_same_moment_are_one_message(any_village: Village) -> None:
    with ThreadPoolExecutor(8) as doors:
        received = list(doors.map(lambda _: any_village.post("help me", external_id="update 7"), range(100)))
    any_village.world.jobs.run_pending()

    assert [each.fresh for each in received].count(True) == 1
    assert len({each.message_id for each in received}) == 1
    assert len(any_village.phone.received) == 1


def test_the_first_messages_of_a_person_at_the_same_moment_open_one_conversation(any_village: Village) -> None:
    with ThreadPoolExecutor(8) as doors:
        list(doors.map(lambda number: any_village.post("hello", external_id=f"first {number}"), range(8)))

    with any_village.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1
    assert [message.seq for message in any_village.messages()] == list(range(1, 9))


def test_a_repeated_update_is_recognised_after_it_was_answered(village: Village) -> None:
    village.write("how do I find a doctor?", external_id="update 7")

    assert village.write("how do I find a doctor?", external_id="update 7") == []
    assert not village.post("another text", external_id="update 7").fresh


def test_the_same_update_id_on_two_accounts_is_two_messages(any_village: Village) -> None:
    for account in ("first bot", "second bot"):
        any_village.world.receive(_on_account(account, "update 7", "hello"))
    any_village.world.jobs.run_pending()

    assert [part["to"] for part in any_village.phone.received] == ["amina at first bot", "amina at second bot"]
    with any_village.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) == 2
        assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_updates_out_of_order_are_answered_in_the_order_in_which_they_came(village: Village, mind: Mind) -> None:
    for update, text, topic in (
        ("12", "third?", "gp-registration"),
        ("10", "first?", "minimum-wage"),
        ("11", "second?", "share-codes"),
    ):
        village.post(mind.learn(text, topic), external_id=update)
    village.post("first?", external_id="10")
    village.world.jobs.run_pending()

    assert [text_of(message) for message in village.messages(author="person")] == ["third?", "first?", "second?"]
    answers = [(message.trace or {})["article"]["slug"] for message in village.messages(author="bot")]
    assert answers == ["gp-registration", "minimum-wage", "share-codes"]


def test_replies_go_to_the_newest_address_of_a_person(village: Village) -> None:
    village.write("hello")
    village.world.receive(
        Inbound("phone", "", "from a new phone", "amina", "her new phone", Incoming("text", text="hi"))
    )
    village.world.jobs.run_pending()

    assert [part["to"] for part in village.phone.received] == ["amina", "her new phone"]


def test_the_language_of_an_app_is_a_hint_when_it_is_served(village: Village) -> None:
    village.write("🙂", person="zofia", language="pl-PL")
    village.write("🙂", person="olena", language="uk")

    assert village.conversation("zofia").locale_hint == "pl"
    assert village.conversation("olena").locale_hint is None


def test_a_repeated_update_does_not_count_as_writing_fast(village: Village) -> None:
    asked: list[str] = []

    def count(conversation: str) -> bool:
        asked.append(conversation)
        return False

    village.world.pace.conversation_over = count  # type: ignore[method-assign]
    for _ in range(3):
        village.post("hello", external_id="update 7")

    assert len(asked) == 1


def test_what_people_write_and_where_they_are_reached_cannot_be_read_in_the_file(village: Village) -> None:
    village.write("the canary sings", person="secret-telephone")
    village.write("/human", person="secret-telephone")

    stored = village.on_disk()

    assert b"canary" not in stored
    assert b"secret-telephone" not in stored


def test_what_a_database_cannot_store_is_taken_out_and_marked(any_village: Village) -> None:
    any_village.write("a\x00b \ud83d c")
    any_village.write(choice="helpful:\x00\udc00")

    text, choice = any_village.messages(author="person")
    assert (text.body["text"], text.state) == ("ab \ufffd c", "done")
    assert (choice.body["choice"], choice.state) == ("helpful:\ufffd", "done")
