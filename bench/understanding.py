"""How well messages are understood: on public sets beside other programs, and on the project's own development set.

    python -m bench.understanding --data DIR

DIR holds the public sets (docs/evaluation.md says where each comes from); without the option it is WAYPOST_EVAL_DIR, or
../shared/eval. A set that is not there reads "not run". The result is a Markdown table; figures are per cent unless they
name a unit. About ten minutes on two cores.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.locales import RECOGNISED, SERVED, UNDERSTOOD
from core.settings import Settings
from nlu.evaluation.conversations import measure_conversations
from nlu.evaluation.language import LATIN, measure_language
from nlu.evaluation.report import Cell, Report, Share
from nlu.evaluation.rows import read_dangers, read_dialogues, read_language, read_topics
from nlu.evaluation.topics import measure_topics
from nlu.evaluation.urgency import measure_urgency
from nlu.language import Decision, LanguageGuess, LanguageIdentifier
from nlu.language.script import SHARED, SINGLE, dominant_script
from nlu.store import load_lexicon, load_models
from nlu.topics import TopicGuess, TopicModel, train_topics
from nlu.training import OUT_OF_SCOPE, Example
from nlu.understand import Understander, Utterance

ROOT = Path(__file__).parent.parent
DEV = ROOT / "tests" / "nlu" / "dev"
#: Share of questions in scope that a gate lets through when its recall outside is measured.
COVERAGE = 0.95
#: The label of HINT3 for messages that no intent fits, and the systems whose predictions it stores.
NOWHERE = "NO_NODES_DETECTED"
BOTS, SYSTEMS = ("curekart", "powerplay11"), ("rasa", "bert", "dialogflow", "luis", "haptik")

#: Languages that have letters other than Latin ones.
_ELSEWHERE = frozenset({*SINGLE.values(), *(tag for tags in SHARED.values() for tag in tags)})

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the result."""

    of: str
    figure: str
    ours: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are."""

    data: Path
    models: Path
    #: Accuracies that somebody has measured with Rasa, by the name of the set's file; per cent.
    rasa: dict[str, float]

    def need(self, name: str) -> Path:
        """A file of the public sets. Raises FileNotFoundError naming it."""
        path = self.data / name
        if not path.exists():
            raise FileNotFoundError(name)
        return path

    def beside(self, name: str) -> str:
        """What Rasa reached on a set."""
        return f"Rasa DIET {self.rasa[name]:.1f}" if name in self.rasa else "Rasa DIET not run"


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    if arguments.cost:
        print(json.dumps(_cost(arguments.models)))
        return
    rasa = json.loads(arguments.rasa_json.read_text(encoding="utf-8")) if arguments.rasa_json else {}
    bench = Bench(arguments.data, arguments.models, rasa)
    print("| Set | Figure | Waypost | Beside it |\n| --- | --- | --- | --- |", flush=True)
    for name, measure in MEASURES.items():
        if arguments.only and name not in arguments.only:
            continue
        for line in _lines(name, measure, bench):
            print(f"| {line.of} | {line.figure} | {line.ours} | {line.beside} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    default = os.environ.get("WAYPOST_EVAL_DIR") or ROOT.parent / "shared" / "eval"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the public sets")
    parser.add_argument("--models", type=Path, default=ROOT / "var" / "models", help="folder of the trained models")
    parser.add_argument("--rasa-json", type=Path, help="accuracies of Rasa DIET by set, measured elsewhere")
    parser.add_argument("--only", nargs="+", choices=MEASURES, help="measure only these")
    parser.add_argument("--cost", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _lines(name: str, measure: Callable[[Bench], Iterable[Line]], bench: Bench) -> Iterator[Line]:
    try:
        yield from measure(bench)
    except FileNotFoundError as missing:
        yield Line(name, "", "not run", f"{missing} is not in the folder of public sets")


def _percent(value: Cell) -> str:
    number = value.value if isinstance(value, Share) else value
    return f"{100 * number:.1f}" if isinstance(number, float) else "-"


# --- languages --------------------------------------------------------------------------------------------------------


def languages(bench: Bench) -> Iterator[Line]:
    """Mean accuracy over languages by length, ours beside three detectors; and what we do silently."""
    rows = read_language(bench.need("language/dev.tsv"))
    identifier = LanguageIdentifier(load_models(bench.models).ngrams, load_lexicon(bench.models))
    ours = measure_language(rows, identifier.identify)
    others = {name: measure_language(rows, detector) for name, detector in _detectors().items()}
    everyone = _known_to_all()
    groups: dict[str, Callable[[str], bool]] = {
        "understood": lambda tag: tag in UNDERSTOOD,
        "all": lambda tag: not tag.endswith(LATIN),
        "known to all four": lambda tag: tag in everyone,
        "in Latin letters": lambda tag: tag.endswith(LATIN),
    }
    for bucket in ours.table("languages").columns[1:]:
        for words, belongs in groups.items():
            mean, count = _macro(ours, bucket, belongs)
            beside = "; ".join(f"{name} {_macro(report, bucket, belongs)[0]}" for name, report in others.items())
            yield Line("languages", f"{bucket}, {words} ({count})", mean, beside)
    for length, _, silent, right, *_ in ours.table("decisions").rows:
        yield Line(
            "languages", f"{length} words: silent / right when silent", f"{_percent(silent)} / {_percent(right)}"
        )
    for fact in ("native_called_romanised", "not_understood_but_silent"):
        yield Line("languages", fact.replace("_", " "), _percent(ours.facts[fact]))


def _macro(report: Report, bucket: str, belongs: Callable[[str], bool]) -> tuple[str, int]:
    """Mean accuracy over the languages of a group that have rows in this bucket, and how many these are."""
    table = report.table("languages")
    at = table.columns.index(bucket)
    found = [row[at] for row in table.rows if belongs(str(row[0])) and isinstance(row[at], Share)]
    return (_percent(_mean(found)) if found else "-"), len(found)


def _detectors() -> dict[str, Callable[[str], LanguageGuess]]:
    return {"langdetect": _langdetect(), "lingua": _lingua(), "lid.176": _lid()}


def _found(tag: str, text: str) -> LanguageGuess:
    """The guess of a detector that names no script: foreign letters are read off the text, in its favour."""
    latin = dominant_script(text) == "LATIN" and tag in _ELSEWHERE
    return LanguageGuess(tag, "latin" if latin else "native", 0.0, Decision.ASK)


def _known_to_all() -> frozenset[str]:
    """The languages that ours and every detector beside it can name."""
    from lingua import Language

    from nlu.language.lid import KNOWS
    from nlu.language.second import SecondOpinion

    lingua = {language.iso_code_639_1.name.lower() for language in Language.all()}
    return KNOWS & lingua & SecondOpinion().languages


def _langdetect() -> Callable[[str], LanguageGuess]:
    """langdetect as it comes, with a fixed seed."""
    from langdetect import DetectorFactory, detect
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0

    def identify(text: str) -> LanguageGuess:
        try:
            return _found(detect(text).split("-")[0], text)
        except LangDetectException:
            return _found("und", text)

    return identify


def _lingua() -> Callable[[str], LanguageGuess]:
    """lingua in its low-accuracy mode with all its languages."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()

    def identify(text: str) -> LanguageGuess:
        found = detector.detect_language_of(text)
        return _found(found.iso_code_639_1.name.lower() if found else "und", text)

    return identify


def _lid() -> Callable[[str], LanguageGuess]:
    """lid.176 restricted to the languages that we recognise."""
    from nlu.language.lid import Lid176

    lid, known = Lid176(), {*SERVED, *RECOGNISED}

    def identify(text: str) -> LanguageGuess:
        scores = {tag: score for tag, score in lid.scores(text).items() if tag in known}
        return _found(max(sorted(scores), key=scores.__getitem__, default="und"), text)

    return identify


# --- intents ----------------------------------------------------------------------------------------------------------


def _train(pairs: Pairs, language: str = "en") -> TopicModel:
    return train_topics([Example(text, intent, language) for text, intent in pairs])


def _right(guess: TopicGuess, intent: str) -> bool:
    return bool(guess.ranked) and guess.ranked[0].intent == intent


def _accuracy(model: TopicModel, pairs: Pairs) -> float:
    return float(np.mean([_right(model.classify(text), intent) for text, intent in pairs]))


def clinc(bench: Bench) -> Iterator[Line]:
    """150 intents, and questions outside all of them."""
    sets = json.loads(bench.need("intents/clinc_small.json").read_text(encoding="utf-8"))
    model = _train([*sets["train"], *((text, OUT_OF_SCOPE) for text, _ in sets["oos_train"])])
    inside = [model.classify(text) for text, _ in sets["test"]]
    outside = [model.classify(text).genuine for text, _ in sets["oos_test"]]
    right = np.mean([_right(guess, intent) for guess, (_, intent) in zip(inside, sets["test"], strict=True)])
    familiar = [guess.genuine for guess in inside]
    gate = np.quantile(familiar, 1 - COVERAGE)
    yield Line("CLINC-small", "accuracy in scope, ungated", _percent(float(right)), bench.beside("clinc_small"))
    caught = float(np.mean(np.array(outside) < gate))
    yield Line("CLINC-small", "out of scope caught at 95 % coverage", _percent(caught))
    yield Line("CLINC-small", "AUROC in scope against out of scope", _percent(_auroc(familiar, outside)))


def hwu(bench: Bench) -> Iterator[Line]:
    """64 intents of a home robot, official fold 1."""
    yield from _plain(bench, "HWU64 fold 1", "hwu64_fold1")


def banking(bench: Bench) -> Iterator[Line]:
    """77 fine-grained intents of a bank."""
    yield from _plain(bench, "Banking77", "banking77")


def _plain(bench: Bench, title: str, name: str) -> Iterator[Line]:
    sets = json.loads(bench.need(f"intents/{name}.json").read_text(encoding="utf-8"))
    yield Line(title, "accuracy", _percent(_accuracy(_train(sets["train"]), sets["test"])), bench.beside(name))


def xsid(bench: Bench) -> Iterator[Line]:
    """16 intents in 17 languages and dialects, 300 sentences to learn from in each."""
    sets = json.loads(bench.need("intents/xsid.json").read_text(encoding="utf-8"))
    found = {tag: _accuracy(_train(each["train"], tag), each["test"]) for tag, each in sets.items()}
    worst = min(found, key=found.__getitem__)
    yield Line(
        "xSID", f"accuracy, mean of {len(found)}", _percent(float(np.mean(list(found.values())))), bench.beside("xsid")
    )
    yield Line("xSID", f"accuracy, lowest ({worst})", _percent(found[worst]))


def hint3(bench: Bench) -> Iterator[Line]:
    """Messages to two live bots, most of which no intent fits: can the score tell?"""
    for bot in BOTS:
        train, test = (
            [(row["sentence"], row["label"]) for row in _csv(bench.need(f"intents/hint3/{bot}_{part}.csv"))]
            for part in ("train", "test")
        )
        model = _train(train)
        guesses = [model.classify(text) for text, _ in test]
        labels = [label for _, label in test]
        chosen = [guess.ranked[0].intent if guess.ranked else NOWHERE for guess in guesses]
        stored = {system: _stored(bench, system, bot) for system in SYSTEMS}
        for figure, measure in (("AUROC", _auroc_of), ("best MCC", _best_mcc)):
            beside = "; ".join(f"{system} {_percent(measure(*each))}" for system, each in stored.items())
            familiar = measure(labels, chosen, [guess.genuine for guess in guesses])
            sure = measure(labels, chosen, [guess.confidence for guess in guesses])
            ours = f"{_percent(familiar)} by familiarity, {_percent(sure)} by confidence"
            yield Line(f"HINT3 {bot}", figure, ours, beside)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _stored(bench: Bench, system: str, bot: str) -> tuple[list[str], list[str], list[float]]:
    """True labels, predicted labels and scores of a system; predicting nothing is a score of 0."""
    rows = _csv(bench.need(f"intents/hint3/predictions/{system}_{bot}.csv"))
    scores = [0.0 if row["predicted_node"] == NOWHERE else float(row["predicted_node_score"] or 0) for row in rows]
    return [row["label"] for row in rows], [row["predicted_node"] for row in rows], scores


def _auroc_of(labels: Sequence[str], _chosen: Sequence[str], scores: Sequence[float]) -> float:
    inside = [score for label, score in zip(labels, scores, strict=True) if label != NOWHERE]
    return _auroc(inside, [score for label, score in zip(labels, scores, strict=True) if label == NOWHERE])


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score([1] * len(inside) + [0] * len(outside), [*inside, *outside]))


def _best_mcc(labels: Sequence[str], chosen: Sequence[str], scores: Sequence[float]) -> float:
    """Matthews' correlation at the best of forty thresholds: below it a message counts as fitting no intent."""
    from sklearn.metrics import matthews_corrcoef

    def gated(least: float) -> list[str]:
        return [intent if score >= least else NOWHERE for intent, score in zip(chosen, scores, strict=True)]

    return max(
        float(matthews_corrcoef(labels, gated(least))) for least in np.quantile(scores, np.linspace(0, 0.95, 40))
    )


# --- our own ----------------------------------------------------------------------------------------------------------


def own(bench: Bench) -> Iterator[Line]:
    """The project's development set, through what would serve people."""
    understander = Understander.load(bench.models)
    yield from _own_topics(
        measure_topics(read_topics(DEV / "messages.tsv"), lambda text: understander.understand(Utterance(text)))
    )
    rows = [*read_dangers(DEV / "dangers.tsv"), *read_dangers(DEV / "lookalikes.tsv", "none")]
    dangers = measure_urgency(rows, lambda text: understander.understand(Utterance(text)).urgency)
    for fact, value in dangers.facts.items():
        yield Line("own: danger", fact.replace("_", " "), _percent(value))
    with tempfile.TemporaryDirectory() as folder:
        report = _talk(Path(folder), bench.models)
    for row in report.table("kinds").rows:
        if row[0] in ("topic", "follow-up"):
            yield Line(
                "own: conversations", f"{row[0]}, right / wrong article", f"{_percent(row[2])} / {_percent(row[3])}"
            )


def _own_topics(report: Report) -> Iterator[Line]:
    english = next(row for row in report.table("languages").rows if row[0] == "en")
    others = [row for row in report.table("languages").rows if row[0] != "en"]
    for at, figure in ((2, "theme"), (3, "topic")):
        mean = _mean([row[at] for row in others])
        yield Line(
            "own: topics",
            f"{figure} right, English / mean of {len(others)} others",
            f"{_percent(english[at])} / {_percent(mean)}",
        )
    for fact in ("answered", "right_when_answered", "confident_and_wrong", "expected_calibration_error"):
        yield Line("own: topics", fact.replace("_", " "), _percent(report.facts[fact]))


def _mean(cells: Iterable[Cell]) -> float:
    return float(np.mean([cell.value for cell in cells if isinstance(cell, Share)]))


def _talk(folder: Path, models: Path) -> Report:
    from waypost.ask import Asker, Question

    (folder / "models").symlink_to(models.resolve())
    asker = Asker(Settings(_env_file=None, data_dir=folder))  # type: ignore[call-arg]
    return measure_conversations(
        read_dialogues(DEV / "conversations.jsonl"),
        lambda person, _dialogue, turn: asker.ask(Question(person, turn.text, person=person)).trace,
    )


def cost(bench: Bench) -> Iterator[Line]:
    """What understanding costs, in a process of its own."""
    Understander.load(bench.models)  # so that the process finds everything in the cache
    command = [sys.executable, "-m", "bench.understanding", "--cost", "--models", str(bench.models)]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    yield Line("cost", "a message, p50 / p99", f"{found['p50']:.2f} / {found['p99']:.2f} ms")
    yield Line("cost", "memory of the process", f"{found['memory']:.0f} MB")
    yield Line("cost", "from the cache to ready", f"{found['load']:.2f} s")


def _cost(models: Path) -> dict[str, Any]:
    """Seconds to load, milliseconds a message once warm, and the process's resident memory in MB."""
    from bench.start import _resident

    began = time.perf_counter()
    understander = Understander.load(models)
    load = time.perf_counter() - began
    texts = [row.text for row in read_topics(DEV / "messages.tsv")]
    for text in texts[::10]:
        understander.understand(Utterance(text))
    spent = []
    for text in texts:
        began = time.perf_counter()
        understander.understand(Utterance(text))
        spent.append((time.perf_counter() - began) * 1000)
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    return {"load": load, "p50": float(p50), "p99": float(p99), "memory": _resident(os.getpid())}


MEASURES: dict[str, Callable[[Bench], Iterable[Line]]] = {
    "cost": cost,
    "own": own,
    "languages": languages,
    "clinc": clinc,
    "hwu": hwu,
    "banking": banking,
    "xsid": xsid,
    "hint3": hint3,
}

if __name__ == "__main__":
    main()
