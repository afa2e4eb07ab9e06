"""What machines draw beside the anatomy and no one is named by: rulers, calipers, arrows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from training.lettering.drawing import Page, Pen, _take
from training.lettering.typefaces import font

Pencil = ImageDraw.ImageDraw


def _ruler(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    """Ticks along an edge, every fifth longer, some with a number of one or two digits."""
    width, height = size
    upright = rng.random() < 0.7
    step = float(rng.uniform(6, 28))
    x = int(rng.choice([2, 8, width - 14, rng.integers(0, max(1, width - 14))]))
    length, thick = int(rng.integers(3, 9)), int(rng.integers(1, 3))
    numbered = rng.random() < 0.5 and step > 7
    letters = font(face, int(rng.integers(9, 16)))
    start = float(rng.uniform(0, 30))
    for number in range(int((height if upright else width) / step)):
        at = start + number * step
        reach = length * 2 if number % 5 == 0 else length
        ends = (x, at, x + reach, at) if upright else (at, x, at, x + reach)
        pencil.line(ends, fill=255, width=thick)
        if numbered and number % 5 == 0 and number < 100:
            spot = (x + reach + 3, at - 6) if upright else (at - 4, x + reach + 2)
            pencil.text(spot, str(number), fill=255, font=letters)


def _caliper(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    """Two crosses joined by dots."""
    width, height = size
    ends = [(float(rng.uniform(0, width)), float(rng.uniform(0, height))) for _ in range(2)]
    arm = float(rng.uniform(3, 11))
    turned = rng.random() < 0.4
    for x, y in ends:
        if turned:
            pencil.line((x - arm, y - arm, x + arm, y + arm), fill=255)
            pencil.line((x - arm, y + arm, x + arm, y - arm), fill=255)
        else:
            pencil.line((x - arm, y, x + arm, y), fill=255)
            pencil.line((x, y - arm, x, y + arm), fill=255)
    (ax, ay), (bx, by) = ends
    gap = float(rng.uniform(3, 9))
    count = int(math.hypot(bx - ax, by - ay) / gap)
    if rng.random() < 0.75:
        for number in range(1, count):
            x, y = ax + (bx - ax) * number / count, ay + (by - ay) * number / count
            pencil.rectangle((x, y, x + 1, y + 1), fill=255)
    if rng.random() < 0.4:
        pencil.text((ax + arm + 2, ay), str(rng.integers(1, 5)), fill=255, font=font(face, 12))


def _arrow(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    width, height = size
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    angle, length = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(12, 60))
    head, spread = length * float(rng.uniform(0.25, 0.6)), float(rng.uniform(0.3, 0.7))
    thick = int(rng.integers(1, 5))
    tail = (x - length * math.cos(angle), y - length * math.sin(angle))
    pencil.line((*tail, x, y), fill=255, width=thick)
    wings = [
        (x - head * math.cos(angle + turn), y - head * math.sin(angle + turn))
        for turn in (spread, -spread)
    ]
    if rng.random() < 0.5:
        pencil.polygon([(x, y), *wings], fill=255)
    else:
        for wing in wings:
            pencil.line((*wing, x, y), fill=255, width=thick)


def _shape(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    """An outlined region, a disc, a grid of dots or a row of small boxes."""
    width, height = size
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    w, h = float(rng.uniform(6, 90)), float(rng.uniform(6, 90))
    thick = int(rng.integers(1, 4))
    kind = int(rng.integers(5))
    if kind == 0:
        pencil.rectangle((x, y, x + w, y + h), outline=255, width=thick)
    elif kind == 1:
        pencil.ellipse((x, y, x + w, y + h), outline=255, width=thick)
    elif kind == 2:
        pencil.ellipse((x, y, x + w / 3, y + w / 3), fill=255)
    elif kind == 3:
        step = float(rng.uniform(6, 20))
        for number in range(int(rng.integers(4, 30))):
            spot = x + number * step
            pencil.rectangle((spot, y, spot + thick, y + thick), fill=255)
    else:
        step = float(rng.uniform(5, 16))
        for number in range(int(rng.integers(3, 12))):
            spot = x + number * step
            pencil.rectangle((spot, y, spot + step * 0.6, y + step * 0.6), fill=255)


def _curve(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    """A trace such as an ECG, or a freehand outline."""
    width, height = size
    count = int(rng.integers(10, 70))
    x = np.linspace(rng.uniform(0, width / 2), rng.uniform(width / 2, width), count)
    y = rng.uniform(0.1, 0.9) * height + np.cumsum(rng.normal(0, rng.uniform(0.5, 4), count))
    beats = rng.random(count) < 0.12
    y = y - beats * rng.uniform(5, 40)
    pencil.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=255, width=1)


def _bar(pencil: Pencil, size: tuple[int, int], rng: np.random.Generator, face: str) -> None:
    """A scale of grey, as beside an ultrasound image."""
    width, height = size
    x, y = float(rng.uniform(0, width - 12)), float(rng.uniform(0, height / 2))
    length, thick = float(rng.uniform(40, height / 2)), float(rng.uniform(5, 14))
    for number in range(int(length)):
        pencil.line((x, y + number, x + thick, y + number), fill=int(255 * (1 - number / length)))


KINDS: tuple[Callable[[Pencil, tuple[int, int], np.random.Generator, str], None], ...] = (
    _ruler,
    _ruler,
    _ruler,
    _caliper,
    _caliper,
    _arrow,
    _arrow,
    _shape,
    _shape,
    _curve,
    _curve,
    _bar,
)


def draw_mark(page: Page, pen: Pen, rng: np.random.Generator) -> None:
    """Draw one mark that stays, unless it would cross something drawn before."""
    height, width = page.grey.shape
    layer = Image.new("L", (width, height), 0)
    latin = pen.faces[0][1]
    face = latin[int(rng.integers(len(latin)))].path
    KINDS[int(rng.integers(len(KINDS)))](ImageDraw.Draw(layer), (width, height), rng, face)
    alpha = np.asarray(layer, np.float32) / 255
    if (alpha * page.taken).any() or not alpha.any():
        return
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    spot = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    tone = 255.0 if float(np.median(page.grey[spot])) < 160 else float(rng.uniform(0, 60))
    if rng.random() < 0.3:
        tone = float(np.clip(tone + rng.uniform(-90, 90), 0, 255))
    page.grey += (tone - page.grey) * alpha
    near = np.asarray(layer.point(lambda each: 255 * (each > 0)).resize((width // 8, height // 8)))
    grown = Image.fromarray(near).point(lambda each: 255 * (each > 0)).resize((width, height), 0)
    page.taken = np.maximum(page.taken, np.asarray(grown, np.float32) / 255)
    if len(rows) < 20 and len(columns) < 20:
        _take(page, spot, 8)
