"""What may be opened at most, so that no file can stall or exhaust a phone."""

from __future__ import annotations

import time

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure

#: Pixels of one decoded frame: a 36 x 43 cm mammography or chest plate stays below 30.
MAX_PIXELS = 64_000_000
#: Above this many pixels a JPEG is decoded at half its width and height (libjpeg scales in the
#: transform, so the full picture never exists in memory).
DRAFT_PIXELS = 16_000_000
#: Bytes of one file, of all pixel bytes of a series, and of an inflated DICOM data set.
MAX_FILE_BYTES = 512_000_000
#: Frames of one study.
MAX_FRAMES = 2_000
#: Shorter side in pixels below which there is nothing to show at all.
MIN_SIDE = 4
#: Wall-clock seconds to open one file or to decode one frame.
MAX_SECONDS = 10.0
#: Bytes of one nested DICOM sequence: 2,000 frames of an enhanced series need about 8 MB.
MAX_SEQUENCE_BYTES = 16_000_000
#: Passes of a progressive JPEG; libjpeg's own presets write about 10.
MAX_JPEG_SCANS = 100


class Deadline:
    """A time by which opening must be done.

    C decoders cannot be interrupted: what goes into one of them is bounded by size instead,
    and the clock is looked at before, between and after.
    """

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises ``ImagingError`` (``too_slow``) once the time is over."""
        if time.monotonic() > self._end:
            raise ImagingError(ImagingFailure.TOO_SLOW, seconds=round(self._seconds))


def check_pixels(width: int, height: int) -> None:
    """Refuse a frame of this size before anything is allocated for it.

    Raises ``ImagingError``: ``too_many_pixels`` or ``only_a_few_pixels``.
    """
    if width * height > MAX_PIXELS:
        raise ImagingError(
            ImagingFailure.TOO_MANY_PIXELS,
            megapixels=round(width * height / 1e6),
            limit=MAX_PIXELS // 1_000_000,
        )
    if min(width, height) < MIN_SIDE:
        raise ImagingError(ImagingFailure.ONLY_A_FEW_PIXELS, width=width, height=height)
