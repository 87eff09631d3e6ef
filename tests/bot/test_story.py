"""A whole town, for as long as hypothesis likes: people, advisers, a moody provider and power cuts.

Whatever happens, and in whatever order: every message ends answered or set aside, replies keep their order, the bot never
speaks over a person, and nobody has two open cases.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.channels.port import Later, Never, SendResult, Unknown
from bot.handoff import AlreadyClaimed, HandoffUnknown, NotAssignee, Stale, Unreachable, WrongState
from bot.models import Conversation, Delivery, HandoffCase, Message
from core.crypto import Keyring
from core.database import Database
from core.settings import Settings
from core.themes import Danger
from tests.bot.conftest import STEADY, Desk, Mind, PowerCut, Village, cut_the_power
from tests.conftest import Clock, Phone

PEOPLE = st.sampled_from(["amina", "bartek"])
#: What people say, and what it is about. "hex" breaks the understanding, "doom" the process.
SAYINGS = ("doctor", "mumble", "beaten", "hello", "refused", "hex", "doom", "5", "🙂")
BUTTONS = ("new-question", "human", "gp-registration", "none-of-these", "helpful:gp-registration", "language:pl")
COMMANDS = ("/help", "/human", "/delete", "/privacy")
#: Stands in the answer to "doctor", and in nothing else that is said here.
ANSWER = "https://www.nhs.uk"
REFUSED = (AlreadyClaimed, HandoffUnknown, NotAssignee, Stale, Unreachable, WrongState)


class _Watched(Phone):
    """A phone that notices when the bot speaks over a person."""

    def __init__(self, baton: Callable[[str], str]) -> None:
        super().__init__()
        self._baton = baton
        self.spoken_over: list[str] = []

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        if ANSWER in part["text"] and self._baton(address) == "human":
            self.spoken_over.append(part["text"])
        return super().send(address, part)

    def arrives_and_then_the_power_goes(self) -> SendResult:
        """The provider has taken the part, and nobody is there any more to write that down."""
        self.received.append({"text": "", "to": ""})
        return cut_the_power()  # type: ignore[no-any-return]


class Story(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, template: tuple[Path, str], settings: Settings) -> None:
        super().__init__()
        path, key = template
        self.database = Database("sqlite://", Keyring([key]))
        with contextlib.closing(sqlite3.connect(path)) as source, self.database.engine.connect() as target:
            source.backup(target.connection.dbapi_connection)  # type: ignore[arg-type]
        self.mind = Mind()
        self.mind.learn("doctor", "gp-registration")
        self.mind.learn("beaten", danger=Danger.DOMESTIC_ABUSE)
        self.mind.learn("hello", service="greeting")
        self.mind.learn("refused", "refusal-and-appeal")
        self.village = Village(self.database, settings, Clock(), self.mind, notice=False)
        self.phone = _Watched(self._baton)
        self.village.phone = self.phone
        self.village.world = self.village.process(self.phone)
        #: Every message that was accepted: its id and who wrote it, in order; and the place of each person's last /delete.
        self.accepted: list[tuple[UUID, str]] = []
        self.deleted: dict[str, int] = {}

    def teardown(self) -> None:
        """The storm passes; then everything must have found its end."""
        try:
            self._calm_down()
            self._everything_has_ended()
        finally:
            self.database.close()

    # --- what happens -------------------------------------------------------------------------------------------------

    @initialize()
    def advisers_come_on_duty(self) -> None:
        self.desks = [self.village.adviser(name) for name in ("Tom", "Uma")]

    @rule(person=PEOPLE, text=st.sampled_from(SAYINGS), answered=st.booleans())
    def somebody_writes(self, person: str, text: str, *, answered: bool) -> None:
        if text == "hex":
            self.mind.faints_at("hex", times=2)
        if text == "doom":
            self.mind.dies_at("doom")
        self._post(person, answered=answered, text=text)

    @rule(person=PEOPLE, command=st.sampled_from(COMMANDS), answered=st.booleans())
    def somebody_gives_a_command(self, person: str, command: str, *, answered: bool) -> None:
        if command == "/delete":
            self.deleted[person] = len(self.accepted)
        self._post(person, answered=answered, text=command)

    @rule(person=PEOPLE, button=st.sampled_from(BUTTONS))
    def somebody_presses_a_button(self, person: str, button: str) -> None:
        self._post(person, answered=True, choice=button)

    @rule(person=PEOPLE, media=st.sampled_from(["photo", "voice"]))
    def somebody_sends_what_cannot_be_read(self, person: str, media: str) -> None:
        self._post(person, answered=True, media=media)

    @rule()
    def a_provider_repeats_the_last_update(self) -> None:
        if self.accepted and not self._may_be_erased(len(self.accepted) - 1):
            assert not self.village.post("again", external_id=f"update {len(self.accepted)}").fresh

    @rule(seconds=st.sampled_from([1, 5, 61, 700, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.village.clock.forward(seconds=seconds)
        self._work()

    @rule(
        mood=st.sampled_from(
            [Later("flood", after=30), Later("away"), Unknown("silence"), Never("no"), Never("gone", unreachable=True)]
        )
    )
    def the_provider_has_a_mood(self, mood: SendResult) -> None:
        self.phone.answers.append(mood)

    @rule(arrived=st.booleans())
    def the_power_will_fail_during_a_send(self, *, arrived: bool) -> None:
        self.phone.answers.append(self.phone.arrives_and_then_the_power_goes if arrived else cut_the_power)

    @rule()
    def the_process_is_replaced(self) -> None:
        self._survive(self.village.restart)

    @rule(desk=st.integers(0, 1), number=st.integers(0, 3))
    def an_adviser_claims(self, desk: int, number: int) -> None:
        self._at_the_desk(desk, number, lambda who, case: who.claim(case))

    @rule(desk=st.integers(0, 1), number=st.integers(0, 3))
    def an_adviser_replies(self, desk: int, number: int) -> None:
        ref = f"reply {len(self.phone.received)}"
        self._at_the_desk(desk, number, lambda who, case: who.reply(case, "Come on Monday.", ref=ref))

    @rule(desk=st.integers(0, 1), number=st.integers(0, 3))
    def an_adviser_resolves(self, desk: int, number: int) -> None:
        self._at_the_desk(desk, number, lambda who, case: who.resolve(case))

    @rule(desk=st.integers(0, 1), number=st.integers(0, 3))
    def an_adviser_releases(self, desk: int, number: int) -> None:
        self._at_the_desk(desk, number, lambda who, case: who.release(case))

    # --- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def nobody_has_two_open_cases(self) -> None:
        owners = [case.conversation_id for case in self.village.cases() if case.state != "resolved"]
        assert len(owners) == len(set(owners))

    @invariant()
    def the_baton_is_with_a_person_only_while_there_is_a_case_and_always_while_one_is_assigned(self) -> None:
        with self.village.reading() as session:
            cases = {case.conversation_id: case for case in session.scalars(select(HandoffCase)) if _open(case)}
            for conversation in session.scalars(select(Conversation)):
                case = cases.get(conversation.id)
                assert conversation.baton == "bot" or case
                assert conversation.baton == "human" or not case or case.state != "assigned"

    @invariant()
    def the_bot_never_speaks_over_a_person(self) -> None:
        assert self.phone.spoken_over == []

    @invariant()
    def what_was_sent_was_sent_in_order(self) -> None:
        with self.village.reading() as session:
            query = select(Delivery).where(Delivery.state == "sent", Delivery.urgent.is_(False))
            sent = session.scalars(query.order_by(Delivery.conversation_id, Delivery.out_seq)).all()
        by_conversation: dict[UUID, list[int]] = {}
        for delivery in sent:
            number = int((delivery.provider_message_id or "m0").removeprefix("m"))
            by_conversation.setdefault(delivery.conversation_id, []).append(number)
        assert all(numbers == sorted(numbers) for numbers in by_conversation.values())

    # --- how ----------------------------------------------------------------------------------------------------------

    def _post(self, person: str, *, answered: bool, text: str = "", choice: str = "", media: str = "") -> None:
        update = f"update {len(self.accepted) + 1}"
        received = self.village.post(text, person=person, choice=choice, media=media, external_id=update)
        assert received.fresh
        self.accepted.append((received.message_id, person))
        if answered:
            self._work()

    def _at_the_desk(self, desk: int, number: int, act: Callable[[Desk, HandoffCase], object]) -> None:
        cases = self.village.cases()
        if not cases:
            return
        who, case = self.desks[desk], cases[number % len(cases)]
        with contextlib.suppress(*REFUSED):
            self._survive(lambda: act(who, case))

    def _work(self) -> None:
        self._survive(self.village.sweep)

    def _survive(self, act: Callable[[], object]) -> None:
        """Do something; whenever that takes the process down, another takes its place."""
        for _ in range(100):
            try:
                act()
            except PowerCut:
                act = self.village.restart
            else:
                return
        raise AssertionError("the process never comes up again")

    def _may_be_erased(self, at: int) -> bool:
        """Whether the person has asked to delete everything after, or by, a message."""
        return at <= self.deleted.get(self.accepted[at][1], -1)

    def _baton(self, person: str) -> str:
        return self.village.conversation(person).baton

    def _calm_down(self) -> None:
        self.phone.answers.clear()
        self.mind.accidents.clear()
        for _ in range(12):
            self.village.clock.forward(hours=2)
            self._work()

    def _everything_has_ended(self) -> None:
        with self.village.reading() as session:
            unsent = {delivery.state for delivery in session.scalars(select(Delivery))} - {"sent", "dead"}
            restless = {talk.run_state for talk in session.scalars(select(Conversation))} - {"idle"}
            assert (unsent, restless) == (set(), set())
            for at, (message_id, person) in enumerate(self.accepted):
                message = session.get(Message, message_id)
                assert message or self._may_be_erased(at), f"message {at + 1}, by {person}, is lost"
                assert message is None or message.state in ("done", "dead")
        self.the_bot_never_speaks_over_a_person()
        self.what_was_sent_was_sent_in_order()


def _open(case: HandoffCase) -> bool:
    return case.state != "resolved"


def test_a_town_keeps_its_promises_whatever_happens(template: tuple[Path, str], village_settings: Settings) -> None:
    patience = hypothesis_settings(STEADY, max_examples=8, stateful_step_count=15)
    run_state_machine_as_test(lambda: Story(template, village_settings), settings=patience)
