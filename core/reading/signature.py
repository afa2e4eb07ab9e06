"""Who vouches for a pack: Ed25519 signatures (RFC 8032) over manifests and revocations."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.build import Channel

#: Signed in front of the bytes, so that a signature over one kind of file fits no other.
MANIFEST_DOMAIN = b"outpost model pack manifest v1\n"
REVOCATIONS_DOMAIN = b"outpost pack revocations v1\n"


@dataclass(frozen=True)
class TrustedKey:
    """A publisher's public half. A ``development`` key is refused by release builds."""

    id: str
    channel: Channel
    key: Ed25519PublicKey


@dataclass(frozen=True)
class Signature:
    """``pack.sig``: which key signed, and its 64 bytes."""

    key_id: str
    value: bytes


def read_trusted_keys(path: Path) -> dict[str, TrustedKey]:
    """The keys in ``trusted_keys.json`` by id. Raises OSError, ValueError, KeyError."""
    table = json.loads(path.read_text(encoding="utf-8"))
    keys: dict[str, TrustedKey] = {}
    for item in table["keys"]:
        raw = base64.b64decode(item["public_key"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw)
        keys[item["id"]] = TrustedKey(item["id"], Channel(item["channel"]), key)
    return keys


def parse_signature(content: bytes) -> Signature:
    """The signature in a ``.sig`` file. Raises ValueError when it is not one."""
    try:
        table = json.loads(content)
        value = base64.b64decode(table["signature"], validate=True)
        return Signature(str(table["key_id"]), value)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("not a signature file") from error


def is_signed(
    content: bytes, domain: bytes, signature: Signature, keys: Mapping[str, TrustedKey]
) -> bool:
    """Whether the named trusted key signed exactly these bytes."""
    trusted = keys.get(signature.key_id)
    if trusted is None:
        return False
    try:
        trusted.key.verify(signature.value, domain + content)
    except InvalidSignature:
        return False
    return True


def sign(content: bytes, domain: bytes, key_id: str, key: Ed25519PrivateKey) -> bytes:
    """A ``.sig`` file's content for ``content``."""
    value = base64.b64encode(key.sign(domain + content)).decode("ascii")
    return (json.dumps({"key_id": key_id, "signature": value}, indent=1) + "\n").encode("ascii")
