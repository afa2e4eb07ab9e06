"""Photographs of films, made: a real image laid into a scene by a known homography.

So the corners are known exactly, and the detector's error can be measured.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.imaging.framed import homography

Grey = npt.NDArray[np.uint8]


class Scene(Enum):
    """What the film hangs on or lies before."""

    LIGHT_BOX = auto()
    SCREEN_IN_THE_DARK = auto()
    PRINT_ON_A_DESK = auto()


@dataclass(frozen=True)
class Photo:
    """``corners``: shares of the photo, clockwise from the film's top left."""

    grey: Grey
    corners: npt.NDArray[np.float64]


def photograph(film: Grey, scene: Scene, seed: int, size: tuple[int, int] = (960, 1280)) -> Photo:
    """A photo (height, width) of a film, leaning, unevenly lit, a little blurred, noisy, JPEG."""
    random = np.random.default_rng(seed)
    height, width = size
    corners = leaning(random, film.shape[1] / film.shape[0], width, height)
    h, w = film.shape
    frame = [(0.0, 0.0), (float(w), 0.0), (float(w), float(h)), (0.0, float(h))]
    back = homography([(float(x), float(y)) for x, y in corners], frame).ravel()[:8].tolist()

    def laid(image: Image.Image) -> npt.NDArray[np.float64]:
        moved = image.transform(
            (width, height), Image.Transform.PERSPECTIVE, tuple(back), Image.Resampling.BILINEAR
        )
        return np.asarray(moved, dtype=np.float64)

    inside = laid(Image.new("L", (w, h), 255)) / 255
    shown = laid(Image.fromarray(_bordered(film, scene)))
    around = _surroundings(random, scene, height, width)
    photo = around * (1 - inside) + shown * inside
    photo *= _light(random, height, width)
    blurred = Image.fromarray(photo.clip(0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(random.uniform(0.4, 1.6))
    )
    noisy = np.asarray(blurred, np.float64) + random.normal(
        0, random.uniform(2, 6), (height, width)
    )
    stream = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=80)
    return Photo(np.asarray(Image.open(stream)), corners / (width, height))


def leaning(
    random: np.random.Generator, shape: float, width: int, height: int
) -> npt.NDArray[np.float64]:
    """The corners of a film of this shape (width over height), in pixels: turned, tilted and
    somewhere in the middle of a photo."""
    wide = min(width * 0.8, height * 0.8 * shape) * random.uniform(0.75, 1.0)
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (wide / 2, wide / shape / 2)
    angle = np.deg2rad(random.uniform(-12, 12))
    turned = flat @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    # A pinhole camera of a phone's focal length, leaning up to 18 degrees either way.
    focal = 0.72 * max(width, height)
    lean_x, lean_y = np.deg2rad(random.uniform(-18, 18, 2))
    depth = focal + turned[:, 0] * np.sin(lean_x) + turned[:, 1] * np.sin(lean_y)
    seen = turned * (np.cos(lean_x), np.cos(lean_y)) * focal / depth[:, np.newaxis]
    moved = seen - (seen.min(axis=0) + seen.max(axis=0)) / 2
    room = (np.array([width, height]) - (moved.max(axis=0) - moved.min(axis=0))) / 2 * 0.8
    where: npt.NDArray[np.float64] = (
        moved + (width / 2, height / 2) + random.uniform(-1, 1, 2) * room.clip(0) * 0.7
    )
    return where.clip(1, (width - 2, height - 2))


def _bordered(film: Grey, scene: Scene) -> Grey:
    """A film ends in unexposed or black stock; a screen's picture in a bezel; a print in white."""
    edge = max(2, round(0.012 * min(film.shape)))
    bordered = film.copy()
    value = {Scene.LIGHT_BOX: 18, Scene.SCREEN_IN_THE_DARK: 150, Scene.PRINT_ON_A_DESK: 235}[scene]
    bordered[:edge] = bordered[-edge:] = value
    bordered[:, :edge] = bordered[:, -edge:] = value
    return bordered


def _surroundings(
    random: np.random.Generator, scene: Scene, height: int, width: int
) -> npt.NDArray[np.float64]:
    base = {
        Scene.LIGHT_BOX: random.uniform(215, 250),
        Scene.SCREEN_IN_THE_DARK: random.uniform(15, 50),
        Scene.PRINT_ON_A_DESK: random.uniform(70, 130),
    }[scene]
    coarse = Image.fromarray(random.normal(0, 1, (12, 16)).astype(np.float32))
    texture = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return base + 10 * texture.astype(np.float64)


def _light(random: np.random.Generator, height: int, width: int) -> npt.NDArray[np.float64]:
    """Uneven light: darker towards one side and the corners."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    slope = random.uniform(-0.15, 0.15, 2)
    light: npt.NDArray[np.float64] = 1 + slope[0] * x + slope[1] * y - 0.12 * (x * x + y * y)
    return light.clip(0.55, 1.05)
