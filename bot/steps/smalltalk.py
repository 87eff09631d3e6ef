"""Small talk and requests about the service itself."""

from dataclasses import replace

from bot import choices
from bot.steps import answer, commands
from bot.steps.choices import none_of_these
from bot.steps.handoff import hand_over
from bot.turn import Outcome, Reply, Say, Turn

#: How sure small talk must be: a wrong "you are welcome" costs a person less than a wrong article.
CLEAR = 0.25
_SAYINGS = {
    "greeting": "smalltalk.greeting",
    "thanks": "smalltalk.thanks",
    "goodbye": "smalltalk.goodbye",
    "affirm": "smalltalk.ok",
    "deny": "smalltalk.ok",
}


def step(turn: Turn) -> Outcome | None:
    """The answer to small talk, when that is clearly what it is."""
    understanding = turn.understanding
    if understanding is None or understanding.service is None:
        return None
    if understanding.topic_confidence < CLEAR:
        return None
    match understanding.service:
        case "talk-to-a-person":
            return hand_over(turn, "asked")
        case "change-language":
            return commands.language_menu(turn)
        case "what-can-you-do":
            return commands.help_reply(turn)
        case "privacy":
            return commands.privacy_reply(turn)
        case "delete-my-data":
            return commands.confirm_erasure(turn)
    if understanding.service == "deny" and turn.memory.offered:
        return none_of_these(turn) if choices.NONE_OF_THESE in turn.memory.offered else None
    if understanding.service == "affirm" and (topic := _only_topic(turn.memory.offered)):
        return answer.answer(turn, topic, f"topic {topic} agreed to")
    if understanding.service == "affirm" and turn.memory.offered == (choices.HUMAN,):
        return hand_over(turn, "asked")
    said = _SAYINGS.get(understanding.service, "smalltalk.ok")
    more = (choices.OTHER_LANGUAGE,) if understanding.service == "greeting" and not turn.locale_chosen else ()
    memory = replace(turn.memory, offered=())
    return Reply(
        reason=f"small talk: {understanding.service}", parts=(Say(said),), choices=more, memory=memory, kind="smalltalk"
    )


def _only_topic(offered: tuple[str, ...]) -> str | None:
    """The one topic among the choices that "yes" can mean; None when there is none, or more than one."""
    topics = [of for verb, of in map(choices.parse, offered) if verb == "topic"]
    return topics[0] if len(topics) == 1 else None
