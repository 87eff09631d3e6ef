"""Tables of conversations: people, conversations, messages, deliveries, handoffs and their notes, chat sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import utc_now
from core.database import Base, Moment, Sealed
from core.ids import new_id

#: Channel of cases that staff raise: nobody can be written to there.
STAFF = "staff"


class Person(Base):
    """Somebody who writes to us. No name, no number: a keyed hash of channel and external id."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("place_id", "channel", "external_key"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    #: Keyed hash; see `core.crypto.Keyring.digest`.
    external_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)


class Conversation(Base):
    """A person's thread on one channel account. Its row is the lock under which its messages are handled in order."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "account_id", "person_id"), Index("ix_conversation_run", "run_state"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    #: Which of our accounts on that channel, for example the bot's id.
    account_id: Mapped[str] = mapped_column(String(60), default="")
    #: Where replies go, encrypted: a chat id, a session.
    address: Mapped[Any] = mapped_column(Sealed)
    #: Served language agreed with the person; None while it is unknown.
    locale: Mapped[str | None] = mapped_column(String(12))
    #: True when the person chose it, False when it was detected.
    locale_chosen: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Served language that the person's app reports.
    locale_hint: Mapped[str | None] = mapped_column(String(12))
    #: What the dialogue remembers, encrypted; see `bot.turn.Memory`.
    memory: Mapped[Any] = mapped_column(Sealed, nullable=True)
    #: Next number of a message in this conversation.
    next_seq: Mapped[int] = mapped_column(Integer, default=1)
    #: `idle`, `queued` or `running`.
    run_state: Mapped[str] = mapped_column(String(10), default="idle")
    queued_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Fences two workers: only the holder of the present number may finish.
    lease_no: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    #: Who answers: `bot` or `human`.
    baton: Mapped[str] = mapped_column(String(10), default="bot")
    #: Counts changes of hands; a bot delivery of an older epoch is never sent.
    baton_epoch: Mapped[int] = mapped_column(Integer, default=0)
    #: True when the channel says that the person cannot be reached any more.
    unreachable: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Set by an erasure: when the emptied row itself may go.
    erase_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    #: Time of the newest message.
    active_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, index=True)

    def take_number(self) -> int:
        """The next number of a message. Call with the conversation's row locked."""
        number, self.next_seq = self.next_seq, self.next_seq + 1
        return number


class Message(Base):
    """One message of a conversation, from the person, the bot or an adviser. Body encrypted."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "account_id", "external_id"),
        UniqueConstraint("conversation_id", "author", "client_ref"),
        UniqueConstraint("origin_id", "part"),
        Index("ix_message_work", "state", "next_try_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(String(60), default="")
    #: Order within the conversation.
    seq: Mapped[int] = mapped_column(Integer)
    #: `person`, `bot` or `adviser`.
    author: Mapped[str] = mapped_column(String(10))
    #: The provider's id of an inbound message; what makes a repeated delivery change nothing.
    external_id: Mapped[str | None] = mapped_column(String(120))
    #: The sender's own id of a message, for repeatable POSTs.
    client_ref: Mapped[str | None] = mapped_column(String(80))
    #: Of an outbound message: the inbound message, or the adviser's command, that it answers; and its number there.
    origin_id: Mapped[UUID | None] = mapped_column(Uuid)
    part: Mapped[int | None] = mapped_column(Integer)
    #: Inbound: `bot.turn.Incoming` as JSON. Outbound: `bot.cards.Card` as JSON.
    body: Mapped[Any] = mapped_column(Sealed)
    locale: Mapped[str | None] = mapped_column(String(12))
    #: Inbound: `new`, `done` or `dead`. Outbound: `done`.
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Class of the last error; never its message.
    last_error: Mapped[str | None] = mapped_column(String(120))
    #: Why the bot did what it did: step, reason, scores and rule ids, never text.
    trace: Mapped[Any] = mapped_column(Sealed, nullable=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, index=True)


class Delivery(Base):
    """One send of one part of a message through a channel: the outbox."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "part"),
        UniqueConstraint("conversation_id", "out_seq"),
        Index("ix_delivery_work", "state", "next_try_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(Integer)
    #: Order of sending within the conversation.
    out_seq: Mapped[int] = mapped_column(Integer)
    #: Epoch of the baton when it was composed; None for what goes out whoever holds it (safety cards, notices).
    baton_epoch: Mapped[int | None] = mapped_column(Integer)
    #: True overtakes everything else in the conversation.
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    #: The rendered part, encrypted; its form is the channel's own.
    payload: Mapped[Any] = mapped_column(Sealed, nullable=True)
    #: `new`, `sending`, `sent`, `failed`, `uncertain` or `dead`.
    state: Mapped[str] = mapped_column(String(10), default="new")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    #: After this moment a `sending` row is taken as uncertain.
    sending_until: Mapped[datetime | None] = mapped_column(Moment)
    provider_message_id: Mapped[str | None] = mapped_column(String(120))
    #: Why it failed or died: a class name or a code.
    reason: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class HandoffCase(Base):
    """A case in the adviser queue."""

    __tablename__ = "handoff"
    __table_args__ = (
        # At most one open case a conversation, held by the database.
        Index(
            "uq_handoff_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("state <> 'resolved'"),
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_handoff_queue", "place_id", "state", "urgency_rank", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    #: `queued`, `assigned`, `snoozed`, `resolved` or `reopened`.
    state: Mapped[str] = mapped_column(String(10), default="queued")
    #: See `bot.handoff.Reason`.
    reason: Mapped[str] = mapped_column(String(30))
    #: `crisis`, `urgent`, `soon` or `normal`, and its rank for sorting (0 is most urgent).
    urgency: Mapped[str] = mapped_column(String(10))
    urgency_rank: Mapped[int] = mapped_column(Integer)
    theme: Mapped[str | None] = mapped_column(String(20))
    topic: Mapped[str | None] = mapped_column(String(80))
    #: The person's language, also when Waypost does not serve it.
    language: Mapped[str | None] = mapped_column(String(12))
    #: Category and rule when danger was the reason.
    danger: Mapped[str | None] = mapped_column(String(30))
    rule: Mapped[str | None] = mapped_column(String(120))
    #: Level with the Immigration Advice Authority that the adviser must have.
    iaa_level: Mapped[int] = mapped_column(Integer, default=0)
    #: What was understood and shown, encrypted; see `bot.handoff`.
    packet: Mapped[Any] = mapped_column(Sealed)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    #: Who raised it when a person did not: the name of a member of staff or a system.
    raised_by: Mapped[str | None] = mapped_column(String(120))
    #: Grows with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, onupdate=utc_now)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)

    conversation: Mapped[Conversation] = relationship(lazy="joined", innerjoin=True)


class HandoffNote(Base):
    """What advisers tell each other. A table of its own, which nothing that sends ever reads."""

    __tablename__ = "handoff_note"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id", ondelete="CASCADE"), index=True)
    author: Mapped[str] = mapped_column(String(120))
    body: Mapped[Any] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)


class ChatSession(Base):
    """A browser tab in the web chat. Only the hash of its token is stored."""

    __tablename__ = "chat_session"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: None until the first message.
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    locale_hint: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(Moment, default=utc_now)
