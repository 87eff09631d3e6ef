"""From an utterance to an understanding: danger, language, topic. Pure: text in, value out; same in, same out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from core.locales import FALLBACK, SERVED, UNDERSTOOD
from core.themes import Level, Theme
from nlu.discourse import SURE, follow, needs
from nlu.language import Decision, LanguageGuess, LanguageIdentifier
from nlu.language.lexicon import Lexicon
from nlu.store import Models, load_danger, load_lexicon, load_models
from nlu.topics import TopicGuess, TopicModel
from nlu.training import DATA, OUT_OF_SCOPE, SERVICE_FILE
from nlu.urgency import Assessment, Hit, RuleBook, assess

log = logging.getLogger(__name__)

DANGER = Path(__file__).parent / "danger"
#: A topic with less than this share of belief is not worth offering.
WORTH_OFFERING = 0.06


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person wrote, and what is known of their language."""

    text: str
    #: Served tag the person used before, or chose.
    remembered: str | None = None
    #: Served tag their app reports.
    hint: str | None = None
    #: Slug of the topic that was answered last, and the question that led to it.
    about: str | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What an utterance is about."""

    urgency: Assessment
    language: LanguageGuess
    #: A theme, `other` when the message is outside what Waypost knows, None when nothing was found.
    theme: str | None
    theme_confidence: float
    #: Article slug; None when the message is small talk, out of scope or not understood.
    topic: str | None
    topic_confidence: float
    #: An intent about the service itself, such as `greeting` or `talk-to-a-person`.
    service: str | None = None
    #: Topics worth offering, likeliest first, at most three.
    near: tuple[str, ...] = ()
    #: Share of genuine questions that look less like something we know, 0..1: below the operator's knob we ask again.
    genuine: float = 1.0
    #: Further topics that the same message asks about, in its order.
    also: tuple[str, ...] = ()
    #: True when the message only makes sense with what was asked before; the topic is found with its help.
    follows: bool = False
    #: The set of models that was used.
    version: str = ""


class Classifier(Protocol):
    """What ranks topics: the embedded model, or a neighbour with the embedded model behind it."""

    @property
    def last_error(self) -> str | None:
        """Why it does not work as it should; None while all is well."""

    def classify(self, text: str) -> TopicGuess:
        """What a text is about. Never raises."""


class Understander:
    """Understands utterances. Immutable after loading; safe to share between threads."""

    def __init__(
        self, rules: RuleBook, models: Models, lexicon: Lexicon | None = None, classifier: Classifier | None = None
    ) -> None:
        self._rules = rules
        self._lexicon = lexicon
        #: Ranks the topics of whole messages; parts of messages are always read by the embedded model.
        self._classifier: Classifier = classifier or models.topics
        self._models = models
        self._languages = LanguageIdentifier(models.ngrams, lexicon)

    @classmethod
    def load(cls, cache: Path, *, data: Path = DATA, danger: Path = DANGER) -> "Understander":
        """Read rules and models; train them when the cache has none for this data. Raises ContentError."""
        return cls(load_danger(cache, danger), load_models(cache, data), load_lexicon(cache))

    def beside(self, neighbour: Callable[[TopicModel], Classifier]) -> "Understander":
        """The same, with another classifier beside the embedded topic model."""
        return Understander(self._rules, self._models, self._lexicon, neighbour(self._models.topics))

    @property
    def fault(self) -> str | None:
        """Why the classifier beside the embedded model does not work; None while all is well."""
        return self._classifier.last_error

    @property
    def topics(self) -> dict[str, Theme]:
        """Every topic the model knows and its theme."""
        return {intent: Theme(group) for intent, group in self._models.groups.items() if group in set(Theme)}

    def understand(self, utterance: Utterance) -> Understanding:
        """Danger first, on the raw text; then the language; then the topic. Never raises on any text."""
        urgency = assess(utterance.text, self._rules)
        try:
            return self._beyond_danger(utterance, urgency)
        except Exception as wrong:
            if urgency.category is None:
                raise
            # Whatever fails behind the rules, a person in danger gets the card.
            log.error("understanding failed after a sign of danger: %s", type(wrong).__name__)
            unknown = LanguageGuess(utterance.remembered or FALLBACK, "native", 0.0, Decision.ASK)
            return Understanding(urgency, unknown, None, 0.0, None, 0.0, version=self._models.version)

    def _listen(self, text: str, language: LanguageGuess) -> Assessment:
        """What the classifier hears where the rules are silent. It is always amber: a classifier raises no false red."""
        if self._models.alarm is None or language.tag not in UNDERSTOOD:
            return Assessment()  # in a language it has not learnt, whatever it hears is a guess
        try:
            heard = self._models.alarm.hear(text)
        except Exception as wrong:  # noqa: BLE001 - the rules have run, and they are enough to go on with
            log.error("the danger classifier failed: %s", type(wrong).__name__)
            return Assessment()
        if heard is None:
            return Assessment()
        hit = Hit(f"model.{heard[0]}", heard[0], Level.AMBER)
        return Assessment(hit.category, hit.level, hit.rule, (hit,))

    def _beyond_danger(self, utterance: Utterance, urgency: Assessment) -> Understanding:
        language = self._languages.identify(utterance.text, remembered=utterance.remembered, hint=utterance.hint)
        urgency = urgency if urgency.category else self._listen(utterance.text, language)
        if language.tag not in UNDERSTOOD and not utterance.remembered:
            # No model has seen this language: whatever it says would be a guess.
            return Understanding(urgency, language, None, 0.0, None, 0.0, version=self._models.version)
        model = self._models.topics
        guess = self._classifier.classify(utterance.text)
        resolved = follow(model, utterance.text, guess, utterance.about, utterance.before, self._models.groups)
        found = self._about(resolved or guess, urgency, language)
        if resolved:
            return replace(found, follows=True)
        also = needs(model, utterance.text, guess, self._models.groups) if found.service is None else ()
        if len(also) > 1:
            return replace(
                found, topic=also[0], theme=self._models.groups[also[0]], also=also[1:], topic_confidence=SURE
            )
        return found

    def _about(self, guess: TopicGuess, urgency: Assessment, language: LanguageGuess) -> Understanding:
        groups = self._models.groups
        if not guess.ranked:
            return Understanding(urgency, language, None, 0.0, None, 0.0, genuine=0.0, version=self._models.version)
        first = guess.ranked[0]
        group = groups[first.intent]
        theme = group if group in set(Theme) else "other"
        theme_share = sum(ranked.share for ranked in guess.ranked if groups[ranked.intent] == group)
        in_scope = [ranked for ranked in guess.ranked if groups[ranked.intent] in set(Theme)]
        near = tuple(
            ranked.intent for ranked in in_scope if ranked.share >= WORTH_OFFERING or ranked.intent in guess.likely[:3]
        )
        return Understanding(
            urgency=urgency,
            language=language,
            theme=None if group == SERVICE_FILE else theme,
            theme_confidence=round(max(guess.confidence, min(theme_share, 1.0) * 0.9), 4),
            topic=first.intent if group in set(Theme) else None,
            topic_confidence=round(guess.confidence, 4),
            service=first.intent if group == SERVICE_FILE else None,
            near=near[:3] if first.intent != OUT_OF_SCOPE or guess.confidence < 0.5 else (),
            genuine=round(guess.genuine, 4),
            version=self._models.version,
        )


def reply_locale(understanding: Understanding, remembered: str | None, hint: str | None) -> str:
    """The served language to write in when nothing better is agreed: remembered, understood, the app's, English."""
    guess = understanding.language.tag
    return remembered or (guess if guess in SERVED else None) or hint or FALLBACK
