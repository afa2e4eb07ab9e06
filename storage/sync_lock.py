"""One sync at a time works for a vault, whichever process it is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.sync.failures import SyncError, SyncFailure
from storage.failures import StorageError, StorageFailure
from storage.process_lock import ProcessLock

SYNC_LOCK = "sync.lock"


@contextmanager
def sole_sync(folder: Path) -> Iterator[None]:
    """Hold the lock of the vault in ``folder``; the system lets go of it when a process dies.

    Raises SyncError (SYNC_UNDER_WAY) while another holds it.
    """
    try:
        lock = ProcessLock(folder / SYNC_LOCK)
    except StorageError as error:
        if error.failure is StorageFailure.OPEN_ELSEWHERE:
            raise SyncError(SyncFailure.SYNC_UNDER_WAY) from None
        raise
    try:
        yield
    finally:
        lock.release()
