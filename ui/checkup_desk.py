"""The self-test and the report about a problem, as a person asks for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storage.clock import device_time
from ui import help_words
from ui.checkup import Check, Checked, Device, Outcome, run_check
from ui.checkup_words import CheckFinding
from ui.problem_report import problem_report
from ui.sharing import HandOut
from ui.state import AppState, Place

if TYPE_CHECKING:
    from core.reading.reader import Reader

REPORT_FILE = "outpost-problem-{day:%Y-%m-%d}.txt"
#: Whether the camera may be used; None where nobody can say before it is opened.
CameraAsked = Callable[[], Awaitable[bool | None]]


class CheckupDesk:
    """One session's checks."""

    def __init__(
        self,
        state: AppState,
        reader: Callable[[], Reader],
        vault: Path,
        camera: CameraAsked,
        load_packs: Callable[[], Awaitable[None]],
        save: HandOut,
        share: HandOut,
        client: str,
    ) -> None:
        self._state, self._reader, self._vault = state, reader, vault
        self._camera, self._load_packs = camera, load_packs
        self._save, self._share, self._client = save, share, client

    async def run(self) -> None:
        """Every check, one after the other; what was found is shown as it comes."""
        state = self._state
        state.checked, state.checking = (), ""
        device = Device(self._reader, self._vault, os.environ, bool(state.cases))
        for check in Check:
            state.checking = check.value
            found = await self._one(check, device)
            if state.place not in {Place.CHECKUP, Place.PROBLEM}:
                break
            state.checked = (*state.checked, found)
        state.checking = ""

    async def _one(self, check: Check, device: Device) -> Checked:
        if check is Check.CAMERA and self._state.has_camera:
            return await self._camera_check()
        return await asyncio.to_thread(run_check, check, device)

    async def _camera_check(self) -> Checked:
        outcome, finding = Outcome.NOT_TRIED, CheckFinding.CAMERA_ELSEWHERE
        if not self._state.in_browser:
            allowed = await self._camera()
            if allowed is None:
                outcome, finding = Outcome.FINE, CheckFinding.CAMERA_ASKS
            elif allowed:
                outcome, finding = Outcome.FINE, CheckFinding.CAMERA_ALLOWED
            else:
                outcome, finding = Outcome.FAILED, CheckFinding.CAMERA_REFUSED
        return Checked(Check.CAMERA, outcome, (finding.say(),))

    # A report

    async def gather(self) -> None:
        """Make the report, to be read before it is saved."""
        state = self._state
        state.problem = ""
        if not state.checked:
            await self.run()
        if state.packs is None:
            await self._load_packs()
        state.problem = await asyncio.to_thread(
            problem_report, self._client, state.packs, state.checked, state.settings
        )

    async def save_report(self) -> None:
        await self._give(self._save)

    async def share_report(self) -> None:
        await self._give(self._share)

    async def _give(self, give: HandOut) -> None:
        """What was shown, and nothing else."""
        name = REPORT_FILE.format(day=device_time())
        if await give(name, self._state.problem.encode()):
            self._state.told = help_words.REPORT_SAVED
