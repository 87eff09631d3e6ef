"""The first turn of a conversation, through inbox, worker, pipeline and outbox, on both databases."""

from tests.conftest import Town


def test_a_polish_question_gets_the_notice_and_then_the_polish_answer_with_its_source(any_town: Town) -> None:
    notice, answer = any_town.write("jak zarejestrować się do lekarza GP w Londynie?")

    assert "/delete" in notice["text"]
    assert "https://www.nhs.uk/" in answer["text"]
    assert "GP" in answer["text"]


def test_the_notice_is_shown_once(any_town: Town) -> None:
    any_town.write("how do i register with a gp")

    assert all("/delete" not in part["text"] for part in any_town.write("how do i register with a gp"))
