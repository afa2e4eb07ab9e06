"""Sync in the app while its vault is locked, where the clinic allows it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import OutpostError
from core.sync.failures import SyncError, SyncFailure
from core.sync.worker import Phase, Progress
from storage.locked_outbox import LockedOutbox
from storage.store import OpenVault
from ui.case_report import manifest_of
from ui.front_desk import FrontDesk
from ui.locked_sending import LockedSending, take_along
from ui.state import AppState, Gate
from ui.sync_conditions import Conditions, held_back
from ui.sync_views import Held

if TYPE_CHECKING:
    from core.reading.reader import Reader

#: Seconds between two looks at whether sending may go on.
LOOK_S = 20.0


class LockedSyncDesk:
    """One session's sending after it has locked the vault, until somebody signs in. ``told`` asks
    the device about its network and battery; ``outbox`` is what may be sent of a vault after it is
    locked (``VaultRoom.locked_outbox``)."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        told: Callable[[], Awaitable[Conditions]],
        outbox: Callable[[OpenVault], LockedOutbox],
    ) -> None:
        self._state, self._reader, self._told, self._outbox = state, reader, told, outbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = threading.Event()
        self._task: asyncio.Task[None] | None = None
        front.opened.append(self._stop)
        front.closing_down.append(self._take_along)

    def _stop(self) -> None:
        """Somebody is in: the open vault sends by itself."""
        self._loop = asyncio.get_running_loop()
        self._over.set()
        if self._task:
            self._task.cancel()

    def _take_along(self, vault: OpenVault) -> None:
        """The vault is about to be closed, in another thread than the event loop's."""
        if vault.is_anyone_beside():  # Then theirs sends.
            return
        with suppress(OutpostError):  # Then what waits goes on waiting for the next unlock.
            taken = take_along(vault)
            if taken is None or self._loop is None:
                return
            shelf, over = self._reader().shelf, threading.Event()
            sending = LockedSending(
                taken, self._outbox(vault), lambda reading: manifest_of(reading, shelf), over.wait
            )
            self._loop.call_soon_threadsafe(self._begin, sending, over)

    def _begin(self, sending: LockedSending, over: threading.Event) -> None:
        if self._state.gate is not Gate.LOCKED:
            sending.forget()
            return
        self._over = over
        self._task = asyncio.ensure_future(self._by_itself(sending, over))

    async def _by_itself(self, sending: LockedSending, over: threading.Event) -> None:
        """Until somebody signs in, or nothing is left that can be sent without: then the key
        goes, too."""
        wait = 0.0
        self._say(goes_on=True)
        try:
            while not over.is_set():
                if wait <= 0:
                    conditions, now = await self._told(), sending.taken.clock.now().known
                    if held_back(sending.taken.settings, conditions, now) is Held.NO:
                        last = await asyncio.to_thread(_last_of, sending, over)
                        if last is None or last.phase is Phase.DONE:
                            return
                        wait = last.wait_s
                await asyncio.sleep(LOOK_S)
                wait -= LOOK_S
        finally:
            sending.forget()
            self._say(goes_on=False)

    def _say(self, *, goes_on: bool) -> None:
        if self._state.sync.goes_on_locked is not goes_on:
            self._state.sync = replace(self._state.sync, goes_on_locked=goes_on)


def _last_of(sending: LockedSending, over: threading.Event) -> Progress | None:
    """The last word of one pass; None where there will be no other."""
    try:
        last: Progress | None = None
        for progress in sending.run():
            if over.is_set():
                return None
            last = progress
        return last
    except SyncError as error:
        if error.failure is SyncFailure.SYNC_UNDER_WAY:  # One that locking cut off, at its end.
            return Progress(Phase.STOPPED, 0, failure=error.statement)
    except OutpostError:  # Somebody is in, or the key is gone.
        pass
    return None
