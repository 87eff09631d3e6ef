"""`waypost evaluate`: files in, figures out, and a plain word when the file cannot be measured."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT
from tests.waypost.conftest import Install

DEV = ROOT / "tests" / "nlu" / "dev"
SECRET = "wellerman brings sugar"
FILES = {
    "language": f"lang\ttext\tbucket\nen\t{SECRET} to all of us\tsent\npl\tgdzie jest najbliższa szkoła\tsent\n",
    "topics": (
        "language\ttext\ttheme\ttopic\n"
        f"en\thow do I register with a doctor\thealth\tgp-registration\nen\t{SECRET}\tesol\t\n"
    ),
    "urgency": f"language\ttext\tcategory\nen\tmy husband hits me\tdomestic_abuse\nen\t{SECRET}\tadult_at_risk\n",
    "search": f"language\tquery\tslug\nen\tregister with a doctor\tgp-registration\nen\t{SECRET}\tbank-account\n",
    "conversations": json.dumps(
        {
            "language": "en",
            "turns": [
                {"text": "how do I register with a doctor", "topic": "gp-registration", "kind": "topic"},
                {"text": "and for my wife?", "topic": "gp-registration", "kind": "follow-up"},
                {"text": SECRET, "topic": "bank-account", "kind": "topic"},
            ],
        }
    ),
    "leaks": f"text\n{SECRET}\n",
}


def written(name: str, text: str) -> Path:
    """A file in the folder that the commands run in."""
    path = Path(f"{name}.jsonl" if text.startswith("{") else f"{name}.tsv")
    path.write_text(text, encoding="utf-8")
    return path


def measured(install: Install, kind: str, path: Path) -> dict[str, Any]:
    """The figures, as JSON."""
    said = install.waypost("evaluate", kind, str(path), "--json")
    assert (said.code, said.err) == (0, "")
    found: dict[str, Any] = json.loads(said.out)
    return found


@pytest.mark.parametrize(
    ("kind", "fact", "share"),
    [
        ("language", "native_right", 1.0),
        ("topics", "topic_right", 1.0),
        ("urgency", "found", 0.5),
        ("search", "hit_at_1", 0.5),
        ("conversations", "right", 2 / 3),
        ("leaks", "leaks", 0.0),
    ],
)
def test_a_file_is_measured_and_no_text_is_shown(install: Install, kind: str, fact: str, share: float) -> None:
    path = written(kind, FILES[kind])
    table = install.waypost("evaluate", kind, str(path))
    found = measured(install, kind, path)

    assert (table.code, table.err) == (0, "")
    assert table.out.startswith(f"{kind}: {found['rows']} rows\n")
    assert found["kind"] == kind
    assert found["facts"][fact]["share"] == pytest.approx(share, abs=1e-6)
    assert SECRET not in table.out + json.dumps(found)


def test_misses_are_shown_with_their_text_when_asked_for(install: Install) -> None:
    path = written("urgency", FILES["urgency"])

    assert SECRET in install.waypost("evaluate", "urgency", str(path), "--misses", "1").out
    found = json.loads(install.waypost("evaluate", "urgency", str(path), "--misses", "1", "--json").out)
    assert found["misses"] == [{"line": 3, "wanted": "adult_at_risk", "got": "none", "text": SECRET}]


def test_the_reliability_curve_is_drawn_where_it_is_wanted(install: Install) -> None:
    path = written("topics", FILES["topics"])

    assert install.waypost("evaluate", "topics", str(path), "--svg", "curve.svg").code == 0
    assert ElementTree.parse("curve.svg").getroot().tag.endswith("svg")


def test_a_file_that_holds_trained_sentences_fails_the_check(install: Install) -> None:
    trained = (ROOT / "nlu" / "data" / "en" / "health.yml").read_text(encoding="utf-8")
    line = next(line for line in trained.splitlines() if line.startswith("    - ") and len(line.split()) > 4)
    path = written("leaks", f"text\n{line[6:]}\n")

    assert install.waypost("evaluate", "leaks", str(path)).code == 1


@pytest.mark.parametrize("kind", FILES)
def test_a_malformed_file_is_one_line_that_names_file_and_line_and_ends_with_1(install: Install, kind: str) -> None:
    text = FILES[kind]
    broken = '{"language": "en"}' if kind == "conversations" else text.split("\n")[0] + f"\n{SECRET}\tx\ty\tz\tzz\n"
    said = install.waypost("evaluate", kind, str(written(kind, broken)))

    assert (said.code, said.out) == (1, "")
    assert f"{kind}." in said.complaint
    assert (":1: " if kind == "conversations" else ":2: ") in said.complaint
    assert SECRET not in said.err


@pytest.mark.parametrize("kind", FILES)
def test_a_missing_file_is_named_and_ends_with_1(install: Install, kind: str) -> None:
    said = install.waypost("evaluate", kind, "nowhere.tsv")

    assert (said.code, said.out) == (1, "")
    assert "nowhere.tsv" in said.complaint


@pytest.mark.parametrize("arguments", ["", "weather x.tsv", "topics", "topics x.tsv --misses few", "search x --svg o"])
def test_wrong_use_is_one_line_and_ends_with_2(install: Install, arguments: str) -> None:
    said = install.waypost("evaluate", *arguments.split())

    assert (said.code, said.out) == (2, "")
    assert "--help" in said.complaint


def test_follow_ups_of_the_development_set_are_understood(install: Install) -> None:
    found = measured(install, "conversations", DEV / "conversations.jsonl")
    kinds = {row["kind"]: row for row in found["tables"]["kinds"]}

    assert kinds["follow-up"]["right"]["share"] >= 0.65
    assert kinds["topic"]["right"]["share"] >= 0.85
    assert kinds["danger"]["right"]["share"] == 1.0
    assert found["facts"]["wrong_article"]["share"] <= 0.1
