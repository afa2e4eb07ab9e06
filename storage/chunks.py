"""Sealing what does not fit into memory: AES-256-GCM chunk by chunk.

The STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015): every chunk's
nonce holds its place and whether it is the last, so that chunks cannot be dropped, moved, doubled
or cut off at the end. A key seals one stream only. The layout is in docs/vault-format.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.failures import StorageError, StorageFailure

CHUNK_BYTES = 1 << 16
_TAG_BYTES, _PREFIX_BYTES = 16, 7
_FORMAT = b"\x01"


def sealed_chunks(key: bytes, pieces: Iterable[bytes], associated_data: bytes) -> Iterator[bytes]:
    """The sealed stream of pieces of any length, to be written one after another."""
    cipher, prefix = AESGCM(key), os.urandom(_PREFIX_BYTES)
    yield _FORMAT + prefix
    number, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:
            chunk = bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
            yield cipher.encrypt(_nonce(prefix, number, last=False), chunk, associated_data)
            number += 1
    yield cipher.encrypt(_nonce(prefix, number, last=True), bytes(waiting), associated_data)


def opened_chunks(key: bytes, file: BinaryIO, associated_data: bytes) -> Iterator[bytes]:
    """What was sealed, chunk by chunk. Raises StorageError (ROW_DAMAGED) at the first that is not.

    Use nothing of it before the last chunk has come: only then is the whole known to be whole.
    """
    start = file.read(len(_FORMAT) + _PREFIX_BYTES)
    if start[:1] != _FORMAT or len(start) != len(_FORMAT) + _PREFIX_BYTES:
        raise StorageError(StorageFailure.ROW_DAMAGED)
    cipher, prefix, number = AESGCM(key), start[1:], 0
    chunk = file.read(CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + _TAG_BYTES)
        nonce = _nonce(prefix, number, last=not following)
        try:
            yield cipher.decrypt(nonce, chunk, associated_data)
        except (InvalidTag, ValueError) as error:
            raise StorageError(StorageFailure.ROW_DAMAGED) from error
        if not following:
            return
        chunk, number = following, number + 1


def file_pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, piece by piece."""
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
