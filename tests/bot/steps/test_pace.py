"""Too fast: one word about the pace, nothing lost, and danger still first."""

from collections.abc import Callable

from tests.bot.conftest import Mind, Village
from translations.catalog import say


def test_over_the_limit_the_person_is_asked_to_slow_down(open_village: Callable[..., Village], mind: Mind) -> None:
    village = open_village(rate_per_conversation="2/hour", notice=False)
    mind.learn("a doctor?", "gp-registration")

    replies = [[part["text"] for part in village.write("a doctor?")] for _ in range(4)]

    assert all("https://www.nhs.uk" in reply[0] for reply in replies[:2])
    assert replies[2:] == [[say("message.too_fast", "en")], []]  # said once, not four times
    assert [message.state for message in village.messages(author="person")] == ["done"] * 4


def test_one_person_who_writes_fast_slows_nobody_else_down(open_village: Callable[..., Village]) -> None:
    village = open_village(rate_per_conversation="1/hour", notice=False)
    for _ in range(3):
        village.write("hello", person="amina")

    assert village.write("hello", person="bartek")[0]["text"] != say("message.too_fast", "en")


def test_commands_and_buttons_work_over_the_limit(open_village: Callable[..., Village]) -> None:
    village = open_village(rate_per_conversation="1/hour", notice=False)
    village.write("hello")
    village.write("hello")

    assert village.write("/human")
    assert village.write(choice="new-question")
    assert [part["text"] for part in village.write("/delete")] == [say("delete.done", "en")]
