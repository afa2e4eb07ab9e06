"""Locks the vault when nobody is there: after a time without a touch, and in the background.

``storage.lock_policy`` decides; this tells it what happens, and sets a timer by it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from storage.lock_policy import LockTimes, LockWatch
from ui.front_desk import FrontDesk

#: Events of the client that a person caused. Others (sizes, themes) come by themselves.
TOUCHES = frozenset(
    {"change", "click", "focus", "long_press", "result", "route_change", "scroll", "select"}
    | {"submit", "view_pop", "tap", "interaction_end"}
    | {"horizontal_drag_start", "vertical_drag_start"}
)

#: So that the time is really up when the timer wakes.
_SOON = 0.01


class AutoLock:
    """One session's watch, anew at every unlock."""

    def __init__(self, front: FrontDesk, times: Callable[[], LockTimes]) -> None:
        self._front, self._times = front, times
        self._watch: LockWatch | None = None
        self._timer: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        front.opened.append(self.begin)
        front.locked.append(self._end)

    def begin(self) -> None:
        """Watch anew: after an unlock, and after the times were changed."""
        self._end()
        self._watch = LockWatch(self._times())
        self._timer = asyncio.ensure_future(self._run(self._watch))

    def event_may_pass(self, name: str) -> bool:
        """Told of every event of the client, before it is handled. False: it comes too late, the
        vault is locked now. (Phones stop timers in the background.)"""
        if self._watch is None:
            return True
        if self._watch.must_lock():
            self._front.lock_unused()
            return name not in TOUCHES
        if name in TOUCHES:
            self._watch.touched()
        return True

    def hidden(self) -> None:
        """The app is in the background, or its tab is gone."""
        if self._watch:
            self._watch.went_to_background()
            self._moved.set()

    def shown(self) -> None:
        """The app is seen again."""
        if self._watch and self._watch.came_back():
            self._front.lock_unused()

    @contextlib.contextmanager
    def own_window(self) -> Iterator[None]:
        """While our own picker or camera covers the app."""
        self.window_opened()
        try:
            yield
        finally:
            self.window_closed()

    def window_opened(self) -> None:
        """Our own picker is about to cover the app."""
        if self._watch:
            self._watch.own_window_opened()

    def window_closed(self) -> None:
        """It is closed. One that never tells is not waited for long."""
        if self._watch:
            self._watch.own_window_closed()
            self._moved.set()

    async def _run(self, watch: LockWatch) -> None:
        while not watch.must_lock():
            # Touches put the end off: then this wakes too early, and sleeps again.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), watch.seconds_left() + _SOON)
            self._moved.clear()
        if watch is self._watch:
            self._front.lock_unused()

    def _end(self) -> None:
        if self._timer and self._timer is not asyncio.current_task():
            self._timer.cancel()
        self._watch = self._timer = None
