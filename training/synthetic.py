"""Drawn pictures that a router must refuse: documents, screens, charts, noise, blanks.

They are ours, so they may be shipped and trained on. Photographs are left to the distance from
what the router learned: no set of photographs could stand for all of them.
"""

from __future__ import annotations

import io
import zlib

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
_LETTERS = list("abcdefghijklmnopqrstuvwxyz      ABCDEFGHIKLMNOPRSTUVW0123456789.,:;-()/%")


def _size(rng: Rng) -> tuple[int, int]:
    return int(rng.integers(160, 449)), int(rng.integers(160, 449))


def _words(rng: Rng, length: int) -> str:
    return "".join(rng.choice(_LETTERS, length))


def document(rng: Rng) -> Image.Image:
    """A printed or handwritten-looking page, straight or as photographed."""
    paper, ink = int(rng.integers(190, 256)), int(rng.integers(0, 90))
    image = Image.new("L", _size(rng), paper)
    canvas = ImageDraw.Draw(image)
    y, height = int(rng.integers(4, 40)), int(rng.integers(7, 20))
    while y < image.height - height:
        if rng.random() < 0.85:
            indent = int(rng.integers(4, 40))
            text = _words(rng, int(rng.integers(3, max(4, image.width // max(4, height // 2)))))
            canvas.text((indent, y), text, fill=ink, font_size=height)
        if rng.random() < 0.1:
            canvas.line((4, y + height, image.width - 4, y + height), fill=ink)
        y += int(height * rng.uniform(1.1, 2.0))
    if rng.random() < 0.4:
        image = image.rotate(float(rng.uniform(-25, 25)), fillcolor=int(rng.integers(0, 200)))
    if rng.random() < 0.2:
        image = Image.eval(image, lambda value: 255 - value)
    return image


def screen(rng: Rng) -> Image.Image:
    """A program's window: bars, tiles, buttons, lines of text."""
    image = Image.new("L", _size(rng), int(rng.integers(0, 256)))
    canvas = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(4, 22))):
        x, y = int(rng.integers(0, image.width)), int(rng.integers(0, image.height))
        w, h = int(rng.integers(12, 200)), int(rng.integers(8, 120))
        radius = int(rng.integers(0, 8))
        canvas.rounded_rectangle((x, y, x + w, y + h), radius, fill=int(rng.integers(0, 256)))
        if rng.random() < 0.7:
            text = _words(rng, int(rng.integers(3, 24)))
            size = int(rng.integers(8, 18))
            canvas.text((x + 4, y + 3), text, fill=int(rng.integers(0, 256)), font_size=size)
    return image


def chart(rng: Rng) -> Image.Image:
    """Axes with lines or bars."""
    image = Image.new("L", _size(rng), int(rng.integers(200, 256)))
    canvas = ImageDraw.Draw(image)
    w, h = image.size
    canvas.line((20, 10, 20, h - 20, w - 10, h - 20), fill=0, width=1)
    for _ in range(int(rng.integers(1, 5))):
        tone = int(rng.integers(0, 180))
        heights = np.cumsum(rng.normal(0, h / 14, 24)) + h / 2
        points = [
            (20 + i * (w - 30) / 23, float(np.clip(y, 10, h - 20))) for i, y in enumerate(heights)
        ]
        if rng.random() < 0.6:
            canvas.line(points, fill=tone, width=int(rng.integers(1, 4)))
        else:
            for x, y in points[::2]:
                canvas.rectangle((x, y, x + w / 40, h - 20), fill=tone)
    canvas.text((w // 3, 2), _words(rng, 14), fill=0, font_size=11)
    return image


def noise(rng: Rng) -> Image.Image:
    """Noise of any grain, with or without a gradient: a lens cap, a dead screen, snow."""
    width, height = _size(rng)
    grain = int(2 ** rng.uniform(0, 6))
    shape = (max(2, height // grain), max(2, width // grain))
    field = rng.normal(rng.uniform(20, 235), rng.uniform(0, 80), shape)
    image = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    slope = np.linspace(rng.uniform(-100, 100), rng.uniform(-100, 100), width)
    return Image.fromarray(np.clip(np.asarray(image) + slope, 0, 255).astype(np.uint8))


def shapes(rng: Rng) -> Image.Image:
    """Overlapping smooth shapes with shading: scenes without content."""
    width, height = _size(rng)
    image = Image.new("L", (width, height), int(rng.integers(0, 256)))
    canvas = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 30))):
        tone = int(rng.integers(0, 256))
        x, y = rng.uniform(-0.2, 1.0, 2) * (width, height)
        w, h = rng.uniform(0.03, 0.6, 2) * (width, height)
        if rng.random() < 0.5:
            canvas.ellipse((x, y, x + w, y + h), fill=tone)
        else:
            corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 7)), 2)) * (w, h) + (x, y)
            canvas.polygon([tuple(corner) for corner in corners.tolist()], fill=tone)
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 4))))
    grain = np.asarray(image) + rng.normal(0, rng.uniform(0, 18), (height, width))
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))


_KINDS = {
    "document": (document, screen, chart),
    "nothing_medical": (noise, shapes),
}


def draw(label: str, number: int) -> Grey:
    """The drawn picture of a label with this number, always the same: (h, w) uint8.

    Raises KeyError for a label that nothing is drawn for.
    """
    kinds = _KINDS[label]
    rng = np.random.default_rng((zlib.crc32(label.encode()), number))
    image = kinds[number % len(kinds)](rng)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(50, 96)))
    return np.asarray(Image.open(buffer).convert("L"))
