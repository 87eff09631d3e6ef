"""A village: a town whose understanding, clock, advisers and mishaps the test holds in its hands."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import handoff, inbox, outbox
from bot.cards import Card
from bot.channels.port import Channel
from bot.channels.webchat import WebChat
from bot.models import Conversation, Delivery, HandoffCase, Message
from bot.outbox import Sender
from bot.turn import PlaceInfo, Thresholds
from bot.worker import Brain, Worker
from core.database import Database
from core.events import Event
from core.places import DEFAULT_PLACE
from core.settings import Settings
from core.staff import Principal, add_staff
from core.themes import Danger, Handling, Level, Theme
from knowledge.articles import add_translation_file, publish_file
from knowledge.files import ArticleFile, SourceFile, TranslationFile
from knowledge.topics import Topic, load_topics
from nlu.language import Decision, LanguageGuess
from nlu.understand import Understander, Understanding, Utterance
from nlu.urgency import Assessment
from tests.conftest import Clock, Phone, Town
from waypost.wiring import Waypost, assemble, place_info

#: Invariants: the same examples in every run, and no clock.
STEADY = hypothesis_settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TOPICS = load_topics()


class PowerCut(BaseException):
    """The process is gone, as after kill -9: nothing that handles errors ever sees it."""


class Fainted(RuntimeError):
    """The understanding broke down over a text."""


@dataclass
class Mind:
    """An understander that knows what the test has taught it. Everything else it takes for English it cannot place."""

    known: dict[str, Understanding] = field(default_factory=dict)
    #: Everything that was to be understood, with what it was to be read beside.
    asked: list[Utterance] = field(default_factory=list)
    #: What happens, once each time, while a text is being understood.
    accidents: dict[str, list[Callable[[], None]]] = field(default_factory=dict)

    def learn(
        self,
        text: str,
        topic: str | None = None,
        confidence: float = 0.95,
        *,
        language: str = "en",
        certainty: float = 0.999,
        decision: Decision = Decision.SILENT,
        candidates: tuple[str, ...] = ("en", "pl", "ro"),
        service: str | None = None,
        theme: str | None = None,
        near: tuple[str, ...] = (),
        genuine: float = 1.0,
        also: tuple[str, ...] = (),
        follows: bool = False,
        danger: Danger | None = None,
        level: Level = Level.RED,
        rule: str = "en.test.rule",
    ) -> str:
        """Say what a text means from now on. Returns the text."""
        known = TOPICS.get(topic or "")
        self.known[text] = Understanding(
            urgency=Assessment(danger, level, rule) if danger else Assessment(),
            language=LanguageGuess(language, "native", certainty, decision, candidates, len(text.split())),
            theme=theme or (known.theme if known else None),
            theme_confidence=confidence,
            topic=topic,
            topic_confidence=confidence,
            service=service,
            near=near,
            genuine=genuine,
            also=also,
            follows=follows,
            version="mind",
        )
        return text

    def faints_at(self, text: str, times: int = 100) -> None:
        """Fail on a text, the next so many times."""
        for _ in range(times):
            self.meanwhile(text, _faint)

    def dies_at(self, text: str, times: int = 1) -> None:
        """Take the whole process down on a text, the next so many times."""
        for _ in range(times):
            self.meanwhile(text, cut_the_power)

    def meanwhile(self, text: str, happens: Callable[[], None]) -> None:
        """Let something happen elsewhere while this text is being understood."""
        self.accidents.setdefault(text, []).append(happens)

    def understand(self, utterance: Utterance) -> Understanding:
        """What the test has taught."""
        self.asked.append(utterance)
        waiting = self.accidents.get(utterance.text)
        if waiting:
            waiting.pop(0)()
        if utterance.text not in self.known:
            self.learn(utterance.text, confidence=0.0)
        return self.known[utterance.text]


def _faint() -> None:
    raise Fainted


def cut_the_power() -> Any:
    """Take the process down; also usable as a provider's answer."""
    raise PowerCut


class Village(Town):
    """A Waypost without threads, on a clock that stands still, that can be restarted over its database."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, mind: Mind, *, notice: bool) -> None:
        self.database, self.settings, self.clock, self.mind, self.notice = database, settings, clock, mind, notice
        self._strangers = count(1)
        phone = Phone()
        super().__init__(self.process(phone), phone)

    def stranger(self) -> str:
        """Somebody who has not written yet."""
        return f"stranger {next(self._strangers)}"

    def process(self, phone: Phone | None) -> Waypost:
        """One more process over the same database; without a phone that channel is not connected."""
        channels: dict[str, Channel] = {"phone": phone} if phone else {}
        world = assemble(
            self.settings,
            self.database,
            cast(Understander, self.mind),
            channels | {WebChat.name: WebChat()},
            notice=self.notice,
        )
        place: PlaceInfo = replace(place_info(self.settings), notice=self.notice)
        thresholds = Thresholds(self.settings.answer_threshold, self.settings.refuse_share)
        brain = Brain(lambda: cast(Understander, self.mind), TOPICS, place, thresholds)
        world.worker = Worker(self.database, world.outlet, brain, self.clock, Random(0))
        world.sender = Sender(self.database, world.channels, self.clock, Random(0))
        world.jobs.register(inbox.QUEUE, world.worker.drain, workers=1)
        world.jobs.register(outbox.QUEUE, world.sender.deliver, workers=1)
        return world

    def restart(self) -> None:
        """Another process takes the place of one that died, as `Waypost.start` does it."""
        self.world = self.process(self.phone)
        self.world.worker.resume()
        self.world.sender.resume()
        self.sweep()

    def sweep(self) -> None:
        """The sweeper comes round, and what it wakes is done."""
        self.world.sweep()
        self.world.jobs.run_pending()

    def later(self, **by: float) -> list[dict[str, Any]]:
        """Time passes and the sweeper comes round; returns what people receive by then."""
        before = len(self.phone.received)
        self.clock.forward(**by)
        self.sweep()
        return self.phone.received[before:]

    # --- what is in the tables ----------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look into the database."""
        with self.database.read() as session:
            yield session

    def conversation(self, person: str = "amina") -> Conversation:
        """The conversation of somebody who has written."""
        with self.reading() as session:
            return _conversation(session, person)

    def messages(self, person: str = "amina", author: str | None = None) -> list[Message]:
        """The messages of a conversation, in order."""
        with self.reading() as session:
            found = handoff.transcript(session, _conversation(session, person).id, before=None, limit=1000)
        return [message for message in found if author in (None, message.author)]

    def deliveries(self, person: str = "amina") -> list[Delivery]:
        """The outbox of a conversation, in order."""
        with self.reading() as session:
            query = select(Delivery).where(Delivery.conversation_id == _conversation(session, person).id)
            return list(session.scalars(query.order_by(Delivery.out_seq)))

    def cases(self, person: str | None = None) -> list[HandoffCase]:
        """The cases, oldest first: all of them, or those of one person."""
        with self.reading() as session:
            query = select(HandoffCase).order_by(HandoffCase.created_at, HandoffCase.id)
            if person is not None:
                query = query.where(HandoffCase.conversation_id == _conversation(session, person).id)
            return list(session.scalars(query))

    def case(self, person: str = "amina") -> HandoffCase:
        """The newest case of a person."""
        return self.cases(person)[-1]

    def events(self, verb: str) -> list[Event]:
        """The events of a kind, in order."""
        with self.reading() as session:
            return list(session.scalars(select(Event).where(Event.verb == verb).order_by(Event.created_at, Event.id)))

    def on_disk(self) -> bytes:
        """Every byte of the SQLite file, with everything that was written ahead of it."""
        path = self.settings.data_dir / "waypost.db"
        self.database.engine.dispose()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert not path.with_name("waypost.db-wal").exists() or not path.with_name("waypost.db-wal").read_bytes()
        return path.read_bytes()

    # --- staff and editors --------------------------------------------------------------------------------------------

    def adviser(self, name: str = "Tom", *, level: int = 3, place: str = DEFAULT_PLACE) -> "Desk":
        """An adviser comes on duty."""
        with self.database.write() as session:
            staff = add_staff(session, place, name, iaa_level=level)
            return Desk(self, Principal(staff.id, place, name, level, frozenset()))

    def publish(
        self, slug: str, title: str, *, handling: Handling = Handling.ANSWER, review_by: date = date(2027, 5, 21)
    ) -> ArticleFile:
        """An editor publishes an English article."""
        theme = TOPICS[slug].theme if slug in TOPICS else Theme.COMMUNITY
        file = ArticleFile(
            path=Path(f"{slug}.md"),
            slug=slug,
            theme=theme,
            title=title,
            body=f"All about {title}.\n\n1. Do this.\n2. Then that.",
            handling=handling,
            area="uk",
            checked_on=date(2026, 11, 20),
            review_by=review_by,
            sources=(SourceFile("The official page", f"https://www.gov.uk/{slug}"),),
            to_check=(),
            related=(),
            checksum=_checksum(title),
        )
        with self.database.write() as session:
            assert publish_file(session, file, "starter")
        return file

    def translate(self, article: ArticleFile, locale: str, title: str, *, state: str = "unreviewed") -> None:
        """A translator adds a wording of the published article."""
        file = TranslationFile(
            path=Path(f"{article.slug}.{locale}.md"),
            slug=article.slug,
            locale=locale,
            title=title,
            body=f"{title}.",
            state=state,
            source_checksum=article.checksum,
            checksum=_checksum(f"{locale} {title}"),
        )
        with self.database.write() as session:
            assert add_translation_file(session, file, "translator")


def _checksum(text: str) -> str:
    return f"{crc32(text.encode()):08x}"


def _conversation(session: Session, person: str) -> Conversation:
    found = inbox.find_person(session, "phone", person, DEFAULT_PLACE)
    assert found is not None, f"{person} is not known"
    return session.scalars(
        select(Conversation).where(Conversation.person_id == found.id).order_by(Conversation.created_at)
    ).first() or pytest.fail(f"{person} has no conversation")


@dataclass(frozen=True)
class Desk:
    """Where an adviser works: what the queue's API lets them do."""

    village: Village
    who: Principal

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self.village.database.write() as session:
            outbox.bind(session, self.village.world.outlet)
            yield session
        self.village.world.jobs.run_pending()

    def claim(self, case: HandoffCase) -> HandoffCase:
        """Take a case."""
        with self._writing() as session:
            return handoff.claim(session, case.id, self.who)

    def reply(self, case: HandoffCase, text: str, *, language: str | None = None, ref: str = "") -> Message:
        """Write to the person."""
        with self._writing() as session:
            return handoff.reply(
                session, case.conversation_id, self.who, text=text, language=language, client_ref=ref or text[:80]
            )

    def resolve(self, case: HandoffCase, version: int | None = None) -> HandoffCase:
        """Close a case, in the version that was last read unless another is named."""
        with self._writing() as session:
            return handoff.resolve(session, case.id, self.who, case.version if version is None else version)

    def release(self, case: HandoffCase) -> HandoffCase:
        """Put a case back into the queue."""
        with self._writing() as session:
            return handoff.release(session, case.id, self.who, case.version)

    def note(self, case: HandoffCase, text: str) -> UUID:
        """Leave a note for colleagues."""
        with self._writing() as session:
            return handoff.add_note(session, case.id, self.who, text).id

    def packet(self, case: HandoffCase) -> dict[str, Any]:
        """Read a case."""
        with self.village.reading() as session:
            return handoff.packet(session, handoff.find_case(session, case.id, self.who))


def text_of(message: Message) -> str:
    """What a message says."""
    return handoff.text_of(message)


def card_of(message: Message) -> Card:
    """The card of a message of the bot or of an adviser."""
    return Card.from_json(message.body)


@pytest.fixture
def mind() -> Mind:
    """An empty mind."""
    return Mind()


@pytest.fixture(scope="session")
def template(_sqlite_template: tuple[Path, str]) -> tuple[Path, str]:
    """A migrated database file with the starter articles, and its key."""
    return _sqlite_template


@pytest.fixture
def village_settings(settings: Settings) -> Settings:
    """Settings under which nobody writes too fast."""
    return settings.model_copy(update={"rate_per_conversation": "100000/minute"})


@pytest.fixture
def open_village(
    sqlite_database: Database, village_settings: Settings, clock: Clock, mind: Mind
) -> Callable[..., Village]:
    """Opens a village on SQLite under other settings."""

    def open_(*, notice: bool = True, **changes: Any) -> Village:
        return Village(sqlite_database, village_settings.model_copy(update=changes), clock, mind, notice=notice)

    return open_


@pytest.fixture
def village(open_village: Callable[..., Village]) -> Village:
    """A village on SQLite in which the first-contact notice has been seen by everybody."""
    return open_village(notice=False)


@pytest.fixture
def any_village(database: Database, village_settings: Settings, clock: Clock, mind: Mind) -> Village:
    """The same on both databases."""
    return Village(database, village_settings, clock, mind, notice=False)


@pytest.fixture(scope="session")
def topics() -> dict[str, Topic]:
    """The starter set of topics."""
    return dict(TOPICS)
