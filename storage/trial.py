"""A trial vault: made, filled, locked, opened again and removed, to see that this device can."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from core.reading.result import Reading, Verdict
from storage import door
from storage.clock import device_time
from storage.durable import device_errors
from storage.failures import StorageError, StorageFailure
from storage.sealing import KEY_BYTES
from storage.slots import Device
from storage.stretching import Cost
from storage.vault import Case

PREFIX = "outpost-trial-"
_NAME, _SECRET = "Trial", "this vault holds no patient"
_OTHER = "nobody chose these five words"
#: As cheap as can be: there is nothing in it to guard.
_COST = Cost(8, 1)


def try_vault(beside: Path) -> None:
    """Try the disk on which ``beside`` is, and the cryptography, with a vault of one case.

    Nothing of it stays. Raises StorageError: TRIAL_FAILED when something came back otherwise than
    it was kept, else what the disk says (READ_ONLY, DEVICE_FULL, DEVICE_ERROR).
    """
    with device_errors():
        beside.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
        try:
            _try(place / "vault")
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _try(folder: Path) -> None:
    device = Device(os.urandom(KEY_BYTES), key_store=False)
    door.create(folder, _NAME, _SECRET, device, _COST)
    entrance = door.Door(folder, device)
    user = entrance.users()[0].id
    vault = entrance.unlock(user, _SECRET)
    nothing = Reading(verdict=Verdict.REJECTED, reasons=())
    kept = vault.save(Case(id=str(uuid.uuid4()), reading=nothing, read_at=device_time()))
    vault.lock()
    _expect(_refused(lambda: vault.case(kept.id), StorageFailure.LOCKED))
    _expect(_refused(lambda: entrance.unlock(user, _OTHER), StorageFailure.WRONG_SECRET))
    vault = entrance.unlock(user, _SECRET)
    try:
        _expect(vault.case(kept.id).read_at == kept.read_at)
        _expect(not vault.verify())
    finally:
        vault.lock()


def _refused(ask: Callable[[], object], failure: StorageFailure) -> bool:
    try:
        ask()
    except StorageError as error:
        return error.failure is failure
    return False


def _expect(true: bool) -> None:
    if not true:
        raise StorageError(StorageFailure.TRIAL_FAILED)
