"""Cases: saved, listed, opened and deleted in the vault, one session's view of them.

The vault works in threads; the state is only ever touched on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from storage.clock import device_time
from storage.vault import Case as KeptCase
from ui import case_words
from ui.case_keeping import kept_in
from ui.case_views import Choices, Event, case_line, names_in, timeline
from ui.case_work import kept_case, naming
from ui.front_desk import FrontDesk
from ui.history_filter import filter_for
from ui.language import said
from ui.read_case import Case
from ui.state import AppState, HistoryView, Place, Wanted
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader

T = TypeVar("T")
PAGE, RECENT = 20, 3


class CaseBook:
    """What a person may do with cases after signing in."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        originals: Callable[[int], Sequence[Path]],
    ) -> None:
        """``originals``: the files that one of the images on the screen came from."""
        self._state, self._front, self._reader = state, front, reader
        self._originals = originals
        self._cursors: list[int | None] = [None]
        front.locked.append(self._forget)

    # Saving

    async def save(self) -> None:
        """Keep the case on the screen, new or corrected."""
        state = self._state
        if state.place is Place.HISTORY:
            if state.kept and (kept := await self._keep(state.kept, ())):
                state.told = case_words.SAVED_AGAIN
                await self._show(kept.id)
            return
        position = state.shown
        if await self._save_at(position):
            await self.refresh_recent()
            state.told = case_words.SAVED

    async def save_all(self) -> None:
        """Keep every image that was read and is not kept yet."""
        vault = self._front.vault
        for position, case in enumerate(list(self._state.cases)):
            if not self._front.still_has(vault):
                return
            if case.is_unsaved and not await self._save_at(position):
                return
        await self.refresh_recent()
        self._state.told = case_words.SAVED

    async def _save_at(self, position: int) -> bool:
        case = self._state.cases[position]
        kept = await self._keep(case, self._originals(position))
        if kept is None:
            return False
        # The person may be on their way already.
        if position < len(self._state.cases) and self._state.cases[position].id == case.id:
            self._state.cases[position] = replace(case, kept=kept)
        return True

    async def _keep(self, case: Case, originals: Sequence[Path]) -> KeptCase | None:
        vault = self._front.vault
        return await self._in_thread(lambda: kept_in(vault, case, originals))

    # The list

    async def refresh_recent(self) -> None:
        """The latest cases, for the start."""
        vault = self._front.vault

        def latest() -> tuple[object, ...]:
            page = vault.history(limit=RECENT)
            named = naming(self._reader())
            return tuple(case_line(line, named) for line in page.lines)

        found = await self._in_thread(latest, quietly=True)
        if self._front.still_has(vault):
            self._state.recent = found or ()  # type: ignore[assignment]

    async def refresh(self) -> None:
        """The first page of what is wanted."""
        self._cursors = [None]
        await self._load()

    async def want(self, **changes: str) -> None:
        """Another filter, or another patient."""
        history = self._state.history
        self._state.history = replace(history, wanted=replace(history.wanted, **changes))
        await self.refresh()

    async def want_everything(self) -> None:
        self._state.history = replace(self._state.history, wanted=Wanted())
        await self.refresh()

    async def older(self) -> None:
        await self._load()

    async def newer(self) -> None:
        # The last is where the next page begins; the one before, where this one does.
        self._cursors = self._cursors[:-2] or [None]
        await self._load()

    async def _load(self) -> None:
        """The page that the last cursor begins."""
        vault, wanted = self._front.vault, self._state.history.wanted
        before, number = self._cursors[-1], len(self._cursors)

        def load() -> HistoryView:
            page = vault.history(filter_for(wanted, device_time()), limit=PAGE, before=before)
            reader = self._reader()
            named = naming(reader)
            packs = tuple((m.id, said(m.title)) for m in reader.shelf.readers())
            users = tuple((user.id, user.name) for user in vault.users())
            self._cursors.append(page.next)
            return HistoryView(
                tuple(case_line(line, named) for line in page.lines),
                len(page.damaged),
                number,
                page.next is not None,
                wanted,
                Choices(packs, users),
            )

        view = await self._in_thread(load)
        if view and self._front.still_has(vault):
            self._state.history = view

    # One case

    async def open(self, case_id: str) -> None:
        """Show a case. The log keeps who looked at it."""
        self._state.case_id, self._state.kept, self._state.timeline = case_id, None, ()
        self._state.place = Place.HISTORY
        await self._show(case_id)

    async def _show(self, case_id: str) -> None:
        vault = self._front.vault

        def load() -> tuple[Case, tuple[Event, ...]]:
            case = kept_case(vault.case(case_id), vault.review_copy(case_id), self._reader())
            log = vault.log()
            names = names_in(log, {user.id: user.name for user in vault.users()})
            return case, timeline(log, case_id, vault.receipts(case_id), names)

        shown = await self._in_thread(load)
        if shown and self._state.case_id == case_id and self._front.still_has(vault):
            self._state.kept, self._state.timeline = shown

    def close(self) -> None:
        """Back to the list."""
        self._state.case_id, self._state.kept, self._state.timeline = "", None, ()

    async def destroy(self, reason: str) -> None:
        """Delete the case on the screen for good."""
        vault, case_id = self._front.vault, self._state.case_id
        if await self._in_thread(lambda: vault.destroy(case_id, reason) or True):
            self.close()
            await self.refresh()
            self._state.told = case_words.DELETED

    # How it is done

    def _forget(self) -> None:
        """Nothing of the vault stays in memory behind the lock; only where one was."""
        self._state.recent, self._state.history = (), HistoryView()
        self._state.kept, self._state.timeline = None, ()
        self._cursors = [None]

    async def _in_thread(self, work: Callable[[], T], *, quietly: bool = False) -> T | None:
        """None when it went wrong, which is said."""
        state = self._state
        state.trouble, state.told = None, ""
        if not quietly:
            state.busy = True
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
        finally:
            if not quietly:
                state.busy = False
        return None
