"""The key file: versioned JSON, written durably, sealed as a whole under the vault key.

Its layout is in docs/vault-format.md. Reading it proves nothing: whoever unlocks it checks the
seal, so that slots cannot be added, dropped or given another role by someone without the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage.durable import device_errors, write_durably
from storage.failures import StorageError, StorageFailure
from storage.sealing import Key
from storage.stretching import SALT_BYTES, Cost, derive

FORMAT = 1
#: Far more than a clinic's users need; a larger file is not read into memory.
MOST_BYTES = 1 << 20


class Role(StrEnum):
    """What a person may do. Clinicians read images and keep cases; reviewers also answer those who
    ask for a second opinion; supervisors also look after the vault, its people and its settings."""

    CLINICIAN = "clinician"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"


class Opener(StrEnum):
    """What opens a slot."""

    PIN = "pin"
    PASSPHRASE = "passphrase"
    RECOVERY = "recovery"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One person's way to the vault key, or the recovery key's.

    ``name`` is sealed under the device secret, ``private_key`` under what the person knows, and
    ``vault_key`` for the holder of the private key.
    """

    id: str
    opener: Opener
    role: Role
    name: bytes
    salt: bytes
    cost: Cost
    public_key: bytes
    private_key: bytes
    vault_key: bytes


@dataclass(frozen=True)
class Previous:
    """The vault key before a rotation that is not finished, sealed under the present one."""

    key_id: str
    sealed: bytes


@dataclass(frozen=True, kw_only=True)
class KeyFile:
    """What stands in the key file."""

    vault_id: str
    key_id: str
    slots: tuple[Slot, ...]
    previous: Previous | None = None
    seal: bytes = b""

    def sealed_with(self, vault_key: Key) -> bytes:
        """The seal that this content has under the vault key: HMAC-SHA-256."""
        content = _json({**_document(self), "seal": None})
        return hmac.new(derive(vault_key, "key file"), content, hashlib.sha256).digest()


def write(path: Path, file: KeyFile, vault_key: Key) -> None:
    """Seal the file and replace the one on disk. Raises StorageError, and the old one stands."""
    write_durably(path, _content(file, vault_key))


def digest(file: KeyFile, vault_key: Key) -> str:
    """The SHA-256 (hexadecimal) of the file as ``write`` leaves it, for the log to commit to."""
    return hashlib.sha256(_content(file, vault_key)).hexdigest()


def _content(file: KeyFile, vault_key: Key) -> bytes:
    return _json({**_document(file), "seal": _text(file.sealed_with(vault_key))})


def read(path: Path) -> KeyFile:
    """The file as it stands. Raises StorageError when it is gone, newer or makes no sense."""
    if not path.is_file():
        raise StorageError(StorageFailure.KEY_FILE_MISSING)
    with device_errors(), path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    try:
        document = json.loads(content)
        newer = isinstance(document["format"], int) and document["format"] > FORMAT
        if not newer:
            return _parsed(document)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise StorageError(StorageFailure.KEY_FILE_DAMAGED) from error
    raise StorageError(StorageFailure.KEY_FILE_NEWER)


def _document(file: KeyFile) -> dict[str, Any]:
    previous = file.previous
    return {
        "format": FORMAT,
        "vault": file.vault_id,
        "key_id": file.key_id,
        "slots": [slot_document(slot) for slot in file.slots],
        "previous": previous and {"key_id": previous.key_id, "vault_key": _text(previous.sealed)},
    }


def slot_document(slot: Slot) -> dict[str, Any]:
    """A slot as JSON can hold it."""
    return {
        "id": slot.id,
        "opener": slot.opener.value,
        "role": slot.role.value,
        "name": _text(slot.name),
        "salt": _text(slot.salt),
        "argon2id": [slot.cost.memory_kib, slot.cost.passes, slot.cost.lanes],
        "public_key": _text(slot.public_key),
        "private_key": _text(slot.private_key),
        "vault_key": _text(slot.vault_key),
    }


def _parsed(document: dict[str, Any]) -> KeyFile:
    if document["format"] != FORMAT:
        raise ValueError("not a format that was ever written")
    previous = document["previous"]
    return KeyFile(
        vault_id=ascii_text(document["vault"]),
        key_id=ascii_text(document["key_id"]),
        slots=tuple(parsed_slot(slot) for slot in document["slots"]),
        previous=previous
        and Previous(ascii_text(previous["key_id"]), _bytes(previous["vault_key"])),
        seal=_bytes(document["seal"]),
    )


def parsed_slot(document: dict[str, Any]) -> Slot:
    """The slot. Raises ValueError, KeyError or TypeError."""
    memory_kib, passes, lanes = document["argon2id"]
    cost = Cost(whole_number(memory_kib), whole_number(passes), whole_number(lanes))
    salt = _bytes(document["salt"])
    if not cost.is_sane() or len(salt) != SALT_BYTES:
        raise ValueError("the cost or the salt is out of bounds")
    return Slot(
        id=ascii_text(document["id"]),
        opener=Opener(document["opener"]),
        role=Role(document["role"]),
        name=_bytes(document["name"]),
        salt=salt,
        cost=cost,
        public_key=_bytes(document["public_key"]),
        private_key=_bytes(document["private_key"]),
        vault_key=_bytes(document["vault_key"]),
    )


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def ascii_text(value: object) -> str:
    """The value, if it is a text as we write them. Raises TypeError."""
    if not isinstance(value, str) or not value.isascii():
        raise TypeError("not a text that was ever written")
    return value


def whole_number(value: object) -> int:
    """The value, if it is a whole number: JSON also has infinite ones. Raises TypeError."""
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value
