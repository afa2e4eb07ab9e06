"""Data sets: folders with images and a manifest.csv, joined, relabelled and split by group."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from training.images import Prepared, open_grey, write_prepared
from training.recipe import DataSet, Recipe
from training.splits import Box, Sample, assign_parts, merge_groups, read_boxes
from training.synthetic import draw

Grey = npt.NDArray[np.uint8]
#: Folder name under which drawn images appear in a split.
DRAWN = "drawn"
_COLUMNS = {"file", "label", "group"}
#: Reference standards that do not rest on looking at the picture alone.
_BEYOND_THE_PICTURE = {"other_imaging", "laboratory", "follow_up"}


def box_around(mask: Path) -> tuple[Box, ...]:
    """The box around all that a mask marks (brighter than half), or nothing when it marks nothing.

    Raises FileNotFoundError.
    """
    with Image.open(mask) as opened:
        bounds = opened.convert("L").point(lambda tone: 255 * (tone > 127)).getbbox()
        width, height = opened.size
    if bounds is None:
        return ()
    left, top, right, bottom = bounds
    centre = ((left + right) / 2 / width, (top + bottom) / 2 / height)
    return ((*centre, (right - left) / width, (bottom - top) / height),)


def is_unproven(row: Mapping[str, str]) -> bool:
    """Whether a row of exported corrections (docs/training.md) holds one person's word, given
    after the AI's was seen and resting on nothing but the picture: a clinician's, or a reviewer's
    own, who is a specialist and saw it no less. A reader who has seen a proposal tends to agree
    with it (automation bias: Goddard et al., J Am Med Inform Assoc 2012;19:121)."""
    if "blinded" not in row:
        return False
    bare = {"", "clinician", "specialist"} if row.get("role") == "reviewer" else {"", "clinician"}
    return row["blinded"] != "yes" and row.get("reference_standard", "") in bare


def settled(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """One row for every picture of exported corrections, where a second opinion has a row of its
    own: the row that is worth most. Where those that are worth most differ, none: nobody has
    settled what the picture shows. Other sets come back as they are."""
    readers: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if "blinded" in row:
            readers[row["file"]].append(row)
    chosen = {file: _settled(own) for file, own in readers.items()}
    return [row for row in rows if "blinded" not in row or row is chosen[row["file"]]]


def _settled(rows: Sequence[dict[str, str]]) -> dict[str, str] | None:
    most = max(map(_worth, rows))
    best = [row for row in rows if _worth(row) == most]
    return best[0] if len({row["label"] for row in best}) == 1 else None


def _worth(row: Mapping[str, str]) -> int:
    """2 for what more than the picture tells, 1 for a reader's word that the AI had no part in or
    a specialist's that was asked, 0 for one that is unproven."""
    if row.get("reference_standard") in _BEYOND_THE_PICTURE:
        return 2
    return 0 if is_unproven(row) else 1


def _regions(folder: Path, row: dict[str, str]) -> tuple[Box, ...]:
    boxes = read_boxes(row.get("boxes"))
    if not boxes and row.get("mask"):
        return box_around(folder / "masks" / row["mask"])
    return boxes


def _is_wanted(row: Mapping[str, str], source: DataSet) -> bool:
    return all(row[column] in values for column, values in source.only.items())


def read_set(
    data: Path, source: DataSet, test_rows: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> list[Sample]:
    """The rows of a set that the recipe wants, relabelled, sorted by file; those are reserved for
    the test whose columns say so.

    Raises FileNotFoundError without a manifest.csv, ValueError when it lacks a column.
    """
    path = data / source.folder / "manifest.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        missing = (_COLUMNS | set(source.only) | set(test_rows)) - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{source.folder}/manifest.csv lacks {sorted(missing)}")
        # Without a file: a correction whose picture may not leave its vault.
        wanted = [row for row in rows if row["file"] and _is_wanted(row, source)]
        samples = []
        for row in settled(wanted):
            label = source.relabel.get(row["label"], source.relabel.get("*", row["label"]))
            file, group = f"{source.folder}/images/{row['file']}", f"{source.folder}/{row['group']}"
            reserved = any(row[column] in values for column, values in test_rows.items())
            boxes = _regions(data / source.folder, row)
            samples.append(Sample(file, label, group, boxes, reserved, is_unproven(row)))
    return sorted(samples, key=lambda sample: sample.file)


def limited(samples: Sequence[Sample], limit: int, seed: int) -> list[Sample]:
    """At most ``limit`` samples of each label, drawn at random; all when 0."""
    if not limit:
        return list(samples)
    by_label: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_label[sample.label].append(sample)
    rng = np.random.default_rng(seed)
    kept = []
    for label in sorted(by_label):
        own = by_label[label]
        kept += [own[i] for i in sorted(rng.permutation(len(own))[:limit])]
    return sorted(kept, key=lambda sample: sample.file)


def _digest(grey: Grey) -> str:
    return hashlib.sha256(str(grey.shape).encode() + grey.tobytes()).hexdigest()


def prepare_sets(recipe: Recipe, data: Path, run: Path) -> Prepared:
    """Open every image of the recipe's sets under ``data`` by the app's own code, draw the
    synthetic ones, split by group, and keep it all in ``run``.

    Raises ValueError when ``run`` holds networks already: their training images could otherwise
    become another split's test.
    """
    if (run / "fitted_under.json").exists():
        raise ValueError(f"{run.name} holds fitted networks: remove the run and begin anew")
    samples: list[Sample] = []
    for source in recipe.data:
        rows = read_set(data, source, recipe.split.test_rows)
        found = [s for s in rows if s.label in recipe.classes]
        samples += limited(found, source.limit, recipe.split.seed)
    bar = tqdm(samples, desc="opening", unit="image", mininterval=2)
    greys = [open_grey(data / sample.file, recipe.input) for sample in bar]
    for label, count in recipe.drawn.items():
        for number in range(count):
            name = f"{DRAWN}/{label}/{number}"
            samples.append(Sample(name, label, name))
            greys.append(draw(label, number))
    merged = merge_groups(samples, [_digest(grey) for grey in greys])
    parts_of = assign_parts(merged, recipe.split)
    parts = tuple(parts_of[sample.group] for sample in merged)
    masks = _outlines(data, merged, greys)
    return write_prepared(run, tuple(merged), parts, greys, masks)


def _outlines(data: Path, samples: Sequence[Sample], greys: Sequence[Grey]) -> dict[int, Grey]:
    """By sample number, the outline of the finding as large as its picture, (h, w) uint8, 255
    inside, of those with a mask beside the images."""
    found = {}
    for index, (sample, grey) in enumerate(zip(samples, greys, strict=True)):
        path = mask_of(data, sample)
        if path is not None:
            with Image.open(path) as opened:
                drawn = opened.convert("L").resize((grey.shape[1], grey.shape[0]))
            found[index] = np.asarray(drawn.point(lambda tone: 255 * (tone > 127)))
    return found


def mask_of(data: Path, sample: Sample) -> Path | None:
    """The mask of a sample's marked finding, None without one."""
    file = data / sample.file
    path = file.parent.parent / "masks" / f"{file.stem}.png"
    return path if sample.boxes and path.exists() else None
