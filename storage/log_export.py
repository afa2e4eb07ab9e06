"""The audit log as a file that others can read and check without any key of the vault.

JSON Lines: one entry a line, each with the chain's hash up to it, and at last a line with the
log's head and a signature over everything before. docs/vault-format.md describes the fields.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import entries
from storage.durable import device_errors, export_durably
from storage.entries import Entry
from storage.failures import StorageError, StorageFailure
from storage.log_head import SignedHead, check_signature, parsed, successor_of
from storage.sealing import Key, fields

#: SQLite counts no further.
_LAST = (1 << 63) - 1
#: A log with a wider gap tells nothing, and naming all that is missing would fill the memory.
_MOST_MISSING = 1 << 20

Links = Iterable[tuple[int, Entry | None, str]]


@dataclass(frozen=True)
class CheckedLog:
    """An exported log that is consistent in itself; genuine if its key is known to be the device's.

    ``entries`` are those that are whole. ``altered`` are the numbers of entries that were damaged
    or gone in the vault already when it was exported.
    """

    entries: int
    altered: tuple[int, ...]
    head: SignedHead


def write_log(path: Path, links: Links, head: SignedHead, seed: Key) -> None:
    """Write the log of which ``head`` is the head. Raises StorageError."""
    lines = b"".join(_line(_entry(number, entry, chain)) for number, entry, chain in links)
    digest = hashlib.sha256(lines).hexdigest()
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed(head, digest))
    last = {
        "head": head.document(),
        "sha256": digest,
        "signature": base64.b64encode(signature).decode("ascii"),
    }
    export_durably(path, lines + _line(last))


def check_log(
    path: Path, public_key: bytes | None = None, earlier: SignedHead | None = None
) -> CheckedLog:
    """Check an exported log by the device's public key, and against a head known from earlier.

    Without the public key, anyone could have signed it: then compare ``head.public_key``. One that
    was known from earlier is followed through the entries in which it names its successors.

    Raises StorageError: LOG_NOT_GENUINE when it was altered, cut or signed by another key;
    LOG_WAS_CUT when what the earlier head tells of is not in it.
    """
    with device_errors():
        content = path.read_bytes()
    cut = content.rstrip(b"\n").rfind(b"\n") + 1
    lines, last = content[:cut], _object(content[cut:])
    head = parsed(last.get("head") or {})
    head.check()
    digest = hashlib.sha256(lines).hexdigest()
    try:
        signature = base64.b64decode(str(last.get("signature")), validate=True)
    except ValueError as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error
    check_signature(head.public_key, signature, _signed(head, digest))
    if public_key is not None:
        _expect_device(public_key, head, lines)
    chains, altered = _walked(lines)
    if chains.get(head.head.number) != head.head.hash:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE)
    if earlier is not None:
        earlier.check()
        _expect_device(earlier.public_key, head, lines)
        _expect(earlier, head, chains)
    return CheckedLog(len(chains.keys() - altered), tuple(sorted(altered)), head)


def _expect_device(public_key: bytes, head: SignedHead, lines: bytes) -> None:
    """Raises StorageError (LOG_NOT_GENUINE) unless this key, or one that followed it, signed."""
    for entry in map(_object, lines.splitlines()):
        told, number = entry.get("successor"), entry.get("number")
        if isinstance(told, str) and isinstance(number, int):
            public_key = successor_of(public_key, head.head.vault, number, told) or public_key
    if not hmac.compare_digest(public_key, head.public_key):
        raise StorageError(StorageFailure.LOG_NOT_GENUINE)


def _expect(earlier: SignedHead, head: SignedHead, chains: dict[int, str]) -> None:
    same = earlier.head.vault == head.head.vault
    if not same or chains.get(earlier.head.number) != earlier.head.hash:
        raise StorageError(StorageFailure.LOG_WAS_CUT)


def _walked(lines: bytes) -> tuple[dict[int, str], set[int]]:
    """The chain's hash at every entry, and which entries were altered or are missing."""
    chains: dict[int, str] = {}
    altered: set[int] = set()
    last = 0
    for entry in map(_object, lines.splitlines()):
        number, chain = entry.get("number"), entry.get("chain")
        if not isinstance(number, int) or not isinstance(chain, str):
            raise StorageError(StorageFailure.LOG_NOT_GENUINE)
        if number <= last:
            raise StorageError(StorageFailure.LOG_NOT_GENUINE)
        missing = range(last + 1, number)
        if number > _LAST or len(missing) + len(altered) > _MOST_MISSING:
            raise StorageError(StorageFailure.LOG_NOT_GENUINE)
        altered |= set(missing)
        chains[number], last = chain, number
        if entry.get("altered"):
            altered.add(number)
    return chains, altered


def _entry(number: int, entry: Entry | None, chain: str) -> dict[str, Any]:
    told = {"altered": True} if entry is None else entries.document(entry)
    return {"number": number, **told, "chain": chain}


def _signed(head: SignedHead, digest: str) -> bytes:
    return fields("outpost log export", digest) + head.head.signed_bytes()


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error
    if not isinstance(found, dict):
        raise StorageError(StorageFailure.LOG_NOT_GENUINE)
    return found
