"""DICOM files in, a study out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.dicom.facts import read_facts
from core.imaging.dicom.frames import DicomFrames
from core.imaging.dicom.geometry import Place, StackKey, read_place, read_stack_key, slice_order
from core.imaging.dicom.header import read_header
from core.imaging.dicom.pixels import PixelFile, read_pixels
from core.imaging.failures import ImagingFailure, ImagingNotice
from core.imaging.limits import MAX_FILE_BYTES, MAX_FRAMES, Deadline
from core.imaging.study import Facts, Source, Study
from core.sentences import Statement


@dataclass(frozen=True)
class OpenedFile:
    """One file's part of a series. ``key`` and ``place`` are for sorting, and dropped then."""

    pixels: PixelFile
    facts: Facts
    key: StackKey | None
    place: Place


def open_file(file: BinaryIO, length: int, deadline: Deadline) -> OpenedFile:
    """Parse one DICOM file of ``length`` bytes. Raises ``ImagingError``."""
    header = read_header(file, length, deadline, pixels=True)
    with translating(ImagingFailure.DAMAGED_DICOM):
        pixels = read_pixels(header, deadline)
        dataset = header.dataset
        return OpenedFile(pixels, read_facts(dataset), read_stack_key(dataset), read_place(dataset))


def read_key(file: BinaryIO, length: int) -> StackKey | None:
    """What stack the file belongs to; None for one that stands alone. Raises ``ImagingError``."""
    header = read_header(file, length, Deadline(), pixels=False)
    with translating(ImagingFailure.DAMAGED_DICOM):
        return read_stack_key(header.dataset)


def check_growth(files: Sequence[OpenedFile]) -> None:
    """Refuse a series as soon as it outgrows the limits, not after all of it is in memory."""
    if sum(file.pixels.size for file in files) > MAX_FILE_BYTES:
        raise ImagingError(
            ImagingFailure.SERIES_TOO_LARGE, limit_megabytes=MAX_FILE_BYTES // 1_000_000
        )
    frames = sum(file.pixels.layout.frames for file in files)
    if frames > MAX_FRAMES:
        raise ImagingError(ImagingFailure.TOO_MANY_FRAMES, frames=frames, limit=MAX_FRAMES)


def make_study(files: Sequence[OpenedFile]) -> Study:
    """One study of one series, in the order of its slices.

    Raises ``ImagingError`` (``series_mixed``) for files that cannot share a stack.
    """
    if len(files) > 1 and (files[0].key is None or len({file.key for file in files}) > 1):
        raise ImagingError(ImagingFailure.SERIES_MIXED)
    ordered = [files[i] for i in slice_order([file.place for file in files])]
    places = [
        (file.pixels, index) for file in ordered for index in range(file.pixels.layout.frames)
    ]
    return Study(
        source=Source.DICOM,
        frames=DicomFrames(places),
        file_count=len(ordered),
        facts=ordered[0].facts,
        notices=_notices(ordered),
    )


def _notices(files: Sequence[OpenedFile]) -> tuple[Statement, ...]:
    notices: list[Statement] = []
    promised = sum(file.pixels.promised_frames for file in files)
    found = sum(file.pixels.layout.frames for file in files)
    if found < promised:
        notices.append(ImagingNotice.FRAMES_MISSING.say(promised=promised, found=found))
    first = files[0].pixels
    if first.layout.bits_allocated > 16:
        notices.append(ImagingNotice.DEPTH_REDUCED.say())
    if first.display and first.layout.bits_stored > 8 and first.display.of(0).voi is None:
        notices.append(ImagingNotice.WINDOW_COMPUTED.say())
    return tuple(notices)
