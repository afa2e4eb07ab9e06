"""Parts of a picture that a person has made black, whatever the picture's size and framing.

A ``Patch`` is in shares of the picture as it was opened and straightened, before it is cropped and
turned: so it stays where it is while a person crops and turns. ``as_shown`` and ``as_laid`` go from
there to what is on the screen and back (``core.imaging.framing`` has the order).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.imaging.framing import Framing, turned_point
from core.imaging.lettering.boxes import Box
from core.imaging.masking import mask

_JPEG_QUALITY = 92


@dataclass(frozen=True, order=True)
class Patch:
    """A rectangle, its edges as shares of width and height from the top left, 0..1. Raises
    ValueError for one that holds nothing or reaches outside."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError("a patch lies inside the picture and holds something")

    def box(self, width: int, height: int) -> Box:
        """The same in pixels of a picture of this size, grown to whole pixels."""
        left, top = int(self.left * width), int(self.top * height)
        right = max(left + 1, int(np.ceil(self.right * width)))
        bottom = max(top + 1, int(np.ceil(self.bottom * height)))
        return Box(left, top, right, bottom)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point, in shares, lies in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def patch_of(box: Box, width: int, height: int) -> Patch:
    """A box in pixels of a picture of this size."""
    return Patch(
        box.left / width,
        box.top / height,
        min(1.0, box.right / width),
        min(1.0, box.bottom / height),
    )


def clipped(left: float, top: float, right: float, bottom: float) -> Patch | None:
    """The part inside the picture; None where there is none."""
    left, top = max(0.0, left), max(0.0, top)
    right, bottom = min(1.0, right), min(1.0, bottom)
    return Patch(left, top, right, bottom) if left < right and top < bottom else None


def as_shown(patches: Iterable[Patch], framing: Framing) -> tuple[Patch, ...]:
    """Where patches lie on the cropped and turned picture; what was cropped away is left out."""
    crop = framing.crop
    wide, high = crop.right - crop.left, crop.bottom - crop.top
    shown = (
        clipped(
            (each.left - crop.left) / wide,
            (each.top - crop.top) / high,
            (each.right - crop.left) / wide,
            (each.bottom - crop.top) / high,
        )
        for each in patches
    )
    return tuple(_turned(each, framing.quarter_turns) for each in shown if each is not None)


def as_laid(patches: Iterable[Patch], framing: Framing) -> tuple[Patch, ...]:
    """The other way: patches of what is on the screen, as they lie on the straightened picture."""
    crop = framing.crop
    wide, high = crop.right - crop.left, crop.bottom - crop.top
    back = (_turned(each, -framing.quarter_turns) for each in patches)
    laid = (
        clipped(
            crop.left + each.left * wide,
            crop.top + each.top * high,
            crop.left + each.right * wide,
            crop.top + each.bottom * high,
        )
        for each in back
    )
    return tuple(each for each in laid if each is not None)


def _turned(patch: Patch, quarter_turns: int) -> Patch:
    x1, y1 = turned_point((patch.left, patch.top), quarter_turns)
    x2, y2 = turned_point((patch.right, patch.bottom), quarter_turns)
    return Patch(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def covered(picture: bytes, patches: Iterable[Patch]) -> bytes:
    """A JPEG or PNG of our own making as JPEG, its patches black; nothing of what was there is in
    it, and nothing beside its pixels."""
    with Image.open(io.BytesIO(picture)) as image:
        samples = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    height, width = samples.shape[:2]
    masked = mask(samples, (each.box(width, height) for each in patches))
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(masked)).save(stream, "JPEG", quality=_JPEG_QUALITY)
    return stream.getvalue()
