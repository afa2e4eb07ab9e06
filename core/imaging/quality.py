"""Is this picture good enough to be read at all? Cheap checks on a reduced copy.

Thresholds were set on the real images of ../shared/data; each says what was found there. Of
every second image of all medical sets together (7,454), 3 are flagged: 2 films as blurred, and
one frame of a lung video, which is black, as empty.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.rendering import Grey
from core.sentences import Sentence, Statement


class QualityProblem(Sentence):
    """What is wrong with a picture, and how to get a better one."""

    TOO_SMALL = (
        "This image is only {width} x {height} pixels. Use the full-size image, not a preview or "
        "an icon."
    )
    EMPTY = (
        "There is nothing to see in this image: it has the same brightness everywhere. Choose "
        "another image, or take it again."
    )
    TOO_DARK = (
        "This image is very dark. If it is a photo, take it again with more light behind the film "
        "or on the screen; if it is a scan, export it again with another window."
    )
    TOO_BRIGHT = (
        "This image is very bright. If it is a photo, take it again without flash or reflections; "
        "if it is a scan, export it again with another window."
    )
    BLURRED = (
        "This image is blurred. If it is a photo, hold the phone still, tap on the image to focus "
        "and take it again; otherwise use the original file."
    )


#: Codes under which no reading is possible.
BLOCKING: frozenset[str] = frozenset({QualityProblem.TOO_SMALL.code, QualityProblem.EMPTY.code})

#: Shorter side in pixels; the smallest pictures that packs were tested on (MedNIST) have 64.
_MIN_SIDE = 64
#: The checks work on a copy whose shorter side is near this: what a network sees, too.
_WORK_SIDE = 256
#: Brightness between the 0.1 and 99.9 percentiles; a real image has at least 35 between 1 and 99.
_EMPTY_RANGE = 8
#: The brightest 1 % reach at least this; the darkest real image has 68.
_DARK_TOP = 40
#: The darkest 1 % are below this; the brightest real image has 128.
_BRIGHT_BOTTOM = 180
#: Or this share of pixels is nearly white (above 245); the most in a real image is 0.73.
_WHITE, _WHITE_SHARE = 245, 0.85
#: Spread of the Laplacian over the spread of brightness, so that contrast does not matter. Of
#: 4,971 real images the smoothest has 0.053; of every eighth of them, blurred by 4 pixels, the
#: sharpest has 0.044.
_SHARPNESS = 0.05
#: What rounding to whole brightnesses alone adds to the Laplacian's variance:
#: (4 * 4 + 4 * 1) samples' worth of 1/12 each.
_ROUNDING = 20 / 12


def judge_quality(grey: Grey) -> tuple[Statement, ...]:
    """What is wrong with a rendered grey image (h, w) uint8; empty when nothing is.

    ``empty`` is said alone: of a picture with nothing in it, nothing else is worth saying.
    """
    height, width = grey.shape
    problems: list[Statement] = []
    if min(height, width) < _MIN_SIDE:
        problems.append(QualityProblem.TOO_SMALL.say(width=width, height=height))
    small = _reduced(grey)
    lowest, low, high, highest = _percentiles(small, (0.001, 0.01, 0.99, 0.999))
    if highest - lowest < _EMPTY_RANGE:
        return (*problems, QualityProblem.EMPTY.say())
    if high < _DARK_TOP:
        problems.append(QualityProblem.TOO_DARK.say())
    elif low > _BRIGHT_BOTTOM or float((small > _WHITE).mean()) > _WHITE_SHARE:
        problems.append(QualityProblem.TOO_BRIGHT.say())
    if _sharpness(small) < _SHARPNESS:
        problems.append(QualityProblem.BLURRED.say())
    return tuple(problems)


def _reduced(grey: Grey) -> Grey:
    """A copy averaged over whole blocks, shorter side about ``_WORK_SIDE``."""
    factor = round(min(grey.shape) / _WORK_SIDE)
    if factor <= 1:
        return grey
    return np.asarray(Image.fromarray(grey).reduce(factor))


def _percentiles(grey: Grey, shares: tuple[float, ...]) -> list[int]:
    """Brightness below which each share of the pixels lies, by counting: exact and quick."""
    counts = np.cumsum(np.bincount(grey.ravel(), minlength=256))
    return [int(np.searchsorted(counts, share * counts[-1])) for share in shares]


def _sharpness(grey: Grey) -> float:
    """Standard deviation of the 4-neighbour Laplacian over that of the brightness."""
    if min(grey.shape) < 3:
        return 1.0
    values: npt.NDArray[np.int16] = grey.astype(np.int16)
    laplacian = 4 * values[1:-1, 1:-1] - values[:-2, 1:-1] - values[2:, 1:-1]
    laplacian -= values[1:-1, :-2] + values[1:-1, 2:]
    detail = max(0.0, float(laplacian.var(dtype=np.float32)) - _ROUNDING)
    return float(np.sqrt(detail) / max(float(values.std(dtype=np.float32)), 1e-6))
