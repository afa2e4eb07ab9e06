"""From a map of probabilities to boxes around writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.imaging.lettering.manifest import Rule

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle in pixels of the picture: ``left`` and ``top`` inside, ``right`` and ``bottom``
    the first column and row outside. Raises ValueError when it holds no pixel."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.left >= self.right or self.top >= self.bottom or min(self.left, self.top) < 0:
            raise ValueError("a box needs at least one pixel, at 0 or beyond")

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def within(self, width: int, height: int) -> Box | None:
        """The part inside a picture of this size; None where there is none."""
        if self.left >= width or self.top >= height:
            return None
        return Box(self.left, self.top, min(self.right, width), min(self.bottom, height))

    def touches(self, other: Box) -> bool:
        """Whether they share a pixel."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def joined(self, other: Box) -> Box:
        """The box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass
class _Piece:
    """Cells that touch: their bounds, how many, and the highest probability among them."""

    left: int
    top: int
    right: int
    bottom: int
    cells: int
    peak: float

    def add(self, other: _Piece) -> None:
        self.left, self.top = min(self.left, other.left), min(self.top, other.top)
        self.right, self.bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        self.cells += other.cells
        self.peak = max(self.peak, other.peak)


def boxes_of(probabilities: Probabilities, rule: Rule, scale: float = 1.0) -> list[Box]:
    """Boxes around all writing, in pixels of the picture, which was reduced to ``scale`` of its
    size for the network; they may reach beyond its right and lower edge.

    ``probabilities``: (rows, columns). Cells are joined with their eight neighbours.
    """
    found = []
    for piece in _pieces(probabilities, rule.edge):
        if piece.peak < rule.certain or piece.cells < rule.least_cells:
            continue
        shorter = min(piece.right - piece.left, piece.bottom - piece.top)
        margin = max(1.0, shorter * rule.margin)
        to_pixels = rule.cell / scale
        found.append(
            Box(
                max(0, int((piece.left - margin) * to_pixels)),
                max(0, int((piece.top - margin) * to_pixels)),
                int(np.ceil((piece.right + margin) * to_pixels)),
                int(np.ceil((piece.bottom + margin) * to_pixels)),
            )
        )
    return merged(found)


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Boxes that share pixels become the one around them, until none do; sorted."""
    left = sorted(boxes)
    done: list[Box] = []
    while left:
        box = left.pop()
        touching = [each for each in left if each.touches(box)]
        if touching:
            left = [each for each in left if each not in touching]
            for each in touching:
                box = box.joined(each)
            left.append(box)
            # It grew, and may now touch what was set aside.
            left += done
            done = []
        else:
            done.append(box)
    return sorted(set(done))


def _pieces(probabilities: Probabilities, edge: float) -> list[_Piece]:
    """Connected cells of ``edge`` or more, joined run by run from the top row down (the method of
    Rosenfeld and Pfaltz, J ACM 1966, over runs instead of pixels)."""
    above: list[tuple[int, int, _Piece]] = []
    parent: dict[int, _Piece] = {}
    pieces: list[_Piece] = []

    def root(piece: _Piece) -> _Piece:
        while id(piece) in parent:
            piece = parent[id(piece)]
        return piece

    for row, line in enumerate(probabilities):
        current: list[tuple[int, int, _Piece]] = []
        for start, stop in _runs(line >= edge):
            piece = _Piece(start, row, stop, row + 1, stop - start, float(line[start:stop].max()))
            pieces.append(piece)
            for low, high, earlier in above:
                if low <= stop and start <= high:  # corners touch too
                    older = root(earlier)
                    if older is not piece:
                        older.add(piece)
                        parent[id(piece)] = older
                        piece = older
            current.append((start, stop, piece))
        above = current
    return [piece for piece in pieces if id(piece) not in parent]


def _runs(marked: npt.NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
