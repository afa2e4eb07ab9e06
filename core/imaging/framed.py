"""Apply a framing to stored samples: their depth and their type stay as they are.

Cropping and turning move samples and change none. Straightening has to work out samples between
samples: in the file's own units and depth, rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast, overload

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.framing import WHOLE, Crop, Framing, Quad
from core.imaging.limits import MIN_SIDE
from core.imaging.study import Frame, Samples, Study

#: The focal length of a phone's main camera, in its picture's longer sides: 24 to 28 mm on a
#: frame of 36 mm. It is only used to tell how far a film leans away.
_FOCAL = 0.72
#: No film is longer than this many times its width; a wilder guess is not believed.
_LONGEST_SHAPE = 4.0


def frame_study(study: Study, framing: Framing) -> Study:
    """The study as a person framed it: every frame alike, decoded when asked for.

    Its notices say what was done, and ``framing`` is kept in it.
    """
    if framing.is_plain:
        return study
    return replace(
        study,
        frames=FramedFrames(study.frames, framing),
        notices=(*study.notices, *framing.notices()),
        framing=framing,
    )


class FramedFrames(Sequence[Frame]):
    """Frames, each framed when it is asked for. Indexing may raise ``ImagingError``."""

    def __init__(self, frames: Sequence[Frame], framing: Framing) -> None:
        self._frames, self._framing = frames, framing
        # As in DicomFrames: the last one is asked for again and again.
        self._last: tuple[int, Frame] | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> FramedFrames: ...

    def __getitem__(self, index: int | slice) -> Frame | FramedFrames:
        if isinstance(index, slice):
            return FramedFrames(self._frames[index], self._framing)
        at = range(len(self))[index]
        last = self._last
        if last is not None and last[0] == at:
            return last[1]
        frame = frame_once(self._frames[at], self._framing)
        self._last = (at, frame)
        return frame


def frame_once(frame: Frame, framing: Framing) -> Frame:
    """One frame, framed."""
    samples = frame.samples
    if framing.corners is not None:
        samples = straighten(samples, framing.corners, exactly=frame.padding is not None)
    if framing.crop != WHOLE:
        samples = cropped(samples, framing.crop)
    if framing.quarter_turns:
        samples = np.rot90(samples, -framing.quarter_turns).copy()
    return replace(frame, samples=samples)


def cropped(samples: Samples, crop: Crop) -> Samples:
    """The part of a picture, (h, w) or (h, w, 3): whole samples, at least as many as a picture
    must have."""
    height, width = samples.shape[:2]
    left, right = _span(crop.left, crop.right, width)
    top, bottom = _span(crop.top, crop.bottom, height)
    part: Samples = samples[top:bottom, left:right].copy()
    return part


def _span(start: float, end: float, length: int) -> tuple[int, int]:
    first, last = round(start * length), round(end * length)
    least = min(MIN_SIDE, length)
    if last - first < least:
        first = min(first, length - least)
        last = first + least
    return first, last


def straighten(samples: Samples, corners: Quad, *, exactly: bool = False) -> Samples:
    """What lies between the corners, as if seen straight on: (h, w) or (h, w, 3), same type.

    ``exactly``: only samples that were there (the nearest), for frames in which one value means
    "outside the image". Otherwise cubic interpolation, as Pillow does it.
    """
    height, width = samples.shape[:2]
    out_width, out_height = straightened_size(width, height, corners)
    source = [(x * width, y * height) for x, y in corners.points]
    target = [(0.0, 0.0), (out_width, 0.0), (out_width, out_height), (0.0, out_height)]
    data = tuple(homography(target, source).ravel()[:8].tolist())
    how = Image.Resampling.NEAREST if exactly else Image.Resampling.BICUBIC
    size = out_width, out_height

    def moved(channel: npt.NDArray[Any]) -> npt.NDArray[Any]:
        image = Image.fromarray(channel)
        return np.asarray(image.transform(size, Image.Transform.PERSPECTIVE, data, how))

    if samples.dtype == np.uint8:
        return np.asarray(moved(np.ascontiguousarray(samples)), dtype=np.uint8)
    # float32 holds every 16 bit value exactly.
    layers = np.atleast_3d(samples).astype(np.float32)
    limits = np.iinfo(samples.dtype)
    done = [moved(np.ascontiguousarray(layers[..., i])) for i in range(layers.shape[2])]
    rounded = np.rint(np.stack(done, axis=-1)).clip(limits.min, limits.max)
    shape = (out_height, out_width, *samples.shape[2:])
    return cast("Samples", rounded.astype(samples.dtype).reshape(shape))


def straightened_size(width: int, height: int, corners: Quad) -> tuple[int, int]:
    """Width and height in pixels of the straightened film: its own shape, and about as many
    pixels as it had in the photo."""
    points = np.array(corners.points) * (width, height)
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    wide, high = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    shape = _shape(points, width, height)
    if shape is not None:
        # The side that leans away is too short in the photo: it is the one that grows.
        wide, high = max(wide, high * shape), max(high, wide / shape)
    scale = min(1.0, max(width, height) / max(wide, high))
    return max(MIN_SIDE, round(wide * scale)), max(MIN_SIDE, round(high * scale))


def _shape(points: npt.NDArray[np.float64], width: int, height: int) -> float | None:
    """Width over height of the film itself, from how it leans (Zhang and He, "Whiteboard scanning
    and image enhancement", 2007, with the focal length taken as known). None for nonsense."""
    unit = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    centred = points - (width / 2, height / 2)
    focal = _FOCAL * max(width, height)
    plane = homography(unit, [(float(x), float(y)) for x, y in centred])
    rays = plane / np.array([[focal], [focal], [1.0]])
    across, down = np.linalg.norm(rays[:, 0]), np.linalg.norm(rays[:, 1])
    shape = float(across / max(float(down), 1e-12))
    return shape if 1 / _LONGEST_SHAPE <= shape <= _LONGEST_SHAPE else None


def homography(
    source: Sequence[tuple[float, float]], target: Sequence[tuple[float, float]]
) -> npt.NDArray[np.float64]:
    """The 3 x 3 matrix that takes four points to four others, its last entry 1.

    Raises ValueError where three of the points lie on one line.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    try:
        solved = np.linalg.solve(np.array(rows), np.array(values))
    except np.linalg.LinAlgError as error:
        raise ValueError("three corners on one line") from error
    return np.append(solved, 1.0).reshape(3, 3)
