"""The device secret in a file, for devices without a key store.

Such a file is copied along with everything else, so it adds nothing against a thief: a device
that keeps its secret so takes passphrases only (``Device.key_store`` is False).
"""

from __future__ import annotations

from pathlib import Path

from storage.durable import (
    create_durably,
    device_errors,
    flush_folder,
    left_beside,
    overwrite,
)
from storage.failures import StorageError, StorageFailure
from storage.sealing import KEY_BYTES, new_key
from storage.slots import Device


def make_device(path: Path) -> Device:
    """A new device secret. One that is there already is kept and used, also when another made it
    at the same time: a vault that was made with either opens."""
    if path.exists():
        return read_device(path)
    device = Device(new_key(), key_store=False)
    with device_errors():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return device if create_durably(path, device.secret) else read_device(path)


def read_device(path: Path) -> Device:
    """The device secret. Raises StorageError (DEVICE_SECRET_LOST): none is made in its place."""
    with device_errors():
        secret = path.read_bytes() if path.is_file() else b""
    if len(secret) != KEY_BYTES:
        raise StorageError(StorageFailure.DEVICE_SECRET_LOST)
    return Device(secret, key_store=False)


def destroy(path: Path) -> bool:
    """Overwrite and remove the secret, one half written included. Whether there was one.

    Raises StorageError.
    """
    with device_errors():
        found = path.exists()
        for file in (path, *left_beside(path)):
            overwrite(file)
            file.unlink(missing_ok=True)
        if path.parent.is_dir():
            flush_folder(path.parent)
    return found
