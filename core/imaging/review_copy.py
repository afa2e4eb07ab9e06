"""A small picture of a frame, kept with the case so that it can be looked at again."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.imaging.rendering import render
from core.imaging.study import Frame, Window

LARGEST_BYTES = 512 * 1024
LARGEST_SIDE = 1024
#: Tried in turn, best first. The last ones are for pictures that are mostly noise.
_STEPS = ((1.0, 92), (1.0, 85), (0.75, 85), (0.75, 75), (0.5, 75), (0.25, 60))


def review_copy(frame: Frame, window: Window | None = None) -> bytes:
    """The frame as JPEG, at most 1024 pixels on its longer side and 512 KB.

    ``window`` applies to Hounsfield units. Made from the samples alone: nothing that stood in
    the file's header is in it, though letters burnt into the image are. Raises ImagingError for
    a frame that does not render.
    """
    shown = render(frame, window if frame.rescale.is_hounsfield else None)
    image = Image.fromarray(np.ascontiguousarray(shown))
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return next(jpeg for jpeg in _smaller_and_smaller(image) if len(jpeg) <= LARGEST_BYTES)


def _smaller_and_smaller(image: Image.Image) -> Iterator[bytes]:
    for scale, quality in _STEPS:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        smaller = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        smaller.save(stream, "JPEG", quality=quality)
        yield stream.getvalue()
