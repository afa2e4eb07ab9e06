"""Backgrounds to draw on: opened by the app's own code, split by group, kept in the run."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from core.imaging.opening import open_study
from core.imaging.rendering import render, to_grey
from training.lettering.recipe import Backgrounds, LetteringRecipe
from training.lettering.scenes import Grey8

#: Share of the groups of each training set on which the thresholds are chosen.
HELD_OUT = 0.1


def rows_of(data: Path, wanted: Backgrounds) -> list[dict[str, str]]:
    """The rows of a set's manifest that are wanted. Raises FileNotFoundError."""
    with (data / wanted.folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    only = wanted.only or {}
    rows = [row for row in rows if all(row[key] in values for key, values in only.items())]
    return sorted((r for r in rows if r["file"] not in wanted.left_out), key=lambda r: r["file"])


def open_background(path: Path) -> Grey8:
    """The first frame of a file in grey, as the app shows it."""
    return np.asarray(to_grey(render(open_study(path).frames[0])))


def inset(grey: Grey8, share: float) -> Grey8:
    """The middle of a picture: ``share`` of its height and width cut off at every side."""
    rows, columns = (round(side * share) for side in grey.shape)
    return grey[rows : grey.shape[0] - rows, columns : grey.shape[1] - columns]


def prepare_backgrounds(recipe: LetteringRecipe, data: Path, run: Path) -> dict[str, int]:
    """Open the training sets' images and keep them: ``training.npz`` and ``held_out.npz``."""
    run.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(recipe.seed)
    parts: dict[str, list[tuple[str, Grey8]]] = {"training": [], "held_out": []}
    for wanted in recipe.training:
        rows = rows_of(data, wanted)
        groups = sorted({row["group"] for row in rows})
        held = set(rng.permutation(groups)[: max(1, round(HELD_OUT * len(groups)))].tolist())
        chosen = rng.permutation(len(rows))[: wanted.limit or len(rows)]
        for number in sorted(chosen.tolist()):
            row = rows[number]
            name = f"{wanted.folder}/images/{row['file']}"
            part = "held_out" if row["group"] in held else "training"
            parts[part].append((name, inset(open_background(data / name), wanted.inset)))
    for part, found in parts.items():
        arrays = {f"{number:05d} {name}": grey for number, (name, grey) in enumerate(found)}
        np.savez(run / f"{part}.npz", **arrays)
    return {part: len(found) for part, found in parts.items()}


def read_backgrounds(run: Path, part: str = "training") -> list[Grey8]:
    """What ``prepare_backgrounds`` kept. Raises FileNotFoundError before that."""
    with np.load(run / f"{part}.npz") as kept:
        return [kept[name] for name in kept.files]


def names_of(run: Path, part: str = "training") -> list[str]:
    with np.load(run / f"{part}.npz") as kept:
        return [name.partition(" ")[2] for name in kept.files]
