"""The image before it is read: looked at, turned, cropped, straightened, and judged for quality.

Rendering runs in threads; the state is only ever touched on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import OutpostError
from core.imaging.framed import frame_study
from core.imaging.framing import PLAIN, Crop, Framing, Quad
from core.imaging.opening import Origin
from core.imaging.patches import Patch, as_laid
from core.imaging.quality import judge_quality
from core.imaging.rendering import render, to_grey
from core.imaging.study import Study, Window
from core.sentences import Statement
from ui.image_words import ImageTrouble
from ui.latest import Latest
from ui.sheet import Laid, Tool, laid_out
from ui.stop import Stop
from ui.study_view import StudyView, StudyViewer
from ui.writing import Masks, Writing, writing_in_study

if TYPE_CHECKING:
    from ui.state import AppState

_log = logging.getLogger("outpost.ui")


class LightBox:
    """The person's hands on the image before it is read."""

    def __init__(self, state: AppState, is_shown: Callable[[], None]) -> None:
        """``is_shown`` puts the light box on the screen."""
        self._state, self._show = state, is_shown
        self._latest, self._search = Latest(), Latest()
        self._searching: asyncio.Task[None] | None = None
        self._stop: Stop | None = None
        self._study: Study | None = None
        self._viewer: StudyViewer | None = None
        #: The study straightened by these corners: turning and cropping it are then quick.
        self._straight: tuple[Quad, Study] | None = None
        #: How the next study is framed to begin with: work that is taken up again.
        self.start = PLAIN
        #: And what of it is covered already.
        self.covered: Masks | None = None

    async def look(self, study: Study, origins: Sequence[Origin], stop: Stop) -> Laid:
        """Show a study and wait until the person says that it may be read."""
        self._study, self._stop = study, stop
        sheet = await asyncio.to_thread(laid_out, study, origins)
        stop.check()
        self._viewer = StudyViewer(study)
        stop.answer = asyncio.get_running_loop().create_future()
        self._state.sheet = sheet
        self._show()
        start, self.start = self.start, PLAIN
        covered, self.covered = self.covered, None
        try:
            if start.is_plain:
                self._look_for_writing()
            else:
                await self._frame(start)
            if covered is not None:
                self._change(writing=Writing().corrected_to(covered.patches))
            await stop.answer
            now = self._state.sheet
            return Laid(now.framing, now.masks) if now else Laid()
        finally:
            self._clear()

    def read(self) -> None:
        """It may be read as it lies there now."""
        if self._stop and self._stop.answer and not self._stop.answer.done():
            self._stop.answer.set_result(None)

    def _clear(self) -> None:
        self._latest.forget()
        self._search.forget()
        self._study = self._viewer = self._stop = self._straight = None
        self._state.sheet = None

    # Framing

    async def turn(self, quarters: int) -> None:
        """Clockwise; a negative number turns the other way."""
        if sheet := self._state.sheet:
            await self._frame(sheet.framing.turned(quarters))

    async def begin(self, tool: Tool) -> None:
        """Take up a tool."""
        sheet = self._state.sheet
        study = self._study
        if sheet is None or study is None:
            return
        if tool is Tool.MASK:
            self._change(tool=tool, bare=sheet.view.shown)
            return
        under = replace(sheet.framing, crop=PLAIN.crop)
        if tool is Tool.STRAIGHTEN:
            under = under.straightened(None)
        await self._do(
            lambda: StudyViewer(self._framed(study, under)).begin(sheet.view.frame).shown,
            lambda shown: self._change(tool=tool, bare=shown),
        )

    def put_down(self) -> None:
        """Put the tool down; nothing changes."""
        self._change(tool=Tool.NONE, bare=None)

    async def crop(self, crop: Crop) -> None:
        """Read this part of the (straightened, not yet turned) image."""
        if sheet := self._state.sheet:
            await self._frame(replace(sheet.framing, crop=crop))

    async def straighten(self, corners: Quad) -> None:
        """Read what lies between these corners of the image as it was opened."""
        if sheet := self._state.sheet:
            await self._frame(sheet.framing.straightened(corners))

    def mask(self, patches: Sequence[Patch]) -> None:
        """Have these parts of the picture that is shown black wherever it is kept or leaves."""
        if sheet := self._state.sheet:
            laid = as_laid(patches, sheet.framing)
            self._change(writing=sheet.writing.corrected_to(laid), tool=Tool.NONE, bare=None)

    async def undo(self) -> None:
        """As it was opened."""
        await self._frame(PLAIN)

    async def _frame(self, framing: Framing) -> None:
        sheet, study = self._state.sheet, self._study
        if sheet is None or study is None:
            return
        view = sheet.view

        def framed() -> tuple[StudyViewer, StudyView, tuple[Statement, ...]]:
            whole = self._framed(study, framing)
            viewer = StudyViewer(whole)
            begun = viewer.begin(view.frame)
            begun = viewer.windowed(begun, view.window) if view.window else begun
            return viewer, begun, judge_quality(to_grey(render(whole.frames[view.frame])))

        def laid(done: tuple[StudyViewer, StudyView, tuple[Statement, ...]]) -> None:
            self._viewer = done[0]
            # Covers stay where they are; but a straightened picture is another one.
            stays = sheet.writing.corrected and framing.corners == sheet.framing.corners
            self._change(
                view=done[1],
                problems=done[2],
                framing=framing,
                tool=Tool.NONE,
                bare=None,
                writing=sheet.writing if stays else Writing(),
            )
            if not stays:
                self._look_for_writing()

        await self._do(framed, laid)

    def _look_for_writing(self) -> None:
        """In the background: nobody waits for it."""
        self._searching = asyncio.ensure_future(self._looked_for_writing())

    async def _looked_for_writing(self) -> None:
        sheet, study = self._state.sheet, self._study
        if sheet is None or study is None:
            return
        framing, frame = sheet.framing, sheet.view.frame

        def found(writing: Writing) -> None:
            now = self._state.sheet
            if now and now.framing == framing and not now.writing.corrected:
                self._change(writing=writing, trouble=now.trouble)

        await self._search.do(
            lambda: writing_in_study(self._framed(study, framing), framing, frame), found
        )

    def _framed(self, study: Study, framing: Framing) -> Study:
        if framing.corners is None:
            return frame_study(study, framing)
        if self._straight is None or self._straight[0] != framing.corners:
            self._straight = framing.corners, frame_study(study, Framing(framing.corners))
        return frame_study(self._straight[1], framing.straightened(None).cropped(framing.crop))

    # Looking

    async def show_frame(self, index: int) -> None:
        await self._view(lambda viewer, view: viewer.frame(view, index))

    async def show_strip(self, first: int) -> None:
        await self._view(lambda viewer, view: viewer.turned_to(view, first))

    async def set_window(self, window: Window | None) -> None:
        await self._view(lambda viewer, view: viewer.windowed(view, window))

    async def _view(self, work: Callable[[StudyViewer, StudyView], StudyView]) -> None:
        sheet, viewer = self._state.sheet, self._viewer
        if sheet and viewer:
            await self._do(lambda: work(viewer, sheet.view), lambda view: self._change(view=view))

    # How it is done

    async def _do(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        try:
            await self._latest.do(work, then)
        except OutpostError as error:
            self._change(trouble=error.statement)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            _log.error("%s: %s", ImageTrouble.NOT_SHOWN.code, type(error).__name__)
            self._change(trouble=ImageTrouble.NOT_SHOWN.say())

    def _change(self, **changes: object) -> None:
        if self._state.sheet:
            told = {"trouble": None, **changes}
            self._state.sheet = replace(self._state.sheet, **told)  # type: ignore[arg-type]
