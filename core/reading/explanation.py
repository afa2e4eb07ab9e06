"""Where the network looked: class activation maps laid over the image.

The maps come from the same run as the logits, and each logit is pooled from its map (Zhou et al.,
"Learning deep features for discriminative localization", CVPR 2016).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.reading.result import FrameReading

#: Inferno-like anchors, dark to bright, readable in greyscale and with red-green blindness.
_ANCHORS = np.array(
    [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64
)
#: Below this share of the peak nothing is shown, so that the image stays visible.
_FLOOR = 0.25


def class_map(frame: FrameReading, label: str) -> npt.NDArray[np.float32]:
    """How much more each place spoke for ``label`` than the map's median does: (rows, columns),
    0..1, over the network's whole input. Zero everywhere when no place stands out.

    The other classes' maps are left out on purpose: what speaks against a rival would look like
    evidence for this finding, at places that have nothing to do with it.

    Raises ValueError for a label that the frame does not have.
    """
    own = frame.activation[list(frame.probabilities).index(label)]
    evidence: npt.NDArray[np.float32] = np.maximum(own - np.median(own), 0.0).astype(np.float32)
    peak = float(evidence.max())
    if peak <= 1e-6:
        return np.zeros(evidence.shape, dtype=np.float32)
    shown: npt.NDArray[np.float32] = evidence / np.float32(peak)
    return shown


def heat_map(frame: FrameReading, label: str, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """``class_map`` in the image's own geometry: (height, width) = ``size``, 0..1."""
    evidence = Image.fromarray(class_map(frame, label))
    rows, columns = frame.input_size
    at = frame.placement
    scale_x, scale_y = evidence.width / columns, evidence.height / rows
    box = (
        at.left * scale_x,
        at.top * scale_y,
        (at.left + at.width) * scale_x,
        (at.top + at.height) * scale_y,
    )
    height, width = size
    enlarged = evidence.resize((width, height), Image.Resampling.BICUBIC, box=box)
    heat: npt.NDArray[np.float32] = np.asarray(enlarged, dtype=np.float32).clip(min=0.0)
    # Bicubic enlargement overshoots. Cut off at 1, the peak would be a plateau, and its first
    # point, high on its left, would be taken for the hottest.
    heat /= max(1.0, float(heat.max()))
    return heat


def colour(heat: npt.NDArray[np.float32], opacity: float = 0.6) -> npt.NDArray[np.uint8]:
    """A heat map (h, w) as RGBA (h, w, 4) uint8, transparent where there is little heat."""
    position = np.clip(heat, 0, 1).astype(np.float64) * (len(_ANCHORS) - 1)
    below = np.minimum(position.astype(np.intp), len(_ANCHORS) - 2)
    part = (position - below)[..., None]
    rgb = _ANCHORS[below] * (1 - part) + _ANCHORS[below + 1] * part
    visible = np.clip((heat - _FLOOR) / (1 - _FLOOR), 0, 1) ** 0.5 * opacity * 255
    return np.dstack([rgb, visible]).round().astype(np.uint8)


def overlay(
    grey: npt.NDArray[np.uint8], heat: npt.NDArray[np.float32], opacity: float = 0.6
) -> Image.Image:
    """The image (h, w) uint8 with its heat map on it, as an RGB picture."""
    base = Image.fromarray(grey).convert("RGBA")
    return Image.alpha_composite(base, Image.fromarray(colour(heat, opacity))).convert("RGB")


def hottest_point(heat: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Row and column of the peak: what the pointing game asks for."""
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    return int(row), int(column)
