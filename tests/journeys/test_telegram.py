"""Telegram, whole: an update posted to the webhook becomes calls of the Bot API, and nothing else leaves or stays."""

import json
import threading
from collections.abc import Callable
from itertools import product
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.routes.webhooks import take_telegram
from bot.channels.telegram import MAX_TEXT
from bot.channels.text import utf16_length
from bot.models import Conversation, Delivery, Message, Person
from core.locales import SERVED
from core.settings import Settings
from tests.doors import Desk, is_problem, until
from tests.journeys.conftest import SECRET, Answer, BotApi, Call, Phone, accepted, payload, refused
from translations.catalog import say
from waypost.wiring import Waypost

ZOFIA = 700100201


def rows(world: Waypost) -> int:
    """How many people, conversations and messages there are."""
    with world.database.read() as session:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Person, Conversation, Message)
        )


# --- the way there and back -------------------------------------------------------------------------------------------


def test_a_question_gets_the_notice_and_then_the_answer_with_its_source_and_buttons(phone: Phone) -> None:
    notice, answer = phone.answered(payload("text"))

    assert {call.given["chat_id"] for call in (notice, answer)} == {ZOFIA}
    assert {call.given["parse_mode"] for call in (notice, answer)} == {"HTML"}
    assert "/delete" in notice.text
    assert say("notice.telegram", "pl") in notice.text
    assert answer.text.startswith("<b>")
    assert "\nhttps://www.nhs.uk/" in answer.text
    assert answer.buttons["helpful:gp-registration"] == say("button.yes", "pl")
    assert answer.buttons["human"] == say("button.person", "pl")
    assert answer.given["link_preview_options"] == {"is_disabled": True}


def test_a_pressed_button_is_acknowledged_and_answered(phone: Phone, api: BotApi) -> None:
    phone.send()
    [thanks] = phone.answered(payload("press"))

    assert thanks.given["chat_id"] == ZOFIA
    assert thanks.text == say("feedback.thanks", "pl")
    [acknowledged] = until(lambda: api.of("answerCallbackQuery"), "the acknowledgement")
    assert acknowledged.given == {"callback_query_id": 3007906539441223344}


def test_what_was_pressed_reads_as_its_label_for_an_adviser(phone: Phone, desk: Desk) -> None:
    phone.send()
    phone.press("helpful:gp-registration")
    phone.press("human")
    [case] = desk.cases()

    said = [line["text"] for line in desk.packet(case["id"])["messages"] if line["author"] == "person"]
    assert said[1:] == ["Tak", "Porozmawiaj z osobą"]


def test_a_button_that_nobody_offered_is_met_politely(phone: Phone) -> None:
    for data in ("no-such-topic", "language:xx", "theme:weather", "english:nothing", "💥"):
        assert phone.press(data)[0].text


def test_an_advisers_words_reach_the_phone(phone: Phone, api: BotApi, desk: Desk) -> None:
    phone.send("command", text="/human")
    [case] = desk.cases()
    desk.claim(case["id"])
    desk.reply(case["conversation_id"], "Hello <Yusuf> & family")
    words = until(lambda: [call for call in api.sent if "Yusuf" in call.text], "the adviser's words")

    assert [call.text for call in words] == ["Hello &lt;Yusuf&gt; &amp; family"]
    assert words[0].given["chat_id"] == 700100202


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/start", "/start haringey", "/help", "/help@waypost_example_bot", "/START"])
def test_start_and_help_say_what_the_bot_can_do(phone: Phone, text: str) -> None:
    [answer] = phone.send("command", text=text)

    assert say("help.start", "en") in answer.text
    assert "/delete" in answer.text


def test_language_offers_every_language_by_its_own_name_and_keeps_the_choice(phone: Phone) -> None:
    menu = phone.send(text="/language")[-1]
    assert menu.buttons == {f"language:{locale.tag}": locale.name for locale in SERVED.values()}

    changed = phone.press("language:ro")[-1]
    assert say("language.changed", "ro", language="Română") in changed.text
    assert say("help.start", "ro") in phone.send(text="/help")[-1].text


def test_human_puts_the_person_into_the_queue(phone: Phone, desk: Desk) -> None:
    answer = phone.send(text="/human")[-1]

    assert "new-question" in answer.buttons
    [case] = desk.cases()
    assert (case["reason"], case["state"]) == ("asked", "queued")
    assert desk.packet(case["id"])["channel"] == "telegram"


def test_privacy_says_who_reads_this_and_offers_deletion(phone: Phone) -> None:
    [answer] = phone.send("command", text="/privacy")

    assert say("notice.telegram", "en") in answer.text
    assert "90" in answer.text
    assert answer.buttons == {"delete-now": say("button.delete_now", "en")}


def test_delete_removes_everything_and_says_so(world: Waypost, phone: Phone) -> None:
    phone.send()
    [farewell] = phone.send(text="/delete")

    assert farewell.text == say("delete.done", "pl")
    with world.database.read() as session:
        assert session.scalars(select(Message.author)).all() == ["bot"]
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_an_unknown_command_is_answered_with_the_known_ones(phone: Phone) -> None:
    [answer] = phone.send("command", text="/teleport")

    assert say("help.unknown_command", "en") in answer.text


# --- what is not text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "phrase"),
    [("photo", "media.photo"), ("voice", "media.voice"), ("location", "media.location"), ("sticker", "media.other")],
)
def test_what_the_bot_cannot_read_gets_an_honest_line_and_the_way_to_a_person(
    phone: Phone, name: str, phrase: str
) -> None:
    answer = phone.send(name)[-1]

    assert say(phrase, "en") in answer.text
    assert answer.buttons == {"human": say("button.person", "en")}


def test_other_kinds_of_message_are_never_met_with_silence(phone: Phone) -> None:
    document = {"file_id": "BQACexample", "file_unique_id": "AgADexample-d", "file_name": "list.pdf"}
    kinds: list[dict[str, Any]] = [
        {"document": document},
        {"video_note": {"file_id": "DQACexample", "file_unique_id": "AgADe", "length": 240, "duration": 3}},
        {"contact": {"phone_number": "07700900123", "first_name": "Amina"}},
        {"dice": {"emoji": "🎲", "value": 4}},
        {"something_new": {"of": "next year"}},
    ]
    update = payload("sticker")["message"]
    del update["sticker"]
    for number, kind in enumerate(kinds):
        somebody = {"chat": {"id": 700100300 + number, "type": "private"}}
        assert phone.answered({"update_id": 815940000 + number, "message": update | somebody | kind})


def test_a_photo_is_kept_for_the_adviser_and_a_location_is_not(world: Waypost, phone: Phone, desk: Desk) -> None:
    phone.send("photo", caption="نامه من")
    phone.send("location")
    phone.send("photo", text="/human", photo=[])
    [case] = desk.cases()
    with world.database.read() as session:
        stored = [message.body for message in session.scalars(select(Message).where(Message.author == "person"))]

    assert "[photo] نامه من" in [line["text"] for line in desk.packet(case["id"])["messages"]]
    assert stored[0]["media_ref"] == "AgACAgQAAxkBAAIBexample-large"
    assert "51.88" not in str(stored)


def test_a_photo_with_a_question_under_it_gets_the_answer_to_the_question(phone: Phone) -> None:
    assert "https://www.nhs.uk/" in phone.send("photo", caption="how do i register with a gp")[-1].text


# --- groups -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["group_message", "added_to_group"])
def test_a_group_is_told_once_why_and_left_and_nothing_is_stored(
    world: Waypost, phone: Phone, api: BotApi, name: str
) -> None:
    assert phone.deliver(payload(name)).status_code == 200
    [left] = until(lambda: api.of("leaveChat"), "the farewell")
    [refusal] = api.sent

    assert (refusal.given["chat_id"], refusal.text) == (-1009990001112, say("group.refused", "pl"))
    assert left.given == {"chat_id": -1009990001112}
    assert rows(world) == 0


def test_an_update_that_is_no_message_to_us_is_taken_and_passed_over(world: Waypost, phone: Phone) -> None:
    for update in (payload("blocked"), {"update_id": 1}, {"update_id": 2, "something_new": {"id": "1"}}):
        assert phone.deliver(update).status_code == 200
    assert rows(world) == 0


def test_an_edited_message_is_read_again(phone: Phone) -> None:
    phone.send()

    assert "https://www.nhs.uk/" in phone.answered(payload("edited"))[-1].text


# --- repeated and out of order ----------------------------------------------------------------------------------------


def test_a_repeated_update_is_accepted_and_changes_nothing(world: Waypost, phone: Phone, api: BotApi) -> None:
    phone.answered(payload("command"))
    before, sent = rows(world), len(api.sent)
    assert [phone.deliver(payload("command")).json() for _ in range(3)] == [{"ok": True}] * 3

    phone.send("command", text="/privacy")
    assert rows(world) == before + 2
    assert len(api.sent) == sent + 1


def test_updates_out_of_order_are_all_answered_in_the_order_in_which_they_came(phone: Phone, api: BotApi) -> None:
    later, earlier = payload("command"), payload("command")
    later["update_id"], later["message"]["text"] = 815939002, "/privacy"
    earlier["update_id"], earlier["message"]["text"] = 815939001, "/help"
    for update in (later, earlier, later):
        assert phone.deliver(update).status_code == 200
    until(lambda: len(api.sent) == 2, "two answers")

    assert ["/delete" in call.text and "/human" not in call.text for call in api.sent] == [True, False]


def test_two_people_with_one_update_id_at_two_bots_are_two_people(world: Waypost, phone: Phone) -> None:
    phone.answered(payload("command"))
    other = BotApi().channel()
    other.account_id = "5550009999"
    inbound = other.read(payload("command"))
    other.close()

    assert inbound is not None
    assert world.receive(inbound).fresh is True


# --- proof ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        "wrong",
        SECRET.upper(),
        SECRET + "x",
        SECRET[:-1],
        "żółć".encode(),
        b"\xff\xfe",
        SECRET.encode() + b"\xe9",
    ],
)
def test_without_the_right_secret_nothing_is_taken(world: Waypost, phone: Phone, secret: str | bytes | None) -> None:
    is_problem(phone.deliver(payload("text"), secret=secret), 401, "unauthorised")
    assert rows(world) == 0


def test_the_secret_is_asked_for_before_the_body_is_looked_at(phone: Phone) -> None:
    is_problem(phone.deliver(b"{", secret="wrong"), 401, "unauthorised")


def test_without_a_secret_in_the_settings_there_is_no_webhook(world: Waypost, settings: Settings) -> None:
    from api.app import create_app

    world.settings = settings
    client = TestClient(create_app(world, lambda: None, lambda: None))
    for secret in ("", SECRET):
        answer = client.post("/webhooks/telegram", json={}, headers={"X-Telegram-Bot-Api-Secret-Token": secret})
        is_problem(answer, 404, "not_found")


# --- not an update ----------------------------------------------------------------------------------------------------

NOT_UPDATES = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"null",
    b"[]",
    b'"update"',
    b"{}",
    b'{"message": 5}',
    b'{"update_id": 1, "message": []}',
    b'{"update_id": 1, "message": {"chat": 7}}',
    b'{"update_id": 1, "message": {"text": "hello"}}',
    b'{"update_id": 1, "callback_query": {"id": "1"}}',
    b'{"update_id": 1, "my_chat_member": "left"}',
]


def test_a_body_that_is_no_update_is_refused_and_nothing_is_stored(world: Waypost, phone: Phone) -> None:
    for body in NOT_UPDATES:
        answer = phone.deliver(body)
        assert answer.status_code == 400, body
        is_problem(answer, 400, "bad_request")
    assert rows(world) == 0


def test_a_body_over_one_megabyte_is_refused(world: Waypost, phone: Phone) -> None:
    update = payload("text")
    update["message"]["text"] = "x" * 1_000_000

    is_problem(phone.deliver(update), 413, "too_large")
    assert rows(world) == 0


def _spoilt(node: object, path: tuple[str, ...], value: object) -> None:
    assert isinstance(node, dict)
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


def _paths(node: object, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(node, dict):
        return []
    return [way for name, inner in node.items() for way in ((*above, name), *_paths(inner, (*above, name)))]


PLACES = [
    (name, path)
    for name in ("text", "press", "photo", "group_message", "added_to_group")
    for path in _paths(payload(name))
]
ODD: list[object] = [
    None,
    "",
    "x",
    "-1",
    0,
    -1,
    2**70,
    1.5,
    True,
    [],
    {},
    [{}],
    {"id": 1},
    "\ud800",
    "\u0000",
    "🏴" * 40,
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=st.sampled_from(ODD))
def test_an_update_with_anything_odd_anywhere_is_taken_or_refused_but_never_a_fault(
    phone: Phone, place: tuple[str, tuple[str, ...]], value: object
) -> None:
    update = payload(place[0])
    _spoilt(update, place[1], value)

    assert phone.deliver(update).status_code in (200, 400)


# --- when Telegram refuses --------------------------------------------------------------------------------------------


def always(answer: Answer) -> Callable[[Call], Answer]:
    """The same answer to every call."""
    return lambda _: answer


def first_delivery(world: Waypost) -> Delivery:
    """The first delivery, once something has come of it."""

    def look() -> Delivery | None:
        with world.database.read() as session:
            found = session.scalar(select(Delivery).order_by(Delivery.out_seq).limit(1))
        return found if found and found.state not in ("new", "sending") else None

    found = until(look, "the end of a delivery")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (refused(403, "Forbidden: bot was blocked by the user"), "dead", "Forbidden"),
        (refused(429, "Too Many Requests: retry after 77", retry_after=77), "failed", "RetryAfter"),
        (refused(400, "Bad Request: chat not found"), "dead", "BadRequest"),
        (refused(400, "Bad Request: group upgraded", migrate_to_chat_id=-100777), "dead", "ChatMigrated"),
        (httpx.ReadTimeout("no answer"), "uncertain", "TimedOut"),
        (httpx.PoolTimeout("no connection"), "uncertain", "TimedOut"),
        (httpx.ConnectError("no way there"), "failed", "NetworkError"),
        (refused(502, "Bad Gateway"), "failed", "NetworkError"),
        (httpx.Response(500, text="<html>oops</html>"), "failed", "NetworkError"),
        (refused(401, "Unauthorized"), "failed", "InvalidToken"),
        (refused(409, "Conflict: terminated by other getUpdates request"), "failed", "Conflict"),
        (accepted(True), "uncertain", "AttributeError"),
    ],
)
def test_every_refusal_of_telegrams_ends_in_its_own_state(
    world: Waypost, phone: Phone, api: BotApi, answer: Answer, state: str, reason: str
) -> None:
    api.answers["sendMessage"] = always(answer)
    phone.answered(payload("command"))
    delivery = first_delivery(world)

    assert (delivery.state, delivery.reason) == (state, reason)
    assert (delivery.next_try_at is not None) is (state != "dead")
    assert (delivery.payload is not None) is True


def test_the_wait_is_as_long_as_telegram_asks(world: Waypost, phone: Phone, api: BotApi) -> None:
    api.answers["sendMessage"] = always(refused(429, "Too Many Requests: retry after 77", retry_after=77))
    phone.answered(payload("command"))
    delivery = first_delivery(world)

    assert delivery.next_try_at is not None
    assert 70 < (delivery.next_try_at - delivery.created_at).total_seconds() < 77 + 60
    assert len(api.sent) == 1


def test_who_has_blocked_the_bot_is_sent_nothing_more_until_they_write_again(
    world: Waypost, phone: Phone, api: BotApi
) -> None:
    api.answers["sendMessage"] = always(refused(403, "Forbidden: bot was blocked by the user"))
    phone.answered(payload("command"))
    first_delivery(world)
    del api.answers["sendMessage"]

    with world.database.read() as session:
        assert session.scalars(select(Conversation.unreachable)).all() == [True]
    assert len(api.sent) == 1
    assert "90" in phone.send("command", text="/privacy")[-1].text


def test_a_slip_in_our_markup_does_not_keep_the_words_from_the_person(
    world: Waypost, phone: Phone, api: BotApi
) -> None:
    def picky(call: Call) -> Answer:
        if call.given.get("parse_mode"):
            return refused(400, "Bad Request: can't parse entities: unsupported start tag")
        return accepted(
            {"message_id": 901, "date": 1795262402, "chat": {"id": 1, "type": "private"}, "text": call.text}
        )

    api.answers["sendMessage"] = picky
    phone.send(text="/help")
    marked, plain = api.sent

    assert first_delivery(world).state == "sent"
    assert "parse_mode" not in plain.given
    assert "<i>" in marked.text
    assert plain.text == marked.text.replace("<i>", "").replace("</i>", "")
    assert plain.buttons == marked.buttons


@pytest.mark.parametrize(
    ("answer", "fault"), [(refused(401, "Unauthorized"), "InvalidToken"), (refused(409, "Conflict"), "Conflict")]
)
def test_a_refused_token_is_seen_by_whoever_watches_the_server(
    client: TestClient, world: Waypost, phone: Phone, api: BotApi, answer: httpx.Response, fault: str
) -> None:
    api.answers["sendMessage"] = always(answer)
    phone.answered(payload("command"))
    first_delivery(world)

    assert fault in is_problem(client.get("/readyz"), 503, "channel_fault")["detail"]


def test_after_a_refusal_the_rest_follows_in_order_once_telegram_is_back(
    world: Waypost, phone: Phone, api: BotApi
) -> None:
    api.answers["sendMessage"] = always(refused(502, "Bad Gateway"))
    for number, text in enumerate(("/privacy", "/help", "/language")):
        update = payload("command")
        update["update_id"], update["message"]["text"] = 815950000 + number, text
        assert phone.deliver(update).status_code == 200
    first_delivery(world)
    refusals = len(api.sent)
    del api.answers["sendMessage"]
    until(lambda: len(api.sent) >= refusals + 3, "what was held up")

    later = api.sent[-3:]
    assert [list(call.buttons) for call in later] == [
        ["delete-now"],
        ["other-language"],
        [f"language:{tag}" for tag in SERVED],
    ]


# --- shape of the texts -----------------------------------------------------------------------------------------------


def test_an_arabic_answer_keeps_its_numbers_and_links_apart_from_the_words_around_them(phone: Phone) -> None:
    phone.press("language:ar")
    answer = phone.press("gp-registration")[-1]

    assert "\u2068999\u2069" in answer.text
    assert "\u2068111\u2069" in answer.text
    for line in answer.text.splitlines():
        if "https://" in line:
            assert line.startswith("https://"), "a link stands on its own line"
            assert not set("\u2066\u2067\u2068\u2069\u200f") & set(line)
    assert answer.buttons["human"] == say("button.person", "ar")


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"Sentence number {number} of a long letter." for number in range(300)),
        "\n\n".join(f"<b>{number}</b> & more" for number in range(900)),
        "word " * 3000,
        "x" * 10_000,
        "👩‍👩‍👧‍👦" * 800,
    ],
)
def test_a_long_answer_is_split_under_telegrams_limit_and_nothing_of_it_is_lost(
    phone: Phone, api: BotApi, desk: Desk, text: str
) -> None:
    phone.send("command", text="/human")
    [case] = desk.cases()
    desk.claim(case["id"])
    before = len(api.sent)
    assert desk.reply(case["conversation_id"], text).status_code == 201
    whole = "".join(text.split())

    def arrived() -> str:
        joined = "".join("".join(call.text for call in api.sent[before:]).split())
        return joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    until(lambda: len(arrived()) >= len(whole), "the whole letter")
    assert arrived() == whole
    assert all(utf16_length(call.text) <= MAX_TEXT for call in api.sent[before:])


def test_no_button_sends_more_than_telegram_carries(phone: Phone, api: BotApi) -> None:
    for choice in ("none-of-these", *(f"theme:{name}" for name in ("immigration", "housing", "esol", "health"))):
        phone.press(choice)

    sent = [data for call in api.sent for data in call.buttons]
    assert sent
    assert all(len(data.encode()) <= 64 for data in sent)


def test_what_a_person_writes_cannot_become_markup(phone: Phone, desk: Desk, api: BotApi) -> None:
    phone.send("command", text="/human")
    [case] = desk.cases()
    desk.claim(case["id"])
    before = len(api.sent)
    desk.reply(case["conversation_id"], "<a href='https://evil.example'>here</a> &amp; </b>")
    [sent] = until(lambda: api.sent[before:], "the reply")

    assert "<" not in sent.text
    assert "&amp;amp;" in sent.text


# --- long polling -----------------------------------------------------------------------------------------------------


class Impatient(threading.Event):
    """A wish to stop that never waits."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def polled(api: BotApi, handle: Callable[[list[dict[str, Any]]], None], rounds: int) -> list[Any]:
    """Poll so many rounds, with one new update always waiting; the offsets that Telegram was told."""
    offsets: list[Any] = []
    stop = Impatient()

    def updates(call: Call) -> Answer:
        offsets.append(call.given.get("offset"))
        if len(offsets) >= rounds:
            stop.set()
        update = payload("command")
        update["update_id"] = max(int(call.given.get("offset") or 0), 815960000)
        return accepted([update])

    api.answers["getUpdates"] = updates
    channel = api.channel()
    channel.poll(handle, stop)
    channel.close()
    return offsets


def test_the_offset_moves_after_the_updates_are_saved(api: BotApi) -> None:
    saved: list[int] = []

    offsets = polled(api, lambda updates: saved.extend(update["update_id"] for update in updates), rounds=3)

    assert offsets == [None, 815960001, 815960002]
    assert saved == [815960000, 815960001, 815960002]


def test_the_offset_stays_when_saving_fails_and_the_same_update_comes_again(api: BotApi) -> None:
    tries: list[int] = []

    def full_disk(updates: list[dict[str, Any]]) -> None:
        tries.extend(update["update_id"] for update in updates)
        if len(tries) < 3:
            raise OSError("No space left on device")

    offsets = polled(api, full_disk, rounds=4)

    assert offsets == [None, None, None, 815960001]
    assert tries == [815960000, 815960000, 815960000, 815960001]


def test_a_webhook_is_taken_away_before_polling_and_only_what_we_read_is_asked_for(api: BotApi) -> None:
    polled(api, lambda _: None, rounds=1)

    assert [call.method for call in api.calls] == ["deleteWebhook", "getUpdates"]
    assert api.calls[1].given["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]


@pytest.mark.parametrize(("status", "fault"), [(401, "InvalidToken"), (409, "Conflict")])
def test_a_poller_that_is_refused_says_so_until_it_is_let_in_again(api: BotApi, status: int, fault: str) -> None:
    channel, stop, faults = api.channel(), Impatient(), []

    def refusing(_: Call) -> Answer:
        faults.append(channel.fault)
        if len(faults) == 3:
            stop.set()
        return refused(status, "no") if len(faults) == 1 else accepted([])

    api.answers["getUpdates"] = refusing
    channel.poll(lambda _: None, stop)
    channel.close()

    assert faults == [None, fault, None]


def test_a_polled_update_is_answered_like_one_that_was_posted(world: Waypost, phone: Phone, api: BotApi) -> None:
    def handle(updates: list[dict[str, Any]]) -> None:
        for update in updates:
            take_telegram(world, update)

    polled(api, handle, rounds=1)
    [answer] = until(lambda: api.sent, "the answer")

    assert (answer.given["chat_id"], say("help.start", "en") in answer.text) == (700100202, True)


# --- the account ------------------------------------------------------------------------------------------------------


def test_the_bot_introduces_its_commands_in_every_language(api: BotApi) -> None:
    channel = api.channel()
    channel.introduce()
    calls = until(lambda: found if len(found := api.of("setMyCommands")) == len(SERVED) else [], "the introductions")
    channel.close()

    assert [call.given.get("language_code", "en") for call in calls] == list(SERVED)
    for call, tag in product(calls, SERVED):
        if call.given.get("language_code", "en") == tag:
            names = [command["command"] for command in call.given["commands"]]
            assert names == ["start", "help", "language", "human", "privacy", "delete"]
            assert call.given["commands"][4]["description"] == say("command.privacy", tag)


def test_no_token_and_no_words_are_logged(phone: Phone, api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="bot")
    api.answers["sendMessage"] = always(refused(502, "Bad Gateway"))
    phone.send(text="my name is Zofia and i have no home")

    ours = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore", "telegram"))
    ]
    assert "Zofia" not in json.dumps(ours)
    assert "AAEexample" not in json.dumps(ours)
