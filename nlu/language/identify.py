"""From a message to a language and a decision: answer silently, answer and offer others, or ask first."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.locales import FALLBACK, RECOGNISED, SERVED, UNDERSTOOD
from nlu.language.lexicon import ENOUGH, Lexicon
from nlu.language.lid import KNOWS as LID_KNOWS
from nlu.language.lid import Lid176
from nlu.language.lingua import Lingua
from nlu.language.ngrams import LATIN, OTHER, NgramModel
from nlu.language.script import LETTER_RULES, SHARED, SINGLE, dominant_script, strip_noise
from nlu.language.second import MIN_WORDS, SecondOpinion


class Decision(StrEnum):
    """What to do with the guess."""

    SILENT = "silent"
    OFFER = "offer"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The language of one message."""

    tag: str
    script: Literal["native", "latin"]
    #: 0..1, calibrated as well as one detector and rules allow.
    confidence: float
    decision: Decision
    #: Served languages to offer, likeliest first.
    candidates: tuple[str, ...] = ()
    #: Number of words that have a language at all.
    words: int = 0


#: Silent from this confidence; on one or two words a stricter one.
SILENT, SILENT_SHORT, OFFER = 0.90, 0.95, 0.50
#: A short text (fewer words) never moves a remembered language.
SHORT = 4
#: Priors: how much likelier a language is before the message is read.
ENGLISH_PRIOR, RECOGNISED_PRIOR, HINT_PRIOR, REMEMBERED_PRIOR = 4.0, 0.25, 3.0, 8.0
#: How much the evidence of each detector counts. They read the same letters, so their evidence overlaps: less than one each.
LID, LINGUA, LEXICON, OWN = 0.4, 0.8, 1.0, 0.15
#: Evidence that overlaps makes belief too sure. Beliefs are flattened by this much before they are compared with thresholds.
TEMPERATURE = 2.0
#: Share of lid.176's belief outside everything we recognise from which we do not trust the rest.
FOREIGN = 0.8
#: langdetect must be this sure to make us offer other languages. From a certain belief on it is not asked: it takes longer than
#: all the rest, and where it dissents from a belief so sure it is nearly always wrong.
DISSENT, BEYOND_DOUBT = 0.9, 0.985
#: No detector may rule a language out. A language that it does not know is taken to have got this share.
_FLOOR, NOT_KNOWN = 1e-4, 0.1
#: What a word counts in a language without a word list: less than in the right language with one, more than in a wrong one.
NO_LIST = -12.5
#: Belief before reading that a Latin-script text is a language with a script of its own in Latin letters.
ROMANISED_PRIOR = 0.01


class LanguageIdentifier:
    """Finds the language of messages. Same message, same answer. Safe to share between threads."""

    def __init__(self, ngrams: NgramModel | None = None, lexicon: Lexicon | None = None) -> None:
        self._ngrams = ngrams
        self._lexicon = lexicon
        self._lid = Lid176()
        self._lingua = Lingua()
        self._second = SecondOpinion()
        known = ngrams.classes if ngrams else ()
        self._romanised = tuple(name for name in known if name.endswith(LATIN))

    def identify(self, text: str, *, remembered: str | None = None, hint: str | None = None) -> LanguageGuess:
        """The language of a text, given what the person used before and what their app says.

        `remembered` and `hint` are served tags or None. Any text is accepted.
        """
        clean = strip_noise(text)
        script = dominant_script(clean)
        count = len(clean.split())
        if not script:
            known = remembered or hint
            decision = Decision.SILENT if known else Decision.ASK
            return LanguageGuess(known or FALLBACK, "native", 0.0, decision, _menu({}, hint), count)
        raw = self._lid.scores(clean.casefold())
        beliefs = self._believe(clean, script, raw, remembered, hint)
        name, confidence = max(beliefs.items(), key=lambda item: item[1])
        tag = name.removesuffix(LATIN)
        decision = self._decide(clean, tag, confidence, count, raw, known=remembered)
        written: Literal["native", "latin"] = "latin" if name != tag else "native"
        if written == "latin" and not remembered and (count < SHORT - 1 or confidence < SILENT):
            decision = Decision.ASK  # our own text is all we know of romanised forms: asking costs one tap
        return LanguageGuess(tag, written, round(confidence, 4), decision, _menu(beliefs, hint), count)

    def _believe(
        self, clean: str, script: str, raw: Mapping[str, float], remembered: str | None, hint: str | None
    ) -> dict[str, float]:
        """Probability of each candidate language of the script."""
        candidates = _candidates(script, self._romanised)
        if len(candidates) < 2:
            return {candidates[0] if candidates else max(sorted(raw), key=raw.__getitem__, default="und"): 1.0}
        low = clean.casefold()
        scores = {name: math.log(_prior(name, remembered, hint)) for name in candidates}
        for letters, favoured, factor in LETTER_RULES:
            if any(letter in low for letter in letters):
                scores |= {name: scores[name] + math.log(factor) for name in favoured if name in scores}
        for weight, evidence in self._evidence(clean, raw, candidates):
            scores = {name: score + weight * evidence.get(name, evidence[OTHER]) for name, score in scores.items()}
        top = max(scores.values())
        shares = {name: math.exp((score - top) / TEMPERATURE) for name, score in scores.items()}
        total = sum(shares.values())
        return {name: share / total for name, share in shares.items()}

    def _evidence(
        self, clean: str, raw: Mapping[str, float], candidates: Iterable[str]
    ) -> Iterator[tuple[float, dict[str, float]]]:
        """What each detector says, as natural logarithms, and how much it counts. `OTHER` stands for what it does not know."""
        yield LID, _logs(raw, LID_KNOWS)
        yield LINGUA, _logs(self._lingua.scores(clean), self._lingua.languages)
        if self._lexicon:
            yield LEXICON, self._lexicon.log_likelihoods(clean) | {OTHER: NO_LIST * len(clean.split()[:ENOUGH])}
        if self._ngrams:
            yield OWN, {OTHER: 0.0} | self._ngrams.log_likelihoods(clean, candidates)

    def _decide(
        self, clean: str, tag: str, confidence: float, count: int, raw: dict[str, float], *, known: str | None
    ) -> Decision:
        if known and (count < SHORT or tag == known):
            return Decision.SILENT
        if tag not in UNDERSTOOD:
            return Decision.ASK
        foreign = sum(score for name, score in raw.items() if name not in SERVED and name not in RECOGNISED)
        if confidence < OFFER or (foreign >= FOREIGN and count >= SHORT):
            return Decision.ASK
        if confidence < (SILENT if count > 2 else SILENT_SHORT):
            return Decision.OFFER
        doubtful = confidence < BEYOND_DOUBT and self._dissents(clean, tag, count)
        return Decision.OFFER if doubtful else Decision.SILENT

    def _dissents(self, clean: str, tag: str, count: int) -> bool:
        if count < MIN_WORDS or tag not in self._second.languages:
            return False
        other = self._second.top(clean)
        return other is not None and other[0] != tag and other[1] >= DISSENT


def _candidates(script: str, romanised: Iterable[str]) -> tuple[str, ...]:
    """The languages that a text in this script may be in."""
    if script in SINGLE:
        return (SINGLE[script],)
    if script == "LATIN":
        elsewhere = {*SINGLE.values(), *(tag for tags in SHARED.values() for tag in tags)}
        return (*(tag for tag in (*SERVED, *RECOGNISED) if tag not in elsewhere), *romanised)
    return SHARED.get(script, ())


def _logs(scores: Mapping[str, float], languages: Iterable[str]) -> dict[str, float]:
    return {name: math.log(max(scores.get(name, 0.0), _FLOOR)) for name in languages} | {OTHER: math.log(NOT_KNOWN)}


def _prior(tag: str, remembered: str | None, hint: str | None) -> float:
    if tag.endswith(LATIN):
        return ROMANISED_PRIOR
    prior = 1.0 if tag in UNDERSTOOD else RECOGNISED_PRIOR
    if tag == FALLBACK:
        prior *= ENGLISH_PRIOR
    if tag == hint:
        prior *= HINT_PRIOR
    return prior * REMEMBERED_PRIOR if tag == remembered else prior


def _menu(beliefs: dict[str, float], hint: str | None) -> tuple[str, ...]:
    """The three served languages to offer: the likeliest, the app's, English."""
    likely = [name.removesuffix(LATIN) for name in sorted(beliefs, key=lambda name: -beliefs[name])]
    likely = [tag for tag in likely if tag in SERVED]
    ordered = dict.fromkeys([*([hint] if hint else []), *likely, *SERVED])
    return tuple(ordered)[:3]
