"""The server's time, for whoever has a clock that lies."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class ServerTime:
    """The Date that a server told last, carried on by the monotonic clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: datetime | None = None
        self._at = 0.0
        #: Told of every Date that was heard.
        self.listeners: list[Callable[[datetime], object]] = []

    def hear(self, told: datetime | None) -> None:
        """Take a Date header in; None: there was none."""
        if told is not None:
            self._told, self._at = told, self._monotonic()
            for listener in self.listeners:
                listener(told)

    @property
    def is_known(self) -> bool:
        return self._told is not None

    def now(self) -> datetime:
        """What the server's clock shows now, in UTC; the device's where none was heard yet."""
        if self._told is None:
            return datetime.now(UTC)
        return self._told.astimezone(UTC) + timedelta(seconds=self._monotonic() - self._at)
