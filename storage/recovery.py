"""The recovery key: 160 random bits as a person prints, reads and types them.

Crockford's base 32 (no I, L, O or U), nine groups of four: eight of key, one of checksum.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata

from storage.failures import StorageError, StorageFailure

BYTES = 20
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_KEY_LETTERS, _CHECK_LETTERS, _GROUP = 32, 4, 4


def new_recovery_key() -> bytes:
    """160 random bits."""
    return os.urandom(BYTES)


def printed(key: bytes) -> str:
    """The key as it is printed, e.g. ``"7N4Q-…-0K2M"``."""
    letters = _letters(int.from_bytes(key, "big"), _KEY_LETTERS) + _checksum(key)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def typed(text: str) -> bytes:
    """The key that a person typed: in any case, with any spaces, with O for 0 and I or L for 1.

    Raises StorageError (RECOVERY_KEY_MISTYPED) for anything that is not a whole key.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    letters = "".join(plain.replace("-", " ").split()).translate(_MISREAD)
    if len(letters) != _KEY_LETTERS + _CHECK_LETTERS or not set(letters) <= set(_ALPHABET):
        raise StorageError(StorageFailure.RECOVERY_KEY_MISTYPED)
    number = 0
    for letter in letters[:_KEY_LETTERS]:
        number = number * 32 + _ALPHABET.index(letter)
    key = number.to_bytes(BYTES, "big")
    if _checksum(key) != letters[_KEY_LETTERS:]:
        raise StorageError(StorageFailure.RECOVERY_KEY_MISTYPED)
    return key


def _checksum(key: bytes) -> str:
    """The first 20 bits of SHA-256: a slip of the pen passes once in a million."""
    return _letters(int.from_bytes(hashlib.sha256(key).digest()[:3], "big") >> 4, _CHECK_LETTERS)


def _letters(number: int, count: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(count)))
