"""Erasing a vault: its keys first, so that what is left of it on the card stays sealed for good."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import key_file
from storage.clock import Clock, Moment
from storage.database import APPLICATION_ID
from storage.door import ATTEMPTS, DATABASE, KEY_FILE, LOCK
from storage.durable import device_errors, flush_folder, overwrite
from storage.failures import StorageError, StorageFailure
from storage.process_lock import ProcessLock

FORMAT = 1
_KEYS = (KEY_FILE, f"{KEY_FILE}.new", ATTEMPTS, f"{ATTEMPTS}.new")


@dataclass(frozen=True)
class Receipt:
    """That a vault was erased, and when.

    ``vault`` is its id, empty when its key file could not be read; ``files`` are the names of
    what was there; ``device_secret`` is whether this device's part of the keys was destroyed.
    """

    moment: Moment
    vault: str
    files: tuple[str, ...]
    device_secret: bool

    def document(self) -> dict[str, Any]:
        """As JSON can hold it, to be shown and exported."""
        return {
            "format": FORMAT,
            "erased": "vault",
            "vault": self.vault,
            "known_time": self.moment.known.isoformat(),
            "device_time": self.moment.device.isoformat(),
            "clock": self.moment.flag.value,
            "device_secret_destroyed": self.device_secret,
            "files": list(self.files),
        }

    def text(self) -> str:
        """The receipt as a file holds it."""
        return json.dumps(self.document(), indent=1) + "\n"


def erase(folder: Path, destroy_device: Callable[[], bool], clock: Clock | None = None) -> Receipt:
    """Destroy a vault that is locked, whatever state its files are in, for good.

    The caller asks twice before. ``destroy_device`` destroys the device secret and says whether
    there was one: it goes first, since memory cards keep old blocks, and only without that secret
    are the remains of the key file worthless. Cut short, it can be called again. Whatever is in
    the folder goes. Raises StorageError (NOT_A_VAULT, OPEN_ELSEWHERE, READ_ONLY,
    KEY_STORE_FAILED).
    """
    with device_errors():
        _expect_vault(folder)
    lock = ProcessLock(folder / LOCK)
    try:
        with device_errors():
            found = tuple(sorted(path.name for path in folder.iterdir() if path.name != LOCK))
            vault = _vault_id(folder / KEY_FILE)
            destroyed = destroy_device()
            for name in _KEYS:
                overwrite(folder / name)
                (folder / name).unlink(missing_ok=True)
            flush_folder(folder)
            # The database goes last: by it, erasing that was cut short still knows a vault.
            for name in sorted(found, key=lambda name: name == DATABASE):
                _remove(folder / name)
            flush_folder(folder)
    finally:
        lock.release()
    return Receipt((clock or Clock()).now(), vault, found, destroyed)


def _expect_vault(folder: Path) -> None:
    """Whatever else is in the folder goes with it, so it must be a vault's: by its key file or
    its database, or, when both are damaged, by the names of both. An empty one does no harm."""
    found = {path.name for path in folder.iterdir()} - {LOCK}
    if not found or found >= {KEY_FILE, DATABASE} or _is_database(folder / DATABASE):
        return
    try:
        key_file.read(folder / KEY_FILE)
    except StorageError as error:
        if error.failure is not StorageFailure.KEY_FILE_NEWER:
            raise StorageError(StorageFailure.NOT_A_VAULT) from error


def _is_database(path: Path) -> bool:
    """Whether the file's header says so (SQLite's file format, 1.3)."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        header = file.read(72)
    ours = APPLICATION_ID.to_bytes(4, "big")
    return header.startswith(b"SQLite format 3\x00") and header[68:] == ours


def _vault_id(path: Path) -> str:
    try:
        return key_file.read(path).vault_id
    except StorageError:
        return ""


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
