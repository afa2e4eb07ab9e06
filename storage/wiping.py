"""Overwriting key bytes in memory, as far as Python allows it.

A ``bytearray`` can be overwritten; ``bytes``, which the cryptography library takes and gives back,
cannot. docs/security.md says what that leaves behind.
"""

from __future__ import annotations


def wipe(key: bytearray) -> None:
    """Zeros over the key, in place, and then nothing: so that none seals anything under zeros."""
    for at in range(len(key)):
        key[at] = 0
    key.clear()
