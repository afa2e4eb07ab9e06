"""The browser's address, kept in step with where the app is.

A browser tells of every change of its address: of those that a person made, and of our own as well,
later. Taken for a person's, an echo would pull the app back to where it was a moment ago.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class AddressBar:
    """One session's. ``navigate`` makes the browser show an address."""

    def __init__(self, navigate: Callable[[str], None], start: str) -> None:
        self._navigate = navigate
        self._shown = start
        self._own: deque[str] = deque()

    def show(self, address: str) -> None:
        """Make the browser show where we are, unless it does."""
        if address != self._shown:
            self._shown = address
            self._own.append(address)
            self._navigate(address)

    def is_a_persons(self, address: str) -> bool:
        """Whether a change that the browser tells of is a person's, and not the echo of ours."""
        if address in self._own:
            # A busy browser tells of the last of several changes only: those before it are over.
            while self._own.popleft() != address:
                pass
            return False
        self._shown = address
        return True

    def reconnected(self, address: str) -> None:
        """The browser is back, with this address: what it had not told yet, it never will."""
        self._own.clear()
        self._shown = address
