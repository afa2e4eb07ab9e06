"""A study as it is looked at: one frame through one window, and a strip of small frames.

Everything here renders, and so is slow: never on the event loop.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from core.errors import ImagingError
from core.imaging.rendering import natural_window, render
from core.imaging.study import Frame, Study, VoiFunction, VoiTable, Window
from ui.pictures import PREVIEW_SIDE, REDUCING_GAP

#: Longest side of an enlarged picture, and of a small one in the strip.
LARGE_SIDE, THUMBNAIL_SIDE = 2048, 72
#: Small frames drawn at a time.
STRIP_LENGTH = 8
_JPEG_QUALITY, _THUMBNAIL_QUALITY = 88, 70
#: Of Hounsfield units: what a level and a width may be.
_HOUNSFIELD = (-1000.0, 3000.0, 4000.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """A rendered frame: JPEG bytes, and its size in pixels."""

    image: bytes
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Strip:
    """Small frames from ``first`` on (from 0). None stands for a damaged one."""

    first: int
    thumbnails: tuple[bytes | None, ...]


@dataclass(frozen=True)
class WindowRange:
    """What a window may be set to, in the frame's own units."""

    lowest: float
    highest: float
    widest: float
    is_hounsfield: bool


@dataclass(frozen=True, eq=False)
class StudyView:
    """What is on the screen of one study. ``window`` None: as it was first shown; ``range`` None:
    no window can be set (colour)."""

    shown: Shown
    frame: int
    total: int
    side: int = PREVIEW_SIDE
    window: Window | None = None
    start: Window | None = None
    range: WindowRange | None = None
    strip: Strip | None = None


class StudyViewer:
    """Renders one study. The frame looked at is kept small, so that a window follows the hand."""

    def __init__(self, study: Study, start: Window | None = None) -> None:
        """``start``: the window to begin with where samples are in Hounsfield units."""
        self._study, self._start = study, start
        self._small: tuple[int, int, Frame] | None = None

    def begin(self, index: int | None = None) -> StudyView:
        """The middle frame, or another one, and the strip around it. Raises ImagingError."""
        total = len(self._study.frames)
        at = total // 2 if index is None else index
        frame = self._study.frames[at]
        start = self._start_of(frame)
        shown = self._shown(at, None, PREVIEW_SIDE)
        strip = self.strip(at) if total > 1 else None
        return StudyView(shown, at, total, PREVIEW_SIDE, None, start, range_of(frame), strip)

    def frame(self, view: StudyView, index: int) -> StudyView:
        """Another frame, through the same window. Raises ImagingError."""
        at = max(0, min(index, view.total - 1))
        shown = self._shown(at, view.window, view.side)
        strip = view.strip
        if strip and not strip.first <= at < strip.first + STRIP_LENGTH:
            strip = self.strip(at)
        return replace(view, shown=shown, frame=at, strip=strip)

    def windowed(self, view: StudyView, window: Window | None) -> StudyView:
        """Through another window. Raises ImagingError."""
        return replace(view, shown=self._shown(view.frame, window, view.side), window=window)

    def sized(self, view: StudyView, side: int) -> StudyView:
        """With another longest side. Raises ImagingError."""
        return replace(view, shown=self._shown(view.frame, view.window, side), side=side)

    def turned_to(self, view: StudyView, first: int) -> StudyView:
        """Another page of the strip."""
        return replace(view, strip=self.strip(max(0, min(first, view.total - 1))))

    def strip(self, index: int) -> Strip:
        """The page of small frames that ``index`` is on."""
        first = index // STRIP_LENGTH * STRIP_LENGTH
        last = min(first + STRIP_LENGTH, len(self._study.frames))
        return Strip(first, tuple(self.thumbnail(at) for at in range(first, last)))

    def thumbnail(self, index: int) -> bytes | None:
        """One small frame as JPEG bytes; None for a damaged one."""
        try:
            frame = self._study.frames[index]
        except ImagingError:
            return None
        small = reduced(frame, THUMBNAIL_SIDE)
        return _jpeg(small, self._start_of(frame), THUMBNAIL_SIDE, _THUMBNAIL_QUALITY).image

    def _shown(self, index: int, window: Window | None, side: int) -> Shown:
        if self._small is None or self._small[:2] != (index, side):
            self._small = index, side, reduced(self._study.frames[index], side)
        small = self._small[2]
        return _jpeg(small, window or self._start_of(small), side, _JPEG_QUALITY)

    def _start_of(self, frame: Frame) -> Window | None:
        """The window a frame is first shown through; None: as it is stored, or by a table."""
        if frame.is_colour:
            return None
        if frame.rescale.is_hounsfield and self._start is not None:
            return self._start
        if isinstance(frame.voi, VoiTable):
            return None
        if frame.voi is None and frame.samples.dtype != np.uint8:
            return natural_window(frame)
        return frame.voi


def range_of(frame: Frame) -> WindowRange | None:
    """What a window on this frame may be."""
    if frame.is_colour:
        return None
    if frame.rescale.is_hounsfield:
        return WindowRange(*_HOUNSFIELD, True)
    if frame.samples.dtype == np.uint8 and frame.voi is None:
        return WindowRange(0.0, 255.0, 510.0, False)
    natural = natural_window(frame)
    half = max(natural.width, 2.0)
    return WindowRange(natural.center - half, natural.center + half, 2 * half, False)


def window_of(view: StudyView) -> Window:
    """The window that a hand starts from. Raises ValueError where none can be set."""
    if view.range is None:
        raise ValueError("colour has no window")
    if chosen := view.window or view.start:
        return chosen
    middle = (view.range.lowest + view.range.highest) / 2
    return Window(middle, view.range.widest / 2, VoiFunction.LINEAR_EXACT)


def within(limits: WindowRange, window: Window) -> Window:
    """The window, brought inside its limits."""
    level = min(max(window.center, limits.lowest), limits.highest)
    width = min(max(window.width, limits.widest / 400), limits.widest)
    return replace(window, center=level, width=width)


def reduced(frame: Frame, side: int) -> Frame:
    """A frame with at most ``side`` samples on its longer side: averages, in its own units."""
    factor = max(frame.width, frame.height) / side
    if factor <= 1:
        return frame
    size = max(1, round(frame.width / factor)), max(1, round(frame.height / factor))
    samples = frame.samples
    if samples.dtype == np.uint8:
        image = Image.fromarray(np.ascontiguousarray(samples))
        return replace(frame, samples=np.asarray(_resized(image, size)))
    if frame.is_colour:
        return replace(frame, samples=samples[:: int(factor), :: int(factor)])
    limits = np.iinfo(samples.dtype)
    smaller = np.asarray(_resized(Image.fromarray(samples.astype(np.float32)), size))
    kept = np.rint(smaller).clip(limits.min, limits.max).astype(samples.dtype)
    return replace(frame, samples=kept)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _jpeg(frame: Frame, window: Window | None, side: int, quality: int) -> Shown:
    image = Image.fromarray(np.ascontiguousarray(render(frame, window)))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Shown(stream.getvalue(), image.width, image.height)
