"""A second pair of eyes for danger: a classifier beside the rules. It adds what they miss and never takes a hit away.

It is a topic model whose intents are the categories of danger and `not_danger`, trained on messages about danger, on messages
that only sound like it, and on ordinary questions. It reads a message whole, and a long one in stretches too: one sentence of
fear must not drown in a story.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.themes import Danger, Theme
from nlu.topics import TopicModel, train_topics
from nlu.training import NOT_DANGER, Example, TrainingData

#: Share of belief in danger from which it is raised; for a stretch of a message a stricter one.
RAISE, RAISE_PART = 0.5, 0.9
#: A message of more words is also read in stretches of so many, each beginning in the middle of the one before.
STRETCH = 12


@dataclass(frozen=True, slots=True)
class Alarm:
    """The trained classifier. Immutable; safe to share between threads."""

    model: TopicModel

    def hear(self, text: str) -> tuple[Danger, float] | None:
        """The likeliest danger and the share of belief that there is any; None when there is none worth raising."""
        heard = [(self._danger(text), RAISE), *((self._danger(part), RAISE_PART) for part in stretches(text))]
        raised = [found for found, least in heard if found and found[1] >= least]
        return max(raised, key=lambda found: found[1], default=None)

    def _danger(self, text: str) -> tuple[Danger, float] | None:
        shares = self.model.shares(text)
        calm = shares.pop(NOT_DANGER, 0.0)
        worst = max(shares, key=shares.__getitem__, default=None)
        return (Danger(worst), 1.0 - calm) if worst else None


def stretches(text: str) -> Iterator[str]:
    """Overlapping stretches of a message too long to be read at once; none of a short one."""
    words = text.split()
    if len(words) > STRETCH:
        for start in range(0, len(words) - STRETCH // 2, STRETCH // 2):
            yield " ".join(words[start : start + STRETCH])


def train_alarm(data: TrainingData) -> Alarm | None:
    """Fit the classifier; None when there are no messages about danger to learn from."""
    if not any(example.intent != NOT_DANGER for example in data.dangers):
        return None
    return Alarm(train_topics([*data.dangers, *_ordinary(data)]).without_examples())


def _ordinary(data: TrainingData) -> Iterable[Example]:
    """Everyday questions as examples of calm. Those about safety are left out: many of them are told in fear."""
    return (
        Example(example.text, NOT_DANGER, example.language)
        for example in data.examples
        if data.groups[example.intent] != Theme.SAFETY
    )
