"""The adviser queue's API, as the contract has it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from starlette.testclient import TestClient

from core.places import Place
from core.staff import Scope, disable_staff
from tests.doors import Desk, Visitor, hire, is_problem, until
from waypost.wiring import Waypost

#: A topic that only an adviser of level 3 may answer.
APPEAL = "refusal-and-appeal"


@pytest.fixture
def junior(world: Waypost, client: TestClient) -> Desk:
    """An adviser without a level."""
    return Desk(client, hire(world, "Jonas", Scope.ADMIN))


@pytest.fixture
def case(visitor: Visitor, desk: Desk) -> dict[str, Any]:
    """A case of somebody who asked for a person."""
    visitor.press("human")
    [found] = desk.cases()
    return found


# --- the queue --------------------------------------------------------------------------------------------------------


def test_an_empty_queue_is_an_empty_page(desk: Desk) -> None:
    assert desk.get("/handoffs").json() == {"data": [], "next_cursor": None, "has_more": False}


def test_who_asks_for_a_person_waits_in_the_queue(case: dict[str, Any]) -> None:
    assert (case["state"], case["reason"], case["urgency"], case["language"]) == ("queued", "asked", "normal", "en")
    assert (case["assignee"], case["version"], case["required_level"]) == (None, 1, 0)
    assert not {"messages", "text", "contact"} & case.keys(), "lists carry no texts"


def test_the_most_urgent_case_comes_first_and_then_the_oldest(client: TestClient, desk: Desk) -> None:
    for choice in ("human", APPEAL, "human"):
        Visitor(client, "en").press(choice)
    Visitor(client, "en").say("I want to kill myself")

    assert [case["urgency"] for case in desk.cases()] == ["crisis", "soon", "normal", "normal"]
    created = [case["created_at"] for case in desk.cases(urgency="normal")]
    assert created == sorted(created)


def test_the_queue_is_narrowed_by_state_theme_language_and_urgency(client: TestClient, desk: Desk) -> None:
    Visitor(client, "en").press(APPEAL)
    polish = Visitor(client, "pl")
    polish.press("language:pl")
    polish.press("human")
    desk.claim(desk.cases(language="pl")[0]["id"])

    assert [case["theme"] for case in desk.cases(theme="immigration")] == ["immigration"]
    assert [case["language"] for case in desk.cases(language="pl")] == ["pl"]
    assert [case["topic"] for case in desk.cases(urgency="soon")] == [APPEAL]
    assert [case["state"] for case in desk.cases(state="assigned")] == ["assigned"]
    assert [case["topic"] for case in desk.cases(state="queued", theme="immigration", urgency="soon")] == [APPEAL]
    assert desk.cases(state="resolved") == desk.cases(theme="esol") == desk.cases(language="ar") == []


def test_the_pages_of_the_queue_hold_every_case_once(client: TestClient, desk: Desk) -> None:
    for _ in range(5):
        Visitor(client, "en").press("human")
    Visitor(client, "en").press(APPEAL)

    read: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = desk.get("/handoffs", limit=2, **cursor).json()
        read += [case["id"] for case in page["data"]]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert read == [case["id"] for case in desk.cases()]
    assert len(set(read)) == 6


def test_a_cursor_that_is_not_ours_is_refused(desk: Desk) -> None:
    for cursor in ("x", "💥", "AAAAAAAAAAAAAAAAAAAAAA", "=" * 80):
        is_problem(desk.get("/handoffs", cursor=cursor), 422, "invalid_cursor")


def test_an_unknown_word_in_a_filter_is_refused(desk: Desk) -> None:
    for name, word in (("state", "open"), ("theme", "weather"), ("urgency", "high"), ("limit", 0), ("limit", 201)):
        is_problem(desk.get("/handoffs", **{name: word}), 422, "invalid_request")


# --- the packet -------------------------------------------------------------------------------------------------------


def test_the_packet_has_everything_an_adviser_needs(client: TestClient, desk: Desk) -> None:
    visitor = Visitor(client, "ar")
    visitor.press("language:ar")
    visitor.press("gp-registration")
    visitor.press(APPEAL)
    [listed] = desk.cases()
    answer = desk.get(f"/handoffs/{listed['id']}")
    packet = answer.json()

    assert answer.headers["etag"] == f'"{packet["version"]}"'
    assert listed.items() <= packet.items()
    assert (packet["reason"], packet["urgency"], packet["theme"]) == ("human_only", "soon", "immigration")
    assert (packet["topic"], packet["required_level"]) == (APPEAL, 3)
    assert (packet["language"], packet["direction"]) == ("ar", "rtl")
    assert (packet["state"], packet["assignee"], packet["channel"], packet["can_reply"]) == (
        "queued",
        None,
        "webchat",
        True,
    )
    assert [shown["slug"] for shown in packet["answers_shown"]] == ["gp-registration", APPEAL]
    assert {"conversation_id", "theme_confidence", "topic_confidence"} <= packet.keys()


def test_the_packets_messages_are_the_last_ones_oldest_first_with_room_for_a_translation(
    visitor: Visitor, desk: Desk
) -> None:
    for number in range(8):
        visitor.say(f"/help {number}")
    visitor.press("human")
    messages = desk.packet(desk.cases()[0]["id"])["messages"]

    assert len(messages) == 10
    assert [message["author"] for message in messages] == ["person", "bot"] * 5
    assert all({"text", "locale", "direction", "translation", "created_at"} <= message.keys() for message in messages)
    assert all(message["translation"] is None for message in messages)


def test_danger_raises_the_case_that_is_open_and_opens_no_second_one(visitor: Visitor, desk: Desk) -> None:
    visitor.press("human")
    visitor.say("I want to kill myself")
    [case] = desk.cases()

    assert (case["reason"], case["urgency"], case["danger"]) == ("danger", "crisis", "suicide_self_harm")
    assert case["rule"]


def test_an_unknown_case_is_404_for_every_verb(desk: Desk) -> None:
    unknown = f"/handoffs/{uuid4()}"

    is_problem(desk.get(unknown), 404, "not_found")
    is_problem(desk.get(f"{unknown}/notes"), 404, "not_found")
    is_problem(desk.post(f"{unknown}/notes", {"text": "note"}), 404, "not_found")
    is_problem(desk.post(f"{unknown}/claim"), 404, "not_found")
    for verb in ("resolve", "release", "return-to-bot"):
        is_problem(desk.post(f"{unknown}/{verb}", if_match='"1"'), 404, "not_found")
    is_problem(desk.get(f"/conversations/{uuid4()}/messages"), 404, "not_found")
    is_problem(desk.reply(str(uuid4()), "hello"), 404, "not_found")


def test_an_id_that_is_no_id_is_422(desk: Desk) -> None:
    is_problem(desk.get("/handoffs/first"), 422, "invalid_request")


def test_a_case_of_another_place_is_as_if_it_were_not_there(
    world: Waypost, client: TestClient, case: dict[str, Any]
) -> None:
    with world.database.write() as session:
        session.add(Place(id="elsewhere", name="Elsewhere"))
        session.flush()
    stranger = Desk(client, hire(world, "Vera", Scope.ADMIN, level=3, place="elsewhere"))
    path, conversation = f"/handoffs/{case['id']}", case["conversation_id"]

    assert stranger.cases() == []
    is_problem(stranger.get(path), 404, "not_found")
    is_problem(stranger.post(f"{path}/claim"), 404, "not_found")
    is_problem(stranger.post(f"{path}/resolve", if_match='"1"'), 404, "not_found")
    is_problem(stranger.post(f"{path}/notes", {"text": "note"}), 404, "not_found")
    is_problem(stranger.get(f"/conversations/{conversation}/messages"), 404, "not_found")
    is_problem(stranger.reply(conversation, "hello"), 404, "not_found")


def test_a_conversation_without_a_case_is_nobodys_business(world: Waypost, visitor: Visitor, desk: Desk) -> None:
    from sqlalchemy import select

    from bot.models import Conversation

    visitor.say("/help")
    with world.database.read() as session:
        conversation = session.scalars(select(Conversation.id)).one()
    is_problem(desk.get(f"/conversations/{conversation}/messages"), 404, "not_found")


# --- claiming ---------------------------------------------------------------------------------------------------------


def test_one_adviser_claims_and_may_repeat_it_the_others_hear_who_has_it(
    desk: Desk, junior: Desk, case: dict[str, Any]
) -> None:
    first = desk.post(f"/handoffs/{case['id']}/claim")
    again = desk.post(f"/handoffs/{case['id']}/claim")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["assignee"], first.json()["version"]) == ("assigned", "Ines", 2)
    assert first.headers["etag"] == '"2"'
    lost = is_problem(junior.post(f"/handoffs/{case['id']}/claim"), 409, "already_claimed")
    assert lost["assignee"] == "Ines"


def test_a_case_that_needs_a_level_is_not_for_an_adviser_below_it(visitor: Visitor, desk: Desk, junior: Desk) -> None:
    visitor.press(APPEAL)
    [case] = desk.cases()

    is_problem(junior.post(f"/handoffs/{case['id']}/claim"), 403, "level_too_low")
    assert desk.claim(case["id"])["assignee"] == "Ines"


def test_a_resolved_case_cannot_be_claimed(desk: Desk, junior: Desk, case: dict[str, Any]) -> None:
    desk.claim(case["id"])
    desk.resolve(case["id"])

    for adviser in (desk, junior):
        is_problem(adviser.post(f"/handoffs/{case['id']}/claim"), 409, "invalid_transition")


@pytest.mark.parametrize("verb", ["resolve", "release", "return-to-bot"])
def test_a_verb_after_the_claim_needs_the_version_that_was_read(desk: Desk, case: dict[str, Any], verb: str) -> None:
    path = f"/handoffs/{case['id']}/{verb}"
    desk.claim(case["id"])

    is_problem(desk.post(path), 428, "precondition_required")
    is_problem(desk.post(path, if_match='"1"'), 412, "stale")
    is_problem(desk.post(path, if_match="*"), 412, "stale")
    is_problem(desk.post(path, if_match='"two"'), 412, "stale")
    done = desk.post(path, if_match='"2"')
    assert (done.status_code, done.headers["etag"]) == (200, '"3"')


def test_only_who_has_the_case_may_close_it(desk: Desk, junior: Desk, case: dict[str, Any]) -> None:
    path = f"/handoffs/{case['id']}/resolve"

    is_problem(desk.post(path, if_match='"1"'), 409, "invalid_transition")
    desk.claim(case["id"])
    is_problem(junior.post(path, if_match='"2"'), 409, "not_assignee")
    assert desk.resolve(case["id"]).json()["resolved_at"]
    is_problem(desk.post(path, if_match='"3"'), 409, "invalid_transition")


def test_a_released_case_waits_for_somebody_else(desk: Desk, junior: Desk, case: dict[str, Any]) -> None:
    desk.claim(case["id"])
    released = desk.post(f"/handoffs/{case['id']}/release", if_match='"2"').json()

    assert (released["state"], released["assignee"]) == ("queued", None)
    assert junior.claim(case["id"])["assignee"] == "Jonas"


@pytest.mark.parametrize("verb", ["resolve", "return-to-bot"])
def test_after_a_case_is_closed_the_person_is_told_and_the_bot_answers_again(
    visitor: Visitor, desk: Desk, case: dict[str, Any], verb: str
) -> None:
    desk.claim(case["id"])
    desk.post(f"/handoffs/{case['id']}/{verb}", if_match='"2"')

    assert "has closed this question" in visitor.messages()[-1]["text"]
    assert visitor.say("/help")
    assert visitor.press("gp-registration")[-1]["sources"]


def test_while_a_person_has_the_case_the_bot_is_silent_and_what_is_written_is_kept(
    visitor: Visitor, desk: Desk, case: dict[str, Any]
) -> None:
    desk.claim(case["id"])
    sent = visitor.send(text="how do i register with a gp").json()["id"]

    def heard() -> dict[str, Any]:
        lines = desk.get(f"/conversations/{case['conversation_id']}/messages").json()["data"]
        return next((line for line in lines if line["id"] == sent and line["trace"]), {})

    line = until(heard, "the message in the transcript")
    assert line["text"] == "how do i register with a gp"
    assert line["trace"]["reason"] == "a person has the baton"
    assert visitor.messages(after=sent) == []


# --- talking ----------------------------------------------------------------------------------------------------------


def test_an_advisers_words_reach_the_person_exactly(visitor: Visitor, desk: Desk, case: dict[str, Any]) -> None:
    desk.claim(case["id"])
    sent = desk.reply(case["conversation_id"], "Hello <b>Amina</b> & family.\n\nPlease ring 020 7946 0000.")

    assert sent.status_code == 201
    assert sent.json()["author"] == "adviser"
    newest = visitor.messages()[-1]
    assert (newest["author"], newest["id"]) == ("adviser", sent.json()["id"])
    assert newest["text"] == "Hello <b>Amina</b> & family.\n\nPlease ring 020 7946 0000."


def test_a_reply_sent_twice_with_one_client_ref_arrives_once(
    visitor: Visitor, desk: Desk, case: dict[str, Any]
) -> None:
    desk.claim(case["id"])
    first = desk.reply(case["conversation_id"], "Hello", client_ref="r1")
    again = desk.reply(case["conversation_id"], "Hello", client_ref="r1")

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert [message["author"] for message in visitor.messages()].count("adviser") == 1


def test_only_who_has_the_case_may_write_to_the_person(
    visitor: Visitor, desk: Desk, junior: Desk, case: dict[str, Any]
) -> None:
    conversation = case["conversation_id"]

    is_problem(desk.reply(conversation, "too early"), 409, "not_assignee")
    desk.claim(case["id"])
    is_problem(junior.reply(conversation, "not mine"), 409, "not_assignee")
    desk.resolve(case["id"])
    is_problem(desk.reply(conversation, "too late"), 409, "not_assignee")
    assert "adviser" not in {message["author"] for message in visitor.messages()}


def test_a_reply_that_is_not_one_is_refused(desk: Desk, case: dict[str, Any]) -> None:
    desk.claim(case["id"])
    bodies: list[object] = [
        {},
        {"text": "hello"},
        {"text": "", "client_ref": "1"},
        {"text": "x" * 20_001, "client_ref": "1"},
        {"text": "hello", "client_ref": "1", "private": True},
        {"text": "hello", "client_ref": "1", "language": "<b>"},
    ]
    for body in bodies:
        answer = desk.post(f"/conversations/{case['conversation_id']}/messages", body)
        is_problem(answer, 422, "invalid_request")


def test_the_transcript_is_read_backwards_in_pages_each_oldest_first(
    visitor: Visitor, desk: Desk, case: dict[str, Any]
) -> None:
    visitor.say("/help")
    visitor.say("/privacy")
    path = f"/conversations/{case['conversation_id']}/messages"
    everything = desk.get(path).json()["data"]

    read: list[dict[str, Any]] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = desk.get(path, **query).json()
        read = page["data"] + read
        if not page["has_more"]:
            break
        query["before"] = page["next_cursor"]
    assert read == everything
    assert [line["id"] for line in everything] == [message["id"] for message in visitor.messages()]


# --- notes ------------------------------------------------------------------------------------------------------------


def test_a_note_is_for_advisers_and_never_reaches_the_person(
    visitor: Visitor, desk: Desk, junior: Desk, case: dict[str, Any]
) -> None:
    before = visitor.messages()
    path = f"/handoffs/{case['id']}/notes"
    noted = desk.post(path, {"text": "Rang the school. <b>No answer.</b>"})
    junior.post(path, {"text": "Second try tomorrow."})

    assert noted.status_code == 201
    page = junior.get(path).json()
    assert [(note["author"], note["text"]) for note in page["data"]] == [
        ("Ines", "Rang the school. <b>No answer.</b>"),
        ("Jonas", "Second try tomorrow."),
    ]
    assert (page["next_cursor"], page["has_more"]) == (None, False)
    assert visitor.messages() == before
    assert "school" not in str(desk.packet(case["id"]))


def test_a_note_that_is_not_one_is_refused(desk: Desk, case: dict[str, Any]) -> None:
    bodies: list[object] = [{}, {"text": ""}, {"text": "note", "send": True}, {"text": "x" * 20_001}]
    for body in bodies:
        is_problem(desk.post(f"/handoffs/{case['id']}/notes", body), 422, "invalid_request")


# --- raising ----------------------------------------------------------------------------------------------------------

RAISED = {
    "text": "Family of four at our food bank, needs help with a letter.",
    "language": "pl",
    "theme": "housing",
    "contact": "07700 900123",
    "on_behalf_of": "St Mary's food bank",
}


def test_another_system_raises_a_case_for_a_person(desk: Desk) -> None:
    raised = desk.post("/handoffs", RAISED)

    assert raised.status_code == 201
    case = raised.json()
    assert raised.headers["location"] == f"/api/v1/handoffs/{case['id']}"
    assert (case["state"], case["reason"], case["theme"], case["language"]) == ("queued", "raised", "housing", "pl")
    assert case["raised_by"] == "Ines"
    packet = desk.packet(case["id"])
    assert (packet["contact"], packet["on_behalf_of"]) == ("07700 900123", "St Mary's food bank")
    assert packet["can_reply"] is False
    assert [message["text"] for message in packet["messages"]] == [RAISED["text"]]


def test_the_same_idempotency_key_raises_the_same_case_once(desk: Desk) -> None:
    first = desk.post("/handoffs", RAISED, idempotency_key="k1")
    again = desk.post("/handoffs", RAISED, idempotency_key="k1")
    other = desk.post("/handoffs", RAISED, idempotency_key="k2")

    assert (again.status_code, again.json()) == (201, first.json())
    assert other.json()["id"] != first.json()["id"]
    assert len(desk.cases()) == 2


def test_an_idempotency_key_is_good_for_one_request_only(desk: Desk) -> None:
    desk.post("/handoffs", RAISED, idempotency_key="k1")

    answer = desk.post("/handoffs", RAISED | {"text": "Another family."}, idempotency_key="k1")
    is_problem(answer, 422, "idempotency_key_reused")
    assert len(desk.cases()) == 1


def test_two_callers_may_use_the_same_idempotency_key(desk: Desk, junior: Desk) -> None:
    cases = {caller.post("/handoffs", RAISED, idempotency_key="k1").json()["id"] for caller in (desk, junior)}

    assert len(cases) == 2


def test_a_case_that_is_badly_raised_is_refused(desk: Desk) -> None:
    wrong = [("text", ""), ("theme", "weather"), ("contact", "x" * 501), ("language", "!"), ("urgency", "crisis")]
    for name, value in wrong:
        is_problem(desk.post("/handoffs", RAISED | {name: value}), 422, "invalid_request")
    assert desk.cases() == []


# --- who may ----------------------------------------------------------------------------------------------------------


def test_each_scope_opens_its_own_doors_and_no_other(
    world: Waypost, client: TestClient, desk: Desk, case: dict[str, Any]
) -> None:
    desk.claim(case["id"])
    path, talk = f"/handoffs/{case['id']}", f"/conversations/{case['conversation_id']}/messages"
    doors: dict[Scope, Callable[[Desk], list[httpx2.Response]]] = {
        Scope.HANDOFFS_READ: lambda who: [who.get("/handoffs"), who.get(path), who.get(f"{path}/notes")],
        Scope.HANDOFFS_WRITE: lambda who: [
            who.post("/handoffs", RAISED),
            who.post(f"{path}/claim"),
            who.post(f"{path}/resolve", if_match='"1"'),
            who.post(f"{path}/notes", {"text": "note"}),
        ],
        Scope.CONVERSATIONS_READ: lambda who: [who.get(talk)],
        Scope.CONVERSATIONS_WRITE: lambda who: [who.post(talk, {"text": "hello", "client_ref": "1"})],
        Scope.ARTICLES_READ: lambda who: [who.get("/articles"), who.get("/articles/gp-registration")],
    }
    for scope in doors:
        holder = Desk(client, hire(world, f"only {scope}", scope))
        for needed, knock in doors.items():
            for answer in knock(holder):
                if scope == needed:
                    assert answer.status_code != 403
                else:
                    assert needed in is_problem(answer, 403, "forbidden")["detail"]


def test_without_a_valid_token_the_staffs_doors_stay_shut(client: TestClient) -> None:
    doors = [
        ("GET", "/api/v1/handoffs"),
        ("POST", "/api/v1/handoffs"),
        ("GET", f"/api/v1/handoffs/{uuid4()}"),
        ("POST", f"/api/v1/handoffs/{uuid4()}/claim"),
        ("GET", f"/api/v1/conversations/{uuid4()}/messages"),
        ("GET", "/api/v1/articles"),
    ]
    for authorization in (b"", b"Bearer wp_nobody", b"Basic YTpi", "Bearer żółć".encode()):
        for method, path in doors:
            answer = client.request(method, path, headers={b"Authorization": authorization})
            is_problem(answer, 401, "unauthorised")
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_visitors_token_is_not_a_staff_token_and_the_other_way_round(
    client: TestClient, visitor: Visitor, desk: Desk
) -> None:
    is_problem(Desk(client, visitor.token).get("/handoffs"), 401, "unauthorised")
    is_problem(client.get("/api/v1/chat/messages", headers=desk.headers), 401, "unauthorised")


def test_a_disabled_adviser_is_out_at_once(world: Waypost, junior: Desk) -> None:
    assert junior.get("/handoffs").status_code == 200
    with world.database.write() as session:
        disable_staff(session, "default", "Jonas")

    is_problem(junior.get("/handoffs"), 401, "unauthorised")
