"""From a message to a language and a decision: answer silently, answer and offer others, or ask first."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.locales import FALLBACK, RECOGNISED, SERVED
from nlu.language.lid import Lid176
from nlu.language.ngrams import LATIN, NgramModel
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
#: Share of lid.176's belief outside everything we recognise from which we do not trust the rest.
FOREIGN = 0.8
#: langdetect must be this sure to make us offer other languages.
DISSENT = 0.9
#: lid.176 is asked in lower case: capitals mislead it on short texts.
_FLOOR = 1e-6
#: Belief before reading that a Latin-script text is a language with a script of its own in Latin letters.
ROMANISED_PRIOR = 0.04


class LanguageIdentifier:
    """Finds the language of messages. Same message, same answer. Safe to share between threads."""

    def __init__(self, ngrams: NgramModel | None = None) -> None:
        self._ngrams = ngrams
        self._lid = Lid176()
        self._second = SecondOpinion()

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
        beliefs = _beliefs(clean.casefold(), script, raw, remembered, hint)
        if self._ngrams:
            beliefs = _with_own_text(beliefs, self._ngrams, clean, script)
        name, confidence = max(beliefs.items(), key=lambda item: item[1])
        tag = name.removesuffix(LATIN)
        decision = self._decide(clean, tag, confidence, count, raw, known=remembered)
        written: Literal["native", "latin"] = "latin" if name != tag else "native"
        if written == "latin" and not remembered and (count < SHORT - 1 or confidence < SILENT):
            decision = Decision.ASK  # our own text is all we know of romanised forms: asking costs one tap
        return LanguageGuess(tag, written, round(confidence, 4), decision, _menu(beliefs, hint), count)

    def _decide(
        self, clean: str, tag: str, confidence: float, count: int, raw: dict[str, float], *, known: str | None
    ) -> Decision:
        if known and (count < SHORT or tag == known):
            return Decision.SILENT
        if tag not in SERVED:
            return Decision.ASK
        foreign = sum(score for name, score in raw.items() if name not in SERVED and name not in RECOGNISED)
        if confidence < OFFER or (foreign >= FOREIGN and count >= SHORT):
            return Decision.ASK
        if confidence < (SILENT if count > 2 else SILENT_SHORT):
            return Decision.OFFER
        return Decision.OFFER if self._dissents(clean, tag, count) else Decision.SILENT

    def _dissents(self, clean: str, tag: str, count: int) -> bool:
        if count < MIN_WORDS or tag not in self._second.languages:
            return False
        other = self._second.top(clean)
        return other is not None and other[0] != tag and other[1] >= DISSENT


def _beliefs(
    text: str, script: str, raw: dict[str, float], remembered: str | None, hint: str | None
) -> dict[str, float]:
    """Probability of each candidate language of the script."""
    if script in SINGLE:
        return {SINGLE[script]: 0.995}
    shared = SHARED.get(script)
    if shared is None and script != "LATIN":
        return {next(iter(sorted(raw, key=lambda name: -raw[name])), "und"): 0.9}
    elsewhere = {*SINGLE.values(), *(tag for tags in SHARED.values() for tag in tags)}
    candidates = shared or [tag for tag in (*SERVED, *RECOGNISED) if tag not in elsewhere]
    scores = {
        tag: math.log(max(raw.get(tag, 0.0), _FLOOR)) + math.log(_prior(tag, remembered, hint)) for tag in candidates
    }
    for letters, favoured, factor in LETTER_RULES:
        if any(letter in text for letter in letters):
            for tag in favoured:
                if tag in scores:
                    scores[tag] += math.log(factor)
    top = max(scores.values())
    weights = {tag: math.exp(score - top) for tag, score in scores.items()}
    total = sum(weights.values())
    return {tag: weight / total for tag, weight in weights.items()}


def _with_own_text(beliefs: dict[str, float], model: NgramModel, clean: str, script: str) -> dict[str, float]:
    """Redistribute, among the languages our own model knows, the belief they have together."""
    romanised = [name for name in model.classes if name.endswith(LATIN)] if script == "LATIN" else []
    known = [name for name in model.classes if name in beliefs] + romanised
    if len(known) < 2:
        return beliefs
    evidence = model.log_likelihoods(clean)
    mass = sum(beliefs.get(name, ROMANISED_PRIOR) for name in known)
    scores = {name: math.log(max(beliefs.get(name, ROMANISED_PRIOR), _FLOOR)) + evidence[name] for name in known}
    top = max(scores.values())
    weights = {name: math.exp(score - top) for name, score in scores.items()}
    total = sum(weights.values())
    merged = beliefs | {name: mass * weight / total for name, weight in weights.items()}
    whole = sum(merged.values())
    return {name: belief / whole for name, belief in merged.items()}


def _prior(tag: str, remembered: str | None, hint: str | None) -> float:
    prior = 1.0 if tag in SERVED else RECOGNISED_PRIOR
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
