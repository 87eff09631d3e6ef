"""The composition root: the one place where parts meet. Everything below takes what it needs as arguments."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from bot import erasure, inbox
from bot.channels.port import Channel, Inbound
from bot.channels.terminal import Terminal
from bot.channels.webchat import WebChat
from bot.inbox import Received
from bot.outbox import QUEUE as SEND
from bot.outbox import Outlet, Sender
from bot.pace import Pace
from bot.turn import PlaceInfo, Thresholds
from bot.worker import Brain, Worker
from core.clock import utc_now
from core.crypto import Keyring
from core.database import Database
from core.jobs.embedded import EmbeddedJobs
from core.live import Hub
from core.places import DEFAULT_PLACE, ensure_default_place
from core.settings import Settings
from knowledge.importer import import_readable
from knowledge.topics import load_topics
from nlu.understand import Understander

log = logging.getLogger(__name__)

#: Threads that answer, and threads that send.
ANSWERING, SENDING = 4, 4
#: How often what was left behind is looked for, in seconds; how often old data is removed.
SWEEP, RETAIN = 3.0, 24 * 3600.0


@dataclass
class Waypost:
    """A running Waypost: what the doors and the command line are given."""

    settings: Settings
    database: Database
    jobs: EmbeddedJobs
    hub: Hub
    channels: dict[str, Channel]
    outlet: Outlet
    worker: Worker
    sender: Sender
    pace: Pace
    understander: Understander
    _stopping: threading.Event = field(default_factory=threading.Event)

    def receive(self, inbound: Inbound) -> Received:
        """Save an inbound message and wake its conversation; committed when this returns."""
        try:
            return self._receive(inbound)
        except IntegrityError:
            # Two deliveries of somebody's first message met; the second try finds what the first one made.
            return self._receive(inbound)

    def _receive(self, inbound: Inbound) -> Received:
        with self.database.write() as session:
            return inbox.receive(
                session,
                inbound,
                place_id=DEFAULT_PLACE,
                jobs=self.jobs,
                max_chars=self.settings.max_message_chars,
                over_limit=self.pace.conversation_over,
            )

    def start(self) -> None:
        """Take up what an earlier process left, then start the threads."""
        self.worker.resume()
        self.sender.resume()
        self.sweep()
        self.jobs.every(SWEEP, self.sweep)
        self.jobs.every(RETAIN, self.retain)
        self.jobs.start()
        threading.Thread(target=self.retain, name="waypost-retain", daemon=True).start()

    def stop(self) -> None:
        """Finish what is being handled and close everything."""
        self._stopping.set()
        self.jobs.stop()
        for channel in self.channels.values():
            close = getattr(channel, "close", None)
            if close:
                close()
        self.database.close()

    @property
    def understanding_fault(self) -> str | None:
        """Why a neighbour that helps to understand does not work; None while all is well."""
        return self.understander.fault

    @property
    def stopping(self) -> threading.Event:
        """Set when the process is about to end; streams and polls end with it."""
        return self._stopping

    def sweep(self) -> None:
        """Wake what is due and has nobody at work; remove emptied conversations."""
        for conversation_id in self.worker.due():
            self.jobs.put(inbox.QUEUE, conversation_id)
        for conversation_id in self.sender.due():
            self.jobs.put(SEND, conversation_id)
        with self.database.write() as session:
            erasure.sweep(session, utc_now())

    def retain(self) -> int:
        """Remove what is older than the setting. Returns the number of conversations."""
        with self.database.write() as session:
            return erasure.retain(session, self.settings.retention_days, utc_now())


def place_info(settings: Settings) -> PlaceInfo:
    """What the bot's words depend on, from the settings."""
    return PlaceInfo(
        organisation=settings.organisation,
        retention_days=settings.retention_days,
        staffed=settings.staffed,
        human_eta=settings.human_eta,
        council_phone=settings.council_phone,
        council_oob_phone=settings.council_oob_phone,
    )


def assemble(
    settings: Settings,
    database: Database,
    understander: Understander,
    channels: Mapping[str, Channel],
    *,
    notice: bool = True,
) -> Waypost:
    """Put the parts together. Nothing is started yet. Without `notice` the first-contact notice is left out."""
    jobs, hub = EmbeddedJobs(), Hub()
    outlet = Outlet(channels, jobs, hub.publish)
    thresholds = Thresholds(settings.answer_threshold, settings.refuse_share)
    brain = Brain(lambda: understander, load_topics(), replace(place_info(settings), notice=notice), thresholds)
    worker = Worker(database, outlet, brain)
    sender = Sender(database, channels)
    jobs.register(inbox.QUEUE, worker.drain, workers=ANSWERING)
    jobs.register(SEND, sender.deliver, workers=SENDING)
    pace = Pace(settings.rate_per_conversation, settings.rate_per_address)
    return Waypost(settings, database, jobs, hub, dict(channels), outlet, worker, sender, pace, understander)


def open_database(settings: Settings, keys: list[str] | None = None) -> Database:
    """The database of the settings, migrated to this version. Raises SettingsError when a key is missing."""
    from waypost.migrate import upgrade

    keyring = Keyring(keys if keys is not None else settings.keys)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database(), keyring)
    upgrade(database)
    with database.write() as session:
        ensure_default_place(session, settings.organisation)
    return database


def load_starter(database: Database) -> None:
    """Publish the starter articles that are new or changed; what is broken is named in the log and left out."""
    with database.write() as session:
        for wrong in import_readable(session):
            log.error("a starter article is broken, the last good one goes on serving: %s", wrong)


def load_understander(settings: Settings) -> Understander:
    """The understander, trained when this is the first start with this training data."""
    understander = Understander.load(settings.data_dir / "models")
    if settings.nlu == "rasa" and settings.rasa_url:
        from nlu.rasa.client import wrap

        url, token = settings.rasa_url, settings.rasa_token
        return understander.beside(lambda model: wrap(model, url, token.get_secret_value() if token else None))
    return understander


def connect_channels(settings: Settings) -> dict[str, Channel]:
    """The channels that the settings switch on. The web chat always is."""
    channels: dict[str, Channel] = {WebChat.name: WebChat()}
    if settings.telegram_token:
        from bot.channels.telegram import Telegram

        channels[Telegram.name] = Telegram(settings.telegram_token.get_secret_value(), settings.telegram_api_base)
    return channels


def build(settings: Settings, keys: list[str] | None = None) -> Waypost:
    """A whole Waypost, ready to start."""
    channels = connect_channels(settings)
    database = open_database(settings, keys)
    load_starter(database)
    return assemble(settings, database, load_understander(settings), channels)


def build_scratch(settings: Settings, channel: Terminal) -> Waypost:
    """A Waypost that keeps nothing: its database lives in memory and ends with the process.

    Articles come from the install's own database when there is one, so that edited answers are the ones that are given.
    """
    from core.crypto import new_key
    from waypost.migrate import create_all

    database = Database("sqlite://", Keyring([new_key()]))
    create_all(database)
    with database.write() as session:
        ensure_default_place(session, settings.organisation)
    if not _copy_knowledge(settings, database):
        load_starter(database)
    unlimited: dict[str, Any] = {"rate_per_conversation": "1000000/second", "rate_per_address": "1000000/second"}
    free = settings.model_copy(update=unlimited)
    return assemble(free, database, load_understander(settings), {channel.name: channel}, notice=False)


def _copy_knowledge(settings: Settings, target: Database) -> bool:
    """Copy the knowledge base of the install into a scratch database. False when there is none to copy."""
    from waypost.migrate import copy_knowledge, is_current

    if not settings.database_url and not Path(settings.data_dir / "waypost.db").exists():
        return False
    source = Database(settings.database(), target.keyring)
    try:
        return is_current(source) and copy_knowledge(source, target)
    finally:
        source.close()
