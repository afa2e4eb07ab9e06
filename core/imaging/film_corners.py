"""Where the corners of a photographed film or screen seem to be: a suggestion, never a decision.

A film on a light box is darker than what is around it on all four sides; a screen in a dim room is
brighter on all four. So lines are looked for by the direction in which brightness grows (a Hough
transform in which every place votes for the line through it, along its own gradient), and four
lines make a film when all of them grow outwards, or all inwards, over most of their length.

Measured in benchmarks/straightening.py on photographs made from real films.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.imaging.framing import Quad, is_film
from core.imaging.rendering import Grey

Floats = npt.NDArray[np.float64]

#: Longer side of the copy that is searched, in pixels, and how much it is smoothed.
_SIDE, _BLUR = 320, 1.4
#: Share of places that may vote: those where brightness changes most.
_VOTERS = 0.14
_ANGLES = 360
#: Each place also votes this many degrees to either side: its gradient is noisy.
_SPREAD = 3
#: A film leans less than this, in degrees, and this many lines are tried for each side.
_LEAN, _TRIED = 38, 6
#: Two lines closer than this, in pixels and degrees, are one.
_APART, _TURNED = 6, 6
#: Where the four sides may be seen: of each at least, and of all together.
_LEAST_SIDE_SEEN, _LEAST_SEEN = 0.5, 0.72
#: A gradient counts from this on: brightness a pixel, of 255.
_FAINTEST = 2.0
#: Points looked at on each side, and how far from it the edge is searched when it is refined.
_SAMPLES, _REACH = 48, 4
#: Of many films that four lines each could make, these are looked at closely after a rough look.
_FEW_SAMPLES, _LOOKED_AT = 10, 120
#: Below: an inset or a logo. Above: the picture is the film already.
_SMALLEST, _LARGEST = 0.08, 0.965


@dataclass(frozen=True)
class _Field:
    """Brightness gradients (dark to bright) of the reduced picture."""

    across: Floats
    down: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.across.shape[1], self.across.shape[0]

    def along(self, points: Floats, normals: Floats) -> Floats:
        """How fast brightness grows along ``normals`` at ``points`` (..., 2), in x and y."""
        width, height = self.size
        x = np.rint(points[..., 0]).astype(np.intp)
        y = np.rint(points[..., 1]).astype(np.intp)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = x.clip(0, width - 1), y.clip(0, height - 1)
        grown = self.across[y, x] * normals[..., 0] + self.down[y, x] * normals[..., 1]
        found: Floats = np.where(inside, grown, 0.0)
        return found


def suggest_corners(grey: Grey) -> Quad | None:
    """The corners of the film in a photo (h, w) uint8; None where none can be told.

    Corners are shares of the photo's width and height, and name the film as it lies in the photo.
    """
    scale = min(1.0, _SIDE / max(grey.shape))
    size = max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale))
    small = Image.fromarray(grey).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    smooth = np.asarray(small.filter(ImageFilter.GaussianBlur(_BLUR)), dtype=np.float64)
    field = _Field(np.gradient(smooth, axis=1), np.gradient(smooth, axis=0))
    votes = _votes(field)
    best: tuple[float, Floats, int] | None = None
    for outwards in (1, -1):
        found = _best_quad(field, votes, outwards)
        if found is not None and (best is None or found[0] > best[0]):
            best = (*found, outwards)
    if best is None:
        return None
    refined = _refined(field, best[1], best[2])
    width, height = size
    # The gradient at a sample stands for its middle.
    shares = ((refined + 0.5) / (width, height)).clip(0.0, 1.0)
    points = tuple((float(x), float(y)) for x, y in shares)
    return Quad(*points) if is_film(points) else None


def _votes(field: _Field) -> Floats:
    """Strength of every line: (angles, distances). The angle is that of the growing brightness,
    the distance that of the line from the middle, along it."""
    strength = np.hypot(field.across, field.down)
    threshold = max(_FAINTEST, float(np.quantile(strength, 1 - _VOTERS)))
    y, x = np.nonzero(strength >= threshold)
    # Beyond some point a stronger edge is no better a line.
    weight = np.minimum(strength[y, x], 4 * threshold)
    angle = np.arctan2(field.down[y, x], field.across[y, x])
    step = 2 * np.pi / _ANGLES
    nearest = np.rint(angle / step).astype(np.intp)
    width, height = field.size
    reach = int(np.hypot(width, height) / 2) + 2
    votes = np.zeros((_ANGLES, 2 * reach + 1))
    for off in range(-_SPREAD, _SPREAD + 1):
        bins = (nearest + off) % _ANGLES
        turned = bins * step
        far = (x - width / 2) * np.cos(turned) + (y - height / 2) * np.sin(turned)
        places = bins * (2 * reach + 1) + np.rint(far).astype(np.intp) + reach
        counted = np.bincount(places, weights=weight / (1 + abs(off)), minlength=votes.size)
        votes += counted.reshape(votes.shape)
    return votes


def _lines(votes: Floats, middle: int) -> Floats:
    """The strongest lines that face about ``middle`` degrees: (n, 2), angle and distance."""
    reach = votes.shape[1] // 2
    facing = np.arange(middle - _LEAN, middle + _LEAN + 1) % _ANGLES
    part = votes[facing].copy()
    found = []
    for _ in range(_TRIED):
        at = int(part.argmax())
        row, column = divmod(at, part.shape[1])
        if part[row, column] <= 0:
            break
        found.append((np.deg2rad(float(facing[row])), float(column - reach)))
        part[
            max(0, row - _TURNED) : row + _TURNED + 1, max(0, column - _APART) : column + _APART + 1
        ] = 0
    return np.array(found).reshape(-1, 2)


def _best_quad(field: _Field, votes: Floats, outwards: int) -> tuple[float, Floats] | None:
    """Score and corners (4, 2) of the best film whose brightness grows outwards (1) or inwards."""
    turn = 0 if outwards == 1 else 180
    sides = [_lines(votes, facing + turn) for facing in (270, 0, 90, 180)]
    if not all(len(lines) for lines in sides):
        return None
    chosen = np.array(list(product(*(range(len(lines)) for lines in sides))))
    lines = np.stack([sides[i][chosen[:, i]] for i in range(4)], axis=1)
    corners, sound = _corners(lines, field.size)
    corners = corners[sound & _fits(corners, field.size)]
    if not len(corners):
        return None
    width, height = field.size
    share = _areas(corners) / (width * height)
    if len(corners) > _LOOKED_AT:
        rough = _seen(field, corners, outwards, _FEW_SAMPLES).mean(axis=1) * share**0.2
        likely = np.argsort(rough)[-_LOOKED_AT:]
        corners, share = corners[likely], share[likely]
    seen = _seen(field, corners, outwards, _SAMPLES)
    fine = (
        (seen.min(axis=1) >= _LEAST_SIDE_SEEN)
        & (seen.mean(axis=1) >= _LEAST_SEEN)
        & (share >= _SMALLEST)
        & (share <= _LARGEST)
    )
    if not fine.any():
        return None
    score = np.where(fine, seen.mean(axis=1) * seen.min(axis=1) * share**0.2, -1.0)
    at = int(score.argmax())
    return float(score[at]), corners[at]


def _corners(lines: Floats, size: tuple[int, int]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Where neighbouring lines (n, 4, 2) cross: (n, 4, 2) from the top left, and whether they do.

    Lines come as top, right, bottom, left."""
    middle = np.array(size) / 2
    normal = np.stack([np.cos(lines[..., 0]), np.sin(lines[..., 0])], axis=-1)
    far = lines[..., 1] + normal @ middle
    before = np.roll(normal, 1, axis=1), np.roll(far, 1, axis=1)
    cross = before[0][..., 0] * normal[..., 1] - before[0][..., 1] * normal[..., 0]
    sound = (np.abs(cross) > 0.3).all(axis=1)
    safe = np.where(np.abs(cross) > 0.3, cross, 1.0)
    x = (before[1] * normal[..., 1] - far * before[0][..., 1]) / safe
    y = (before[0][..., 0] * far - normal[..., 0] * before[1]) / safe
    return np.stack([x, y], axis=-1), sound


def _fits(corners: Floats, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Whether corners (n, 4, 2) lie in the picture, or hardly outside, and run clockwise."""
    margin = 0.02 * max(size)
    inside = (corners >= -margin) & (corners <= np.array(size) + margin)
    edges = np.roll(corners, -1, axis=1) - corners
    following = np.roll(edges, -1, axis=1)
    cross = edges[..., 0] * following[..., 1] - edges[..., 1] * following[..., 0]
    fits: npt.NDArray[np.bool_] = np.all(inside, axis=(1, 2)) & np.all(cross > 0, axis=1)
    return fits


def _areas(corners: Floats) -> Floats:
    following = np.roll(corners, -1, axis=1)
    cross = corners[..., 0] * following[..., 1] - corners[..., 1] * following[..., 0]
    areas: Floats = np.abs(cross.sum(axis=1)) / 2
    return areas


def _outward(corners: Floats) -> Floats:
    """Unit vectors out of each side (..., 4, 2): top, right, bottom, left."""
    edges = np.roll(corners, -1, axis=-2) - corners
    lengths = np.maximum(np.linalg.norm(edges, axis=-1, keepdims=True), 1e-9)
    unit: Floats = np.stack([edges[..., 1], -edges[..., 0]], axis=-1) / lengths
    return unit


def _seen(field: _Field, corners: Floats, outwards: int, samples: int) -> Floats:
    """Share of each side (n, 4) along which brightness changes as it should."""
    shares = np.linspace(0.04, 0.96, samples)[:, np.newaxis]
    start, end = corners[:, :, np.newaxis], np.roll(corners, -1, axis=1)[:, :, np.newaxis]
    points = start + (end - start) * shares
    normals = (outwards * _outward(corners))[:, :, np.newaxis]
    grown = np.max([field.along(points + off * normals, normals) for off in (-1, 0, 1)], axis=0)
    seen: Floats = (grown >= _FAINTEST).mean(axis=-1)
    return seen


def _refined(field: _Field, corners: Floats, outwards: int) -> Floats:
    """The same corners, to a part of a pixel: each side laid through where the edge is steepest."""
    normals = outwards * _outward(corners)
    shares = np.linspace(0.03, 0.97, 2 * _SAMPLES)[:, np.newaxis]
    offsets = np.arange(-_REACH, _REACH + 1)
    lines = []
    for side in range(4):
        start, end, normal = corners[side], corners[(side + 1) % 4], normals[side]
        points = start + (end - start) * shares
        tried = points[:, np.newaxis] + offsets[:, np.newaxis] * normal
        grown = field.along(tried, np.broadcast_to(normal, tried.shape)).clip(min=0)
        lines.append(_laid(points, normal, offsets, grown))
    middle = np.array(field.size) / 2
    found = np.array([[angle, far - np.cos(angle) * middle[0] - np.sin(angle) * middle[1]]
                      for angle, far in lines])  # fmt: skip
    refined, sound = _corners(found[np.newaxis], field.size)
    near = np.abs(refined[0] - corners).max() <= 3 * _REACH
    return refined[0] if bool(sound[0]) and near else corners


def _laid(
    points: Floats, normal: Floats, offsets: npt.NDArray[np.int_], grown: Floats
) -> tuple[float, float]:
    """A line (angle of its normal, distance from the origin) through the steepest places."""
    peak = grown.argmax(axis=1)
    weight = grown.max(axis=1)
    found = points + offsets[peak][:, np.newaxis] * normal
    keep = weight >= _FAINTEST
    for _ in range(3):
        if keep.sum() < 8:
            break
        centre = np.average(found[keep], axis=0, weights=weight[keep])
        angle = _across(found[keep] - centre, weight[keep])
        across = np.array([np.cos(angle), np.sin(angle)])
        across = across if across @ normal > 0 else -across
        off = np.abs((found - centre) @ across)
        result = float(np.arctan2(across[1], across[0])), float(centre @ across)
        keep = (weight >= _FAINTEST) & (off <= max(1.0, 2 * float(np.median(off[keep]))))
    else:
        return result
    return float(np.arctan2(normal[1], normal[0])), float(points.mean(axis=0) @ normal)


def _across(spread: Floats, weight: Floats) -> float:
    """The direction in which weighted points (n, 2) spread least: the angle of the smaller axis
    of their covariance, in closed form."""
    x, y = spread[:, 0], spread[:, 1]
    xx, yy, xy = (float((weight * one).sum()) for one in (x * x, y * y, x * y))
    return 0.5 * float(np.arctan2(2 * xy, xx - yy)) + np.pi / 2
