"""Topics: what was learnt is what is looked up, every time the same."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.topics import LONGEST_CHARS, TopicModel, grams, load_model, save_model, train_topics
from nlu.training import Example, TrainingData


@pytest.fixture(scope="module")
def model(schooling: TrainingData) -> TopicModel:
    """A model of four intents."""
    return train_topics(schooling.examples)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("there is mould in my room", "repairs-damp-mould"),
        ("Grzyb w łazience", "repairs-damp-mould"),
        ("GRZYB NA SCIANIE", "repairs-damp-mould"),
        ("do i have the right to rent", "right-to-rent"),
        ("hello hello", "greeting"),
        ("a joke please", "out_of_scope"),
    ],
)
def test_a_question_is_known_by_its_words(model: TopicModel, text: str, intent: str) -> None:
    assert model.classify(text).ranked[0].intent == intent


def test_every_lesson_is_known_again(model: TopicModel, schooling: TrainingData) -> None:
    wrong = [each.text for each in schooling.examples if model.classify(each.text).ranked[0].intent != each.intent]

    assert wrong == []


def test_the_shares_are_ranked_and_the_confidence_is_a_chance(model: TopicModel) -> None:
    guess = model.classify("mould and rent and hello")

    assert [each.share for each in guess.ranked] == sorted((each.share for each in guess.ranked), reverse=True)
    assert sum(each.share for each in guess.ranked) == pytest.approx(1.0, abs=1e-5)  # four intents, all of them listed
    assert 0 < guess.confidence < 1


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u200b"])
def test_a_text_without_words_is_about_nothing(model: TopicModel, text: str) -> None:
    assert model.classify(text).ranked == ()
    assert model.classify(text).confidence == 0.0


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_any_text_is_classified_and_twice_alike(model: TopicModel, text: str) -> None:
    guess = model.classify(text)

    assert guess == model.classify(text)
    assert 0.0 <= guess.confidence <= 1.0
    assert len(guess.ranked) <= 5


def test_only_the_beginning_of_a_long_message_is_looked_at(model: TopicModel) -> None:
    assert model.classify("mould " * 120) == model.classify("mould " * 120 + "rent " * 5000)


# --- features ---------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_features_are_the_same_however_a_text_is_capitalised_and_spaced(text: str) -> None:
    assert grams(f"  {text}\n") == grams(text)
    assert grams(text.casefold()) == grams(text)


def test_features_are_words_pairs_and_runs_inside_words() -> None:
    found = grams("Gas bill soon")

    assert {
        "w:gas",
        "w:bill",
        "w:gas bill",
        "c: g",
        "s:gas soon",
        "e:<gas",
        "e:soon>",
        "c:gas",
        "c:as ",
        "c: gas",
        "c:gas ",
    } <= set(found)
    assert not any("s b" in gram for gram in found if gram.startswith("c:"))
    assert max(len(gram) for gram in found if gram.startswith("c:")) == len("c:") + LONGEST_CHARS


def test_training_and_answering_see_the_same_features(model: TopicModel, schooling: TrainingData) -> None:
    """What a lesson left in the model is the vector the same text gets when somebody asks, but for what is too common."""
    data, utterances, starts = model.postings
    for number, (example, intent) in enumerate(zip(schooling.examples, model.owner, strict=True)):
        columns, asked, _ = model._judge(example.text)
        assert model.intents[intent] == example.intent
        for column, value in zip(columns, asked, strict=True):
            part = slice(starts[column], starts[column + 1])
            stored = data[part][utterances[part] == number]
            np.testing.assert_allclose(stored, [value][: len(stored)], rtol=1e-5)


def test_a_text_that_was_taught_is_most_like_itself(model: TopicModel, schooling: TrainingData) -> None:
    for example, intent in zip(schooling.examples, model.owner, strict=True):
        columns, values, _ = model._judge(example.text)
        own, other = model._likeness(columns, values, int(intent))
        assert 0.3 < own <= 1.001
        assert own >= other


def test_the_shares_are_those_of_the_ranking(model: TopicModel) -> None:
    shares = model.shares("mould in my room")

    assert sum(shares.values()) == pytest.approx(1.0)
    assert [ranked.share for ranked in model.classify("mould in my room").ranked] == sorted(
        shares.values(), reverse=True
    )[:5]
    assert model.shares("") == {}


def test_a_strange_text_looks_less_genuine_than_a_taught_one(model: TopicModel, schooling: TrainingData) -> None:
    taught = [
        model.classify(example.text).genuine for example in schooling.examples if example.intent != "out_of_scope"
    ]

    assert min(taught) > model.classify("zxqv bnmp wrtk").genuine
    assert all(0.0 <= value <= 1.0 for value in taught)


# --- training and storing ---------------------------------------------------------------------------------------------


def test_training_twice_gives_the_same_model(model: TopicModel, schooling: TrainingData) -> None:
    again = train_topics(schooling.examples)

    assert (again.intents, dict(again.vocabulary), again.temperature) == (
        model.intents,
        dict(model.vocabulary),
        model.temperature,
    )
    for name in ("idf", "weights", "bias", "trust"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))


def test_a_stored_model_answers_alike(model: TopicModel, schooling: TrainingData, tmp_path: Path) -> None:
    save_model(model, tmp_path, "topics")
    again = load_model(tmp_path, "topics")

    for text in (*(example.text for example in schooling.examples), "mould in my rented room", "", "hej"):
        assert again.classify(text) == model.classify(text)


def test_two_intents_are_enough() -> None:
    examples = [
        *(Example(f"mould number {number}", "repairs", "en") for number in range(3)),
        *(Example(f"doctor near {number}", "gp", "en") for number in range(3)),
    ]
    model = train_topics(examples)

    assert [model.classify(text).ranked[0].intent for text in ("mould", "doctor")] == ["repairs", "gp"]
