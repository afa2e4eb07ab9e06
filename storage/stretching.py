"""From what a person remembers to a key: HKDF-SHA256(Argon2id(secret) || device secret)."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass, replace

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.sealing import KEY_BYTES, Key

SALT_BYTES = 16

#: OWASP Password Storage Cheat Sheet: Argon2id with at least 19 MiB, 2 passes and 1 lane.
_OWASP_MEMORY_KIB, _OWASP_PASSES = 19 * 1024, 2
#: What a phone of 2 GB can spare while an image is open, and more than anyone would wait for.
_MOST_MEMORY_KIB, _MOST_PASSES = 256 * 1024, 64


@dataclass(frozen=True)
class Cost:
    """What one try costs. Argon2id's parameters, memory in KiB."""

    memory_kib: int
    passes: int
    lanes: int = 1

    def is_sane(self) -> bool:
        """Whether a key file may ask for this: a made-up one must not exhaust the device."""
        return (
            8 * self.lanes <= self.memory_kib <= _MOST_MEMORY_KIB
            and 1 <= self.passes <= _MOST_PASSES
            and 1 <= self.lanes <= 4
        )


#: Never less than this in the product. Tests pass a smaller cost of their own.
LEAST = Cost(_OWASP_MEMORY_KIB, _OWASP_PASSES)


def calibrate(seconds: float = 0.5) -> Cost:
    """The cost at which one try takes about this long here: measured once, on this device.

    Memory grows first, up to 64 MiB, since it is what a searching machine lacks; then passes.
    Never less than ``LEAST``, however slow the device.
    """
    cost = LEAST
    while (took := _seconds(cost)) < seconds / 2 and cost.memory_kib * 2 <= 64 * 1024:
        cost = replace(cost, memory_kib=cost.memory_kib * 2)
    passes = round(cost.passes * seconds / took)
    return replace(cost, passes=min(max(passes, LEAST.passes), _MOST_PASSES))


def _seconds(cost: Cost) -> float:
    started = time.perf_counter()
    stretch(b"calibration", bytes(SALT_BYTES), cost)
    return time.perf_counter() - started


def stretch(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    """Argon2id version 19 of the secret: 32 bytes."""
    return hash_secret_raw(
        secret,
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
        version=19,
    )


def wrapping_key(secret: str, salt: bytes, cost: Cost, device_secret: bytes) -> bytes:
    """The key that opens one person's slot, on this device and with this secret only."""
    remembered = stretch(unicodedata.normalize("NFKC", secret).encode(), salt, cost)
    return derive(remembered + device_secret, "user slot", salt)


def derive(material: Key, purpose: str, salt: bytes = b"") -> bytes:
    """HKDF-SHA256: a key for one purpose from key material (RFC 5869)."""
    info = f"outpost {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(material)
