"""From an utterance to an understanding: danger, language, topic. Pure: text in, value out; same in, same out."""

import logging
from dataclasses import dataclass
from pathlib import Path

from core.locales import FALLBACK, SERVED
from core.themes import Theme
from nlu.language import Decision, LanguageGuess, LanguageIdentifier
from nlu.store import Models, load_danger, load_models
from nlu.topics import TopicGuess
from nlu.training import DATA, OUT_OF_SCOPE, SERVICE_FILE
from nlu.urgency import Assessment, RuleBook, assess

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
    #: The set of models that was used.
    version: str = ""


class Understander:
    """Understands utterances. Immutable after loading; safe to share between threads."""

    def __init__(self, rules: RuleBook, models: Models) -> None:
        self._rules = rules
        self._models = models
        self._languages = LanguageIdentifier(models.ngrams)

    @classmethod
    def load(cls, cache: Path, *, data: Path = DATA, danger: Path = DANGER) -> "Understander":
        """Read rules and models; train them when the cache has none for this data. Raises ContentError."""
        return cls(load_danger(cache, danger), load_models(cache, data))

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

    def _beyond_danger(self, utterance: Utterance, urgency: Assessment) -> Understanding:
        language = self._languages.identify(utterance.text, remembered=utterance.remembered, hint=utterance.hint)
        if language.tag not in SERVED and not utterance.remembered:
            # No model has seen this language: whatever it says would be a guess.
            return Understanding(urgency, language, None, 0.0, None, 0.0, version=self._models.version)
        return self._about(self._models.topics.classify(utterance.text), urgency, language)

    def _about(self, guess: TopicGuess, urgency: Assessment, language: LanguageGuess) -> Understanding:
        groups = self._models.groups
        if not guess.ranked:
            return Understanding(urgency, language, None, 0.0, None, 0.0, version=self._models.version)
        first = guess.ranked[0]
        group = groups[first.intent]
        theme = group if group in set(Theme) else "other"
        theme_share = sum(ranked.share for ranked in guess.ranked if groups[ranked.intent] == group)
        in_scope = [ranked for ranked in guess.ranked if groups[ranked.intent] in set(Theme)]
        near = tuple(ranked.intent for ranked in in_scope if ranked.share >= WORTH_OFFERING)[:3]
        return Understanding(
            urgency=urgency,
            language=language,
            theme=None if group == SERVICE_FILE else theme,
            theme_confidence=round(max(guess.confidence, min(theme_share, 1.0) * 0.9), 4),
            topic=first.intent if group in set(Theme) else None,
            topic_confidence=round(guess.confidence, 4),
            service=first.intent if group == SERVICE_FILE else None,
            near=near if first.intent != OUT_OF_SCOPE or guess.confidence < 0.5 else (),
            version=self._models.version,
        )


def reply_locale(understanding: Understanding, remembered: str | None, hint: str | None) -> str:
    """The served language to write in when nothing better is agreed: remembered, understood, the app's, English."""
    guess = understanding.language.tag
    return remembered or (guess if guess in SERVED else None) or hint or FALLBACK
