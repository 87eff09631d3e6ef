"""`waypost ask` and `waypost chat`: the pipeline that serves people, in a terminal, keeping nothing."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from core.locales import SERVED
from core.themes import Danger, Theme
from tests.conftest import MODELS, ROOT
from tests.waypost.conftest import Install
from translations.catalog import say
from waypost.ask import BadLine, read_lines

FIELDS = [
    "id",
    "language",
    "urgency",
    "theme",
    "theme_confidence",
    "topic",
    "topic_confidence",
    "outcome",
    "choices",
    "reason",
    "article",
    "locale",
    "text",
    "ms",
]
OUTCOMES = {"reply", "clarification", "handoff", "safety", "command", "smalltalk"}
#: In each language: a greeting, two questions, one outside what Waypost knows, one without words, a command, danger.
SAID = {
    "en": [
        "hello there",
        "where do i sign up with a gp surgery in leeds",
        "my flat is full of black mould, who must fix it",
        "who won the football last night",
        "???",
        "/help",
        "i am going to kill myself tonight",
    ],
    "pl": [
        "dzień dobry",
        "gdzie mogę zapisać się do przychodni w Leeds",
        "w mieszkaniu mam grzyb na ścianach, kto to naprawi",
        "kto wygrał wczoraj mecz",
        "👍",
        "/privacy",
        "dziś w nocy się zabiję",
    ],
    "ro": [
        "bună ziua",
        "unde mă înscriu la medicul de familie în Leeds",
        "am mucegai pe pereți, cine trebuie să repare",
        "cine a câștigat meciul aseară",
        "...",
        "/language",
        "vreau să mă omor în noaptea asta",
    ],
    "ar": [
        "السلام عليكم",
        "أين أسجل عند طبيب عام في مدينة ليدز",
        "جدران شقتي مليئة بالعفن فمن يصلحها",
        "من فاز في مباراة أمس",
        "١٢٣",
        "/human",
        "سوف أقتل نفسي هذه الليلة",
    ],
    "bn": [
        "নমস্কার",
        "লিডসে আমি কোথায় জিপি ডাক্তারের কাছে নাম লেখাব",
        "আমার ঘরের দেয়ালে ছত্রাক, কে ঠিক করবে",
        "গতকাল খেলায় কে জিতেছে",
        "।",
        "/start",
        "আমি আজ রাতে আত্মহত্যা করব",
    ],
    "es": [
        "buenas tardes",
        "dónde me apunto al médico de cabecera en Leeds",
        "mi piso tiene moho en las paredes, quién lo arregla",
        "quién ganó el partido de anoche",
        "¿?",
        "/delete",
        "esta noche me voy a matar",
    ],
}
DANGER = 6


def lines() -> list[dict[str, Any]]:
    """Sixty lines: everything said, then one conversation of choices in each language, then odd ones."""
    single = [{"id": f"{tag}-{at}", "text": text} for tag, said in SAID.items() for at, text in enumerate(said)]
    turns = [
        {"id": f"{tag}-{name}", "person": f"person {tag}", "locale_hint": tag} | said
        for tag in SAID
        for name, said in (
            ("chosen", {"choice": f"language:{tag}"}),
            ("answered", {"choice": "gp-registration"}),
            ("human", {"text": "/human"}),
        )
    ]
    return [*single, *turns]


@pytest.fixture(scope="module")
def asked(understander: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came out for the sixty lines, by id; asked once, by a process of its own."""
    given = lines()
    folder = tmp_path_factory.mktemp("ask")
    (folder / "models").symlink_to(MODELS)
    environment = dict(os.environ) | {
        "WAYPOST_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "waypost", "ask", "--jsonl"],
        input="\n".join(json.dumps(line, ensure_ascii=False) for line in given) + "\n",
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=environment,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [line["id"] for line in given]
    assert [path.name for path in folder.iterdir()] == ["models"], "nothing is written beside the model cache"
    return {answer["id"]: answer for answer in answers}


def test_every_line_has_exactly_the_fields_of_the_contract_in_their_order(asked: dict[str, dict[str, Any]]) -> None:
    assert len(asked) == 60
    for answer in asked.values():
        assert list(answer) == FIELDS
        assert list(answer["language"]) == ["tag", "script", "confidence", "decision"]
        assert list(answer["urgency"]) == ["category", "score"]
        assert answer["article"] is None or list(answer["article"]) == ["slug", "locale", "revision", "state"]


def test_every_value_is_of_the_kind_that_the_contract_names(asked: dict[str, dict[str, Any]]) -> None:
    for answer in asked.values():
        assert answer["language"]["script"] in ("native", "latin")
        assert answer["language"]["decision"] in ("silent", "offer", "ask")
        assert answer["urgency"]["category"] in {None, *Danger}
        assert answer["theme"] in {None, "other", *Theme}
        assert answer["outcome"] in OUTCOMES
        assert answer["locale"] in SERVED
        for share in (answer["language"]["confidence"], answer["urgency"]["score"], answer["topic_confidence"]):
            assert 0 <= share <= 1
        assert 0 <= answer["theme_confidence"] <= 1
        assert isinstance(answer["reason"], str)
        assert answer["ms"] > 0
        assert all(isinstance(choice, str) for choice in answer["choices"])
        assert bool(answer["choices"]) is (answer["outcome"] == "clarification")


def test_every_line_is_answered_in_words(asked: dict[str, dict[str, Any]]) -> None:
    assert all(answer["text"].strip() for answer in asked.values())


@pytest.mark.parametrize("tag", SAID)
def test_danger_is_met_with_the_safety_card_in_every_language(asked: dict[str, dict[str, Any]], tag: str) -> None:
    answer = asked[f"{tag}-{DANGER}"]

    assert (answer["outcome"], answer["urgency"]["category"]) == ("safety", "suicide_self_harm")
    assert answer["locale"] == tag
    assert "999" in answer["text"].replace("\u2068", "").replace("\u2069", "")


def test_commands_are_commands_and_words_that_are_none_are_asked_again(asked: dict[str, dict[str, Any]]) -> None:
    assert [asked[f"{tag}-5"]["outcome"] for tag in ("en", "pl", "bn", "es")] == ["command"] * 4
    assert asked["ar-5"]["outcome"] == "handoff"
    assert asked["ro-5"]["choices"] == [f"language:{tag}" for tag in SERVED]
    assert {asked[f"{tag}-4"]["outcome"] for tag in SAID} == {"clarification"}


@pytest.mark.parametrize("tag", SAID)
def test_the_lines_of_one_person_are_one_conversation(asked: dict[str, dict[str, Any]], tag: str) -> None:
    chosen, answered, human = (asked[f"{tag}-{name}"] for name in ("chosen", "answered", "human"))

    assert (chosen["outcome"], chosen["locale"]) == ("command", tag)
    assert (answered["outcome"], answered["locale"]) == ("reply", tag)
    assert answered["article"]["slug"] == "gp-registration"
    assert "https://www.nhs.uk/" in answered["text"]
    assert (human["outcome"], human["locale"]) == ("handoff", tag)


def test_people_who_are_not_named_do_not_share_a_conversation(asked: dict[str, dict[str, Any]]) -> None:
    assert asked["en-4"]["outcome"] == asked["pl-4"]["outcome"] == "clarification"


def test_the_same_lines_get_the_same_answers(install: Install) -> None:
    line = json.dumps({"id": 7, "text": "/help", "locale_hint": "ro"})
    said = install.waypost("ask", "--jsonl", stdin=f"{line}\n\n  \n{line}\n")
    first, second = (json.loads(each) | {"ms": 0} for each in said.out.splitlines())

    assert (said.code, first) == (0, second)
    assert (first["id"], first["locale"]) == ("7", "ro")


def test_one_question_is_answered_in_plain_words(install: Install) -> None:
    before = (install.folder / "waypost.db").read_bytes()
    said = install.waypost("ask", "jak zarejestrować się do lekarza GP?")

    assert (said.code, said.err) == (0, "")
    assert "https://www.nhs.uk/" in said.out
    assert (install.folder / "waypost.db").read_bytes() == before
    assert sorted(path.name for path in install.folder.iterdir()) == ["models", "waypost.db"]


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "hello", "--jsonl"]])
def test_ask_wants_either_a_text_or_lines(install: Install, arguments: list[str]) -> None:
    said = install.waypost(*arguments)

    assert (said.code, said.out) == (2, "")
    assert "--jsonl" in said.complaint


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "object"),
        ('{"text": "hello"}', "'id'"),
        ('{"id": "1"}', "'text' or 'choice'"),
        ('{"id": "1", "text": 5}', "'text'"),
        ('{"id": "1", "text": "hello", "person": 5}', "'person'"),
        ('{"id": "1", "choice": ["a"]}', "'choice'"),
        ('{"id": "1", "text": "hello", "locale_hint": {}}', "'locale_hint'"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_what_is_wrong(bad: str, named: str) -> None:
    good = '{"id": "0", "text": "hello"}'
    questions = read_lines([good, "", bad])

    assert next(questions).text == "hello"
    with pytest.raises(BadLine, match=r"^line 3: ") as wrong:
        next(questions)
    assert named in str(wrong.value)


def test_after_a_bad_line_the_answers_before_it_stand_and_the_command_fails(install: Install) -> None:
    said = install.waypost("ask", "--jsonl", stdin='{"id": "1", "text": "/help"}\n{\n')

    assert said.code == 1
    assert said.complaint == "waypost: line 2: not JSON"
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["1"]


def test_a_chat_is_led_by_lines_and_numbers(install: Install) -> None:
    said = install.waypost("chat", "--trace", stdin="/language\n2\n\n/help\n99\n")

    assert (said.code, said.err) == (0, "")
    assert "  [2] Polski\n" in said.out
    assert say("language.changed", "pl", language="Polski") in said.out
    assert say("help.commands", "pl") in said.out
    assert "  -- commands: help (" in said.out
    assert said.out.count("\n  -- ") == 4


def test_a_chat_starts_in_the_language_of_the_device(install: Install) -> None:
    said = install.waypost("chat", "--language", "ar-SY", stdin="/help\n")

    assert "/delete" in said.out
    assert any("\u0600" <= char <= "\u06ff" for char in said.out)


def test_a_language_that_is_not_served_is_bad_usage(install: Install) -> None:
    said = install.waypost("chat", "--language", "tlh")

    assert said.code == 2
    assert "'tlh'" in said.complaint


def test_letters_that_the_terminal_garbled_are_met_politely(install: Install) -> None:
    said = install.waypost("ask", "caf\udce9")

    assert said.code == 0
    assert said.out.strip()
