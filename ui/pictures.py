"""The image and its heat map as bytes that a screen can show. Slow: never on the event loop."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.rendering import render
from core.imaging.study import Frame, Window
from core.reading.contour import hottest_region, outline
from core.reading.explanation import class_map, colour, heat_map
from core.reading.result import FrameReading

#: Longest side of a preview: in a browser every byte crosses a websocket twice.
PREVIEW_SIDE = 1024
#: The network's map has a few cells per side; more pixels than this would add nothing.
HEAT_SIDE = 384
#: A picture is averaged down to no less than this many times its new side before it is resampled
#: with care: half the time of Pillow's 2.0, and 51 dB from it, where the JPEG alone loses 45.
REDUCING_GAP = 1.1
_JPEG_QUALITY = 88


def preview(frame: Frame, window: Window | None = None) -> tuple[bytes, int, int]:
    """A frame as JPEG bytes, with its width and height. ``window`` applies to Hounsfield units."""
    shown = render(frame, window if frame.rescale.is_hounsfield else None)
    image = Image.fromarray(np.ascontiguousarray(shown))
    side = PREVIEW_SIDE, PREVIEW_SIDE
    image.thumbnail(side, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return stream.getvalue(), image.width, image.height


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a picture file of our own making."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def at_most(content: bytes, largest: int) -> bytes:
    """A JPEG of our own making in at most ``largest`` bytes: as it is, or smaller."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
    while len(content) > largest:
        image.thumbnail((image.width * 3 // 4, image.height * 3 // 4))
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=_JPEG_QUALITY)
        content = stream.getvalue()
    return content


def heat_picture(frame: FrameReading, label: str, width: int, height: int) -> bytes | None:
    """The heat map for ``label`` as PNG bytes with transparency, shaped like the preview. None
    when no place speaks for it."""
    if not class_map(frame, label).any():
        return None
    return _png(colour(heat_map(frame, label, _heat_size(width, height)), opacity=1.0))


def contour_picture(frame: FrameReading, label: str, width: int, height: int) -> bytes | None:
    """The outline of the heat map's hottest region as PNG bytes, shaped like the preview. None
    when no place speaks for ``label``."""
    if not class_map(frame, label).any():
        return None
    return _png(outline(hottest_region(heat_map(frame, label, _heat_size(width, height)))))


def _heat_size(width: int, height: int) -> tuple[int, int]:
    """Rows and columns."""
    scale = min(1.0, HEAT_SIDE / max(width, height))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _png(samples: npt.NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "PNG")
    return stream.getvalue()
