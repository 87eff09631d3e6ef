"""The worker: takes the messages of a conversation in order, under a lease, and applies what the pipeline decides.

Three short transactions a message: claim, (decide, outside any transaction), finish. A process that dies between them
leaves a message that is still `new` and a conversation that is not `idle`; both are found again at start.
"""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot import erasure, handoff, outbox, pipeline, replies
from bot.cards import Block, Card
from bot.models import Conversation, Message
from bot.outbox import Outlet
from bot.turn import (
    Clarification,
    Erasure,
    Handoff,
    Incoming,
    Library,
    Memory,
    Outcome,
    PlaceInfo,
    Reply,
    Say,
    ShowArticle,
    Silence,
    TakeBack,
    Thresholds,
    Turn,
)
from core import events
from core.clock import Clock, utc_now
from core.database import Database, Unavailable, after_commit
from core.locales import FALLBACK, SERVED
from knowledge.articles import published, published_slugs
from knowledge.search import search
from knowledge.topics import Topic
from nlu.understand import Understander, Understanding, Utterance, reply_locale
from translations.catalog import say

log = logging.getLogger(__name__)

#: How long a worker may hold a conversation without finishing a message.
LEASE = timedelta(seconds=60)
#: A message that fails so often is set aside for a person.
MOST_ATTEMPTS = 5
#: Longest wait between attempts, in seconds.
MOST_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message under a lease."""

    conversation_id: UUID
    message_id: UUID
    lease_no: int
    #: Who had the baton when the turn was taken; an answer composed before a change of hands is decided again.
    baton_epoch: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class Brain:
    """What answering needs besides the message."""

    understander: Callable[[], Understander]
    topics: Mapping[str, Topic]
    place: PlaceInfo
    thresholds: Thresholds


class Worker:
    """Drains conversations."""

    def __init__(
        self,
        database: Database,
        outlet: Outlet,
        brain: Brain,
        clock: Clock = utc_now,
        chance: random.Random | None = None,
    ) -> None:
        self._database, self._outlet, self._brain, self._clock = database, outlet, brain, clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, protects nothing
        #: Conversations we hold but could not finish because the database was away.
        self._stranded: set[UUID] = set()

    # --- the loop -----------------------------------------------------------------------------------------------------

    def drain(self, conversation_id: UUID) -> None:
        """Answer every message of a conversation that is due, in order, then leave it idle."""
        claimed = self._claim(conversation_id)
        while claimed:
            claimed = self._answer(claimed)

    def _answer(self, claimed: Claimed) -> Claimed | None:
        """Answer one message. Returns the next of its conversation."""
        try:
            return self._finish(claimed, self._decide(claimed.turn))
        except Unavailable:  # the database is away: no fault of the message, and nothing could be written down
            self._stranded.add(claimed.conversation_id)
            raise
        except Exception as wrong:  # whatever it is, the message is kept and tried again
            log.exception("answering message %s failed", claimed.message_id)
            return self._failed(claimed, type(wrong).__name__)

    def due(self) -> list[UUID]:
        """Conversations with a message that is due and nobody at work: the sweeper's question."""
        now = self._clock()
        with self._database.read() as session:
            late = or_(Message.next_try_at.is_(None), Message.next_try_at <= now)
            free = or_(Conversation.run_state != "running", Conversation.lease_until < now)
            query = (
                select(Message.conversation_id)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Message.state == "new", late, free)
                .distinct()
                .limit(500)
            )
            return [*session.scalars(query), *self._stranded]

    def resume(self) -> None:
        """At start of the only process: nobody else can be at work, so every lease is void."""
        with self._database.write() as session:
            for conversation in session.scalars(select(Conversation).where(Conversation.run_state == "running")):
                self._count_loss(session, conversation)
                conversation.run_state, conversation.lease_until = "queued", None

    # --- claim --------------------------------------------------------------------------------------------------------

    def _claim(self, conversation_id: UUID) -> Claimed | None:
        now = self._clock()
        with self._database.write() as session:
            conversation = session.get(Conversation, conversation_id, with_for_update=True)
            if conversation is None:
                return None
            ours = conversation_id in self._stranded
            if conversation.run_state == "running" and not ours:
                if conversation.lease_until and conversation.lease_until > now:
                    return None
                self._count_loss(session, conversation)
            after_commit(session, lambda: self._stranded.discard(conversation_id))
            conversation.lease_no += 1
            return self._next(session, conversation, now)

    def _next(self, session: Session, conversation: Conversation, now: datetime) -> Claimed | None:
        """Extend the lease to the next due message, or go idle. The conversation's row is locked by the caller."""
        while head := _head(session, conversation):
            if head.next_try_at and head.next_try_at > now:
                break
            turn = self._turn(session, conversation, Incoming(**head.body))
            if head.attempts < MOST_ATTEMPTS:
                conversation.run_state, conversation.lease_until = "running", now + LEASE
                return Claimed(conversation.id, head.id, conversation.lease_no, conversation.baton_epoch, turn)
            self._give_up(session, conversation, head, turn)
            session.flush()
        conversation.run_state, conversation.lease_until = "idle", None
        return None

    def _count_loss(self, session: Session, conversation: Conversation) -> None:
        """A worker was lost over the head message. That counts: a message that kills the process must not do so for ever."""
        head = _head(session, conversation)
        if head:
            head.attempts, head.last_error = head.attempts + 1, "WorkerLost"

    def _turn(self, session: Session, conversation: Conversation, incoming: Incoming) -> Turn:
        case = handoff.open_case_of(session, conversation.id) if conversation.baton == "human" else None
        hint = conversation.locale_hint
        return Turn(
            incoming=incoming,
            memory=Memory.from_json(conversation.memory),
            locale=conversation.locale,
            locale_chosen=conversation.locale_chosen,
            reply_locale=conversation.locale or hint or FALLBACK,
            hint=hint,
            baton=conversation.baton,
            attended=case is not None and case.state == "assigned",
            channel=conversation.channel,
            understanding=None,
            place=self._brain.place,
            thresholds=self._brain.thresholds,
            library=Library(self._brain.topics, lambda *_: None, lambda *_: [], lambda _: False),
        )

    # --- decide -------------------------------------------------------------------------------------------------------

    def _decide(self, turn: Turn) -> pipeline.Decided:
        understander = self._brain.understander()

        def understand(text: str, locale: str | None) -> Understanding:
            about, before = turn.memory.last_topic or None, turn.memory.last_question
            return understander.understand(Utterance(text, locale, turn.hint, about, before))

        with self._database.read() as session:
            turn = replace(turn, library=_library(session, self._brain.topics))
            if turn.incoming.text and turn.incoming.kind != "choice":
                understanding = understand(turn.incoming.text, turn.locale)
                locale = turn.locale or reply_locale(understanding, turn.locale, turn.hint)
                turn = replace(turn, understanding=understanding, reply_locale=locale)
            return pipeline.run(turn, understand)

    # --- finish -------------------------------------------------------------------------------------------------------

    def _finish(self, claimed: Claimed, decided: pipeline.Decided) -> Claimed | None:
        now = self._clock()
        with self._database.write() as session:
            conversation = session.get(
                Conversation, claimed.conversation_id, with_for_update=True, populate_existing=True
            )
            if conversation is None or conversation.lease_no != claimed.lease_no or conversation.run_state != "running":
                log.warning("fenced: conversation %s was taken over", claimed.conversation_id)
                return None
            if conversation.baton_epoch != claimed.baton_epoch:
                return self._next(session, conversation, now)
            outbox.bind(session, self._outlet)
            message = session.get_one(Message, claimed.message_id)
            message.state, message.attempts = "done", message.attempts + 1
            message.trace = self._apply(session, conversation, claimed.message_id, decided)
            return self._next(session, conversation, now)

    def _apply(
        self, session: Session, conversation: Conversation, origin: UUID, decided: pipeline.Decided
    ) -> dict[str, Any]:
        """Apply the effects and say what the outcome says. Returns the trace."""
        outcome, turn = decided.outcome, decided.turn
        memory = outcome.memory or turn.memory
        if outcome.locale and outcome.locale in SERVED:
            conversation.locale = outcome.locale
            conversation.locale_chosen = outcome.locale_chosen or conversation.locale_chosen
        locale = outcome.say_in or (outcome.locale if outcome.locale in SERVED else None) or turn.reply_locale
        conversation.memory = memory.to_json()
        if isinstance(outcome, Erasure):
            erasure.empty(session, conversation, up_to=session.get_one(Message, origin).seq)
        if isinstance(outcome, Handoff):
            handoff.open_case(session, conversation, outcome, turn, memory)
        if isinstance(outcome, TakeBack) and not handoff.take_back(session, conversation):
            outcome = replace(outcome, parts=(Say("handoff.already"),), choices=())
        for verb, refs in outcome.events:
            events.record(session, conversation.place_id, "person", verb, **refs)
        cards = replies.render(outcome, locale, turn.place, self._clock().date())
        trace = _trace(decided, locale)
        outbox.post(session, conversation, cards, origin_id=origin, epoch_free=_is_system(outcome), trace=trace)
        return trace

    def _failed(self, claimed: Claimed, error: str) -> Claimed | None:
        """Count the attempt and wait a little; after the last one `_next` hands the message to a person."""
        now = self._clock()
        with self._database.write() as session:
            conversation = session.get(
                Conversation, claimed.conversation_id, with_for_update=True, populate_existing=True
            )
            if conversation is None or conversation.lease_no != claimed.lease_no:
                return None
            message = session.get_one(Message, claimed.message_id)
            message.attempts, message.last_error = message.attempts + 1, error
            if message.attempts < MOST_ATTEMPTS:
                wait = self._chance.uniform(0, min(2.0**message.attempts, MOST_WAIT))
                message.next_try_at = now + timedelta(seconds=wait)
            session.flush()
            return self._next(session, conversation, now)

    def _give_up(self, session: Session, conversation: Conversation, message: Message, turn: Turn) -> None:
        message.state = "dead"
        outbox.bind(session, self._outlet)
        outcome = Handoff(reason="the bot failed on this message", cause="failed", urgency="soon")
        handoff.open_case(session, conversation, outcome, turn, turn.memory)
        locale = turn.reply_locale
        card = Card(locale, (Block("paragraph", say("message.failed", locale)),))
        outbox.post(session, conversation, [card], origin_id=message.id, epoch_free=True)


def _head(session: Session, conversation: Conversation) -> Message | None:
    """The oldest message of a conversation that is not answered yet."""
    waiting = select(Message).where(Message.conversation_id == conversation.id, Message.state == "new")
    return session.scalar(waiting.order_by(Message.seq).limit(1))


def _is_system(outcome: Outcome) -> bool:
    """What goes out whoever has the baton: everything but the bot's answers."""
    kind = getattr(outcome, "kind", "")
    return isinstance(outcome, Handoff | Erasure | TakeBack) or kind == "command"


def _library(session: Session, topics: Mapping[str, Topic]) -> Library:
    slugs: set[str] = set()

    def has(slug: str) -> bool:
        if not slugs:
            slugs.update(published_slugs(session))
        return slug in slugs

    return Library(
        topics=topics,
        article=lambda slug, locale: published(session, slug, locale),
        search=lambda text, locale: [found.slug for found in search(session, text, locale)],
        has=has,
    )


def _trace(decided: pipeline.Decided, locale: str) -> dict[str, Any]:
    """Why, in ids, words of the program and numbers: never what the person wrote."""
    outcome, understanding = decided.outcome, decided.turn.understanding
    article = next((part.article for part in outcome.parts if isinstance(part, ShowArticle)), None)
    trace: dict[str, Any] = {
        "step": decided.step,
        "outcome": outcome_name(outcome),
        "reason": outcome.reason,
        "choices": list(outcome.choices),
        "locale": locale,
        "article": None,
        "understanding": None,
    }
    if article:
        trace["article"] = {
            "slug": article.slug,
            "locale": article.locale,
            "revision": article.revision,
            "state": article.state,
        }
    if understanding:
        language, urgency = understanding.language, understanding.urgency
        trace["understanding"] = {
            "language": {
                "tag": language.tag,
                "script": language.script,
                "confidence": language.confidence,
                "decision": language.decision,
            },
            "urgency": {"category": urgency.category, "level": urgency.level, "score": urgency.score},
            "rules": [hit.rule for hit in urgency.hits],
            "theme": understanding.theme,
            "theme_confidence": understanding.theme_confidence,
            "topic": understanding.topic,
            "topic_confidence": understanding.topic_confidence,
            "service": understanding.service,
            "genuine": understanding.genuine,
            "also": list(understanding.also),
            "follows": understanding.follows,
            "model": understanding.version,
        }
    return trace


def outcome_name(outcome: Outcome) -> str:
    """The outcome in the words of the contract."""
    match outcome:
        case Handoff(cause="danger"):
            return "safety"
        case Handoff() | Silence():
            return "handoff"
        case Clarification():
            return "clarification"
        case Reply(kind=kind):
            return kind
    return "command"
