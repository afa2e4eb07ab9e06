"""This device's clock, as a person looks at it and confirms it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from core.sentences import Statement
from storage.notices import VaultNotice
from ui import clock_words
from ui.front_desk import FrontDesk
from ui.state import AppState
from ui.troubles import statement_of

T = TypeVar("T")
_ABOUT_CLOCK = {VaultNotice.CLOCK_BEHIND.code, VaultNotice.CLOCK_FAR_AHEAD.code}


def is_about_clock(notice: Statement) -> bool:
    """Whether the page of the clock says more."""
    return notice.code in _ABOUT_CLOCK


class ClockDesk:
    """One session's look at the clock."""

    def __init__(self, state: AppState, front: FrontDesk) -> None:
        self._state, self._front = state, front
        front.locked.append(self._forget)

    async def look(self) -> None:
        """What the clock shows now, and the time that records go by."""
        self._state.told = ""
        self._state.clock = await self._in_thread(self._front.vault.moment)

    async def confirm(self) -> None:
        """Take the date that is on the screen for right: no other, should it change meanwhile."""
        if (seen := self._state.clock) is None:
            return
        vault = self._front.vault
        if await self._in_thread(lambda: vault.confirm_clock(seen.device)):
            await self.look()
            self._state.notices = tuple(
                notice for notice in self._state.notices if not is_about_clock(notice)
            )
            self._state.told = clock_words.DATE_CONFIRMED

    def _forget(self) -> None:
        self._state.clock = None

    async def _in_thread(self, work: Callable[[], T]) -> T | None:
        """None when it went wrong, which is said."""
        self._state.trouble = None
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._state.trouble = statement_of(error)
            return None
