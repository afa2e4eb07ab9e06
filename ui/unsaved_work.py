"""Keeps what is not saved yet in the vault's drafts, and brings it back after a restart.

Looked at once a second while the vault is open: so nothing that a person does waits for it, and a
process that is killed loses no more than its last second.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import OutpostError
from core.imaging.framing import PLAIN
from core.imaging.opening import Origin
from storage.drafts import Draft as KeptDraft
from storage.failures import StorageError, StorageFailure
from storage.store import OpenVault
from ui import image_words
from ui.draft_notes import chosen_in, note_of
from ui.front_desk import FrontDesk
from ui.image_words import ImageTrouble
from ui.light_box import LightBox
from ui.read_case import Case
from ui.reading_desk import ReadingDesk
from ui.state import AppState, Gate, Place, Stage

_log = logging.getLogger("outpost.ui")

_EVERY_S = 1.0
#: An image that ends the process each time it is opened is not brought back for ever.
_TRIES = 3
_UNDER_WAY = {Stage.CHECKING, Stage.ASKING, Stage.READING, Stage.IMPRESSION}
#: Where one may come back to once everything is read.
_BACK_TO = {stage.name: stage for stage in (Stage.RESULT, Stage.LIST, Stage.IMPRESSION)}

#: The sessions of this process, by what their drafts are marked with: whether someone is there.
#: What is on another tab's screen is not brought to this one.
_sessions: dict[str, Callable[[], bool]] = {}


class UnsavedWork:
    """One session's unsaved work."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        desk: ReadingDesk,
        box: LightBox,
        is_here: Callable[[], bool],
    ) -> None:
        self._state, self._front, self._desk, self._box = state, front, desk, box
        self._mark = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None
        self._begun: Sequence[Sequence[Origin]] | None = None
        self._refused: Sequence[Sequence[Origin]] | None = None
        self._written: Mapping[str, Any] | None = None
        self._restoring = False
        _sessions[self._mark] = is_here
        front.opened.append(self._came_in)
        front.locked.append(self._went_out)

    def close(self) -> None:
        """Nobody comes back to this session."""
        self._went_out()
        _sessions.pop(self._mark, None)

    def _came_in(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    def _went_out(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = self._begun = self._written = None

    async def _run(self) -> None:
        try:
            await self._bring_back()
            while self._state.gate is Gate.OPEN:
                await self._keep()
                await asyncio.sleep(_EVERY_S)
        except StorageError as error:
            if error.code != StorageFailure.LOCKED.code:
                self._state.trouble = error.statement
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            _log.error("%s: %s", ImageTrouble.RESUME_FAILED.code, type(error).__name__)

    # Keeping

    async def _keep(self) -> None:
        drafts, origins = self._front.vault.drafts, self._desk.chosen.origins
        if self._restoring or self._state.stage is Stage.OPENING:
            return
        if not self._state.settings.keep_drafts or not self._is_worth_it():
            if self._begun is not None:
                self._begun = self._written = None
                await asyncio.to_thread(drafts.discard)
            return
        if origins is not self._begun and origins is not self._refused:
            await self._begin(origins)
        note = note_of(self._state, self._desk.chosen, self._mark)
        if origins is self._begun and note != self._written:
            await asyncio.to_thread(drafts.note, note)
            self._written = note

    async def _begin(self, origins: Sequence[Sequence[Origin]]) -> None:
        try:
            await asyncio.to_thread(self._front.vault.drafts.begin, origins)
        except StorageError as error:
            if error.code != StorageFailure.LOW_SPACE.code:
                raise
            self._refused = origins
            self._state.notices = (*self._state.notices, ImageTrouble.TOO_LARGE_TO_KEEP.say())
        else:
            self._begun, self._written = origins, None

    def _is_worth_it(self) -> bool:
        state = self._state
        if not self._desk.chosen.origins:
            return False
        return state.stage in _UNDER_WAY or any(map(_is_new, state.cases))

    # Bringing back

    async def _bring_back(self) -> None:
        vault, state = self._front.vault, self._state
        drafts = vault.drafts
        if not state.settings.keep_drafts:
            await asyncio.to_thread(drafts.discard)
            return
        try:
            draft = await asyncio.to_thread(drafts.found)
        except StorageError as error:
            if error.code == StorageFailure.LOCKED.code:
                raise
            await self._give_up()
            return
        if draft is None or state.cases or state.stage is not Stage.HOME:
            return
        mark = draft.note.get("mark", "")
        if mark != self._mark and _sessions.get(mark, _nobody)():
            return
        tries = int(draft.note.get("tries", 0))
        if tries >= _TRIES:
            await self._give_up()
            return
        await asyncio.to_thread(drafts.note, {**draft.note, "tries": tries + 1})
        asyncio.ensure_future(self._restore(draft, vault))  # noqa: RUF006 - the state holds its outcome

    async def _give_up(self) -> None:
        """What does not open now will not open later."""
        await asyncio.to_thread(self._front.vault.drafts.discard)
        self._state.trouble = ImageTrouble.RESUME_FAILED.say()

    async def _restore(self, draft: KeptDraft, vault: OpenVault) -> None:
        state = self._state
        try:
            chosen, images = chosen_in(draft)
        except (ValueError, KeyError, TypeError):
            await self._give_up()
            return
        state.place = Place.READ
        state.experimental = bool(draft.note.get("experimental"))
        state.from_camera = bool(draft.note.get("from_camera"))
        stage = _BACK_TO.get(str(draft.note.get("stage")))
        state.told = image_words.RESUMED
        if stage is None and draft.note.get("stage") != Stage.LEAVING.name:
            self._box.start = chosen.framings.get(0, PLAIN)
            self._box.covered = chosen.masks.get(0)
            chosen.framings.clear()
            chosen.masks.clear()
            await self._desk.go_on(chosen, self._box.look)
            return
        self._restoring = True
        try:
            await self._desk.go_on(chosen, None)
            if self._front.still_has(vault):
                await self._read_again(images)
            if self._front.still_has(vault):
                self._go_back_to(stage, int(draft.note.get("shown", 0)))
        except OutpostError:
            await self._give_up()
        finally:
            self._restoring = False

    async def _read_again(self, images: Sequence[Mapping[str, Any]]) -> None:
        """With the packs that were asked for in the place of a refusal."""
        for position, said in enumerate(images):
            if said.get("pack") and position < len(self._state.cases):
                self._state.shown = position
                await self._desk.override(said["pack"])

    def _go_back_to(self, stage: Stage | None, shown: int) -> None:
        state = self._state
        if not state.cases or state.stage is Stage.FAILED:
            return
        state.shown = min(shown, len(state.cases) - 1)
        several = len(state.cases) > 1
        if stage is Stage.LIST or stage is None:
            stage = Stage.LIST if several else Stage.RESULT
        state.stage = stage
        state.told = image_words.RESUMED


def _nobody() -> bool:
    return False


def _is_new(case: Case) -> bool:
    """Whether it would be lost, and is not one of the vault's with a change to it."""
    return case.kept is None and (case.is_waiting or case.is_unsaved)
