"""Prepared images: every picture of a data set, opened once by the app's own code and kept as
grey bytes in one file, so that a run starts in seconds and travels to another machine whole."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.imaging.opening import open_study
from core.reading.preprocess import InputSpec, grey_of
from training.splits import Part, Sample, read_boxes

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Prepared:
    """Samples, their parts and their pixels: ``grey(i)`` is (h, w) uint8 of sample i."""

    samples: tuple[Sample, ...]
    parts: tuple[Part, ...]
    shapes: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    pixels: npt.NDArray[np.uint8]

    def grey(self, index: int) -> Grey:
        height, width = self.shapes[index]
        start = self.offsets[index]
        return self.pixels[start : start + height * width].reshape(height, width)

    def indices(self, *parts: Part) -> list[int]:
        return [index for index, part in enumerate(self.parts) if part in parts]


def open_grey(path: Path, spec: InputSpec) -> Grey:
    """The first frame of a file as the network should see it, by the app's own code."""
    return grey_of(open_study(path).frames[0], spec)


def write_prepared(
    run: Path, samples: tuple[Sample, ...], parts: tuple[Part, ...], greys: Sequence[Grey]
) -> Prepared:
    """Keep samples, parts and pixels in ``run``."""
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
    )
