"""One code to paste: where the server is, who this device is to it, and whom to trust.

Whoever runs the server makes it (``main.py sync code``). Without a token in it there is nothing
secret about it: the device's private key is made on the device and never leaves it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core.sync.device_key import DeviceKey
from core.sync.failures import SyncError, SyncFailure
from core.sync.sign_in import BackendServices, NoSignIn, SignIn, StaticToken
from core.sync.trust import Trust, checked_address

#: What stands before every code: the kind of code, and its version.
_MARK = "OUTPOST1-"
_MOST_LETTERS, _MOST_BYTES, _DIGEST_BYTES = 20_000, 100_000, 6
#: What a device needs, and no more (SMART App Launch 2.2, scopes of version 2): it creates, and
#: reads what it made and what reviewers made of it. It deletes nothing.
SCOPES = (
    "system/Device.crus system/Practitioner.crs system/Media.crs system/ImagingStudy.crs "
    "system/Observation.crs system/DiagnosticReport.crs system/Task.crus system/Provenance.crus "
    "system/Communication.rs"
)
#: What comes on top where the clinic's settings need it.
IMAGE_SCOPES, PATIENT_SCOPES = "system/Binary.crus", "system/Patient.crs"


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a code says. ``token`` is set for a server that signs no one in but by one token;
    ``client_id`` for SMART Backend Services. Both empty: a server on this very machine that lets
    anyone in. ``pins``, ``authority`` and ``client_certificate`` are as in ``Trust``."""

    endpoint: str
    client_id: str = ""
    token: str = field(default="", repr=False)
    scopes: str = SCOPES
    authority: str = ""
    pins: tuple[str, ...] = ()
    client_certificate: str = ""
    client_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        checked_address(self.endpoint)
        _ = self.trust
        for text in (self.client_id, self.token, self.scopes):
            if len(text) > 4000 or not all(" " <= letter <= "~" for letter in text):
                raise EnrolmentError()

    @property
    def trust(self) -> Trust:
        return Trust(self.authority, self.pins, self.client_certificate, self.client_key)

    def sign_in(self, key: DeviceKey, *more: str) -> SignIn:
        """How this device signs in by it. ``more`` are scopes that the clinic's settings need:
        asked for on top of the fewest, and never of those that whoever made the code chose."""
        if self.token:
            return StaticToken(self.token)
        if not self.client_id:
            return NoSignIn()
        wished = " ".join(more) if self.scopes == SCOPES else ""
        return BackendServices(self.client_id, key, self.scopes, wished)


class EnrolmentError(SyncError):
    """A code that is none, or was not copied whole."""

    def __init__(self) -> None:
        super().__init__(SyncFailure.SYNC_CODE_INVALID)


def code_of(enrolment: Enrolment) -> str:
    """The code to paste: letters, digits, ``-`` and ``_``."""
    document = {name: value for name, value in asdict(enrolment).items() if value}
    plain = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    content = zlib.compress(plain, 9)
    return _MARK + _text(_digest(content) + content)


def read_code(pasted: str) -> Enrolment:
    """What a code says, however it was broken into lines. Raises SyncError (SYNC_CODE_INVALID,
    SYNC_ADDRESS_INVALID, SYNC_NOT_ENCRYPTED, SYNC_TRUST_INVALID)."""
    code = re.sub(r"\s", "", pasted[:_MOST_LETTERS])
    if not code.startswith(_MARK):
        raise EnrolmentError()
    try:
        bare = code.removeprefix(_MARK)
        whole = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
        digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
        if digest != _digest(content):
            raise EnrolmentError()
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(content, _MOST_BYTES)
        if unpacking.unconsumed_tail:
            raise EnrolmentError()
        return from_document(json.loads(plain))
    except (ValueError, TypeError, KeyError, zlib.error, binascii.Error):
        raise EnrolmentError() from None


def from_document(document: dict[str, Any]) -> Enrolment:
    """What ``asdict`` made of an enrolment. Raises SyncError, TypeError, KeyError."""
    known = {each.name for each in fields(Enrolment)}
    held = {name: value for name, value in document.items() if name in known}
    pins = tuple(map(str, held.pop("pins", ())))
    return Enrolment(**{name: str(value) for name, value in held.items()}, pins=pins)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(b"outpost enrolment" + content).digest()[:_DIGEST_BYTES]


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
