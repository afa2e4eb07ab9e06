"""The signed head of the audit log: how far it had come, as this device states it.

Kept elsewhere (a server, a sheet of paper), it shows later that a tail was cut off the log or
that the whole vault was put back from an older copy. Whoever has the public key can check it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage import key_file
from storage.failures import StorageError, StorageFailure
from storage.sealing import Key, fields

FORMAT, _WITHOUT_DEVICE = 2, 1
#: More than SQLite can count.
_MOST_ENTRIES = 1 << 63


@dataclass(frozen=True, kw_only=True)
class LogHead:
    """Number and chain hash (hexadecimal) of the log's last entry, and when it was so.

    ``vault`` is shared by all that goes back to one vault; ``device`` is not: whatever is restored
    is another device. Heads of one device that do not lie on one chain are of a copied vault. It
    is empty in heads of format 1.
    """

    vault: str
    number: int
    hash: str
    known_time: datetime
    device: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        told = (self.vault, str(self.number), self.hash, self.known_time.isoformat())
        if not self.device:
            return fields("outpost log head", *told)
        return fields("outpost log head", *told, self.device)


@dataclass(frozen=True)
class SignedHead:
    """A head with its Ed25519 signature. Trust it only after ``check``."""

    head: LogHead
    public_key: bytes
    signature: bytes

    def check(self, public_key: bytes | None = None) -> None:
        """Raises StorageError (LOG_NOT_GENUINE) unless signed by this key, or by its own."""
        if public_key is not None and not hmac.compare_digest(public_key, self.public_key):
            raise StorageError(StorageFailure.LOG_NOT_GENUINE)
        check_signature(self.public_key, self.signature, self.head.signed_bytes())

    def document(self) -> dict[str, Any]:
        """As JSON can hold it: what goes along at every sync."""
        device = {"device": self.head.device} if self.head.device else {}
        return {
            "format": FORMAT if device else _WITHOUT_DEVICE,
            **device,
            "vault": self.head.vault,
            "number": self.head.number,
            "hash": self.head.hash,
            "known_time": self.head.known_time.isoformat(),
            "public_key": _text(self.public_key),
            "signature": _text(self.signature),
        }


def sign(seed: Key, head: LogHead) -> SignedHead:
    """Sign with the device's Ed25519 key (its 32 bytes of seed)."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return SignedHead(head, public_key(seed), key.sign(head.signed_bytes()))


def public_key(seed: Key) -> bytes:
    """The public half, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def succession(former: Key, vault_id: str, number: int, successor: bytes) -> str:
    """That the device signs with another key after this entry, signed with the former one: the
    new public key and the signature, in hexadecimal with a space between."""
    signature = Ed25519PrivateKey.from_private_bytes(former).sign(
        _succession_bytes(vault_id, number, successor)
    )
    return f"{successor.hex()} {signature.hex()}"


def successor_of(public_key: bytes, vault_id: str, number: int, told: str) -> bytes | None:
    """The key that an entry names in the place of this one; None when it names it for another's,
    or for nobody's: whoever restores a backup signs for no other device."""
    try:
        successor, signature = (bytes.fromhex(part) for part in told.split(" "))
        check_signature(public_key, signature, _succession_bytes(vault_id, number, successor))
    except (ValueError, StorageError):
        return None
    return successor


def _succession_bytes(vault_id: str, number: int, successor: bytes) -> bytes:
    return fields("outpost device key", vault_id, str(number), successor.hex())


def fingerprint(public_key: bytes) -> str:
    """A public key as people compare it: all its bits, in groups of four digits."""
    digits = public_key.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def parsed(document: Mapping[str, Any]) -> SignedHead:
    """A head that was kept elsewhere. Raises StorageError (LOG_NOT_GENUINE) for anything else."""
    try:
        if document["format"] not in (FORMAT, _WITHOUT_DEVICE):
            raise ValueError("not a format that was ever written")
        with_device = document["format"] == FORMAT
        head = LogHead(
            device=key_file.ascii_text(document["device"]) if with_device else "",
            vault=key_file.ascii_text(document["vault"]),
            number=key_file.whole_number(document["number"]),
            hash=key_file.ascii_text(document["hash"]),
            known_time=datetime.fromisoformat(document["known_time"]),
        )
        signed = SignedHead(
            head,
            base64.b64decode(document["public_key"], validate=True),
            base64.b64decode(document["signature"], validate=True),
        )
        if not 0 <= signed.head.number < _MOST_ENTRIES:
            raise ValueError("not a number that a log ever came to")
        return signed
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error


def check_signature(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Raises StorageError (LOG_NOT_GENUINE) when this key did not sign this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
