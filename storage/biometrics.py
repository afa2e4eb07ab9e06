"""Unlocking by fingerprint or face: the key to one person's slot, in a key store that asks for it.

Not the PIN itself: what ``OpenVault.opening_key`` gives opens one slot on this device, and nothing
any more once its owner changes the secret or is removed. The store given here has to be one that
hands nothing out before the platform has seen the person's finger or face.
"""

from __future__ import annotations

import base64
import binascii

from storage.device_secret import KeyStore
from storage.failures import StorageError, StorageFailure
from storage.sealing import KEY_BYTES


async def remember(store: KeyStore, user_id: str, opening_key: bytes) -> None:
    """Keep a person's opening key. Raises StorageError (KEY_STORE_FAILED)."""
    await store.set(_name(user_id), base64.b64encode(opening_key).decode("ascii"))


async def recall(store: KeyStore, user_id: str) -> bytes:
    """A person's opening key, after the platform has asked for a finger or face.

    Raises StorageError: NO_FINGERPRINT, or KEY_STORE_FAILED also when the person was refused.
    """
    text = await store.get(_name(user_id))
    try:
        key = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise StorageError(StorageFailure.NO_FINGERPRINT)
    return key


async def forget(store: KeyStore, user_id: str) -> None:
    """Sign in by PIN or passphrase only again."""
    await store.remove(_name(user_id))


def _name(user_id: str) -> str:
    return f"outpost-slot-{user_id}"
