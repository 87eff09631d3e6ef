"""How well a conversation is followed: the topic of every turn, with what went before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlu.evaluation.report import Cell, Miss, Report, Table, share
from nlu.evaluation.rows import Dialogue, Turn

#: Kind of a turn that tells of danger: right when the safety card comes.
DANGER = "danger"

#: The step of the pipeline that keeps silent while a person has the conversation.
BATON = "baton"


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn and what was made of it."""

    line: int
    language: str
    turn: Turn
    #: Topics that were understood.
    topics: tuple[str, ...]
    #: Slug of the article that was shown; None when there was none.
    article: str | None
    outcome: str
    #: A person had taken over before this turn, so the bot kept silent.
    left: bool = False


def measure_conversations(
    dialogues: Iterable[Dialogue], ask: Callable[[str, Dialogue, Turn], Mapping[str, Any]]
) -> Report:
    """The figures of a pipeline: `ask` takes a person's name, their dialogue and a turn, and gives the stored trace."""
    return conversations_report(
        [
            _heard(dialogue, turn, ask(f"person {number}", dialogue, turn))
            for number, dialogue in enumerate(dialogues)
            for turn in dialogue.turns
        ]
    )


def conversations_report(heard: Sequence[Heard]) -> Report:
    """The figures of turns and what was made of them."""
    left, heard = [each for each in heard if _is_left(each)], [each for each in heard if not _is_left(each)]
    facts: dict[str, Cell] = {
        "right": share(map(is_right, heard)),
        "wrong_article": share(map(is_misled, heard)),
        "left_to_a_person": len(left),
    }
    misses = tuple(
        Miss(each.line, " ".join(each.turn.topics) or each.turn.kind, _got(each), each.turn.text)
        for each in heard
        if not is_right(each)
    )
    tables = (_table(heard, "kind", lambda each: each.turn.kind), _table(heard, "language", lambda each: each.language))
    return Report("conversations", len(heard), facts, tables, misses)


def _is_left(heard: Heard) -> bool:
    """Turns that a person answers are not counted; danger always is."""
    return heard.left and heard.turn.kind != DANGER


def is_right(heard: Heard) -> bool:
    """Danger brings the safety card; a turn with topics has exactly these; one without brings no article."""
    if heard.turn.kind == DANGER:
        return heard.outcome == "safety"
    if not heard.turn.topics:
        return heard.article is None
    return heard.article in heard.turn.topics or set(heard.topics) == set(heard.turn.topics)


def is_misled(heard: Heard) -> bool:
    """Whether an article was shown that the turn did not ask for."""
    return heard.article is not None and heard.article not in heard.turn.topics


def _heard(dialogue: Dialogue, turn: Turn, trace: Mapping[str, Any]) -> Heard:
    understood = trace.get("understanding") or {}
    article = trace.get("article") or {}
    topics = tuple(filter(None, dict.fromkeys([understood.get("topic"), *understood.get("also", ())])))
    return Heard(
        dialogue.line,
        dialogue.language,
        turn,
        topics,
        article.get("slug"),
        trace["outcome"],
        trace.get("step") == BATON,
    )


def _got(heard: Heard) -> str:
    return f"{heard.outcome} {heard.article or ' '.join(heard.topics)}".strip()


def _table(heard: Sequence[Heard], column: str, key: Callable[[Heard], str]) -> Table:
    rows = []
    for name in sorted({key(each) for each in heard}):
        mine = [each for each in heard if key(each) == name]
        rows.append((name, len(mine), share(map(is_right, mine)), share(map(is_misled, mine))))
    return Table(f"{column}s", f"Turns by {column}", (column, "turns", "right", "wrong article"), tuple(rows))
