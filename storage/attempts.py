"""Wrong tries, counted before anyone has signed in, and the wait that grows with them.

The count stands unsealed in a small file, since nothing can be sealed before a secret is known.
Each try is written down before it is made, so that killing the app forgets none. The wait is
measured by the monotonic clock: changing the device's clock does not shorten it, and restarting
the app starts it again. Who can write to the vault's folder can reset the count; what then
protects is the cost of each try and the device secret.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

from storage import ticks
from storage.durable import device_errors, write_durably
from storage.failures import StorageError, StorageFailure

FREE_TRIES = 4
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 3600
#: What a damaged file is taken to mean: something happened, so wait.
_UNKNOWN = FREE_TRIES + 1


def wait_after(failures: int) -> int:
    """Seconds to wait after so many wrong tries in a row: 30 after the fifth, then doubling."""
    if failures <= FREE_TRIES:
        return 0
    doublings = min(failures - FREE_TRIES - 1, 10)
    return min(FIRST_WAIT_SECONDS << doublings, LONGEST_WAIT_SECONDS)


class Attempts:
    """The wrong tries of each user, by the id of the user's slot."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = ticks.seconds) -> None:
        self._path = path
        self._monotonic = monotonic
        started = monotonic()
        self._failures, self._told = self._read()
        self._since = dict.fromkeys(self._failures, started)
        self._started = started

    def begin(self, user: str) -> None:
        """Count a try before it is made. Raises StorageError (WAIT_BEFORE_TRYING)."""
        self._look_again()
        if seconds := self.seconds_left(user):
            raise StorageError(StorageFailure.WAIT_BEFORE_TRYING, seconds=seconds)
        self._failures[user] = self.failures(user) + 1
        self._since[user] = self._monotonic()
        self._write()

    def succeeded(self, user: str) -> int:
        """Forget this user's wrong tries. Returns how many there were before this one."""
        before = max(self.failures(user) - 1, 0)
        self._failures[user] = 0
        self._told.pop(user, None)
        self._write()
        return before

    def forget(self, user: str) -> None:
        """Forget this user's wrong tries: they came in another way."""
        if self.failures(user):
            self._failures[user] = 0
            self._told.pop(user, None)
            self._write()

    def untold(self) -> dict[str, int]:
        """The wrong tries of each user that no log tells of yet. Those of ``""`` are a file that
        made no sense."""
        self._look_again()
        counts = {user: n - self._told.get(user, 0) for user, n in self._failures.items()}
        return {user: n for user, n in counts.items() if n > 0}

    def tell(self) -> None:
        """The log tells of all of them now."""
        self._told = {user: n for user, n in self._failures.items() if n}
        self._write()

    def failures(self, user: str) -> int:
        return self._failures.get(user, self._failures.get("", 0))

    def seconds_left(self, user: str) -> int:
        """Whole seconds until this user may try again; 0 when now."""
        waited = self._monotonic() - self._since.get(user, self._started)
        return max(ceil(wait_after(self.failures(user)) - waited), 0)

    def _look_again(self) -> None:
        """Wait for tries that another process counted meanwhile, too."""
        counted, _ = self._read()
        for user, failures in counted.items():
            if failures > self.failures(user):
                self._failures[user] = failures
                self._since[user] = self._monotonic()

    def _read(self) -> tuple[dict[str, int], dict[str, int]]:
        """The wrong tries, and how many of them the log tells of. A file that makes no sense
        counts against everyone (the user ``""``)."""
        try:
            with device_errors():
                if not self._path.exists():
                    return {}, {}
                content = json.loads(self._path.read_bytes())
            return _counts(content["failures"]), _counts(content.get("told", {}))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {"": _UNKNOWN}, {}

    def _write(self) -> None:
        content = {"format": 1, "failures": self._failures, "told": self._told}
        write_durably(self._path, json.dumps(content, sort_keys=True).encode())


def _counts(found: Any) -> dict[str, int]:
    if not all(isinstance(n, int) and 0 <= n < 2**31 for n in found.values()):
        raise ValueError("not counts")
    return {str(user): n for user, n in found.items()}
