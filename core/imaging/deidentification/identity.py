"""What stands in for identity: the same each time under one key, and nothing under another."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from pydicom._uid_dict import UID_dictionary

_KEY_BYTES = 32
#: Characters of a Patient ID (PS3.5 6.2, LO).
_LONGEST_ID = 64


@dataclass(frozen=True)
class Replacement:
    """How a clinic replaces identity.

    ``key`` (at least 32 bytes, secret) decides the UIDs, so that files of one study stay one
    study. ``pseudonym_of`` turns the file's Patient ID into the pseudonym that the clinic knows
    the patient by, and raises ValueError for one that says nothing. Raises ValueError for a
    short key.
    """

    key: bytes = field(repr=False)
    pseudonym_of: Callable[[str], str]

    def __post_init__(self) -> None:
        if len(self.key) < _KEY_BYTES:
            raise ValueError(f"the key needs at least {_KEY_BYTES} bytes")

    def uid(self, original: str) -> str:
        """The UID that stands for ``original``: ``2.25.`` and a UUID (PS3.5 B.2).

        UIDs of the standard itself, such as transfer syntaxes, name no one and stay.
        """
        cleaned = original.strip("\0 ")
        if cleaned in UID_dictionary or not cleaned:
            return cleaned
        message = b"outpost dicom uid\x00" + cleaned.encode()
        digest = bytearray(hmac.digest(self.key, message, hashlib.sha256)[:16])
        digest[6] = digest[6] & 0x0F | 0x80  # RFC 9562: version 8, made in a way of our own
        digest[8] = digest[8] & 0x3F | 0x80
        return f"2.25.{int.from_bytes(digest, 'big')}"

    def pseudonym(self, patient_id: str) -> str:
        """What stands for the patient: at most 64 characters, ``""`` where the file named none."""
        cleaned = patient_id.strip("\0 ")
        if not cleaned:
            return ""
        try:
            return self.pseudonym_of(cleaned)[:_LONGEST_ID]
        except ValueError:
            return ""
