"""The outline of the hottest region of a heat map: where to look first, and not a segmentation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.reading.explanation import hottest_point

Mask = npt.NDArray[np.bool_]

#: The region goes as far as the heat stays above this share of its peak (half of the maximum, as
#: CAM is commonly cut: Choe et al., "Evaluating weakly supervised object localization", 2020).
LEVEL = 0.5
#: Thickness of the line, and of the dark rim on both of its sides, as shares of the longer side.
_LINE, _RIM = 0.006, 0.003


def hottest_region(heat: npt.NDArray[np.float32], level: float = LEVEL) -> Mask:
    """The connected region (4-neighbours) around the peak of ``heat`` (h, w) in which it is at
    least ``level`` of that peak. Empty where there is no heat at all."""
    peak = float(heat.max())
    if peak <= 0:
        return np.zeros(heat.shape, dtype=np.bool_)
    hot = heat >= level * peak
    region = np.zeros(heat.shape, dtype=np.bool_)
    region[hottest_point(heat)] = True
    while True:
        grown = _grown(region) & hot
        if (grown == region).all():
            return region
        region = grown


def outline(region: Mask) -> npt.NDArray[np.uint8]:
    """A region's outline as RGBA (h, w, 4) uint8: white with dark rims, so that it is seen on any
    picture. It runs inside the region."""
    side = max(region.shape)
    rim, line = max(1, round(_RIM * side)), max(1, round(_LINE * side))
    outer = _shrunk(region, rim)
    middle = _shrunk(outer, line)
    inner = _shrunk(middle, rim)
    drawn = np.zeros((*region.shape, 4), dtype=np.uint8)
    drawn[region & ~inner] = (0, 0, 0, 200)
    drawn[outer & ~middle] = (255, 255, 255, 255)
    return drawn


def _grown(region: Mask) -> Mask:
    grown = region.copy()
    grown[1:] |= region[:-1]
    grown[:-1] |= region[1:]
    grown[:, 1:] |= region[:, :-1]
    grown[:, :-1] |= region[:, 1:]
    return grown


def _shrunk(region: Mask, steps: int) -> Mask:
    """The edge of the picture counts as outside."""
    outside = np.pad(~region, 1, constant_values=True)
    for _ in range(steps):
        outside = _grown(outside)
    kept: Mask = ~outside[1:-1, 1:-1]
    return kept
