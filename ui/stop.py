"""One reading's stop sign: raised by the person, looked at by the worker."""

from __future__ import annotations

import asyncio
import threading

from core.reading.reader import ReadingCancelled


class Stop:
    """``keep``: what was read before the stop is to be shown, not forgotten."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.keep = False
        self.answer: asyncio.Future[float | bool | str | None] | None = None

    def raise_it(self) -> None:
        self._event.set()
        if self.answer and not self.answer.done():
            self.answer.cancel()

    def is_up(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        if self.is_up():
            raise ReadingCancelled
