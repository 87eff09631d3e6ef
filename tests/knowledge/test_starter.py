"""The starter content: the core topics are there, in plain English, with official sources."""

import re
import statistics

import pytest

from core.locales import SERVED
from core.themes import Handling
from knowledge.files import ArticleFile, read_folder
from knowledge.topics import STARTER, load_topics
from translations.phrases import PHRASES

ARTICLES, TRANSLATIONS, PROBLEMS = read_folder(STARTER)
#: The topics that had to be answered first, by theme.
CORE = {
    "immigration": "evisa-ukvi-account share-codes find-immigration-adviser extend-visa-in-time eu-settlement-scheme "
    "claim-asylum-first-steps refusal-and-appeal refugee-status-next-steps no-recourse-to-public-funds settlement-ilr",
    "housing": "right-to-rent private-renting-rules eviction-notice homeless-council-help repairs-damp-mould "
    "asylum-accommodation-problems",
    "work": "prove-right-to-work asylum-permission-to-work national-insurance-number minimum-wage unpaid-wages",
    "esol": "esol-levels esol-level-check-and-joining esol-funding",
    "parenting": "school-place free-childcare-hours free-school-meals pregnancy-and-birth",
    "health": "gp-registration nhs-111-999-pharmacy nhs-charges",
    "money": "universal-credit asylum-support emergency-help-food-banks bank-account",
    "community": "first-weeks-checklist",
    "safety": "domestic-abuse modern-slavery-exploitation suicide-self-harm-crisis homeless-tonight",
}
#: The ten most asked, which every language has.
MOST_ASKED = {
    "esol-level-check-and-joining",
    "evisa-ukvi-account",
    "gp-registration",
    "homeless-council-help",
    "national-insurance-number",
    "nhs-111-999-pharmacy",
    "school-place",
    "share-codes",
    "universal-credit",
    "unpaid-wages",
}


def test_every_file_is_valid() -> None:
    assert [str(each.error) for each in PROBLEMS if not each.warning] == []


def test_the_forty_core_topics_have_an_article() -> None:
    core = {(theme, slug) for theme, slugs in CORE.items() for slug in slugs.split()}

    assert len(core) == 40
    assert {(article.theme.value, article.slug) for article in ARTICLES} >= core


def test_every_language_has_the_most_asked_articles() -> None:
    for locale in set(SERVED) - {"en"}:
        assert {each.slug for each in TRANSLATIONS if each.locale == locale} >= MOST_ASKED


def test_every_translation_is_of_the_english_that_is_served() -> None:
    english = {article.slug: article.checksum for article in ARTICLES}

    assert [str(each.path) for each in TRANSLATIONS if each.source_checksum != english[each.slug]] == []


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.slug)
def test_an_article_agrees_with_its_topic(article: ArticleFile) -> None:
    topic = load_topics()[article.slug]

    assert (article.theme, article.handling) == (topic.theme, topic.handling)
    assert article.title == PHRASES[f"topic.{article.slug}"].text
    assert set(article.related) <= set(load_topics())
    assert article.checked_on < article.review_by


def test_what_only_a_person_may_answer_is_a_card_without_steps() -> None:
    cards = [article for article in ARTICLES if article.handling is Handling.HUMAN_ONLY]

    assert len(cards) >= 4
    assert [card.slug for card in cards if re.search(r"^\d+\.", card.body, re.MULTILINE)] == []


# --- reading age ------------------------------------------------------------------------------------------------------


def _syllables(word: str) -> int:
    """Runs of vowels, without a silent ending: within 0.6 grades of the CMU dictionary over these articles."""
    word = re.sub("[^a-z]", "", word.lower())
    if len(word) > 2:
        word = re.sub("(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[aeiouy][^aeiouyscxzg])es$", "", word)
    return max(1, len(re.findall("[aeiouy]+", word)))


def _grade(body: str) -> float:
    """The Flesch-Kincaid grade (Kincaid and others, 1975). A heading and an item of a list are sentences of their own."""
    text = re.sub(r"^(\d+\.|-|##) *", "", body, flags=re.MULTILINE)
    sentences = [each for each in re.split(r"[.!?:]\s+|\n+", text) if re.search(r"\w", each)]
    words = [word for each in sentences for word in re.findall(r"[A-Za-z]+(?:['’][a-z]+)?|\d[\d,.]*", each)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def test_the_grade_tells_plain_from_bookish() -> None:
    plain = "You can see a doctor for free. Call the desk. Ask for a form."
    bookish = (
        "Individuals requiring consultation may, notwithstanding administrative considerations, register immediately."
    )

    assert _grade(plain) < 3 < 15 < _grade(bookish)


def test_an_article_can_be_read_at_eleven() -> None:
    """Grade 6 is a reading age of eleven to twelve."""
    grades = {article.slug: round(_grade(article.body), 1) for article in ARTICLES}
    hardest = sorted(grades.items(), key=lambda item: -item[1])[:5]

    assert statistics.median(grades.values()) <= 6, f"median {statistics.median(grades.values())}"
    assert hardest[0][1] <= 9, f"hardest: {hardest}"
