"""When the vault locks by itself: a state machine that holds no key and starts no timer.

The app tells it what happens (a touch, the background, our own picker), asks ``seconds_left`` to
set its timer by, and locks when ``must_lock`` says so, on the timer and always when it comes back
to the foreground: phones stop timers in the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from storage import ticks


@dataclass(frozen=True, kw_only=True)
class LockTimes:
    """Seconds until the vault locks.

    ``idle``: without a touch. ``grace``: in the background, so that a glance at a message costs
    no PIN. ``own_window``: at most this long our own picker, camera or share sheet keeps it open;
    one that never tells that it closed does not keep it open for ever.
    """

    idle: float = 300.0
    grace: float = 20.0
    own_window: float = 180.0

    def __post_init__(self) -> None:
        if min(self.idle, self.grace, self.own_window) < 0:
            raise ValueError("times are not negative")


class LockWatch:
    """Watches over one time that the vault is open: make a new one at every unlock.

    ``tick`` (seconds) can be replaced in tests. Once it is due, it stays due.
    """

    def __init__(
        self, times: LockTimes | None = None, tick: Callable[[], float] = ticks.seconds
    ) -> None:
        self._times = times or LockTimes()
        self._tick = tick
        self._touched = tick()
        self._hidden: float | None = None
        self._own_windows = 0
        self._own_since = 0.0
        self._due = False

    def touched(self) -> None:
        """A person did something. It comes too late once the vault must be locked."""
        if not self.must_lock():
            self._touched = self._tick()

    def went_to_background(self) -> None:
        """The app is not seen any more. Told twice (paused, then hidden), the first counts."""
        if not self.must_lock() and self._hidden is None:
            self._hidden = self._tick()

    def came_back(self) -> bool:
        """The app is seen again. Returns whether the vault must be locked before it is shown."""
        if self.must_lock():
            return True
        if self._hidden is not None:
            self._hidden, self._touched = None, self._tick()
        return False

    def own_window_opened(self) -> None:
        """Our own picker, camera or share sheet is about to cover the app."""
        if self.must_lock():
            return
        if not self._own_windows:
            self._own_since = self._tick()
        self._own_windows += 1

    def own_window_closed(self) -> None:
        """It is closed. In the background the grace time begins now."""
        if self.must_lock() or not self._own_windows:
            return
        self._own_windows -= 1
        if not self._own_windows:
            self._touched = self._tick()
            if self._hidden is not None:
                self._hidden = self._tick()

    def must_lock(self) -> bool:
        """Whether the time is up."""
        self._due = self._due or self._deadline() <= self._tick()
        return self._due

    def seconds_left(self) -> float:
        """Seconds until it has to be asked again, 0 when the time is up."""
        return 0.0 if self.must_lock() else self._deadline() - self._tick()

    def _deadline(self) -> float:
        if self._own_windows:
            return self._own_since + self._times.own_window
        if self._hidden is not None:
            return min(self._hidden + self._times.grace, self._touched + self._times.idle)
        return self._touched + self._times.idle
