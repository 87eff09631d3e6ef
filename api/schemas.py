"""Shapes of requests and answers. Fields may be added, never renamed."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from core.themes import Theme

#: Longest text that is accepted; the inbox keeps less and says so.
MAX_TEXT = 20_000
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
#: Printable ASCII: it stands in a column that PostgreSQL does not let hold a NUL.
Ref = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x20-\x7e]+$")]
Tag = Annotated[str, StringConstraints(min_length=2, max_length=12, pattern=r"^[A-Za-z0-9-]+$")]


class Strict(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class NewSession(Strict):
    """Opens a web chat."""

    #: Language of the page; a hint, not a choice.
    locale: Tag | None = None


class SessionOut(BaseModel):
    """An open web chat. The token is shown once."""

    session: UUID
    token: str


class NewChatMessage(Strict):
    """What a person sends: a text or a choice."""

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)] | None = None
    choice: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = None
    #: The sender's own id: the same one sent again changes nothing.
    client_ref: Ref


class Accepted(BaseModel):
    """The message is saved."""

    id: UUID


class ChoiceOut(BaseModel):
    """A button."""

    id: str
    label: str


class SourceOut(BaseModel):
    """Where an answer comes from."""

    title: str
    url: str
    checked_on: str | None = None


class BlockOut(BaseModel):
    """A piece of a message: see docs/api.md."""

    kind: str
    text: str = ""
    items: list[str] = []
    url: str = ""
    #: Language of the block when it is not the message's.
    locale: str = ""


class ChatMessageOut(BaseModel):
    """A message as the page shows it."""

    id: UUID
    author: Literal["person", "bot", "adviser"]
    text: str
    locale: str | None
    dir: Literal["ltr", "rtl"]
    urgent: bool = False
    blocks: list[BlockOut] = []
    choices: list[ChoiceOut] = []
    sources: list[SourceOut] = []
    sources_title: str = ""
    #: "Checked on 21 November 2026", in the person's language.
    checked: str = ""
    #: What stands under the sources.
    footer: list[BlockOut] = []
    created_at: str
    client_ref: str | None = None


class ChatMessages(BaseModel):
    """Messages, oldest first."""

    has_more: bool
    data: list[ChatMessageOut]


class NewHandoff(Strict):
    """A case that a member of staff or another system raises."""

    text: Text
    language: Tag | None = None
    theme: Theme | None = None
    #: How the person can be reached; stored encrypted.
    contact: Annotated[str, StringConstraints(max_length=500)] | None = None
    on_behalf_of: Annotated[str, StringConstraints(max_length=200)] | None = None


class HandoffOut(BaseModel):
    """A case in a list: no texts."""

    id: UUID
    conversation_id: UUID
    state: Literal["queued", "assigned", "snoozed", "resolved", "reopened"]
    reason: str
    urgency: Literal["crisis", "urgent", "soon", "normal"]
    theme: str | None
    topic: str | None
    language: str | None
    direction: Literal["ltr", "rtl"]
    #: Category of danger, when that was the reason.
    danger: str | None
    rule: str | None
    #: Level with the Immigration Advice Authority that the adviser must have.
    required_level: int
    assignee: str | None
    raised_by: str | None
    version: int
    created_at: str
    updated_at: str
    resolved_at: str | None


class LineOut(BaseModel):
    """A message in a packet or transcript."""

    id: UUID
    author: Literal["person", "bot", "adviser"]
    text: str
    locale: str | None
    direction: Literal["ltr", "rtl"] = "ltr"
    #: Machine translation beside the original; None while no provider is set.
    translation: str | None = None
    #: The channel's id of a photo, voice message or file that came with it. Nothing is downloaded.
    media_ref: str | None = None
    created_at: str
    client_ref: str | None = None
    #: Why the bot answered as it did.
    trace: dict[str, Any] | None = None


class PacketOut(HandoffOut):
    """A case with everything an adviser needs."""

    theme_confidence: float | None
    topic_confidence: float | None
    detail: str | None
    contact: str | None
    on_behalf_of: str | None
    channel: str
    can_reply: bool
    answers_shown: list[dict[str, Any]]
    messages: list[LineOut]


class HandoffPage(BaseModel):
    """A page of cases."""

    data: list[HandoffOut]
    next_cursor: str | None
    has_more: bool


class LinePage(BaseModel):
    """A page of a transcript, oldest first; `next_cursor` leads to older messages."""

    data: list[LineOut]
    next_cursor: str | None
    has_more: bool


class NewReply(Strict):
    """An adviser's words to the person."""

    text: Text
    language: Tag | None = None
    client_ref: Ref


class NewNote(Strict):
    """A note for other advisers; never sent."""

    text: Text


class NoteOut(BaseModel):
    """A note."""

    id: UUID
    author: str
    text: str
    created_at: str


class NotePage(BaseModel):
    """The notes of a case."""

    data: list[NoteOut]
    next_cursor: str | None = None
    has_more: bool = False


class SourceIn(BaseModel):
    """A source of an article."""

    title: str
    url: str


class ArticleOut(BaseModel):
    """A published article."""

    slug: str
    theme: Theme
    handling: str
    revision: int
    locale: str
    state: str
    title: str
    body: str
    sources: list[SourceIn]
    checked_on: str
    review_by: str


def moment(value: datetime | None) -> str | None:
    """A moment as the API writes it."""
    from core.clock import rfc3339

    return rfc3339(value) if value else None
