"""Writing in the picture that is kept with a case: looked for, shown, and made black for good.

A picture that nobody has looked at does not leave (``ui.case_documents``, ``ui.sync_parcels``,
``storage.corrections``): here is where a person looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from core.imaging.patches import Patch, covered
from storage.case_store import LARGEST_REVIEW_COPY
from storage.vault import Case as KeptCase
from ui import masking_words
from ui.front_desk import FrontDesk
from ui.pictures import at_most, picture_size
from ui.read_case import Case
from ui.state import AppState, Place
from ui.troubles import statement_of
from ui.writing import KeptPicture, writing_in_picture


class MaskingDesk:
    """One session's hands on kept pictures."""

    def __init__(self, state: AppState, front: FrontDesk) -> None:
        self._state, self._front = state, front
        self._looking: asyncio.Task[None] | None = None
        front.locked.append(self.forget)

    def forget(self) -> None:
        """Nothing of the vault stays in memory behind the lock."""
        self._state.kept_picture = None

    def look_soon(self, case_id: str) -> None:
        """Look without being waited for: what asked for it may leave the screen meanwhile."""
        self._looking = asyncio.ensure_future(self.look(case_id))

    async def look(self, case_id: str) -> None:
        """Look for writing in a case's kept picture, unless that was done or is under way."""
        now = self._state.kept_picture
        if now is not None and now.case_id == case_id:
            return
        self._state.kept_picture = None
        vault = self._front.vault
        try:
            copy = await asyncio.to_thread(vault.review_copy, case_id)
            if copy is None:
                return
            looked = KeptPicture(case_id, copy, *picture_size(copy))
            self._state.kept_picture = looked
            writing = await asyncio.to_thread(writing_in_picture, copy, looked.width, looked.height)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._state.trouble = statement_of(error)
            return
        now = self._state.kept_picture
        if now is not None and now.image is copy:
            self._state.kept_picture = replace(now, writing=writing)

    async def begin(self, case_id: str) -> None:
        """Show the picture with what would be covered."""
        await self.look(case_id)
        if now := self._state.kept_picture:
            self._state.kept_picture = replace(now, is_open=True)

    def put_down(self) -> None:
        """Back to the case; nothing changes."""
        if now := self._state.kept_picture:
            self._state.kept_picture = replace(now, is_open=False)

    async def keep(self, patches: Sequence[Patch]) -> None:
        """Make these parts black in the vault, and keep that a person has looked."""
        now, case = self._state.kept_picture, self._case()
        if now is None or case is None or case.kept is None or case.id != now.case_id:
            return
        vault, kept = self._front.vault, case.kept
        state = self._state
        state.trouble, state.told = None, ""

        def saved() -> tuple[bytes, KeptCase, bool]:
            image = now.image
            # What a server has is never changed there: it learns of the picture with a new label.
            late = not kept.picture_checked and bool(vault.receipts(kept.id))
            if patches:
                image = at_most(covered(image, patches), LARGEST_REVIEW_COPY)
            checked = replace(kept, picture_checked=True)
            return image, vault.save(checked, review_copy=image if patches else None), late

        try:
            image, kept_now, late = await asyncio.to_thread(saved)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
            return
        self._show(case, kept_now, image if patches else None)
        state.kept_picture = None
        follows = late and state.settings.send_images
        state.told = masking_words.AFTER_DELIVERY if follows else masking_words.KEPT_COVERED
        await self.look(case.id)

    def _case(self) -> Case | None:
        """The case on the screen."""
        state = self._state
        if state.place is Place.HISTORY:
            return state.kept
        return state.cases[state.shown] if state.shown < len(state.cases) else None

    def _show(self, case: Case, kept: KeptCase, image: bytes | None) -> None:
        """With what was typed meanwhile. The picture of a fresh reading stays as it was read."""
        state = self._state
        if state.place is Place.HISTORY and state.kept and state.kept.id == case.id:
            picture = state.kept.picture
            if picture is not None and image is not None:
                width, height = picture_size(image)
                picture = replace(picture, image=image, width=width, height=height)
            state.kept = replace(state.kept, kept=kept, picture=picture)
        elif state.shown < len(state.cases) and state.cases[state.shown].id == case.id:
            state.cases[state.shown] = replace(state.cases[state.shown], kept=kept)
