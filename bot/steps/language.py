"""Language: agreed once, kept, and changed only by choice or by clear and repeated evidence."""

from dataclasses import replace

from bot import choices
from bot.steps import answer
from bot.turn import AskLanguage, Clarification, Handoff, Memory, Outcome, Reply, Say, Turn
from core.locales import FALLBACK, SERVED, UNDERSTOOD, english_name
from nlu.language import Decision, LanguageGuess
from nlu.language.identify import SHORT

#: A detected language is replaced after so many strong messages in a row in another one.
VOTES = 2
#: What makes a message strong, and from where on a language that we do not serve is named to the person.
STRONG, SURE = 0.99, 0.5


def step(turn: Turn) -> Outcome | None:
    """Ask which language, when it is unknown and unclear."""
    if turn.locale or turn.understanding is None:
        return None
    guess = turn.understanding.language
    if guess.decision is not Decision.ASK and guess.tag in SERVED:
        return None
    return _in_another(turn, guess) or ask(turn, guess)


def _in_another(turn: Turn, guess: LanguageGuess) -> Outcome | None:
    """The answer to a question that we understand, asked in a language that we cannot write: in the app's, or in English."""
    if guess.decision is not Decision.SILENT or guess.tag not in UNDERSTOOD:
        return None
    answered = answer.step(turn)
    if not isinstance(answered, Reply | Handoff):
        return None
    notice = Say("language.not_served", {"language": english_name(guess.tag)}, quiet=True)
    return replace(
        answered,
        reason=f"{answered.reason}; language {guess.tag} is not served",
        parts=(notice, *answered.parts),
        choices=(*answered.choices, choices.OTHER_LANGUAGE),
        memory=replace(answered.memory or turn.memory, seen_language=guess.tag, waiting_text=turn.incoming.text),
        say_in=turn.reply_locale,
    )


def ask(turn: Turn, guess: LanguageGuess) -> Clarification:
    """The question which language, in the likeliest ones. The text waits for the answer."""
    seen = guess.tag if guess.tag not in SERVED and guess.confidence >= SURE else ""
    waiting = replace(_with_question(turn), waiting_text=turn.incoming.text, seen_language=seen)
    if guess.tag not in SERVED and guess.confidence >= SURE:
        said = Say("language.not_served", {"language": english_name(guess.tag)})
        offered = (*(choices.language(tag) for tag in SERVED), choices.HUMAN)
        return Clarification(
            reason=f"language {guess.tag} is not served",
            parts=(said,),
            choices=offered,
            memory=replace(waiting, offered=offered),
            say_in=FALLBACK,
        )
    offered = (*(choices.language(tag) for tag in guess.candidates), choices.OTHER_LANGUAGE)
    return Clarification(
        reason=f"language unclear ({guess.tag} at {guess.confidence:.2f})",
        parts=(AskLanguage(guess.candidates),),
        choices=offered,
        memory=replace(waiting, offered=offered),
        say_in=guess.candidates[0],
    )


def _with_question(turn: Turn) -> Memory:
    """The memory with the waiting question, so that a second message can be read beside it."""
    understanding = turn.understanding
    if understanding is None or not understanding.topic or understanding.topic_confidence < turn.thresholds.answer:
        return turn.memory
    return replace(turn.memory, last_topic=understanding.topic, last_question=turn.question)


def settle(turn: Turn) -> tuple[str | None, Turn]:
    """The language to remember after this message (None: no change), and the turn with the votes counted."""
    guess = turn.understanding.language if turn.understanding else None
    if guess is None or guess.tag not in SERVED or guess.decision is Decision.ASK or not guess.words:
        return None, turn
    if turn.locale is None:
        return guess.tag, turn
    if turn.locale_chosen or guess.words < SHORT or guess.confidence < STRONG:
        return None, turn
    if guess.tag == turn.locale:
        return None, replace(turn, memory=replace(turn.memory, other_language="", other_count=0))
    count = turn.memory.other_count + 1 if turn.memory.other_language == guess.tag else 1
    if count >= VOTES:
        memory = replace(turn.memory, other_language="", other_count=0)
        return guess.tag, replace(turn, memory=memory, reply_locale=guess.tag)
    return None, replace(turn, memory=replace(turn.memory, other_language=guess.tag, other_count=count))


def offer(turn: Turn) -> tuple[str, ...]:
    """Language buttons under an answer, when we answered without being sure of the language."""
    guess = turn.understanding.language if turn.understanding else None
    if turn.locale or guess is None or guess.decision is not Decision.OFFER:
        return ()
    others = (tag for tag in guess.candidates if tag != turn.reply_locale)
    return (*(choices.language(tag) for tag in others), choices.OTHER_LANGUAGE)
