"""Writing drawn into a picture: what must go, and what must stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from training.lettering.alphabets import LATIN, Script, line, mark, words
from training.lettering.typefaces import NUMBERS, Typeface, font

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.float32]
#: Height of the letters in pixels of the picture as the network sees it.
SMALLEST, LARGEST = 9, 72
#: Least difference of brightness (of 255) between writing and what lies around it.
FAINTEST = 32.0


@dataclass
class Page:
    """A picture being written on: ``grey`` (h, w) 0..255; ``region`` is 1 where writing must go,
    ``taken`` where anything stands already; ``lines`` are the ink masks of each line written."""

    grey: Grey
    region: Mask = field(init=False)
    taken: Mask = field(init=False)
    lines: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    keep_lines: bool = False

    def __post_init__(self) -> None:
        self.region = np.zeros_like(self.grey)
        self.taken = np.zeros_like(self.grey)


@dataclass(frozen=True)
class Pen:
    """What to write with: the scripts, and for each the typefaces that write it."""

    faces: Sequence[tuple[Script, Sequence[Typeface]]]

    def pick(self, rng: np.random.Generator) -> tuple[Script, Typeface]:
        # Latin counts double: films everywhere carry it.
        names = [script.name for script, _ in self.faces]
        weights = np.array([3.0 if name == LATIN.name else 1.0 for name in names])
        script, faces = self.faces[int(rng.choice(len(names), p=weights / weights.sum()))]
        return script, faces[int(rng.integers(len(faces)))]


def letter_height(rng: np.random.Generator, largest: int = LARGEST) -> int:
    """Small writing is more frequent than large."""
    return int(np.exp(rng.uniform(np.log(SMALLEST), np.log(largest))))


def _inked(text: str, path: str, size: int) -> tuple[Image.Image, Image.Image] | None:
    """Ink and its box, both (h, w) ``L``; None when the typeface draws nothing."""
    face = font(path, size)
    left, top, right, bottom = face.getbbox(text)
    width, height = int(right - left), int(bottom - top)
    if width < 3 or height < 3 or width > 4000:
        return None
    ink = Image.new("L", (width, height), 0)
    ImageDraw.Draw(ink).text((-left, -top), text, fill=255, font=face)
    return ink, Image.new("L", ink.size, 255)


def _block(
    pen: Pen, rng: np.random.Generator, width: int
) -> tuple[Image.Image, list[Image.Image], Image.Image] | None:
    """A block of one to four lines: all ink, the ink of each line, and the lines' boxes."""
    script, face = pen.pick(rng)
    write = line if NUMBERS in face.scripts else words
    height = letter_height(rng)
    size = max(7, int(height * 1.3))
    rows = []
    for _ in range(1 if height > 40 else int(rng.choice([1, 1, 1, 2, 3, 4]))):
        drawn = _inked(write(script, rng), face.path, size)
        if drawn is not None and drawn[0].width < width * 1.25:
            rows.append(drawn)
    if not rows:
        return None
    gap = int(size * rng.uniform(0.15, 0.6))
    whole = (
        max(ink.width for ink, _ in rows),
        sum(ink.height for ink, _ in rows) + gap * (len(rows) - 1),
    )
    ink_all, box_all = Image.new("L", whole, 0), Image.new("L", whole, 0)
    each, top = [], 0
    align = int(rng.integers(3))
    for ink, box in rows:
        left = (0, whole[0] - ink.width, (whole[0] - ink.width) // 2)[align]
        own = Image.new("L", whole, 0)
        own.paste(ink, (left, top))
        ink_all.paste(ink, (left, top))
        box_all.paste(box, (left, top))
        each.append(own)
        top += ink.height + gap
    return ink_all, each, box_all


def _angle(rng: np.random.Generator) -> float:
    kind = rng.random()
    if kind < 0.72:
        return 0.0
    if kind < 0.86:
        return float(rng.uniform(-8, 8))
    return float(rng.choice([90, 270])) if kind < 0.96 else float(rng.uniform(-30, 30))


def _turned(images: Sequence[Image.Image], angle: float) -> list[Image.Image]:
    if angle == 0.0:
        return list(images)
    return [each.rotate(angle, Image.Resampling.BILINEAR, expand=True) for each in images]


def _place(
    page: Page, size: tuple[int, int], rng: np.random.Generator
) -> tuple[slice, slice] | None:
    """Room for ``size`` (width, height) where nothing stands, more often near an edge; writing
    near an edge may be cut off by it only in a crop, so here it fits."""
    height, width = page.grey.shape
    w, h = size
    if w > width or h > height:
        return None
    for _ in range(12):
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
        if rng.random() < 0.4:
            x = int(rng.choice([min(4, width - w), max(0, width - w - 4)]))
        if rng.random() < 0.4:
            y = int(rng.choice([min(4, height - h), max(0, height - h - 4)]))
        spot = (slice(y, y + h), slice(x, x + w))
        if not page.taken[spot].any():
            return spot
    return None


def _brightness(around: Grey, rng: np.random.Generator) -> float:
    """A tone that differs from the middle of what lies behind it by ``FAINTEST`` or more."""
    middle = float(np.median(around))
    # Of a busy background the far ends count: letters must not be lost in it.
    low, high = np.percentile(around, (15, 85))
    room_above, room_below = 255 - max(middle, float(high)), min(middle, float(low))
    upward = rng.random() < (0.85 if room_above > FAINTEST else 0.0)
    if room_below < FAINTEST:
        upward = True
    room = room_above if upward else room_below
    strength = max(FAINTEST, room * float(rng.choice([1.0, 1.0, rng.uniform(0.3, 1.0)])))
    tone = high + strength if upward else low - strength
    return float(np.clip(tone, 0, 255))


def _ink_on(
    page: Page, spot: tuple[slice, slice], ink: Image.Image, rng: np.random.Generator
) -> None:
    """Draw ink in a tone of its own: plain, with a shadow or outline, or on a label."""
    part = page.grey[spot]
    alpha = np.asarray(ink, np.float32) / 255
    style = rng.random()
    if style < 0.18:
        paper = float(rng.choice([0.0, 255.0, rng.uniform(0, 255)]))
        part += (paper - part) * float(rng.uniform(0.7, 1.0))
    tone = _brightness(part, rng)
    if style > 0.82:
        edge = ink.filter(ImageFilter.MaxFilter(3))
        dark = 0.0 if tone > 127 else 255.0
        part += (dark - part) * (np.asarray(edge, np.float32) / 255)
    part += (tone - part) * alpha * float(rng.choice([1.0, 1.0, rng.uniform(0.75, 1.0)]))


def write_block(page: Page, pen: Pen, rng: np.random.Generator) -> None:
    """Write a block that must go, if there is room for it."""
    angle = _angle(rng)
    height, width = page.grey.shape
    drawn = _block(pen, rng, height if angle in (90.0, 270.0) else width)
    if drawn is None:
        return
    ink, each, boxes = drawn
    ink, boxes, *each = _turned([ink, boxes, *each], angle)
    spot = _place(page, ink.size, rng)
    if spot is None:
        return
    _ink_on(page, spot, ink, rng)
    page.region[spot] = np.maximum(page.region[spot], np.asarray(boxes, np.float32) / 255)
    _take(page, spot, 10)
    if page.keep_lines:
        for own in each:
            mask = np.zeros(page.grey.shape, np.bool_)
            mask[spot] = np.asarray(own) > 127
            if mask.any():
                page.lines.append(mask)


def _take(page: Page, spot: tuple[slice, slice], margin: int) -> None:
    rows, columns = spot
    top, left = max(0, rows.start - margin), max(0, columns.start - margin)
    page.taken[top : rows.stop + margin, left : columns.stop + margin] = 1


def write_mark(page: Page, pen: Pen, rng: np.random.Generator) -> None:
    """Write a side marker or a number of one or two digits, which stays."""
    script, face = pen.pick(rng)
    text = mark(script, rng)
    if text.isascii() and NUMBERS not in face.scripts:
        return
    drawn = _inked(text, face.path, int(letter_height(rng, 110) * 1.3))
    if drawn is None:
        return
    ink = drawn[0]
    frame = rng.random()
    if frame < 0.3:
        ink = _framed(ink, rng)
    angle = _angle(rng)
    (ink,) = _turned([ink], angle)
    if rng.random() < 0.1:
        ink = ink.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    spot = _place(page, ink.size, rng)
    if spot is None:
        return
    _ink_on(page, spot, ink, rng)
    _take(page, spot, 14)


def _framed(ink: Image.Image, rng: np.random.Generator) -> Image.Image:
    margin = 3 + int(0.4 * ink.height)
    side = (ink.width + 2 * margin, ink.height + 2 * margin)
    framed = Image.new("L", side, 0)
    pencil = ImageDraw.Draw(framed)
    line_width = int(rng.integers(1, 4))
    shape = pencil.ellipse if rng.random() < 0.5 else pencil.rectangle
    shape((0, 0, side[0] - 1, side[1] - 1), outline=255, width=line_width)
    framed.paste(255, (margin, margin), ink)
    return framed
