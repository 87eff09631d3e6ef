"""What a message means beside others: a follow-up to the last question, or several needs at once. Pure."""

import re
from collections.abc import Mapping

from core.themes import Theme
from nlu.text import fold, has_letters, words
from nlu.topics import TopicGuess, TopicModel
from nlu.training import OUT_OF_SCOPE

#: A follow-up is short; a longer message says itself what it is about.
LONGEST_FOLLOW_UP = 9
#: A message that is this surely about something of its own is a new question.
OWN_TOPIC, OWN_SMALL_TALK, OWN_NOTHING = 0.58, 0.5, 0.6
#: The intent of "no", and how clear it must be.
DENY, CLEAR_NO = "deny", 0.6
#: How sure the first of several needs is.
SURE = 0.85
#: From this confidence a part of a message is a need of its own; so many are answered at most.
NEED, MOST_NEEDS = 0.75, 3
#: Share of belief that the whole message must give a need.
HINT = 0.08
_BORDER = re.compile(r"[.!?;\n؟۔।።]+|,\s")
#: Words that join two needs, in the languages we understand; folded.
_JOINING = frozenset(
    {
        *("and", "also", "plus", "i", "oraz", "tez", "si", "iar", "y", "tambien", "e", "anche", "et"),
        *("aussi", "ve", "ayrica", "та", "і", "й", "и", "също", "dhe", "edhe", "iyo", "sidoo", "و"),
        *("اور", "aur", "এবং", "আর", "ar", "او", "ਅਤੇ", "ਤੇ", "te", "ከምኡውን", "ን", "هەروەها"),
    }
)


def follow(
    model: TopicModel, text: str, guess: TopicGuess, about: str | None, before: str, groups: Mapping[str, str]
) -> TopicGuess | None:
    """The guess for a message that only makes sense with the last question; None when it stands by itself.

    "And for my wife?" says nothing alone. Read together with the question before it, it is about the same topic, or about a
    neighbour that the two of them name.
    """
    if about is None or about not in groups or not guess.ranked or not has_letters(text):
        return None
    if len(words(fold(text))) > LONGEST_FOLLOW_UP:
        return None
    first, sure = guess.ranked[0].intent, guess.confidence
    group = groups[first]
    own = OWN_TOPIC if group in set(Theme) else OWN_NOTHING if first == OUT_OF_SCOPE else OWN_SMALL_TALK
    if sure >= own or first == about or _denies(model, text):
        return None
    both = model.classify(f"{before} {text}")
    if not both.ranked or groups[both.ranked[0].intent] not in set(Theme):
        return None
    return both


def _denies(model: TopicModel, text: str) -> bool:
    """Whether a message begins with "no" and goes on: "no I mean council tax" is about something else."""
    first, *rest = words(fold(text)) or [""]
    guess = model.classify(first) if rest else None
    return guess is not None and bool(guess.ranked) and guess.ranked[0].intent == DENY and guess.confidence >= CLEAR_NO


def needs(model: TopicModel, text: str, whole: TopicGuess, groups: Mapping[str, str]) -> tuple[str, ...]:
    """The topics of a message that asks about several things, in its order; empty when it asks about one.

    A part must be clear by itself, and the whole message must hint at it too: parts torn from a story often sound like
    something else.
    """
    hinted = {ranked.intent for ranked in whole.ranked if ranked.share >= HINT and groups[ranked.intent] in set(Theme)}
    if len(hinted) < 2:
        return ()
    guesses = [model.classify(part) for part in _parts(text)]
    clear = [guess.ranked[0].intent for guess in guesses if guess.ranked and guess.confidence >= NEED]
    found = tuple(dict.fromkeys(intent for intent in clear if intent in hinted))[:MOST_NEEDS]
    return found if len(found) > 1 else ()


def _parts(text: str) -> list[str]:
    """The message cut at sentence ends, commas and joining words; parts of one word are left out."""
    parts: list[list[str]] = []
    for sentence in _BORDER.split(text):
        parts.append([])
        for word in sentence.split():
            if fold(word) in _JOINING:
                parts.append([])
            else:
                parts[-1].append(word)
    kept = [" ".join(part) for part in parts if len(part) > 1]
    return kept if len(kept) > 1 else []
