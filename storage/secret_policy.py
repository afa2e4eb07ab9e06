"""Which PINs and passphrases are good enough, and how they are spelled before they are used."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from itertools import pairwise

from storage.failures import StorageError, StorageFailure

LEAST_DIGITS, LEAST_WORDS = 6, 5


class SecretKind(StrEnum):
    """What a person signs in with."""

    PIN = "pin"
    PASSPHRASE = "passphrase"


def spelled(secret: str) -> str:
    """The secret however the keyboard wrote it: NFKC, digits in ASCII, single spaces."""
    plain = unicodedata.normalize("NFKC", secret)
    digits = (str(unicodedata.digit(c)) if c.isdecimal() else c for c in plain)
    return " ".join("".join(digits).split())


def kind_of(secret: str, *, key_store: bool) -> SecretKind:
    """Accept the secret or raise StorageError with what is wrong with it.

    Digits only are a PIN, which is refused where no key store keeps the device secret out of a
    thief's reach: a copied vault could be searched through within minutes.
    """
    plain = spelled(secret)
    if not plain.isdecimal():
        if len(set(plain.casefold().split())) < LEAST_WORDS:
            raise StorageError(StorageFailure.PASSPHRASE_TOO_SHORT, words=LEAST_WORDS)
        return SecretKind.PASSPHRASE
    if not key_store:
        raise StorageError(StorageFailure.PIN_NEEDS_KEY_STORE, words=LEAST_WORDS)
    if len(plain) < LEAST_DIGITS or _is_simple(plain):
        raise StorageError(StorageFailure.PIN_TOO_SIMPLE, digits=LEAST_DIGITS)
    return SecretKind.PIN


def _is_simple(digits: str) -> bool:
    """All the same, or counting up or down, also over nine."""
    steps = {(ord(b) - ord(a)) % 10 for a, b in pairwise(digits)}
    return steps in ({0}, {1}, {9})
