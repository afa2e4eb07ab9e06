"""Slow work asked for again and again, as by a slider: only the newest is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Latest:
    """One piece of work at a time in a thread. What is asked for meanwhile replaces what waits."""

    def __init__(self) -> None:
        self._waiting: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self._is_busy = False

    async def do(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run ``work`` in a thread, and ``then`` with its result on the event loop.

        Raises what ``work`` raises, to whoever is working it off.
        """
        self._waiting = work, then
        if self._is_busy:
            return
        self._is_busy = True
        try:
            while self._waiting:
                (work, then), self._waiting = self._waiting, None
                then(await asyncio.to_thread(work))
        finally:
            self._is_busy = False

    def forget(self) -> None:
        """Whatever waits is not wanted any more."""
        self._waiting = None
