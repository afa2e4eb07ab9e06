"""Prepared images: every picture of a data set, opened once by the app's own code and kept as
grey bytes in one file, so that a run starts in seconds and travels to another machine whole."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core.imaging.opening import open_study
from core.reading.preprocess import InputSpec, grey_of
from training.splits import Part, Sample, read_boxes

Grey = npt.NDArray[np.uint8]
#: Where a run keeps the outlines of findings, if its sets have any.
MASKS = "masks.npz"
NO_MASKS: Mapping[int, Grey] = MappingProxyType({})


@dataclass(frozen=True)
class Prepared:
    """Samples, their parts and their pixels: ``grey(i)`` is (h, w) uint8 of sample i."""

    samples: tuple[Sample, ...]
    parts: tuple[Part, ...]
    shapes: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    pixels: npt.NDArray[np.uint8]
    masks: Mapping[int, Grey] = field(default_factory=dict)

    def grey(self, index: int) -> Grey:
        height, width = self.shapes[index]
        start = self.offsets[index]
        return self.pixels[start : start + height * width].reshape(height, width)

    def mask(self, index: int) -> Grey | None:
        """The outline of the finding in sample i, (h, w) uint8, 255 inside; None without one."""
        return self.masks.get(index)

    def indices(self, *parts: Part) -> list[int]:
        return [index for index, part in enumerate(self.parts) if part in parts]


def open_grey(path: Path, spec: InputSpec) -> Grey:
    """The first frame of a file as the network should see it, by the app's own code."""
    return grey_of(open_study(path).frames[0], spec)


def write_prepared(
    run: Path,
    samples: tuple[Sample, ...],
    parts: tuple[Part, ...],
    greys: Sequence[Grey],
    masks: Mapping[int, Grey] = NO_MASKS,
) -> Prepared:
    """Keep samples, parts and pixels in ``run``, and outlines of findings by sample number."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "split.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "label", "group", "part", "boxes"])
        for sample, part in zip(samples, parts, strict=True):
            boxes = json.dumps(sample.boxes) if sample.boxes else ""
            writer.writerow([sample.file, sample.label, sample.group, part, boxes])
    shapes = np.array([grey.shape for grey in greys], dtype=np.int64).reshape(-1, 2)
    pixels = np.concatenate([grey.ravel() for grey in greys])
    np.savez(run / "pixels.npz", shapes=shapes, pixels=pixels)
    if masks:
        np.savez_compressed(run / MASKS, **{str(index): mask for index, mask in masks.items()})
    counts = {part: parts.count(part) for part in Part}
    groups = {
        part: len({s.group for s, p in zip(samples, parts, strict=True) if p is part})
        for part in Part
    }
    (run / "prepared.json").write_text(
        json.dumps({"images": counts, "groups": groups}, indent=2) + "\n", encoding="utf-8"
    )
    return read_prepared(run)


def split_digest(run: Path) -> str:
    """SHA-256 of a run's split: weights fitted under one split must never meet another."""
    return hashlib.sha256((run / "split.csv").read_bytes()).hexdigest()


def read_prepared(run: Path) -> Prepared:
    """What ``prepare`` wrote. Raises FileNotFoundError before that."""
    with (run / "split.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    arrays = np.load(run / "pixels.npz")
    shapes = arrays["shapes"]
    sizes = shapes[:, 0] * shapes[:, 1]
    return Prepared(
        tuple(
            Sample(row["file"], row["label"], row["group"], read_boxes(row["boxes"]))
            for row in rows
        ),
        tuple(Part(row["part"]) for row in rows),
        shapes,
        np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        arrays["pixels"],
        _read_masks(run),
    )


def _read_masks(run: Path) -> Mapping[int, Grey]:
    if not (run / MASKS).exists():
        return NO_MASKS
    kept = np.load(run / MASKS)
    return {int(name): kept[name] for name in kept.files}
