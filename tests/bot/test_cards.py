"""Cards: what they look like without markup, how they are stored, and what an article's Markdown becomes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.cards import Block, Card, CardSource, Choice, blocks_of, plain_text
from bot.turn import Memory
from core.crypto import Keyring, new_key
from tests.bot.conftest import STEADY

_WORDS = st.text(max_size=30)
_BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(["heading", "paragraph", "notice", "steps", "bullets", "link"]),
    text=_WORDS,
    items=st.lists(_WORDS, max_size=3).map(tuple),
    url=_WORDS,
    locale=st.sampled_from(["", "en", "ar"]),
)
CARDS = st.builds(
    Card,
    locale=st.sampled_from(["en", "ar", "pl"]),
    blocks=st.lists(_BLOCKS, max_size=4).map(tuple),
    choices=st.lists(st.builds(Choice, _WORDS, _WORDS), max_size=3).map(tuple),
    sources=st.lists(st.builds(CardSource, _WORDS, _WORDS, _WORDS), max_size=2).map(tuple),
    sources_title=_WORDS,
    checked=_WORDS,
    footer=st.lists(_BLOCKS, max_size=2).map(tuple),
    urgent=st.booleans(),
)
_KEYRING = Keyring([new_key()])


@given(CARDS)
@STEADY
def test_a_card_comes_back_from_the_database_as_it_was(card: Card) -> None:
    assert Card.from_json(_KEYRING.open(_KEYRING.seal(card.to_json()))) == card


@given(
    st.builds(
        Memory,
        offered=st.lists(_WORDS).map(tuple),
        shown=st.lists(st.tuples(_WORDS, _WORDS, st.integers(1, 99))).map(tuple),
        waiting_text=_WORDS,
        unsure=st.integers(0, 5),
    )
)
@STEADY
def test_a_memory_comes_back_from_the_database_as_it_was(memory: Memory) -> None:
    assert Memory.from_json(_KEYRING.open(_KEYRING.seal(memory.to_json()))) == memory


def test_a_conversation_without_a_memory_has_a_fresh_one() -> None:
    assert Memory.from_json(None) == Memory()


def test_plain_text_reads_from_top_to_bottom() -> None:
    card = Card(
        "en",
        (
            Block("heading", "Driving"),
            Block("paragraph", "You need a licence."),
            Block("steps", items=("Apply.", "Wait.")),
            Block("bullets", items=("car", "van")),
            Block("link", "Apply here", url="https://www.gov.uk/apply"),
            Block("link", url="https://www.gov.uk"),
        ),
        choices=(Choice("human", "Talk to a person"),),
        sources=(CardSource("GOV.UK", "https://www.gov.uk/driving"),),
        sources_title="Sources",
        checked="Checked today",
        footer=(Block("paragraph", "Was this helpful?"),),
    )

    assert plain_text(card).split("\n\n") == [
        "Driving",
        "You need a licence.",
        "1. Apply.\n2. Wait.",
        "• car\n• van",
        "Apply here\nhttps://www.gov.uk/apply",
        "https://www.gov.uk",
        "Sources\nGOV.UK\nhttps://www.gov.uk/driving\nChecked today",
        "Was this helpful?",
    ]


def test_an_articles_markdown_becomes_blocks() -> None:
    body = (
        "Say hello\nto your GP.\n\n1. Find one.\n2. Fill in\n   the form.\n\n## What to do next\n\n- Call 111.\n- Wait."
    )

    assert blocks_of(body) == (
        Block("paragraph", "Say hello to your GP."),
        Block("steps", items=("Find one.", "Fill in the form.")),
        Block("heading", "What to do next"),
        Block("bullets", items=("Call 111.", "Wait.")),
    )


def test_other_markup_stays_as_it_is_written() -> None:
    assert blocks_of("<b>bold</b> **bold** [link](https://x.uk)") == (
        Block("paragraph", "<b>bold</b> **bold** [link](https://x.uk)"),
    )


def test_a_list_inside_a_list_loses_no_item() -> None:
    [block] = blocks_of("1. Take:\n   - a pen\n   - paper\n2. Write.")

    assert block == Block("steps", items=("Take:", "a pen", "paper", "Write."))


@given(st.lists(st.sampled_from(["a word", "## title", "- item", "1. step", "> quote", "`code`", "", "   x", "***"])))
@STEADY
def test_no_letter_of_a_body_is_lost(lines: list[str]) -> None:
    blocks = blocks_of("\n".join(lines))

    found = "".join(block.text + "".join(block.items) for block in blocks)
    assert sorted(filter(str.isalpha, found)) == sorted(filter(str.isalpha, "".join(lines)))
