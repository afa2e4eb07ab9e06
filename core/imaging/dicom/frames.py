"""The frames of a DICOM study, decoded when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from core.imaging.dicom.pixels import PixelFile
from core.imaging.study import Frame


class DicomFrames(Sequence[Frame]):
    """Frames of one or more files in the order of the stack.

    Indexing decodes and may raise ``ImagingError`` for a damaged frame. The frame decoded last
    is kept, because a viewer asks for it again with every change of window.
    """

    def __init__(self, places: Sequence[tuple[PixelFile, int]]) -> None:
        self._places = tuple(places)
        # Replaced as one object: safe when worker threads index at the same time.
        self._last: tuple[int, Frame] | None = None

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> DicomFrames: ...

    def __getitem__(self, index: int | slice) -> Frame | DicomFrames:
        if isinstance(index, slice):
            return DicomFrames(self._places[index])
        at = range(len(self._places))[index]
        last = self._last
        if last is not None and last[0] == at:
            return last[1]
        file, within = self._places[at]
        frame = file.frame(within, at + 1)
        self._last = (at, frame)
        return frame
