"""Sealing of what people write, and keyed hashes of who they are.

Sealing is Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` library, with a list of keys: the first seals, all
open, so keys rotate without a pause. Sub-keys are derived by HKDF (RFC 5869), one for each purpose.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import SettingsError, WaypostError

#: Shortest secret key accepted, in characters.
MIN_KEY_LENGTH = 32


class SealedError(WaypostError):
    """A stored text cannot be opened with any of the keys in WAYPOST_SECRET_KEYS."""

    code = "sealed"


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"waypost:{purpose}".encode()).derive(secret.encode())


class Keyring:
    """The keys of an install: the first one seals and hashes, all of them open and find."""

    def __init__(self, secrets_: Sequence[str]) -> None:
        if not secrets_:
            raise SettingsError("WAYPOST_SECRET_KEYS is missing: give at least one key (make one: waypost key)")
        for number, secret in enumerate(secrets_, start=1):
            if len(secret) < MIN_KEY_LENGTH:
                raise SettingsError(f"WAYPOST_SECRET_KEYS: key {number} is shorter than {MIN_KEY_LENGTH} characters")
        self._secrets = tuple(secrets_)
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(_derive(secret, "seal"))) for secret in self._secrets]
        )

    def seal(self, value: Any) -> bytes:
        """A JSON value, encrypted and authenticated with the first key."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open(self, sealed: bytes) -> Any:
        """The JSON value inside. Raises SealedError when no key opens it."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise SealedError from None

    def digest(self, *parts: str) -> str:
        """The keyed hash of some text under the first key: 64 hexadecimal digits."""
        return self.digests(*parts)[0]

    def digests(self, *parts: str) -> list[str]:
        """The keyed hash under every key, first key first: look up by all, store the first."""
        message = "\x1f".join(parts).encode()
        return [hmac.new(_derive(secret, "digest"), message, sha256).hexdigest() for secret in self._secrets]


def new_key() -> str:
    """A fresh secret key for WAYPOST_SECRET_KEYS: 43 URL-safe characters, 256 random bits."""
    return secrets.token_urlsafe(32)


def same_secret(given: str | None, expected: str | None) -> bool:
    """Whether two secrets are the same, in constant time. False when either is missing."""
    if not given or not expected:
        return False
    # As bytes: hmac.compare_digest raises TypeError on text that is not ASCII.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def hash_token(token: str) -> str:
    """The stored form of a bearer token. Tokens have 256 random bits, so a plain hash is enough."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
