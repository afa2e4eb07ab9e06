"""Random but believable variations of a grey image, for training only.

Every source is also randomly reduced and re-encoded: else a network may learn to tell sets
apart by sharpness and JPEG grid instead of anatomy.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from core.reading.preprocess import InputSpec, place
from training.recipe import Augmentation
from training.splits import Box

Grey = npt.NDArray[np.uint8]
Affine = tuple[float, float, float, float, float, float]
SHORTEST, LONGEST = 64, 448
JPEG_LOWEST, JPEG_HIGHEST = 50, 95


@dataclass(frozen=True)
class Variation:
    """``grey`` (h, w) uint8; ``regions`` (h, w) uint8, 255 where the finding lies, None where
    nobody marked it."""

    grey: Grey
    regions: Grey | None


def reduce_and_recode(
    image: Image.Image, rng: np.random.Generator, smallest: int = SHORTEST
) -> Image.Image:
    """Reduce to a random longest side from ``smallest`` (never enlarge) and pass through JPEG."""
    longest = max(image.size)
    target = min(longest, int(math.exp(rng.uniform(math.log(smallest), math.log(LONGEST)))))
    if target < longest:
        scale = target / longest
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        resample = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)
        image = image.resize(size, resample[rng.integers(3)])
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(JPEG_LOWEST, JPEG_HIGHEST + 1)))
    return Image.open(buffer).convert("L")


def _transformation(
    width: int, height: int, spec: InputSpec, plan: Augmentation, rng: np.random.Generator
) -> Affine:
    """Rotate, scale, change the aspect, shift and flip into the network's rectangle at once: the
    map from output to input pixels, as Pillow wants it."""
    placement = place(width, height, spec)
    scale = math.exp(rng.uniform(math.log(plan.scale[0]), math.log(plan.scale[1])))
    aspect = math.exp(rng.uniform(-math.log(plan.aspect), math.log(plan.aspect)))
    across = placement.width / width * scale * math.sqrt(aspect)
    down = placement.height / height * scale / math.sqrt(aspect)
    if plan.flip_horizontal and rng.random() < 0.5:
        across = -across
    if plan.flip_vertical and rng.random() < 0.5:
        down = -down
    angle = math.radians(rng.uniform(-plan.rotation, plan.rotation))
    cos, sin = math.cos(angle), math.sin(angle)
    shift_x, shift_y = rng.uniform(-plan.shift, plan.shift, 2)
    centre_x, centre_y = spec.width * (0.5 + shift_x), spec.height * (0.5 + shift_y)
    a, b = cos / across, sin / across
    d, e = -sin / down, cos / down
    c = width / 2 - a * centre_x - b * centre_y
    f = height / 2 - d * centre_x - e * centre_y
    return a, b, c, d, e, f


def _apply(image: Image.Image, affine: Affine, spec: InputSpec, fill: int) -> Image.Image:
    a, b, _, d, e, _ = affine
    reduction = min(math.hypot(a, d), math.hypot(b, e))
    if reduction > 2:  # Pillow's affine does not antialias
        image = image.filter(ImageFilter.BoxBlur((reduction - 1) / 2))
    size = (spec.width, spec.height)
    bilinear = Image.Resampling.BILINEAR
    return image.transform(size, Image.Transform.AFFINE, affine, bilinear, fillcolor=fill)


def _keeping(
    drawn: Image.Image,
    affine: Affine,
    spec: InputSpec,
    plan: Augmentation,
    rng: np.random.Generator,
) -> Affine:
    """``affine``, or the first of some others, that keeps the marked finding in view; else the
    whole image, not varied."""
    whole = float(np.asarray(drawn).sum())
    for _ in range(TRIES):
        # An output pixel shows this many input pixels.
        shown_as = abs(affine[0] * affine[4] - affine[1] * affine[3])
        in_view = float(np.asarray(_apply(drawn, affine, spec, 0)).sum()) * shown_as
        if in_view >= IN_VIEW * whole:
            return affine
        affine = _transformation(drawn.width, drawn.height, spec, plan, rng)
    still = Augmentation(rotation=0.0, scale=(1.0, 1.0), aspect=1.0, shift=0.0)
    return _transformation(drawn.width, drawn.height, spec, still, rng)


def _perspective(size: tuple[int, int], rng: np.random.Generator) -> tuple[float, ...]:
    """The eight numbers that show a sheet as a hand-held camera does: each corner moved by up to
    7% of the side, and the homography through the four pairs solved."""
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    moved = corners + rng.uniform(-0.07, 0.07, (4, 2)) * (width, height)
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, moved, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(values)))


def _photographed(grey: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """What a phone adds to a film or a screen, in place, on 0..1: moire, a lamp's reflection, the
    shadow of a hand."""
    rows, columns = grey.shape
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    if rng.random() < 0.5:
        angle, period = rng.uniform(0, np.pi), rng.uniform(2.2, 9.0)
        wave = np.sin(2 * np.pi / period * (across * np.cos(angle) + down * np.sin(angle)))
        grey *= 1 + rng.uniform(0.02, 0.1) * wave
    if rng.random() < 0.5:
        x, y = rng.uniform(0, columns), rng.uniform(0, rows)
        reach = rng.uniform(0.08, 0.35) * columns
        spot = np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * reach**2))
        grey += rng.uniform(0.1, 0.5) * spot
    if rng.random() < 0.4:
        angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4)
        side = (across / columns - 0.5) * np.cos(angle) + (down / rows - 0.5) * np.sin(angle)
        shade = 1 / (1 + np.exp(-(side - edge) * rng.uniform(8, 60)))
        grey *= 1 - rng.uniform(0.1, 0.45) * shade


@dataclass(frozen=True)
class Marks:
    """Where people marked the finding: by boxes (centre x, centre y, width, height, shares of the
    image), and by its outline where ``mask`` (any size, uint8, over half inside) has one."""

    boxes: Sequence[Box] = ()
    mask: Grey | None = None

    def drawn(self, width: int, height: int) -> Image.Image | None:
        """255 inside, 0 outside, an image of this size; None when nothing is marked."""
        if self.mask is not None:
            return Image.fromarray(self.mask).resize((width, height), Image.Resampling.BOX)
        return draw_boxes(width, height, self.boxes) if self.boxes else None


#: Without marks.
UNMARKED = Marks()
#: At least this share of a marked finding stays in view, and so often another view is tried.
IN_VIEW, TRIES = 0.7, 8


def draw_boxes(width: int, height: int, boxes: Sequence[Box]) -> Image.Image:
    """Where the findings lie: 255 inside a box, 0 outside, an image of this size."""
    mask = Image.new("L", (width, height), 0)
    canvas = ImageDraw.Draw(mask)
    for x, y, w, h in boxes:
        left, top = (x - w / 2) * width, (y - h / 2) * height
        canvas.rectangle((left, top, left + w * width, top + h * height), fill=255)
    return mask


def _tone(grey: npt.NDArray[np.float32], plan: Augmentation, rng: np.random.Generator) -> None:
    """Gamma, contrast, brightness and a lamp's gradient, in place, on 0..1."""
    strength = plan.contrast
    np.power(grey, math.exp(rng.uniform(-strength, strength)), out=grey)
    gain, offset = math.exp(rng.uniform(-strength, strength)), rng.uniform(-strength, strength) / 3
    grey -= 0.5
    grey *= gain
    grey += 0.5 + offset
    if rng.random() < plan.shading:
        rows, columns = grey.shape
        across, down = rng.uniform(-0.35, 0.35, 2)
        grey *= 1 + across * np.linspace(-1, 1, columns, dtype=np.float32)
        grey *= (1 + down * np.linspace(-1, 1, rows, dtype=np.float32))[:, None]


def _border(grey: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """Cover up to 12% on each side with one tone, so that a frame says nothing."""
    rows, columns = grey.shape
    tone = rng.choice([0.0, 1.0, rng.random()])
    top, bottom = rng.integers(0, max(1, rows // 8), 2)
    left, right = rng.integers(0, max(1, columns // 8), 2)
    grey[:top], grey[:, :left] = tone, tone
    if bottom:
        grey[-bottom:] = tone
    if right:
        grey[:, -right:] = tone


def _cover_lower(grey: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """Cover the lowest 8 to 30% with one tone: on a chest film what lies below the diaphragm says
    how the child was held, not how it breathes."""
    rows = len(grey)
    height = int(rows * rng.uniform(0.08, 0.3))
    grey[rows - height :] = rng.choice([0.0, 1.0, rng.random()])


def _overlay(image: Image.Image, rng: np.random.Generator) -> None:
    """Letters, rulers and patches where clinics put them, whatever the class."""
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        x, y = int(rng.integers(0, image.width)), int(rng.integers(0, image.height))
        tone = int(rng.choice([0, 255, rng.integers(120, 255)]))
        kind = rng.integers(3)
        if kind == 0:
            letters = "".join(rng.choice(list("LRAPHFSI0123456789cm. "), int(rng.integers(1, 12))))
            draw.text((x, y), letters, fill=tone, font_size=int(rng.integers(8, 28)))
        elif kind == 1:
            side = int(rng.integers(4, max(5, image.width // 6)))
            draw.rectangle((x, y, x + side, y + int(rng.integers(4, 40))), fill=tone)
        else:
            length = int(rng.integers(10, max(11, image.width // 3)))
            draw.line((x, y, x + length, y), fill=tone, width=1)
            for tick in range(0, length, 8):
                draw.line((x + tick, y - 3, x + tick, y + 3), fill=tone, width=1)


def augment(
    grey: Grey,
    spec: InputSpec,
    plan: Augmentation,
    rng: np.random.Generator,
    marks: Marks = UNMARKED,
) -> Variation:
    """A variation of ``grey`` (any size) in the network's rectangle."""
    image = Image.fromarray(grey)
    if rng.random() < plan.reduced:
        image = reduce_and_recode(image, rng)
    drawn = marks.drawn(image.width, image.height)
    affine = _transformation(image.width, image.height, spec, plan, rng)
    if plan.keeps_finding and drawn is not None:
        affine = _keeping(drawn, affine, spec, plan, rng)
    fill = spec.pad_value if rng.random() < 0.7 else int(rng.integers(0, 256))
    regions = np.asarray(_apply(drawn, affine, spec, 0)) if drawn is not None else None
    image = _apply(image, affine, spec, fill)
    by_phone = rng.random() < plan.photographed if plan.photographed else False
    if by_phone:
        seen_from = _perspective(image.size, rng)
        way = (Image.Transform.PERSPECTIVE, seen_from, Image.Resampling.BILINEAR)
        image = image.transform(image.size, *way, fillcolor=fill)
        if regions is not None:
            regions = np.asarray(Image.fromarray(regions).transform(image.size, *way, fillcolor=0))
    if plan.equalised and rng.random() < plan.equalised:
        image = ImageOps.equalize(image)
    if rng.random() < plan.overlay:
        _overlay(image, rng)
    values = np.asarray(image, dtype=np.float32) / 255.0
    _tone(np.maximum(values, 0, out=values), plan, rng)
    if by_phone:
        _photographed(values, rng)
    if rng.random() < plan.border:
        _border(values, rng)
    if plan.lower and rng.random() < plan.lower:
        _cover_lower(values, rng)
    if rng.random() < 0.3:
        values += rng.normal(0, rng.uniform(0.005, 0.04), values.shape).astype(np.float32)
    return Variation(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8), regions)
