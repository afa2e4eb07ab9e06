"""The backup's file: a header that says what opens it, then one sealed stream of files.

The layout is in docs/vault-format.md. Everything is read and written piece by piece, so that the
size of a vault does not matter to the memory of a phone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from storage import key_file, recovery, secret_policy, slots
from storage.chunks import opened_chunks, sealed_chunks
from storage.failures import StorageError, StorageFailure
from storage.key_file import Slot
from storage.sealing import fields, new_key, seal_bound, unseal_bound
from storage.slots import VaultKey
from storage.stretching import SALT_BYTES, Cost, derive, stretch

FORMAT = 1
MAGIC = b"OPSTBACK"
VAULT_KEY, KEY_FILE, DATABASE = "vault-key", "keys.json", "vault.db"
_MOST_HEADER_BYTES, _LARGEST_KEY_BYTES = 1 << 16, 32
_NAME = re.compile(r"vault-key|keys\.json|vault\.db|originals/[0-9a-f]{32}")


@dataclass(frozen=True)
class Header:
    """What a backup says of itself in clear. ``recovery`` holds the key of the file for whoever
    has the recovery key, ``passphrase`` (salt, cost, sealed key) for whoever knows that."""

    vault_id: str
    backup_id: str
    recovery: Slot
    passphrase: tuple[bytes, Cost, bytes] | None


@dataclass(frozen=True)
class Member:
    """One file within: its name, its size in bytes, and where its bytes come from."""

    name: str
    size: int
    pieces: Iterable[bytes] = field(repr=False)


def make_header(
    vault_id: str, recovery_slot: Slot, passphrase: str | None, cost: Cost
) -> tuple[Header, bytes]:
    """A header for a new backup, and the key of its stream.

    Raises StorageError when the passphrase is too weak for a file that anyone may copy.
    """
    backup_id, key = os.urandom(8).hex(), new_key()
    given = slots.give(recovery_slot, vault_id, VaultKey(backup_id, key))
    opener = None
    if passphrase is not None:
        secret_policy.kind_of(passphrase, key_store=False)
        salt = os.urandom(SALT_BYTES)
        bound = _key_bound(vault_id, backup_id)
        opener = salt, cost, seal_bound(_stretched(passphrase, salt, cost), key, bound)
    return Header(vault_id, backup_id, given, opener), key


def key_of(header: Header, secret: str) -> bytes:
    """The stream's key, by the recovery key or the passphrase.

    Raises StorageError: BACKUP_SECRET_WRONG, or BACKUP_DAMAGED.
    """
    if _is_recovery_key(secret):
        try:
            private = slots.recovered_private_key(header.recovery, header.vault_id, secret)
        except StorageError as error:
            raise StorageError(StorageFailure.BACKUP_SECRET_WRONG) from error
        taken = slots.take(header.recovery, header.vault_id, header.backup_id, private)
        return bytes(taken.key)
    if header.passphrase is None:
        raise StorageError(StorageFailure.BACKUP_SECRET_WRONG)
    salt, cost, sealed = header.passphrase
    try:
        bound = _key_bound(header.vault_id, header.backup_id)
        return unseal_bound(_stretched(secret, salt, cost), sealed, bound)
    except StorageError as error:
        raise StorageError(StorageFailure.BACKUP_SECRET_WRONG) from error


def write(file: BinaryIO, header: Header, key: bytes, members: Iterable[Member]) -> str:
    """Write a whole backup. Returns the SHA-256 (hexadecimal) of what is in the stream."""
    head = _written(header)
    file.write(head)
    digest = hashlib.sha256()
    for chunk in sealed_chunks(key, _hashed(_packed(members), digest), _bound(head)):
        file.write(chunk)
    return digest.hexdigest()


def read_header(file: BinaryIO) -> tuple[Header, bytes]:
    """The header, and its bytes as they stand. Raises StorageError (BACKUP_DAMAGED, _NEWER)."""
    start = file.read(len(MAGIC) + 4)
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if not start.startswith(MAGIC) or length > _MOST_HEADER_BYTES:
        raise StorageError(StorageFailure.BACKUP_DAMAGED)
    content = file.read(length)
    try:
        document = json.loads(content)
        newer = isinstance(document["format"], int) and document["format"] > FORMAT
        if not newer:
            return _parsed(document), start + content
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise StorageError(StorageFailure.BACKUP_DAMAGED) from error
    raise StorageError(StorageFailure.BACKUP_NEWER)


def digest_of(file: BinaryIO, key: bytes) -> str:
    """The SHA-256 (hexadecimal) of what is in the stream. Raises StorageError when damaged."""
    _, head = read_header(file)
    digest = hashlib.sha256()
    for piece in opened_chunks(key, file, _bound(head)):
        digest.update(piece)
    return digest.hexdigest()


def unpack(file: BinaryIO, head: bytes, key: bytes, folder: Path) -> bytes:
    """Write every file within into an empty folder, positioned after the header.

    Returns the vault key. Raises StorageError; only when it did not was all of it genuine.
    """
    stream = _Stream(opened_chunks(key, file, _bound(head)))
    vault_key = b""
    while name := stream.exactly(int.from_bytes(stream.exactly(2), "big")):
        size = int.from_bytes(stream.exactly(8), "big")
        if not _NAME.fullmatch(text := name.decode("ascii", "replace")):
            raise StorageError(StorageFailure.BACKUP_DAMAGED)
        if text == VAULT_KEY:
            vault_key = stream.exactly(min(size, _LARGEST_KEY_BYTES))
            continue
        (folder / text).parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / text, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            for piece in stream.pieces(size):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    stream.expect_end()
    return vault_key


class _Stream:
    """Pieces of any length, read by the byte."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = b""

    def exactly(self, count: int) -> bytes:
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[bytes]:
        while count:
            self._waiting = self._waiting or next(self._pieces, b"")
            if not self._waiting:
                raise StorageError(StorageFailure.BACKUP_DAMAGED)
            piece, self._waiting = self._waiting[:count], self._waiting[count:]
            count -= len(piece)
            yield piece

    def expect_end(self) -> None:
        """Nothing follows; the last chunk has been seen to be the last."""
        if self._waiting or any(self._pieces):
            raise StorageError(StorageFailure.BACKUP_DAMAGED)


def _packed(members: Iterable[Member]) -> Iterator[bytes]:
    """Length of the name (2 bytes), name, size (8 bytes), content; and a name of no length."""
    for member in members:
        name = member.name.encode("ascii")
        yield struct.pack(">H", len(name)) + name + struct.pack(">Q", member.size)
        left = member.size
        for piece in member.pieces:
            left -= len(piece)
            yield piece
        if left:  # It changed while it was read.
            raise StorageError(StorageFailure.DEVICE_ERROR)
    yield struct.pack(">H", 0)


def _hashed(pieces: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _written(header: Header) -> bytes:
    opener = None
    if header.passphrase is not None:
        salt, cost, sealed = header.passphrase
        opener = {
            "salt": _text(salt),
            "argon2id": [cost.memory_kib, cost.passes, cost.lanes],
            "key": _text(sealed),
        }
    document = {
        "format": FORMAT,
        "vault": header.vault_id,
        "backup": header.backup_id,
        "recovery": key_file.slot_document(header.recovery),
        "passphrase": opener,
    }
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")
    return MAGIC + struct.pack(">I", len(content)) + content


def _parsed(document: dict[str, Any]) -> Header:
    opener = document["passphrase"]
    passphrase = None
    if opener is not None:
        cost = Cost(*(key_file.whole_number(part) for part in opener["argon2id"]))
        salt = base64.b64decode(opener["salt"], validate=True)
        if not cost.is_sane() or len(salt) != SALT_BYTES:
            raise ValueError("the cost or the salt is out of bounds")
        passphrase = salt, cost, base64.b64decode(opener["key"], validate=True)
    slot = key_file.parsed_slot(document["recovery"])
    vault_id, backup_id = (key_file.ascii_text(document[name]) for name in ("vault", "backup"))
    return Header(vault_id, backup_id, slot, passphrase)


def _bound(head: bytes) -> bytes:
    return fields("outpost backup", hashlib.sha256(head).hexdigest())


def _key_bound(vault_id: str, backup_id: str) -> bytes:
    return fields("outpost backup key", vault_id, backup_id)


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    remembered = stretch(secret_policy.spelled(passphrase).encode(), salt, cost)
    return derive(remembered, "backup", salt)


def _is_recovery_key(secret: str) -> bool:
    """Nothing else has its checksum, and no passphrase that is accepted is written like one."""
    try:
        recovery.typed(secret)
    except StorageError:
        return False
    return True


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
