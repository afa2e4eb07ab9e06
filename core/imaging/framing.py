"""How a person framed a picture before it was read: straightened, cropped and turned.

A ``Framing`` is a value of shares, not of pixels: it fits a preview and the stored samples alike,
and is kept with the case. ``core.imaging.framed`` applies it. There is no mirroring: a film that is
mirrored shows a heart on the right, and nobody could tell afterwards.

The order is fixed: straighten (on the picture as it was opened), crop (on the straightened
picture), turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.sentences import Sentence, Statement

#: A point as shares of width and height, 0..1, from the top left.
Point = tuple[float, float]

#: Least area of a quadrilateral, and least side of a crop, as shares of the picture.
LEAST_AREA, LEAST_SIDE = 0.02, 0.05
#: No corner of a photographed film looks sharper or flatter than this: the sine of 20 degrees.
_LEAST_SINE = 0.34


class FramingNotice(Sentence):
    """What was done to the picture, said with its reading."""

    STRAIGHTENED = "The film in the photo was straightened by the user before it was read."
    CROPPED = "The image was cropped by the user before it was read."
    TURNED = "The image was turned by the user before it was read."


@dataclass(frozen=True)
class Quad:
    """The corners of a film: the ones that shall be top left, top right, bottom right and bottom
    left. They run clockwise. Raises ValueError for corners that no film can have."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    def __post_init__(self) -> None:
        if not is_film(self.points):
            raise ValueError("these corners are not those of a film")

    @property
    def points(self) -> tuple[Point, Point, Point, Point]:
        """Clockwise from the top left."""
        return self.top_left, self.top_right, self.bottom_right, self.bottom_left


@dataclass(frozen=True)
class Crop:
    """The part that is kept, its edges as shares. Raises ValueError for one that is too small."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def __post_init__(self) -> None:
        inside = min(self.left, self.top) >= 0 and max(self.right, self.bottom) <= 1
        wide, high = self.right - self.left, self.bottom - self.top
        # Floating point: a side of exactly the least must pass.
        if not inside or min(wide, high) < LEAST_SIDE - 1e-9:
            raise ValueError("this is no part of a picture")


WHOLE = Crop()


@dataclass(frozen=True)
class Framing:
    """``corners`` None: not straightened. ``quarter_turns``: clockwise, 0 to 3."""

    corners: Quad | None = None
    crop: Crop = WHOLE
    quarter_turns: int = 0

    def __post_init__(self) -> None:
        if self.quarter_turns not in range(4):
            raise ValueError("quarter turns are counted from 0 to 3")

    @property
    def is_plain(self) -> bool:
        """Whether it leaves the picture as it is."""
        return self == PLAIN

    def turned(self, quarters: int) -> Framing:
        """Turned further, clockwise; a negative number turns the other way."""
        return replace(self, quarter_turns=(self.quarter_turns + quarters) % 4)

    def straightened(self, corners: Quad | None) -> Framing:
        """With other corners. A crop goes: it was one of another picture."""
        return replace(self, corners=corners, crop=WHOLE)

    def cropped(self, crop: Crop) -> Framing:
        """With another part kept."""
        return replace(self, crop=crop)

    def notices(self) -> tuple[Statement, ...]:
        """What a reading must say about it."""
        done = []
        if self.corners is not None:
            done.append(FramingNotice.STRAIGHTENED.say())
        if self.crop != WHOLE:
            done.append(FramingNotice.CROPPED.say())
        if self.quarter_turns:
            done.append(FramingNotice.TURNED.say())
        return tuple(done)


PLAIN = Framing()


def is_film(points: tuple[Point, ...]) -> bool:
    """Whether four points can be a film's corners: inside the picture, convex, clockwise (so that
    nothing is mirrored), large enough, and not bent beyond what a camera can do."""
    if len(points) != 4 or not all(0 <= share <= 1 for point in points for share in point):
        return False
    edges = [_minus(points[(i + 1) % 4], points[i]) for i in range(4)]
    lengths = [(x * x + y * y) ** 0.5 for x, y in edges]
    if min(lengths) < LEAST_SIDE:
        return False
    crosses = [_cross(edges[i], edges[(i + 1) % 4]) for i in range(4)]
    sines = [crosses[i] / (lengths[i] * lengths[(i + 1) % 4]) for i in range(4)]
    return min(sines) >= _LEAST_SINE and area(points) >= LEAST_AREA


def area(points: tuple[Point, ...]) -> float:
    """Of a polygon, as a share of the picture; positive when it runs clockwise on a screen."""
    following = (*points[1:], points[0])
    return sum(_cross(a, b) for a, b in zip(points, following, strict=True)) / 2


def turned_point(point: Point, quarter_turns: int) -> Point:
    """Where a point of a picture lies once the picture is turned clockwise."""
    x, y = point
    for _ in range(quarter_turns % 4):
        x, y = 1 - y, x
    return x, y


def turned_crop(crop: Crop, quarter_turns: int) -> Crop:
    """Where a part of a picture lies once the picture is turned clockwise."""
    x1, y1 = turned_point((crop.left, crop.top), quarter_turns)
    x2, y2 = turned_point((crop.right, crop.bottom), quarter_turns)
    return Crop(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def document(framing: Framing) -> dict[str, Any]:
    """The parameters as JSON can hold them."""
    crop = framing.crop
    return {
        "corners": [list(point) for point in framing.corners.points] if framing.corners else None,
        "crop": [crop.left, crop.top, crop.right, crop.bottom],
        "quarter_turns": framing.quarter_turns,
    }


def from_document(written: Mapping[str, Any]) -> Framing:
    """The framing that ``document`` wrote. Raises ValueError, KeyError or TypeError."""
    corners = written["corners"]
    return Framing(
        Quad(*((float(x), float(y)) for x, y in corners)) if corners else None,
        Crop(*map(float, written["crop"])),
        written["quarter_turns"],
    )


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1]


def _cross(a: Point, b: Point) -> float:
    return a[0] * b[1] - a[1] * b[0]
