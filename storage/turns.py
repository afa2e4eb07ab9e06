"""A lock that is given in the order in which it is asked for."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """Like ``threading.RLock``, and fair: its holder may take it again, and whoever lets go of it
    comes after those who wait.

    Python's own lets a thread that asks again at once keep out all others for as long as it likes:
    reading the list of cases in the background, chunk by chunk, kept others waiting for seconds.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner in (None, me):
                self._owner, self._depth = me, self._depth + 1
                return
            mine = me, threading.Lock()
            mine[1].acquire()
            self._waiting.append(mine)
        try:
            mine[1].acquire()  # Until it is handed over.
        except BaseException:
            self._give_up(mine)
            raise

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._let_go()

    def _let_go(self) -> None:
        self._depth -= 1
        if self._depth:
            return
        self._owner = None
        if self._waiting:
            self._owner, gate = self._waiting.popleft()
            self._depth = 1
            gate.release()

    def _give_up(self, mine: tuple[int, threading.Lock]) -> None:
        """Interrupted while waiting: the turn goes to the next one, if it had come already."""
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
            else:
                self._let_go()
