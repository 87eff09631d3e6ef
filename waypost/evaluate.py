"""`waypost evaluate`: a file in, figures out, measured on what this install would serve with. Nothing is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from nlu.evaluation.report import Report


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of an evaluation."""

    report: Report
    #: Reliability curve as SVG; empty where there is none to draw.
    curve: str = ""
    #: False when the file must not be measured with: it leaks.
    good: bool = True


def evaluate(kind: str, path: Path, settings: Settings) -> Evaluation:
    """Measure a file. Raises ContentError naming file, line and reason, and OSError when it cannot be read."""
    return _KINDS[kind](path, settings)


def _language(path: Path, settings: Settings) -> Evaluation:
    from nlu.evaluation.language import measure_language
    from nlu.evaluation.rows import read_language
    from nlu.language import LanguageIdentifier
    from nlu.store import load_lexicon, load_models

    rows = read_language(path)
    cache = settings.data_dir / "models"
    identifier = LanguageIdentifier(load_models(cache).ngrams, load_lexicon(cache))
    return Evaluation(measure_language(rows, identifier.identify))


def _topics(path: Path, settings: Settings) -> Evaluation:
    from nlu.evaluation.reliability import reliability_svg
    from nlu.evaluation.rows import read_topics
    from nlu.evaluation.topics import Thresholds, bins, topics_report
    from nlu.understand import Utterance
    from waypost.wiring import load_understander

    rows = read_topics(path)
    understander = load_understander(settings)
    judged = [(row, understander.understand(Utterance(row.text))) for row in rows]
    thresholds = Thresholds(settings.answer_threshold, settings.refuse_share)
    return Evaluation(topics_report(judged, thresholds), reliability_svg(bins(judged)))


def _urgency(path: Path, settings: Settings) -> Evaluation:
    from nlu.evaluation.rows import read_dangers
    from nlu.evaluation.urgency import measure_urgency
    from nlu.understand import Utterance
    from waypost.wiring import load_understander

    rows = read_dangers(path)
    understander = load_understander(settings)
    return Evaluation(measure_urgency(rows, lambda text: understander.understand(Utterance(text)).urgency))


def _search(path: Path, _settings: Settings) -> Evaluation:
    from core.crypto import Keyring, new_key
    from core.database import Database
    from core.places import ensure_default_place
    from knowledge.search import search
    from nlu.evaluation.rows import read_search
    from nlu.evaluation.search import DEPTH, measure_search
    from waypost.migrate import create_all
    from waypost.wiring import load_starter

    rows = read_search(path)
    database = Database("sqlite://", Keyring([new_key()]))
    create_all(database)
    with database.write() as session:
        ensure_default_place(session, "Waypost")
    load_starter(database)
    with database.read() as session:
        report = measure_search(
            rows, lambda query, locale: tuple(found.slug for found in search(session, query, locale, DEPTH))
        )
    database.close()
    return Evaluation(report)


def _conversations(path: Path, settings: Settings) -> Evaluation:
    from nlu.evaluation.conversations import measure_conversations
    from nlu.evaluation.rows import read_dialogues
    from waypost.ask import Asker, Question

    dialogues = read_dialogues(path)
    asker = Asker(settings)
    report = measure_conversations(
        dialogues, lambda person, _dialogue, turn: asker.ask(Question(person, turn.text, person=person)).trace
    )
    return Evaluation(report)


def _leaks(path: Path, _settings: Settings) -> Evaluation:
    from nlu.evaluation.leaks import leaks_report
    from nlu.evaluation.rows import read_texts
    from nlu.training import load_training

    report = leaks_report(read_texts(path), load_training())
    return Evaluation(report, good=not report.table("leaks").rows)


_KINDS: dict[str, Callable[[Path, Settings], Evaluation]] = {
    "language": _language,
    "topics": _topics,
    "urgency": _urgency,
    "search": _search,
    "conversations": _conversations,
    "leaks": _leaks,
}
