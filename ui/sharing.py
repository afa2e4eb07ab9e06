"""Taking a copy of a case off the device: made in memory, logged, then handed to the person."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ui import picked_copies, sharing_words
from ui.case_documents import Document, Form, document
from ui.front_desk import FrontDesk
from ui.state import AppState
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader

#: Gives a file of this name to the person; whether they took it.
HandOut = Callable[[str, bytes], Awaitable[bool]]


class Sharing:
    """One session's way of handing copies out."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        save: HandOut,
        share: HandOut,
    ) -> None:
        """``save`` asks where a file should go; ``share`` opens the system's share sheet."""
        self._state, self._front, self._reader = state, front, reader
        self._save, self._share = save, share
        # Whoever comes in again is done with the app that a copy was shared with.
        front.opened.append(lambda: picked_copies.sweep_shared(os.environ))

    async def save(self, case_id: str, form: Form) -> None:
        """Write a case in one form where the person says."""
        await self._give(case_id, form, self._save)

    async def share(self, case_id: str, form: Form) -> None:
        """Hand a case in one form to another app of this device."""
        await self._give(case_id, form, self._share)

    async def _give(self, case_id: str, form: Form, give: HandOut) -> None:
        made = await self._made(case_id, form)
        if made is None:
            return
        taken = await give(made.name, made.content)
        if self._state.trouble is None:
            self._state.told = sharing_words.FILE_SAVED if taken else sharing_words.NOT_TAKEN

    async def _made(self, case_id: str, form: Form) -> Document | None:
        """None when it went wrong, which is said."""
        state, vault = self._state, self._front.vault
        state.trouble, state.told, state.making = None, "", form.value
        try:
            shelf = (await asyncio.to_thread(self._reader)).shelf
            return await asyncio.to_thread(document, vault, shelf, case_id, form)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
            return None
        finally:
            state.making = ""
