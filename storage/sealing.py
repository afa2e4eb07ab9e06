"""Sealing: AES-256-GCM under a key, bound to the one place that the sealed bytes belong to.

The layout, for other implementations, is in docs/vault-format.md.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.failures import StorageError, StorageFailure

KEY_BYTES = 32
#: Keys that live long are bytearrays, which can be overwritten (storage/wiping.py).
Key = bytes | bytearray
#: Of the sealed rows' layout. A row of another number is not guessed at: it does not unseal.
SCHEMA_VERSION = 1

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_DOMAIN = "outpost-seal"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where sealed bytes belong. Moved to any other address, they do not unseal."""

    table: str
    row: str
    column: str
    row_version: int
    key_id: str
    schema_version: int = SCHEMA_VERSION

    def associated_data(self) -> bytes:
        """The domain and every field as UTF-8, each after its length (4 bytes, big-endian)."""
        return fields(
            _DOMAIN,
            self.table,
            self.row,
            self.column,
            str(self.row_version),
            str(self.schema_version),
            self.key_id,
        )


def fields(*texts: str) -> bytes:
    """Texts as one byte string that no other texts give."""
    encoded = (text.encode() for text in texts)
    return b"".join(struct.pack(">I", len(text)) + text for text in encoded)


def new_key() -> bytes:
    """256 random bits."""
    return os.urandom(KEY_BYTES)


def new_key_id() -> str:
    """A name for a key: 16 hexadecimal digits that say nothing about it."""
    return os.urandom(8).hex()


def seal(key: Key, plain: bytes, address: Address) -> bytes:
    """The plain bytes, readable only with this key and at this address."""
    return seal_bound(key, plain, address.associated_data())


def unseal(key: Key, sealed: bytes, address: Address) -> bytes:
    """What was sealed. Raises StorageError (ROW_DAMAGED) when a single bit differs."""
    return unseal_bound(key, sealed, address.associated_data())


def seal_bound(key: Key, plain: Key, associated_data: bytes) -> bytes:
    """Like ``seal``, for what has no row: bound to any associated data."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, associated_data)


def unseal_bound(key: Key, sealed: bytes, associated_data: bytes) -> bytes:
    """Like ``unseal``, for what ``seal_bound`` sealed."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _FORMAT or len(nonce) != _NONCE_BYTES:
        raise StorageError(StorageFailure.ROW_DAMAGED)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, associated_data)
    except InvalidTag as error:
        raise StorageError(StorageFailure.ROW_DAMAGED) from error
