"""A turn: one incoming message with everything a step may look at, and the outcomes a step may choose.

All of it is values. Steps decide; `bot/worker.py` saves and sends.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from core.themes import Level
from knowledge.articles import ArticleView
from knowledge.topics import Topic
from nlu.understand import Understanding

IncomingKind = Literal["text", "choice", "command", "media"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came in, in neutral form."""

    kind: IncomingKind
    #: The words; empty for most media. A caption counts, and what follows a command.
    text: str = ""
    #: Id of the pressed choice.
    choice: str = ""
    #: Command without its slash, lower case.
    command: str = ""
    #: `photo`, `voice`, `location` or another word of the channel.
    media: str = ""
    #: The provider's id of the media, kept for an adviser; nothing is downloaded.
    media_ref: str = ""
    #: True when only the beginning of a very long text was kept.
    cut: bool = False
    #: True when the person writes faster than the rate limit.
    over_limit: bool = False

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)


#: Characters of a question that are remembered for what may follow it.
LONGEST_QUESTION = 300
#: All commands, in the order in which a menu shows them.
COMMANDS = ("start", "help", "language", "human", "privacy", "delete")


def written(text: str) -> Incoming:
    """What a typed text is: a command such as `/help` or `/help@our_bot`, with what follows it, or plain words.

    The words after a command are kept and read: people add to `/human` what they need.
    """
    word, _, rest = text.strip().partition(" ")
    name = word.split("@")[0]
    if name.startswith("/") and name[1:].isalpha() and name.isascii():
        command = name[1:].lower()
        if command in COMMANDS or not rest.strip():
            return Incoming("command", text=rest.strip(), command=command)
    return Incoming("text", text=text)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the dialogue remembers between turns."""

    #: True once the first-contact notice has been shown.
    noticed: bool = False
    #: Turns in a row in which nothing could be answered.
    unsure: int = 0
    #: Ids of the choices last offered, so that "2" can be understood.
    offered: tuple[str, ...] = ()
    #: Text that waits for the person to choose a language.
    waiting_text: str = ""
    #: A language seen in strong messages that is not the agreed one, and how often in a row.
    other_language: str = ""
    other_count: int = 0
    #: The topic of the last answer, and the question that led to it: "and for my wife?" is read beside it.
    last_topic: str = ""
    last_question: str = ""
    #: A language we do not serve that the person seems to write in, for the adviser.
    seen_language: str = ""
    #: True once the person was told that a case is waiting and nobody answers here.
    reminded: bool = False
    #: True once the person was told to write more slowly.
    slowed: bool = False
    #: Articles shown so far: slug, locale, revision.
    shown: tuple[tuple[str, str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Memory":
        """Memory from its stored form; a fresh one for None."""
        if not stored:
            return cls()
        kept = dict(stored)
        kept["offered"] = tuple(kept.get("offered", ()))
        kept["shown"] = tuple((slug, locale, int(number)) for slug, locale, number in kept.get("shown", ()))
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class PlaceInfo:
    """What the words of the bot depend on at a place."""

    organisation: str = "Waypost"
    #: True when the first-contact notice is shown: wherever something is stored.
    notice: bool = True
    retention_days: int = 90
    #: True when somebody reads the queue.
    staffed: bool = False
    human_eta: str | None = None
    council_phone: str | None = None
    council_oob_phone: str | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a topic is answered, and when we ask again instead of guessing."""

    #: Chance of being right from which the article is shown.
    answer: float = 0.75
    #: Share of genuine questions that may be asked again: the operator's one knob.
    refuse: float = 0.05


@dataclass(frozen=True, slots=True)
class Library:
    """The knowledge base as steps see it: three questions, bound to a reading session by the worker."""

    topics: Mapping[str, Topic]
    #: Article by slug and language.
    article: Callable[[str, str], ArticleView | None]
    #: Slugs that a text search finds in a language, best first.
    search: Callable[[str, str], list[str]]
    #: Whether a slug has a published article.
    has: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Turn:
    """One incoming message and its circumstances."""

    incoming: Incoming
    memory: Memory
    #: Language agreed so far.
    locale: str | None
    locale_chosen: bool
    #: Language in which a reply is written unless a step decides otherwise.
    reply_locale: str
    hint: str | None
    #: `bot` or `human`.
    baton: str
    channel: str
    #: None when there was nothing to understand (a button, a command).
    understanding: Understanding | None
    place: PlaceInfo
    thresholds: Thresholds
    library: Library
    #: True when an adviser has claimed the case.
    attended: bool = False

    @property
    def question(self) -> str:
        """The question to read a follow-up beside: this one, or the one that it followed; empty for a button."""
        if self.understanding and self.understanding.follows:
            return self.memory.last_question
        return self.incoming.text[:LONGEST_QUESTION] if self.incoming.kind == "text" else ""

    def with_text(self, text: str, understanding: Understanding, locale: str) -> "Turn":
        """The same turn as if this text had come in, in a language that is now known."""
        return replace(
            self,
            incoming=Incoming("text", text=text),
            understanding=understanding,
            locale=locale,
            locale_chosen=True,
            reply_locale=locale,
            memory=replace(self.memory, waiting_text=""),
        )


# What an outcome says, part by part; `bot/replies.py` turns parts into cards.


@dataclass(frozen=True, slots=True)
class Say:
    """A phrase of the catalogue."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    #: Shown as a quiet notice instead of a paragraph.
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ShowArticle:
    """An article."""

    article: ArticleView


@dataclass(frozen=True, slots=True)
class ShowSafety:
    """A safety card."""

    category: str
    level: Level
    #: True when a handoff was opened or is open.
    told: bool = True


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """The question which language, in each of these languages."""

    locales: tuple[str, ...]


Part = Say | ShowArticle | ShowSafety | AskLanguage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step decided. The fields are effects that the worker applies."""

    #: Why, in a stable word; shown to advisers and in the trace.
    reason: str
    parts: tuple[Part, ...] = ()
    #: Ids of the choices under the last card.
    choices: tuple[str, ...] = ()
    #: The new memory; None keeps the old one.
    memory: Memory | None = None
    #: The language from now on, and whether the person chose it; None changes nothing.
    locale: str | None = None
    locale_chosen: bool = False
    #: Language of this reply when it differs from the turn's.
    say_in: str | None = None
    #: Events to record: verb and references.
    events: tuple[tuple[str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply(Outcome):
    """An answer, a notice, a word of small talk."""

    #: What kind of reply it was, in the words of the contract.
    kind: Literal["reply", "command", "smalltalk"] = "reply"


@dataclass(frozen=True, slots=True)
class Clarification(Outcome):
    """A question back."""


@dataclass(frozen=True, slots=True)
class Handoff(Outcome):
    """The case goes to a person; the parts are said, then the notice of the handoff."""

    #: See `bot.handoff.Reason`.
    cause: str = "asked"
    #: `crisis`, `urgent`, `soon` or `normal`.
    urgency: str = "normal"
    theme: str | None = None
    topic: str | None = None
    iaa_level: int = 0
    danger: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Silence(Outcome):
    """Nothing is said: a person has the baton."""


@dataclass(frozen=True, slots=True)
class TakeBack(Outcome):
    """The bot answers again; an open case stays with the team."""


@dataclass(frozen=True, slots=True)
class Erasure(Outcome):
    """Everything the person wrote is deleted; the parts are the last that is said."""
