"""Pictures to learn from: a real background, writing and marks drawn on it, then the wear that
pictures get on their way."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from training.lettering.drawing import Page, Pen, write_block, write_mark
from training.lettering.marks import draw_mark

Grey8 = npt.NDArray[np.uint8]
#: Side of most training pictures, in pixels, and of a third of them: large writing needs room.
SIDE, LARGE_SIDE = 256, 512


@dataclass(frozen=True)
class Scene:
    """``grey`` (h, w) uint8 as the network sees it, ``region`` (h, w) 0..1: writing that must
    go; ``lines``: the ink of each line, (h, w) bool, where it was asked for."""

    grey: Grey8
    region: npt.NDArray[np.float32]
    lines: list[npt.NDArray[np.bool_]]


def crop_of(
    background: Grey8, rng: np.random.Generator, side: int = SIDE
) -> npt.NDArray[np.float32]:
    """A square of a background at a random scale, turned, mirrored, brighter or darker; what
    lies beyond its edge is black, as around most films and screens."""
    image = Image.fromarray(background)
    scale = float(np.exp(rng.uniform(np.log(0.6), np.log(2.0))))
    size = (max(32, int(image.width * scale)), max(32, int(image.height * scale)))
    image = image.resize(size, Image.Resampling.BICUBIC)
    edge = 0 if rng.random() < 0.9 else int(rng.integers(256))
    canvas = np.full((side, side), edge, np.float32)
    left = int(rng.integers(min(0, side - size[0]), max(0, side - size[0]) + 1))
    top = int(rng.integers(min(0, side - size[1]), max(0, side - size[1]) + 1))
    whole = Image.new("L", (side, side), edge)
    whole.paste(image, (left, top))
    canvas = np.asarray(whole, np.float32)
    if rng.random() < 0.5:
        canvas = canvas[:, ::-1]
    if rng.random() < 0.2:
        canvas = np.rot90(canvas, int(rng.integers(4)))
    canvas = 255 * (canvas / 255) ** float(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.12:
        canvas = 255 - canvas
    return np.ascontiguousarray(canvas, np.float32)


def drawn_background(rng: np.random.Generator, side: int = SIDE) -> npt.NDArray[np.float32]:
    """A background of no patient: an ultrasound's fan of speckle, a smooth field, a screen."""
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    kind = rng.random()
    if kind < 0.6:
        top, middle = float(rng.uniform(-0.6, 0.2)) * side, float(rng.uniform(0.2, 0.8)) * side
        radius = np.hypot(rows - top, columns - middle)
        angle = np.abs(np.arctan2(columns - middle, rows - top))
        near, far = rng.uniform(0.05, 0.5) * side, rng.uniform(0.7, 1.5) * side
        inside = (radius > near) & (radius < far) & (angle < rng.uniform(0.4, 1.2))
        if rng.random() < 0.3:
            inside = (rows > rng.uniform(0, 60)) & (np.abs(columns - middle) < rng.uniform(40, 200))
        coarse = int(rng.integers(2, 7))
        noise = rng.gamma(1.0, 1.0, (side // coarse + 1, side // coarse + 1)).astype(np.float32)
        speckle = np.asarray(
            Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC), np.float32
        )
        layers = rng.normal(0, 1, (int(rng.integers(3, 14)), 1)).astype(np.float32)
        bands = np.asarray(
            Image.fromarray(np.repeat(layers, 4, 1)).resize((side, side), Image.Resampling.BICUBIC)
        )
        tone = rng.uniform(15, 90) * np.exp(0.6 * bands) * (0.4 + 0.6 * speckle)
        return np.clip(inside * tone, 0, 255).astype(np.float32)
    if kind < 0.85:
        coarse = rng.uniform(0, 255, (int(rng.integers(2, 9)),) * 2).astype(np.float32)
        smooth = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
        grain = rng.normal(0, rng.uniform(0, 14), (side, side))
        return np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.float32)
    return np.full((side, side), rng.choice([0, 255, rng.uniform(0, 255)]), np.float32)


def worn(grey: npt.NDArray[np.float32], rng: np.random.Generator) -> Grey8:
    """Blur, grain, a coarser copy, JPEG: each now and then."""
    if rng.random() < 0.35:
        grey = grey + rng.normal(0, rng.uniform(1, 10), grey.shape)
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 0.9))))
    if rng.random() < 0.15:
        size, share = image.size, float(rng.uniform(0.65, 0.95))
        image = image.resize(
            (int(size[0] * share), int(size[1] * share)), Image.Resampling.BILINEAR
        )
        image = image.resize(size, Image.Resampling.BILINEAR)
    if rng.random() < 0.4:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=int(rng.integers(45, 96)))
        image = Image.open(stream)
    return np.asarray(image.convert("L"))


def scene(
    background: npt.NDArray[np.float32],
    pen: Pen,
    rng: np.random.Generator,
    blocks: int,
    marks: int,
    keep_lines: bool = False,
) -> Scene:
    """A background with ``blocks`` of writing and ``marks`` that stay, worn."""
    page = Page(background.copy(), keep_lines=keep_lines)
    for _ in range(blocks):
        write_block(page, pen, rng)
    for _ in range(marks):
        if rng.random() < 0.5:
            write_mark(page, pen, rng)
        else:
            draw_mark(page, pen, rng)
    return Scene(worn(page.grey, rng), page.region, page.lines)


def training_scene(
    backgrounds: list[Grey8], pen: Pen, seed: tuple[int, ...], side: int = SIDE
) -> Scene:
    """The picture of a seed, ``side`` pixels wide and high: the same for the same seed."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.18 or not backgrounds:
        ground = drawn_background(rng, side)
    else:
        ground = crop_of(backgrounds[int(rng.integers(len(backgrounds)))], rng, side)
    room = side // SIDE
    blocks = room * int(rng.choice([0, 1, 2, 3], p=[0.4, 0.33, 0.18, 0.09]))
    marks = room * int(rng.choice([0, 1, 2, 4], p=[0.2, 0.3, 0.3, 0.2]))
    return scene(ground, pen, rng, blocks, marks)
