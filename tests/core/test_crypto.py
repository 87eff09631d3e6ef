"""Sealing and hashing: what is stored can be opened only with a key, and found under every key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crypto import Keyring, SealedError, hash_token, new_key, same_secret
from core.errors import SettingsError

OLD, NEW = "an-old-key-of-more-than-32-characters", "a-new-key-of-more-than-32-characters!"
#: Everything JSON can say.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(value=json_values)
def test_what_was_sealed_comes_out_as_it_went_in(value: object) -> None:
    keyring = Keyring([NEW])

    assert keyring.open(keyring.seal(value)) == value


def test_the_words_are_not_to_be_seen_and_two_seals_of_one_text_differ() -> None:
    keyring = Keyring([NEW])
    first, second = keyring.seal("my passport is locked away"), keyring.seal("my passport is locked away")

    assert b"passport" not in first
    assert first != second


def test_after_a_rotation_old_seals_open_and_new_ones_need_the_new_key() -> None:
    before, between = Keyring([OLD]), Keyring([NEW, OLD])

    assert between.open(before.seal("kept")) == "kept"
    with pytest.raises(SealedError):
        before.open(between.seal("fresh"))


def test_a_stranger_cannot_open() -> None:
    with pytest.raises(SealedError):
        Keyring([NEW]).open(Keyring([OLD]).seal("kept"))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_seal_with_any_byte_changed_does_not_open(data: st.DataObject) -> None:
    keyring = Keyring([NEW])
    sealed = bytearray(keyring.seal("pay 40 pounds"))
    at = data.draw(st.integers(0, len(sealed) - 5))  # the last letters carry bits that Base64 ignores
    sealed[at] = ord("A") if sealed[at] != ord("A") else ord("B")

    with pytest.raises(SealedError):
        keyring.open(bytes(sealed))


def test_a_digest_is_stored_under_the_first_key_and_found_under_all() -> None:
    stored = Keyring([OLD]).digest("telegram", "42")

    assert Keyring([NEW, OLD]).digest("telegram", "42") != stored
    assert stored in Keyring([NEW, OLD]).digests("telegram", "42")
    assert stored not in Keyring([NEW]).digests("telegram", "42")


def test_the_parts_of_a_digest_do_not_run_together() -> None:
    keyring = Keyring([NEW])

    assert keyring.digest("phone", "12") != keyring.digest("phone1", "2")


def test_a_keyring_needs_a_key_and_long_ones() -> None:
    with pytest.raises(SettingsError, match="WAYPOST_SECRET_KEYS is missing"):
        Keyring([])
    with pytest.raises(SettingsError, match="key 2 is shorter than 32"):
        Keyring([NEW, "short"])


def test_a_fresh_key_is_one_that_a_keyring_takes() -> None:
    assert Keyring([new_key()]).digest("a") != Keyring([new_key()]).digest("a")


@pytest.mark.parametrize(
    ("given_", "expected", "same"),
    [
        ("token", "token", True),
        ("token", "Token", False),
        ("żółw", "żółw", True),
        ("żółw", "zolw", False),
        ("\ud800", "token", False),
        (None, "token", False),
        ("token", None, False),
        ("", "", False),
    ],
)
def test_secrets_are_compared_whatever_their_letters(given_: str | None, expected: str | None, same: bool) -> None:
    assert same_secret(given_, expected) is same


@settings(max_examples=50, deadline=None)
@given(token=st.text())
def test_any_bearer_token_has_a_hash(token: str) -> None:
    assert len(hash_token(token)) == 64
