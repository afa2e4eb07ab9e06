"""How much writing is found, and how many clean pictures are touched, by the app's own code."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.lettering.boxes import Box
from training.lettering.alphabets import Purpose
from training.lettering.drawing import Page, Pen, write_block, write_mark
from training.lettering.marks import draw_mark
from training.lettering.scenes import Grey8, worn
from training.lettering.typefaces import Typeface, writing

#: Share of a line's ink that must lie under boxes for the line to count as found.
COVERED = 0.9
Find = Callable[[Grey8], Sequence[Box]]


@dataclass(frozen=True)
class Line:
    """One line of writing: where it was drawn, in what, how high, and the share of its ink that
    came to lie under boxes."""

    set: str
    group: str
    script: str
    typeface: str
    height: int
    covered: float

    @property
    def found(self) -> bool:
        return self.covered >= COVERED


@dataclass(frozen=True)
class Clean:
    """A picture without writing: what stood in it all the same, and the share of it masked."""

    set: str
    group: str
    file: str
    marks: int
    masked: float

    @property
    def touched(self) -> bool:
        return self.masked > 0


def enlarged(background: Grey8, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """The background at up to two and a half times its size, as a full-size file would be, but
    never longer than 1024 pixels."""
    factor = min(float(rng.uniform(1.0, 2.5)), 1024 / max(background.shape))
    size = (round(background.shape[1] * factor), round(background.shape[0] * factor))
    image = Image.fromarray(background).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def covered_by(boxes: Iterable[Box], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[box.top : box.bottom, box.left : box.right] = True
    return mask


def written(
    background: Grey8, pens: Sequence[Pen], seed: tuple[int, ...]
) -> tuple[Grey8, list[tuple[str, str, npt.NDArray[np.bool_]]]]:
    """A whole picture with two blocks of writing, each by a pen of its own, and some marks: the
    picture, and of each line its script, typeface and ink."""
    rng = np.random.default_rng(seed)
    page = Page(enlarged(background, rng), keep_lines=True)
    lines = []
    for _ in range(2):
        pen = pens[int(rng.integers(len(pens)))]
        script, face = pen.pick(rng)
        before = len(page.lines)
        write_block(page, Pen([(script, [face])]), rng)
        name = Path(face.path).stem
        lines += [(script.name, name, ink) for ink in page.lines[before:]]
    for _ in range(int(rng.integers(0, 4))):
        (write_mark if rng.random() < 0.5 else draw_mark)(page, pens[0], rng)
    return worn(page.grey, rng), lines


def marked(background: Grey8, pen: Pen, seed: tuple[int, ...]) -> tuple[Grey8, int]:
    """A whole picture without writing: half of them as they are, half with marks that stay."""
    rng = np.random.default_rng(seed)
    page = Page(enlarged(background, rng))
    count = 0 if rng.random() < 0.5 else int(rng.integers(1, 5))
    for _ in range(count):
        (write_mark if rng.random() < 0.5 else draw_mark)(page, pen, rng)
    return worn(page.grey, rng), count


def judge_lines(
    named: str,
    backgrounds: Sequence[tuple[str, Grey8]],
    pens: Sequence[Pen],
    find: Find,
    seed: int,
) -> Iterator[Line]:
    """Every line drawn over the backgrounds (group, picture), and how much of it was found."""
    for number, (group, background) in enumerate(backgrounds):
        picture, lines = written(background, pens, (seed, number, 1))
        hidden = covered_by(find(picture), picture.shape)
        for script, face, ink in lines:
            rows = np.flatnonzero(ink.any(1))
            share = float((ink & hidden).sum() / ink.sum())
            yield Line(named, group, script, face, int(rows[-1] - rows[0] + 1), share)


def judge_clean(
    named: str,
    backgrounds: Sequence[tuple[str, str, Grey8]],
    pen: Pen,
    find: Find,
    seed: int,
) -> Iterator[Clean]:
    """Every background (group, file, picture) without writing, and what was masked of it."""
    for number, (group, file, background) in enumerate(backgrounds):
        picture, count = marked(background, pen, (seed, number, 2))
        hidden = covered_by(find(picture), picture.shape)
        yield Clean(named, group, file, count, float(hidden.mean()))


def pens_for(typefaces: list[Typeface], scripts: Purpose, faces: Purpose) -> Pen:
    return Pen(writing(typefaces, scripts, faces))


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, J Am Stat Assoc 1927)."""
    if count == 0:
        return 0.0, 1.0
    z, p = 1.959964, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - float(half)), min(1.0, middle + float(half))


def interval_over_groups(hits: Sequence[bool], groups: Sequence[str]) -> tuple[float, float]:
    """The 95% interval of a share, by drawing groups anew 2,000 times; Wilson's over the groups
    where all or none hit, which drawing anew cannot widen."""
    by_group: dict[str, list[bool]] = defaultdict(list)
    for hit, group in zip(hits, groups, strict=True):
        by_group[group].append(hit)
    sums = np.array([sum(each) for each in by_group.values()], float)
    sizes = np.array([len(each) for each in by_group.values()], float)
    if sums.sum() in (0, sizes.sum()):
        return wilson(len(sums) if sums.sum() else 0, len(sums))
    rng = np.random.default_rng(1)
    drawn = rng.integers(len(sums), size=(2000, len(sums)))
    shares = sums[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(shares, (2.5, 97.5))
    return float(low), float(high)


def write_rows(path: Path, rows: Sequence[Line] | Sequence[Clean]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(asdict(rows[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def share(rows: Sequence[Line], key: Callable[[Line], str]) -> dict[str, tuple[float, int]]:
    """The share found by kind of line, and how many there were."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        kinds[key(row)].append(row.found)
    return {kind: (sum(hits) / len(hits), len(hits)) for kind, hits in sorted(kinds.items())}


def told(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
