"""A reading's image looked at closely: other frames and windows, from the stored samples.

The study is opened again from what was chosen, when it is first asked for, and one is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import OutpostError
from core.imaging.study import Study, Window
from core.reading.result import FrameReading
from ui import words
from ui.image_words import ImageTrouble
from ui.latest import Latest
from ui.pictures import contour_picture, heat_picture
from ui.read_case import Case, CloseUp
from ui.result_views import heat_label
from ui.study_view import LARGE_SIDE, StudyView, StudyViewer

if TYPE_CHECKING:
    from core.reading.manifest import Manifest
    from core.reading.reader import Reader
    from ui.state import AppState

_log = logging.getLogger("outpost.ui")


class CloseUps:
    """The person's hands on the image of a reading."""

    def __init__(
        self,
        state: AppState,
        reader: Callable[[], Reader],
        study_of: Callable[[int], Study],
    ) -> None:
        """``study_of`` opens one of the images on the screen, framed as it was read. Slow."""
        self._state, self._reader, self._study_of = state, reader, study_of
        self._latest = Latest()

    async def begin(self, case: Case) -> None:
        """Open the image of a case that was read now. Cases of the vault have no samples left."""

        def begun() -> CloseUp:
            manifest = self._manifest(case)
            start = manifest.input.window if manifest else None
            viewer = StudyViewer(self._study_of(case.number), start)
            tops = case.reading.frames if case.reading else ()
            view = viewer.begin(tops[0].index if tops else None)
            if self._state.enlarged == case.id:
                view = viewer.sized(view, LARGE_SIDE)
            return self._drawn(case, view, CloseUp(case.id, view, viewer), manifest)

        def shown(done: CloseUp) -> None:
            # The person may be on their way already.
            if any(one.id == case.id for one in self._state.cases):
                self._state.close_up = done

        await self._do(begun, shown)

    def end(self) -> None:
        """As it was first shown."""
        self._latest.forget()
        self._state.close_up = None

    async def enlarge(self, case: Case) -> None:
        """Give the image the whole screen, with more of its pixels where there are more."""
        self._state.enlarged = case.id
        if case.picture and case.picture.adjustable:
            if self._is_of(case):
                await self._view(case, lambda viewer, view: viewer.sized(view, LARGE_SIDE))
            else:
                await self.begin(case)

    def shrink(self) -> None:
        """Back among the findings."""
        self._state.enlarged = ""

    async def show_frame(self, case: Case, index: int) -> None:
        """Another frame, with its own heat map where it has one."""
        if not self._is_of(case):
            await self.begin(case)
        await self._view(case, lambda viewer, view: viewer.frame(view, index))

    async def show_strip(self, case: Case, first: int) -> None:
        await self._view(case, lambda viewer, view: viewer.turned_to(view, first))

    async def set_window(self, case: Case, window: Window | None) -> None:
        await self._view(case, lambda viewer, view: viewer.windowed(view, window))

    # How it is done

    def _is_of(self, case: Case) -> bool:
        now = self._state.close_up
        return now is not None and now.case_id == case.id

    async def _view(self, case: Case, work: Callable[[StudyViewer, StudyView], StudyView]) -> None:
        now = self._state.close_up
        if now is None or now.case_id != case.id:
            return

        def viewed() -> CloseUp:
            view = work(now.viewer, now.view)
            same = view.frame == now.view.frame
            return replace(now, view=view) if same else self._drawn(case, view, now, None)

        await self._do(viewed, self._show)

    def _show(self, close_up: CloseUp) -> None:
        if self._state.close_up and self._state.close_up.case_id == close_up.case_id:
            self._state.close_up = close_up

    def _drawn(
        self, case: Case, view: StudyView, now: CloseUp, manifest: Manifest | None
    ) -> CloseUp:
        """The view with the heat map of its frame. The window does not change that."""
        frame = _frame_at(case, view.frame)
        manifest = manifest or self._manifest(case)
        label = heat_label(case.reading, manifest) if case.reading and manifest else None
        speaks = case.result is not None and bool(case.result.probabilities)
        if frame is None or label is None or not speaks:
            return replace(now, view=view, heat=None, contour=None, heat_caption="")
        size = view.shown.width, view.shown.height
        heat = heat_picture(frame, label[0], *size)
        contour = contour_picture(frame, label[0], *size) if heat else None
        caption = label[1] if heat else words.HEAT_NOTHING
        return replace(now, view=view, heat=heat, contour=contour, heat_caption=caption)

    def _manifest(self, case: Case) -> Manifest | None:
        pack = case.reading.pack if case.reading else None
        return self._reader().shelf.manifest(pack.id) if pack else None

    async def _do(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        self._state.trouble = None
        try:
            await self._latest.do(work, then)
        except OutpostError as error:
            self._state.trouble = error.statement
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            _log.error("%s: %s", ImageTrouble.NOT_SHOWN.code, type(error).__name__)
            self._state.trouble = ImageTrouble.NOT_SHOWN.say()


def _frame_at(case: Case, index: int) -> FrameReading | None:
    """What was read in one frame; None for a frame that is not among those that decided."""
    frames = case.reading.frames if case.reading else ()
    return next((frame for frame in frames if frame.index == index), None)
