"""The device's part of the keys: 256 random bits in the platform's protected key store.

It is never in the database or a backup, so a copied vault cannot be searched by PIN. Where there
is no key store that works (the web, the command line, Linux without a secret service) a file
beside the vault's folder holds it, and a PIN is refused (``Device.key_store`` is False).

The store's functions are asynchronous because Flet's are.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path
from typing import Protocol

from storage import device_file
from storage.failures import StorageError, StorageFailure
from storage.sealing import KEY_BYTES, new_key
from storage.slots import Device

#: The name of the secret in the key store. Never change it: nobody could sign in any more.
NAME = "outpost-device-secret"


class KeyStore(Protocol):
    """A protected place of the platform for small texts.

    Every method raises StorageError (KEY_STORE_FAILED) when the platform gives no answer.
    """

    async def get(self, name: str, /) -> str | None:
        """The text of this name; None when there is none."""

    async def set(self, name: str, text: str, /) -> None:
        """Keep a text under this name."""

    async def remove(self, name: str, /) -> None:
        """Forget the text of this name. Does nothing when there is none."""


def secret_file(vault: Path) -> Path:
    """Where the secret stands without a key store: beside the vault's folder, never in it."""
    return vault.with_name(f"{vault.name}-device-secret")


async def make_device(vault: Path, store: KeyStore | None) -> Device:
    """The device secret for a new vault, or one brought here. One that is there is used.

    A store that does not give back what it was given is not used. Raises StorageError.
    """
    if secret_file(vault).exists():
        return device_file.read_device(secret_file(vault))
    if store is not None:
        try:
            return await _kept(store)
        except StorageError:
            pass  # No store that works: the file then, and passphrases only.
    return device_file.make_device(secret_file(vault))


async def read_device(vault: Path, store: KeyStore | None) -> Device:
    """The secret of a vault that is there.

    Raises StorageError: KEY_STORE_FAILED when the store gives no answer, DEVICE_SECRET_LOST when
    there is no secret in it. None is made in its place.
    """
    if secret_file(vault).exists():
        return device_file.read_device(secret_file(vault))
    if store is not None and (secret := _parsed(await store.get(NAME))) is not None:
        return Device(secret, key_store=True)
    raise StorageError(StorageFailure.DEVICE_SECRET_LOST)


async def destroy_device(vault: Path, store: KeyStore | None) -> bool:
    """Destroy the secret, wherever it is: the first step of erasing. Whether there was one.

    Raises StorageError (KEY_STORE_FAILED) when the store still has it.
    """
    found = device_file.destroy(secret_file(vault))
    if store is not None:
        found = found or await store.get(NAME) is not None
        await store.remove(NAME)
        if await store.get(NAME) is not None:
            raise StorageError(StorageFailure.KEY_STORE_FAILED)
    return found


async def _kept(store: KeyStore) -> Device:
    secret = _parsed(await store.get(NAME))
    if secret is None:
        secret = new_key()
        await store.set(NAME, base64.b64encode(secret).decode("ascii"))
        kept = _parsed(await store.get(NAME))
        if kept is None or not hmac.compare_digest(kept, secret):
            raise StorageError(StorageFailure.KEY_STORE_FAILED)
    return Device(secret, key_store=True)


def _parsed(text: str | None) -> bytes | None:
    try:
        secret = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == KEY_BYTES else None
