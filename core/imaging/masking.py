"""Black boxes over what must not leave: on samples as stored, and on a picture to look at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from core.imaging.lettering.boxes import Box
from core.imaging.study import Samples

#: Outlines what will be masked, in a preview (the colour is named in docs/interop.md).
_OUTLINE = (255, 196, 0)


def mask(samples: Samples, boxes: Iterable[Box], fill: int = 0) -> Samples:
    """A copy of ``samples``, (h, w) or (h, w, 3), with every box filled with the stored value
    ``fill``; boxes are cut at the edge. Nothing of what was there can be had back."""
    covered = samples.copy()
    height, width = samples.shape[:2]
    for box in boxes:
        inside = box.within(width, height)
        if inside is not None:
            covered[inside.top : inside.bottom, inside.left : inside.right] = fill
    return covered


def preview(rendered: npt.NDArray[np.uint8], boxes: Iterable[Box]) -> bytes:
    """A picture as shown, (h, w) or (h, w, 3) uint8, with every box outlined and numbered from 1,
    as PNG: to see what would be masked. It names the patient: it is for the screen alone."""
    import io

    image = Image.fromarray(rendered).convert("RGB")
    pencil = ImageDraw.Draw(image)
    for number, box in enumerate(boxes, 1):
        pencil.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=_OUTLINE)
        pencil.text((box.left + 2, box.top + 1), str(number), fill=_OUTLINE)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
