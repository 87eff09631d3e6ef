"""The web chat's API, as the contract has it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from bot.channels.webchat import WebChat
from bot.models import ChatSession, Message
from core.database import Database
from core.locales import SERVED
from core.settings import Settings
from nlu.understand import Understander
from tests.doors import Visitor, is_problem, open_doors, until
from waypost.wiring import Waypost, assemble

SESSIONS, MESSAGES = "/api/v1/chat/sessions", "/api/v1/chat/messages"
QUESTION = "how do i register with a gp"


def written(world: Waypost) -> int:
    """How many messages people have written, as the database has it."""
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) or 0


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_anybody_opens_a_chat_and_gets_a_session_and_a_token(client: TestClient) -> None:
    bodies: list[object] = [{"locale": "pl"}, {"locale": "pt-BR"}, {}, {"locale": None}, None]
    answers = [client.post(SESSIONS, json=body) for body in bodies] + [client.post(SESSIONS)]

    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json().keys() == {"session", "token"} for answer in answers)
    assert len({UUID(answer.json()["session"]) for answer in answers}) == len(answers)
    assert all(len(answer.json()["token"]) >= 32 for answer in answers)


def test_two_chats_know_nothing_of_each_other(client: TestClient) -> None:
    one, other = Visitor(client), Visitor(client)
    one.say(QUESTION)

    assert other.messages() == []


def test_the_language_of_the_page_is_a_hint_for_the_first_answer(client: TestClient) -> None:
    [answer] = Visitor(client, "ar").say("/help")

    assert (answer["locale"], answer["dir"]) == ("ar", "rtl")


def test_a_locale_that_is_no_language_tag_is_refused(client: TestClient) -> None:
    locales: list[object] = ["<script>", "x", "pl_PL", "a" * 36, 7, ["pl"]]
    for locale in locales:
        is_problem(client.post(SESSIONS, json={"locale": locale}), 422, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", MESSAGES), ("POST", MESSAGES), ("GET", "/api/v1/chat/events"), ("DELETE", SESSIONS)],
)
def test_without_the_token_nothing_is_shown_and_nothing_stored(
    world: Waypost, client: TestClient, method: str, path: str
) -> None:
    body = {"text": "hello", "client_ref": "1"} if method == "POST" else None
    for authorization in (None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer nobody", "nobody"):
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = client.request(method, path, json=body, headers=headers)

        is_problem(answer, 401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert written(world) == 0


def test_a_token_with_letters_outside_ascii_is_only_a_wrong_token(client: TestClient) -> None:
    answer = client.get(MESSAGES, headers={b"Authorization": "Bearer żółć".encode()})

    is_problem(answer, 401, "unauthorised")


def test_leaving_ends_the_token_but_keeps_what_was_written_for_the_team(world: Waypost, client: TestClient) -> None:
    visitor = Visitor(client)
    visitor.say(QUESTION)
    answer = client.delete(SESSIONS, headers=visitor.headers)

    assert (answer.status_code, answer.content) == (204, b"")
    is_problem(client.get(MESSAGES, headers=visitor.headers), 401, "unauthorised")
    is_problem(client.delete(SESSIONS, headers=visitor.headers), 401, "unauthorised")
    assert written(world) == 1


def test_the_token_is_not_stored(world: Waypost, client: TestClient) -> None:
    token = Visitor(client).token

    with world.database.read() as session:
        [stored] = session.scalars(select(ChatSession))
    assert token not in vars(stored).values()


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_is_accepted_with_its_id_and_answered(visitor: Visitor) -> None:
    sent = visitor.send(text=QUESTION)

    assert sent.status_code == 202
    assert sent.json().keys() == {"id"}
    notice, answer = until(lambda: visitor.messages(after=sent.json()["id"]), "an answer")
    assert "/delete" in notice["text"]
    assert {"id", "author", "text", "locale", "choices", "sources", "created_at"} <= answer.keys()
    assert (answer["author"], answer["locale"], answer["dir"]) == ("bot", "en", "ltr")
    assert all(source["title"] and source["url"].startswith("https://") for source in answer["sources"])
    assert {choice["id"] for choice in answer["choices"]} >= {"helpful:gp-registration", "human"}
    assert all(choice["label"] for choice in answer["choices"])
    assert answer["created_at"].endswith("Z")


def test_the_person_gets_their_own_words_back_exactly(visitor: Visitor) -> None:
    words = '<b>"I\'m" & </b>\n\n  two  spaces — żółć مرحبا 👍'
    visitor.say(words)

    [mine] = [message for message in visitor.messages() if message["author"] == "person"]
    assert mine["text"] == words


def test_messages_come_oldest_first_in_pages(visitor: Visitor) -> None:
    for words in ("/help", "/privacy", "/language"):
        visitor.say(words)
    everything = visitor.messages()
    assert [message["created_at"] for message in everything] == sorted(each["created_at"] for each in everything)
    assert [each["text"] for each in everything if each["author"] == "person"] == ["/help", "/privacy", "/language"]

    read: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = visitor.page(limit=2, **after)
        assert len(page["data"]) <= 2
        read += page["data"]
        if not page["has_more"]:
            break
        after = {"after": page["data"][-1]["id"]}
    assert read == everything
    assert visitor.page(after=everything[-1]["id"]) == {"has_more": False, "data": []}


def test_after_an_unknown_message_everything_is_read_again(visitor: Visitor) -> None:
    visitor.say("/help")

    for after in ("nothing", "00000000-0000-0000-0000-000000000000", str(uuid4()), "💥", ""):
        assert visitor.messages(after=after) == visitor.messages()


def test_another_chats_message_leads_nowhere_else(client: TestClient) -> None:
    one, other = Visitor(client), Visitor(client)
    one.say("/help")
    other.say("/privacy")

    assert one.messages(after=other.messages()[0]["id"]) == one.messages()


def test_a_page_has_between_one_and_two_hundred_messages(client: TestClient, visitor: Visitor) -> None:
    for limit in ("0", "201", "-1", "many"):
        answer = client.get(MESSAGES, params={"limit": limit}, headers=visitor.headers)

        is_problem(answer, 422, "invalid_request")


def test_the_same_client_ref_again_is_the_same_message(world: Waypost, visitor: Visitor) -> None:
    first = visitor.send(text="/help", client_ref="one")
    again = visitor.send(text="/help", client_ref="one")

    assert (again.status_code, again.json()) == (202, first.json())
    until(lambda: visitor.messages(after=first.json()["id"]), "an answer")
    assert written(world) == 1


def test_two_people_may_use_the_same_client_ref(world: Waypost, client: TestClient) -> None:
    ids = {Visitor(client).send(text="/help", client_ref="1").json()["id"] for _ in range(2)}

    assert len(ids) == 2
    assert written(world) == 2


def test_a_pressed_button_reads_as_its_label_in_the_transcript(visitor: Visitor) -> None:
    answer = visitor.press("gp-registration")[-1]
    label = next(choice["label"] for choice in answer["choices"] if choice["id"] == "human")
    visitor.press("human")

    said = [message["text"] for message in visitor.messages() if message["author"] == "person"]
    assert said[-1] == label


NOT_MESSAGES: list[object] = [
    {},
    {"client_ref": "1"},
    {"text": "hello", "choice": "human", "client_ref": "1"},
    {"text": "hello"},
    {"text": "hello", "client_ref": ""},
    {"text": "hello", "client_ref": "x" * 81},
    {"text": 5, "client_ref": "1"},
    {"text": ["hello"], "client_ref": "1"},
    {"choice": "", "client_ref": "1"},
    {"choice": "x" * 121, "client_ref": "1"},
    {"text": "hello", "client_ref": "1", "txet": "misspelt"},
    {"text": "x" * 20_001, "client_ref": "1"},
    ["hello"],
    "hello",
    None,
]


def test_a_message_that_is_not_one_text_or_one_choice_is_refused(
    world: Waypost, client: TestClient, visitor: Visitor
) -> None:
    for body in NOT_MESSAGES:
        is_problem(client.post(MESSAGES, json=body, headers=visitor.headers), 422, "invalid_request")
    assert written(world) == 0


def test_a_body_that_is_not_json_is_refused(client: TestClient, visitor: Visitor) -> None:
    headers = visitor.headers | {"Content-Type": "application/json"}
    for content in (b"{", b"", b"\xff\xfe", b'{"text": "\xff"}', b"[" * 50_000):
        answer = client.post(MESSAGES, content=content, headers=headers)

        assert answer.status_code in (400, 422)
        is_problem(answer, answer.status_code, answer.json()["code"])


def test_a_problem_does_not_repeat_what_was_written(client: TestClient, visitor: Visitor) -> None:
    body = {"text": {"secret": "my name is Amina"}, "client_ref": "1"}

    assert "Amina" not in client.post(MESSAGES, json=body, headers=visitor.headers).text


def test_twenty_thousand_characters_are_accepted_and_the_person_is_told_that_it_was_much(visitor: Visitor) -> None:
    long = (f"{QUESTION}. " + "x " * 10_000)[:20_000]
    answers = visitor.say(long)

    assert any("Your message was very long" in answer["text"] for answer in answers)
    assert visitor.messages()[0]["text"] == long


def test_a_danger_at_the_end_of_twenty_thousand_characters_is_heard(visitor: Visitor) -> None:
    words = "I want to kill myself"

    assert visitor.say("x " * 9_900 + words)[0]["urgent"] is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\u200b\u200d\ufeff",
        "\x00\x01\x1b[0;1",
        "👍🏽🙏",
        "…!?",
        "\u202e\u2066\u2067",
    ],
)
def test_a_message_without_words_gets_an_honest_line(visitor: Visitor, text: str) -> None:
    answer = visitor.say(text)[-1]

    assert answer["text"].endswith(
        "I could not read any words in your message. Write your question in a short sentence."
    )
    assert [choice["id"] for choice in answer["choices"]] == ["human"]


@pytest.mark.parametrize(
    "text",
    [
        f"{QUESTION}\x00\x07",
        "how do i\u200b register\u200b with a gp",
        f"\u202e{QUESTION}\u202c",
        "how do i register with a gp مرحبا",
        f"<script>alert(1)</script> {QUESTION}",
    ],
)
def test_odd_characters_around_words_do_not_keep_them_from_being_read(visitor: Visitor, text: str) -> None:
    assert any(message["sources"] or message["choices"] for message in visitor.say(text))
    assert "\x00" not in visitor.messages()[0]["text"]


def test_a_conversation_that_writes_too_fast_is_told_so_and_danger_is_still_heard(
    sqlite_database: Database, understander: Understander, settings: Settings
) -> None:
    slow = settings.model_copy(update={"rate_per_conversation": "1/minute"})
    with open_doors(assemble(slow, sqlite_database, understander, {WebChat.name: WebChat()})) as client:
        visitor = Visitor(client, "en")
        visitor.say("/help")

        assert "very fast" in visitor.say(QUESTION)[-1]["text"]
        assert visitor.say("I want to kill myself")[0]["urgent"] is True


def test_an_address_that_asks_too_often_gets_429_and_the_time_to_wait(
    sqlite_database: Database, understander: Understander, settings: Settings
) -> None:
    slow = settings.model_copy(update={"rate_per_address": "3/minute"})
    world = assemble(slow, sqlite_database, understander, {WebChat.name: WebChat()})
    with open_doors(world) as client:
        visitor = Visitor(client)
        assert [visitor.send(text="/help").status_code for _ in range(2)] == [202, 202]
        refused = visitor.send(text="/help")

        is_problem(refused, 429, "too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 61
        is_problem(client.post(SESSIONS), 429, "too_many_requests")
        assert client.get(MESSAGES, headers=visitor.headers).status_code == 200
        elsewhere = TestClient(client.app, client=("192.0.2.8", 50_000))
        assert elsewhere.post(SESSIONS).status_code == 201
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) == 2


def test_delete_removes_everything_that_was_written_and_the_chat_goes_on(world: Waypost, visitor: Visitor) -> None:
    visitor.say("my name is Amina and i live in Luton")
    visitor.say("/delete")

    assert written(world) == 0
    [farewell] = visitor.messages()
    assert "has been deleted" in farewell["text"]
    assert visitor.say("/help")


# --- words of the page ------------------------------------------------------------------------------------------------


def test_the_page_gets_its_words_in_every_language(client: TestClient) -> None:
    english = client.get("/api/v1/chat/phrases").json()
    for tag in SERVED:
        answer = client.get("/api/v1/chat/phrases", params={"locale": tag}).json()

        assert (answer["locale"], answer["dir"]) == (tag, SERVED[tag].direction)
        assert answer["phrases"].keys() == english["phrases"].keys()
        assert all(answer["phrases"].values())
        assert (answer["phrases"]["web.send"] == english["phrases"]["web.send"]) is (tag == "en"), tag


def test_words_in_an_unknown_language_are_english(client: TestClient) -> None:
    for locale in ("xx", "", "💥", "../en"):
        assert client.get("/api/v1/chat/phrases", params={"locale": locale}).json()["locale"] == "en"
