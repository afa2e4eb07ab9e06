"""Wrong tries, counted before anyone has signed in, and the wait that grows with them.

The count stands unsealed in a small file, since nothing can be sealed before a secret is known.
Each try is written down before it is made, so that killing the app forgets none, and with it when
that was by the clock that counts from the device's start: so waiting counts though the app is
closed meanwhile, and changing the device's clock does not shorten it. Who can write to the vault's
folder can reset the count; what then protects is the cost of each try and the device secret.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
#: No device ran for so many seconds.
_NEVER = 1e10


def wait_after(failures: int) -> int:
    """Seconds to wait after so many wrong tries in a row: 30 after the fifth, then doubling."""
    if failures <= FREE_TRIES:
        return 0
    doublings = min(failures - FREE_TRIES - 1, 10)
    return min(FIRST_WAIT_SECONDS << doublings, LONGEST_WAIT_SECONDS)


class Attempts:
    """The wrong tries of each user, by the id of the user's slot."""

    def __init__(
        self,
        path: Path,
        monotonic: Callable[[], float] = ticks.seconds,
        boot: Callable[[], str] = ticks.boot,
    ) -> None:
        self._path = path
        #: Somebody may change their secret while another signs in: both count tries.
        self._mutex = threading.RLock()
        self._monotonic = monotonic
        self._boot = boot()
        self._started = monotonic()
        found = self._read()
        self._failures, self._told = found.failures, found.told
        self._since = dict(found.since)

    def begin(self, user: str) -> None:
        """Count a try before it is made. Raises StorageError (WAIT_BEFORE_TRYING)."""
        with self._mutex:
            self._look_again()
            if seconds := self.seconds_left(user):
                self._begin_to_wait(user)
                raise StorageError(StorageFailure.WAIT_BEFORE_TRYING, seconds=seconds)
            self._failures[user] = self.failures(user) + 1
            self._since[user] = self._monotonic()
            self._write()

    def succeeded(self, user: str) -> int:
        """Forget this user's wrong tries. Returns how many there were before this one."""
        with self._mutex:
            before = max(self.failures(user) - 1, 0)
            self._failures[user] = 0
            self._told.pop(user, None)
            self._write()
            return before

    def forget(self, user: str) -> None:
        """Forget this user's wrong tries: they came in another way."""
        with self._mutex:
            if self.failures(user):
                self._failures[user] = 0
                self._told.pop(user, None)
                self._write()

    def untold(self) -> dict[str, int]:
        """The wrong tries of each user that no log tells of yet. Those of ``""`` are a file that
        made no sense."""
        with self._mutex:
            self._look_again()
            counts = {user: n - self._told.get(user, 0) for user, n in self._failures.items()}
            return {user: n for user, n in counts.items() if n > 0}

    def tell(self) -> None:
        """The log tells of all of them now."""
        with self._mutex:
            self._told = {user: n for user, n in self._failures.items() if n}
            self._write()

    def failures(self, user: str) -> int:
        return self._failures.get(user, self._failures.get("", 0))

    def seconds_left(self, user: str) -> int:
        """Whole seconds until this user may try again; 0 when now."""
        counted = user if user in self._failures else ""
        waited = self._monotonic() - self._since.get(counted, self._started)
        return max(ceil(wait_after(self.failures(user)) - waited), 0)

    def _begin_to_wait(self, user: str) -> None:
        """Where nobody wrote down since when, the wait begins now, for the next process too."""
        counted = user if user in self._failures else ""
        if counted not in self._since:
            self._since[counted] = self._started
            self._write()

    def _look_again(self) -> None:
        """Wait for tries that another process counted meanwhile, too."""
        found = self._read()
        for user, failures in found.failures.items():
            if failures > self.failures(user):
                self._failures[user] = failures
                self._since[user] = found.since.get(user, self._monotonic())

    def _read(self) -> _Found:
        """What is in the file. One without sense counts against everyone (the user ``""``)."""
        try:
            with device_errors():
                if not self._path.exists():
                    return _Found({}, {}, {})
                content = json.loads(self._path.read_bytes())
            failures, told = _counts(content["failures"]), _counts(content.get("told", {}))
            return _Found(failures, told, self._ticks(content))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _Found({"": _UNKNOWN}, {}, {})

    def _ticks(self, content: Mapping[str, Any]) -> dict[str, float]:
        """Since when each user waits, as our ticks count. Without sense, the wait begins anew."""
        now, boot = self._monotonic(), content.get("boot", "")
        found = content.get("ticks", {})
        if not isinstance(found, dict) or not isinstance(boot, str):
            return {}
        return {
            user: ticks.since(float(then), boot, now, self._boot)
            for user, then in found.items()
            if isinstance(then, int | float) and 0 <= then < _NEVER
        }

    def _write(self) -> None:
        content = {
            "format": 1,
            "failures": self._failures,
            "told": self._told,
            "boot": self._boot,
            "ticks": {user: tick for user, tick in self._since.items() if self._failures.get(user)},
        }
        write_durably(self._path, json.dumps(content, sort_keys=True).encode())


@dataclass(frozen=True)
class _Found:
    """Wrong tries, how many of them the log tells of, and since when each waits."""

    failures: dict[str, int]
    told: dict[str, int]
    since: dict[str, float]


def _counts(found: Any) -> dict[str, int]:
    if not all(isinstance(n, int) and 0 <= n < 2**31 for n in found.values()):
        raise ValueError("not counts")
    return {str(user): n for user, n in found.items()}
