"""One Outpost at a time opens a vault: the system lets go of the lock when a process dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from storage.durable import NO_LINKS, device_errors
from storage.failures import StorageError, StorageFailure


class ProcessLock:
    """Holds the lock from when it is made until ``release``.

    Raises StorageError (OPEN_ELSEWHERE) when another still holds it, in this process too, after
    ``patience`` seconds: sending while locked holds it for moments only.
    """

    def __init__(self, path: Path, patience: float = 0.0) -> None:
        with device_errors():
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINKS, 0o600)
        deadline = time.monotonic() + patience
        while not self._locked():
            if time.monotonic() >= deadline:
                self.release()
                raise StorageError(StorageFailure.OPEN_ELSEWHERE)
            time.sleep(0.02)

    def _locked(self) -> bool:
        try:
            _lock(self._descriptor)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Let others in. Does nothing the second time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
