"""Measuring: the figures are what they say, and the development set keeps the figures that the understanding has reached."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ContentError
from core.themes import Danger, Level
from nlu.evaluation.conversations import Heard, conversations_report
from nlu.evaluation.language import language_report
from nlu.evaluation.leaks import ALIKE, find_leaks, leaks_report
from nlu.evaluation.reliability import reliability_svg
from nlu.evaluation.report import Report, Share, Table, mean
from nlu.evaluation.rows import (
    DangerRow,
    LanguageRow,
    SearchRow,
    TextRow,
    TopicRow,
    Turn,
    read_dangers,
    read_dialogues,
    read_language,
    read_search,
    read_texts,
    read_topics,
)
from nlu.evaluation.search import search_report
from nlu.evaluation.topics import Thresholds, binned, calibration_error, measure_topics, topics_report
from nlu.evaluation.urgency import measure_urgency, urgency_report
from nlu.language import Decision, LanguageGuess
from nlu.text import fold, words
from nlu.training import TrainingData, load_training
from nlu.understand import Understander, Understanding, Utterance
from nlu.urgency import Assessment

DEV = Path(__file__).parent / "dev"


def guess(tag: str, decision: Decision = Decision.ASK, *, latin: bool = False, length: int = 1) -> LanguageGuess:
    """A guess of a language."""
    return LanguageGuess(tag, "latin" if latin else "native", 0.5, decision, (), length)


def understood(topic: str | None, confidence: float, theme: str | None = "work", **more: object) -> Understanding:
    """An understanding of a message without danger."""
    return Understanding(Assessment(), guess("en"), theme, confidence, topic, confidence, **more)  # type: ignore[arg-type]


def row_of(table: Table, name: str) -> dict[str, object]:
    """The row of a table that begins with this name."""
    found = next(row for row in table.rows if row[0] == name)
    return dict(zip(table.columns, found, strict=True))


# --- shares -----------------------------------------------------------------------------------------------------------


def test_a_share_of_few_rows_is_printed_as_counts_and_of_many_in_per_cent() -> None:
    table = Table(
        "kinds", "Kinds", ("kind", "right"), (("few", Share(2, 6)), ("many", Share(6, 7)), ("no", Share(0, 0)))
    )
    text = Report("test", 13, {}, (table,)).as_text()

    assert [line.split(maxsplit=1)[1] for line in text.splitlines()[-3:]] == ["2 of 6", "85.7", "-"]


def test_json_gives_every_share_with_its_counts() -> None:
    table = Table("kinds", "Kinds", ("kind", "all right"), (("few", Share(1, 4)),))
    found = Report("test", 4, {"right": Share(1, 4), "nothing": Share(0, 0)}, (table,)).as_json()

    assert found["tables"] == {"kinds": [{"kind": "few", "all_right": {"share": 0.25, "k": 1, "n": 4}}]}
    assert found["facts"] == {"right": {"share": 0.25, "k": 1, "n": 4}, "nothing": {"share": None, "k": 0, "n": 0}}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)).filter(lambda pair: pair[0] <= pair[1])))
def test_a_mean_counts_every_share_the_same_and_lies_between_them(pairs: list[tuple[int, int]]) -> None:
    found = mean([Share(k, n) for k, n in pairs] + [Share(0, 0)])

    values = [k / n for k, n in pairs]
    assert found is None if not values else min(values) - 1e-9 <= (found or 0.0) <= max(values) + 1e-9


# --- language ---------------------------------------------------------------------------------------------------------


def test_the_mean_over_languages_counts_a_small_language_as_much_as_a_large_one() -> None:
    judged = [(LanguageRow(1, "en", "x", "1w"), guess("en"))] * 9 + [(LanguageRow(1, "pl", "x", "1w"), guess("en"))]
    judged += [(LanguageRow(1, "de", "x", "1w"), guess("de"))]
    row = row_of(language_report(judged).table("macro"), "1w")

    assert (row["understood"], row["languages"]) == (pytest.approx(1 / 2), 2)
    assert (row["all"], row["all languages"]) == (pytest.approx(2 / 3), 3)


def test_hindi_and_urdu_in_latin_letters_are_one_and_in_their_own_letters_two() -> None:
    judged = [
        (LanguageRow(1, "hi-Latn", "kya haal hai"), guess("ur", latin=True)),
        (LanguageRow(2, "hi", "क्या"), guess("ur")),
    ]
    report = language_report(judged)

    assert report.facts["romanised_right"] == Share(1, 1)
    assert report.facts["native_right"] == Share(0, 1)
    assert report.table("confusions").rows == (("hi", "ur", 1),)


def test_the_table_of_decisions_counts_silence_and_how_often_it_is_right() -> None:
    judged = [
        (LanguageRow(1, "en", "a"), guess("en", Decision.SILENT, length=7)),
        (LanguageRow(2, "pl", "b"), guess("en", Decision.SILENT, length=4)),
        (LanguageRow(3, "ur-Latn", "c"), guess("ur", Decision.SILENT, length=5)),
        (LanguageRow(4, "en", "d"), guess("pl", Decision.ASK, length=9)),
        (LanguageRow(5, "en", "e"), guess("en", Decision.OFFER, length=0)),
    ]
    table = language_report(judged).table("decisions")

    assert row_of(table, "4+")["silent"] == Share(3, 4)
    # The language was right in two of three, whatever the letters.
    assert row_of(table, "4+")["right when silent"] == Share(2, 3)
    assert row_of(table, "1")["offer"] == Share(1, 1)


def test_languages_that_nobody_understands_but_that_are_answered_silently_are_counted() -> None:
    judged = [(LanguageRow(at, "sw", "x"), guess("so", decision)) for at, decision in enumerate(Decision)]

    assert language_report(judged).facts["not_understood_but_silent"] == Share(1, 3)


def test_codes_of_other_collections_are_read_as_our_tags() -> None:
    judged = [(LanguageRow(1, "yue", "x"), guess("zh")), (LanguageRow(2, "ku-arab", "x"), guess("ku-Arab"))]

    assert language_report(judged).facts["native_right"] == Share(2, 2)


# --- topics -----------------------------------------------------------------------------------------------------------


def topic_rows() -> list[tuple[TopicRow, Understanding]]:
    """One message of every fate."""
    return [
        (TopicRow(1, "en", "a", "work", "minimum-wage"), understood("minimum-wage", 0.9)),
        (TopicRow(2, "en", "b", "work", "minimum-wage"), understood("unpaid-wages", 0.8)),
        (TopicRow(3, "en", "c", "work", "minimum-wage"), understood("unpaid-wages", 0.4)),
        (TopicRow(4, "pl", "d", "", ""), understood(None, 0.9, None, service="thanks")),
        (TopicRow(5, "pl", "e", "other", ""), understood(None, 0.9, "other")),
        (TopicRow(6, "pl", "f", "other", ""), understood("minimum-wage", 0.76)),
        (TopicRow(7, "pl", "g", "work", ""), understood("sick-pay", 0.99)),
        (TopicRow(8, "pl", "h", "health", "nhs-charges"), understood(None, 0.0, None)),
    ]


def test_themes_and_topics_are_counted_apart() -> None:
    facts = topics_report(topic_rows(), Thresholds()).facts

    assert facts["theme_right"] == Share(6, 8)
    assert facts["topic_right"] == Share(1, 4)


def test_an_answer_is_wrong_when_its_topic_is_or_when_nothing_should_have_been_answered() -> None:
    facts = topics_report(topic_rows(), Thresholds()).facts

    assert facts["answered"] == Share(4, 8)
    assert facts["right_when_answered"] == Share(2, 4)
    assert facts["confident_and_wrong"] == Share(2, 8)


def test_a_higher_threshold_answers_less_and_the_table_says_at_which_cost() -> None:
    table = topics_report(topic_rows(), Thresholds(0.85)).table("coverage")

    assert row_of(table, "0.75")["answered"] == Share(4, 8)
    assert row_of(table, "0.85")["wrong of all"] == Share(0, 8)
    counts = [row[1].k for row in table.rows if isinstance(row[1], Share)]
    assert counts == sorted(counts, reverse=True)


def test_what_looks_unfamiliar_is_not_answered_unless_it_follows_a_question() -> None:
    row = TopicRow(1, "en", "a", "work", "minimum-wage")
    strange, following = (
        understood("minimum-wage", 0.9, genuine=0.01),
        understood("minimum-wage", 0.9, follows=True, genuine=0.01),
    )

    assert topics_report([(row, strange)], Thresholds()).facts["answered"] == Share(0, 1)
    assert topics_report([(row, following)], Thresholds()).facts["answered"] == Share(1, 1)


def test_the_table_of_confusions_has_a_place_for_small_talk_and_for_nothing() -> None:
    table = topics_report(topic_rows(), Thresholds()).table("confusions")

    assert row_of(table, "small talk")["small talk"] == 1
    assert row_of(table, "health")["nothing"] == 1
    assert sum(count for row in table.rows for count in row[1:] if isinstance(count, int)) == 8


def test_the_calibration_error_is_the_mean_distance_of_confidence_from_accuracy() -> None:
    # Eight of ten right at 0.9 is 0.1 off; none of ten right at 0.3 is 0.3 off.
    bins = binned([(0.9, at < 8) for at in range(10)] + [(0.3, False)] * 10)

    assert calibration_error(bins) == pytest.approx(0.2)
    assert calibration_error(binned([])) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_bins_hold_every_guess_once_and_the_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    bins = binned(pairs)
    error = calibration_error(bins)

    assert sum(each.rows for each in bins) == len(pairs)
    assert error is None or -1e-9 <= error <= 1 + 1e-9


def test_the_reliability_curve_is_whole_svg_with_a_dot_for_every_filled_bin() -> None:
    svg = ElementTree.fromstring(reliability_svg(binned([(0.95, True), (0.15, False), (0.12, False)])))

    assert len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))) == 2
    assert ElementTree.fromstring(reliability_svg(binned([]))).tag.endswith("svg")


# --- danger -----------------------------------------------------------------------------------------------------------


def danger(category: Danger | None, rule: str | None = "en.rule", level: Level | None = Level.RED) -> Assessment:
    """An assessment."""
    return Assessment(category, level if category else None, rule if category else None)


def test_danger_is_counted_by_category_language_and_by_who_spoke() -> None:
    hits, alone = Danger.DOMESTIC_ABUSE, Danger.HOMELESS_TONIGHT
    report = urgency_report(
        [
            (DangerRow(2, "en", "a", hits, "red"), danger(hits)),
            (DangerRow(3, "en", "b", hits, "amber"), danger(alone, f"model.{alone}")),
            (DangerRow(4, "pl", "c", alone), danger(None)),
            (DangerRow(5, "pl", "d", "none"), danger(hits, "pl.rule")),
            (DangerRow(6, "pl", "e", "none"), danger(None)),
        ]
    )

    assert report.facts["found"] == Share(2, 3)
    assert (report.facts["found_by_a_rule"], report.facts["found_by_the_model_alone"]) == (Share(1, 3), Share(1, 3))
    assert report.facts["level_right_when_found"] == Share(1, 2)
    assert report.facts["false_alarms"] == Share(1, 2)
    assert row_of(report.table("categories"), hits) == {
        "category": hits,
        "rows": 2,
        "found": Share(2, 2),
        "category right": Share(1, 2),
    }
    assert row_of(report.table("languages"), "pl")["false alarms"] == Share(1, 2)
    assert report.table("rules").rows[0] == ("pl.rule", 0, 1)
    assert ("none", hits, 1) in report.table("confusions").rows
    assert [miss.line for miss in report.misses] == [4, 5]


# --- search and conversations -----------------------------------------------------------------------------------------


def test_a_search_hits_at_one_or_at_three() -> None:
    rows = [SearchRow(at, "en", "q", "gp-registration") for at in range(3)]
    facts = search_report(
        [(rows[0], ("gp-registration",)), (rows[1], ("a", "b", "gp-registration")), (rows[2], ())]
    ).facts

    assert (facts["hit_at_1"], facts["hit_at_3"]) == (Share(1, 3), Share(2, 3))


def heard(kind: str, wanted: tuple[str, ...], got: tuple[str, ...], **more: object) -> Heard:
    """A turn and what was made of it."""
    found = {"article": None, "outcome": "reply"} | more
    return Heard(1, "en", Turn("x", wanted, kind), got, **found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("turn", "right"),
    [
        (heard("topic", ("a",), ("a",)), True),
        (heard("topic", ("a",), ("a", "b")), False),
        (heard("topic", ("a", "b"), ("b", "a")), True),
        (heard("follow-up", ("a",), ("b",), article="a"), True),
        (heard("thanks", (), ("a",)), True),
        (heard("thanks", (), ("a",), article="a"), False),
        (heard("danger", ("a",), ("a",), article="a"), False),
        (heard("danger", ("a",), (), outcome="safety"), True),
    ],
)
def test_a_turn_is_right_when_its_topics_are_and_nothing_else_is_shown(turn: Heard, right: bool) -> None:
    assert conversations_report([turn]).facts["right"] == Share(int(right), 1)


def test_turns_that_a_person_answers_are_not_counted_but_danger_always_is() -> None:
    facts = conversations_report(
        [
            heard("follow-up", ("a",), (), left=True),
            heard("danger", ("a",), (), left=True),
            heard("topic", ("a",), ("b",), article="b"),
        ]
    ).facts

    assert facts == {"right": Share(0, 2), "wrong_article": Share(1, 2), "left_to_a_person": 1}


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "text", "line", "reason"),
    [
        (read_language, "lang\ttxt\nen\tx\n", 1, "no column 'text'"),
        (read_language, "lang text\nen x\n", 1, "no column 'language'"),
        (read_language, "", 1, "no column"),
        (read_language, "lang\ttext\n", 0, "no rows"),
        (read_language, "lang\ttext\nen\tx\ty\n", 2, "3 columns where the header has 2"),
        (read_language, "lang\ttext\nen\tx\npl\t \n", 3, "'text' is empty"),
        (read_language, "lang\ttext\nEnglish please\tx\n", 2, "not a language tag"),
        (read_topics, "language\ttext\ttheme\ttopic\nen\tx\tjobs\t\n", 2, "unknown theme 'jobs'"),
        (read_topics, "language\ttext\ttheme\ttopic\nen\tx\twork\tMinimum Wage\n", 2, "not the slug of a topic"),
        (read_topics, "language\ttext\ttheme\ttopic\nen\tx\tother\tminimum-wage\n", 2, "needs its theme"),
        (read_dangers, "language\ttext\nen\tx\n", 1, "no column 'category'"),
        (read_dangers, "language\ttext\tcategory\nen\tx\tfire\n", 2, "unknown category of danger 'fire'"),
        (read_dangers, "language\ttext\tcategory\tlevel\nen\tx\tnone\tblue\n", 2, "red or amber"),
        (read_search, "language\tquery\tslug\nen\tx\t\n", 2, "not the slug"),
        (read_dialogues, "\n{\n", 2, "not JSON"),
        (read_dialogues, "[]", 1, "a JSON object"),
        (read_dialogues, '{"language": "en", "turns": []}', 1, "a list of 'turns'"),
        (
            read_dialogues,
            '{"language": "en", "turns": [{"text": "x", "topic": 3, "kind": "topic"}]}',
            1,
            "not the slug",
        ),
        (read_dialogues, '{"language": "en", "turns": [{"text": "x"}]}', 1, "a turn is"),
        (read_dialogues, "", 0, "no conversations"),
    ],
)
def test_a_line_that_cannot_be_measured_is_named_with_the_reason(
    tmp_path: Path, reader: object, text: str, line: int, reason: str
) -> None:
    path = tmp_path / "file.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=reason) as wrong:
        reader(path)  # type: ignore[operator]

    assert (wrong.value.path, wrong.value.line) == (path, line)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.tsv"
    path.write_bytes("lang\ttext\npl\tzażółć\n".encode("cp1250"))
    with pytest.raises(ContentError, match="not UTF-8"):
        read_language(path)


def test_quotes_byte_order_marks_windows_lines_and_further_columns_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "file.tsv"
    path.write_bytes('\ufefflang\tnote\ttext\r\nen\t\t"hi\r\n\r\n'.encode())

    assert read_language(path) == [LanguageRow(2, "en", '"hi')]


# --- leaks ------------------------------------------------------------------------------------------------------------


def alike(one: str, other: str) -> float:
    """Jaccard similarity of runs of four characters, computed plainly."""
    runs = [{key[at : at + 4] for at in range(max(1, len(key) - 3))} for key in (one, other)]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def key_of(text: str) -> str:
    """A text as leaks compare it."""
    return " ".join(words(fold(text)))


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("How do I register, with a DOCTOR", True),
        ("how do i register with a doctors", True),
        ("where is the doctor of my street", False),
        ("share code", False),
        ("my share code", True),
    ],
)
def test_an_utterance_equal_or_alike_to_a_trained_one_is_a_leak(text: str, leaks: bool) -> None:
    trained = ["how do i register with a doctor?", "share code", "my share code"]

    assert bool(find_leaks([TextRow(1, text)], trained)) is leaks


_PHRASES = st.lists(st.sampled_from(["ab", "bc", "abc", "cab", "bac"]), min_size=3, max_size=8).map(" ".join)


@given(_PHRASES, st.lists(_PHRASES, min_size=1, max_size=5))
def test_the_quick_search_finds_what_comparing_with_every_utterance_finds(text: str, trained: list[str]) -> None:
    nearest = max(alike(key_of(text), key_of(each)) for each in trained)
    equal = key_of(text) in map(key_of, trained)

    assert bool(find_leaks([TextRow(1, text)], trained)) == (equal or nearest >= ALIKE - 1e-9)


@pytest.fixture(scope="module")
def training() -> TrainingData:
    """The data that Waypost comes with."""
    return load_training()


@pytest.mark.parametrize("name", ["messages.tsv", "dangers.tsv", "lookalikes.tsv", "conversations.jsonl"])
def test_nothing_in_the_development_set_was_trained_on(name: str, training: TrainingData) -> None:
    report = leaks_report(read_texts(DEV / name), training)

    assert [(miss.line, miss.text, miss.got) for miss in report.misses] == []


# --- what has been reached --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def topics(understander: Understander) -> Report:
    """The development messages, understood."""
    return measure_topics(read_topics(DEV / "messages.tsv"), lambda text: understander.understand(Utterance(text)))


@pytest.fixture(scope="module")
def urgency(understander: Understander) -> Report:
    """The development messages about danger, and those that only sound like it."""
    rows = [*read_dangers(DEV / "dangers.tsv"), *read_dangers(DEV / "lookalikes.tsv", "none")]
    return measure_urgency(rows, lambda text: understander.understand(Utterance(text)).urgency)


def value(cell: object) -> float:
    """A share as a number."""
    assert isinstance(cell, Share)
    assert cell.n
    return cell.value


def _themes_right(report: Report) -> Iterator[tuple[str, float]]:
    for language, _, right, _ in report.table("languages").rows:
        yield str(language), value(right)


def test_english_themes_are_found(topics: Report) -> None:
    assert dict(_themes_right(topics))["en"] >= 0.93


def test_themes_in_other_languages_are_found(topics: Report) -> None:
    others = [right for language, right in _themes_right(topics) if language != "en"]

    assert len(others) == 19
    assert sum(others) / len(others) >= 0.85
    assert min(others) >= 0.7


def test_topics_are_found(topics: Report) -> None:
    assert value(topics.facts["topic_right"]) >= 0.91


def test_hardly_any_answer_is_confident_and_wrong(topics: Report) -> None:
    assert value(topics.facts["confident_and_wrong"]) <= 0.02
    assert value(topics.facts["answered"]) >= 0.45


def test_danger_is_heard(urgency: Report) -> None:
    assert value(urgency.facts["found"]) >= 0.93
    assert all(value(row[2]) >= 0.7 for row in urgency.table("languages").rows)


def test_hardly_any_look_alike_is_taken_for_danger(urgency: Report) -> None:
    assert value(urgency.facts["false_alarms"]) <= 0.06
    assert value(urgency.facts["false_alarms_red"]) <= 0.04
