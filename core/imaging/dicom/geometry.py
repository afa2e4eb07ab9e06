"""Which files share a stack, and their order in it (PS3.3 C.7.6.2.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from core.imaging.dicom.header import read_int, read_number, read_numbers, read_text

Vector = tuple[float, ...]

#: Orientations closer than this (per direction cosine) are one: scanners write rounded decimals.
_SAME_DIRECTION_DIGITS = 2


@dataclass(frozen=True)
class StackKey:
    """Files with equal keys may be one stack. ``alone`` sets a file apart from every other."""

    series: str
    rows: int
    columns: int
    orientation: Vector | None
    alone: int = 0


@dataclass(frozen=True)
class Place:
    """Where a slice lies: millimetres in the patient's coordinates, and its number."""

    position: Vector | None
    orientation: Vector | None
    number: float | None


def read_stack_key(dataset: Dataset) -> StackKey | None:
    """The key; None for a file that cannot be part of a stack: no image, multi-frame, or without
    a series. It holds the series' UID and must not outlive the grouping."""
    rows, columns = read_int(dataset, "Rows"), read_int(dataset, "Columns")
    series = read_text(dataset, "SeriesInstanceUID")
    if not rows or not columns or not series or (read_int(dataset, "NumberOfFrames") or 1) > 1:
        return None
    orientation = read_numbers(dataset, "ImageOrientationPatient", 6)
    rounded = None
    if orientation is not None:
        rounded = tuple(round(cosine, _SAME_DIRECTION_DIGITS) + 0.0 for cosine in orientation)
    return StackKey(series, rows, columns, rounded)


def read_place(dataset: Dataset) -> Place:
    return Place(
        read_numbers(dataset, "ImagePositionPatient", 3),
        read_numbers(dataset, "ImageOrientationPatient", 6),
        read_number(dataset, "InstanceNumber"),
    )


def slice_order(places: Sequence[Place]) -> list[int]:
    """Indices of ``places`` in the order of the stack.

    By position along the slice normal where every file states one (equal positions, as in
    a perfusion series, by instance number); else by instance number; else as given.
    """
    heights = _heights(places)
    numbers = [place.number for place in places]
    have_numbers = all(number is not None for number in numbers)
    if heights is None:
        if not have_numbers:
            return list(range(len(places)))
        return sorted(range(len(places)), key=lambda i: numbers[i] or 0.0)
    return sorted(
        range(len(places)), key=lambda i: (heights[i], (numbers[i] or 0.0) if have_numbers else 0.0)
    )


def _heights(places: Sequence[Place]) -> list[float] | None:
    """Millimetres of each slice along the first one's normal; None when they cannot be told."""
    if not places or places[0].orientation is None:
        return None
    normal = _cross(places[0].orientation[:3], places[0].orientation[3:])
    heights = []
    for place in places:
        if place.position is None or place.orientation is None:
            return None
        # Micrometres: rounding noise must not decide between equal positions.
        heights.append(round(sum(p * n for p, n in zip(place.position, normal, strict=True)), 3))
    return heights if len(set(heights)) > 1 or len(heights) == 1 else None


def _cross(row: Vector, column: Vector) -> Vector:
    return (
        row[1] * column[2] - row[2] * column[1],
        row[2] * column[0] - row[0] * column[2],
        row[0] * column[1] - row[1] * column[0],
    )
