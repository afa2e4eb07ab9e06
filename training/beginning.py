"""A fit that begins where another pack's ended, instead of at ImageNet: ultrasound learned from
ultrasound. Only the backbone is taken, so the two need no class in common."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import torch

from training.network import Classifier
from training.recipe import Method, Recipe
from training.splits import Part

#: The backbone that a run begins with, kept in the run: the other run may change or go.
BACKBONE = "beginning.pt"
#: Whose it was, and how many images of which set it had learned from.
ORIGIN = "beginning.json"
PREFIX = "backbone."


def keep_beginning(recipe: Recipe, run: Path, source: Path) -> None:
    """Copy into ``run`` the backbone of the finished run ``source``, made by the recipe that
    ``begins_from`` names; a run that has one keeps it.

    Raises FileNotFoundError while ``source`` has not finished, ValueError when it is another
    pack's run, or not what ``run`` was begun with, or when the recipe fits a head alone.
    """
    if recipe.schedule.method is Method.HEAD_ONLY:
        raise ValueError(f"{recipe.id} fits a head on ImageNet's features: it begins from no pack")
    kept = run / BACKBONE
    weights = source / "final" / "weights.pt"
    if kept.exists() and not weights.exists():
        return
    if not weights.exists():
        raise FileNotFoundError(
            f"{recipe.id} begins from {recipe.begins_from}, and {source} holds no finished run of "
            "it: train that first, or name its run with --begin-from"
        )
    made = json.loads((source / "config.json").read_text(encoding="utf-8"))["id"]
    if made != recipe.begins_from:
        raise ValueError(f"{source} is a run of {made}, not of {recipe.begins_from}")
    backbone = _serialised(weights)
    if kept.exists():
        if kept.read_bytes() != backbone:
            raise ValueError(
                f"{run.name} was begun with other weights than those of {source}: "
                "remove the run and begin anew"
            )
        return
    origin = {"pack": made, "images": _images_learned(source)}
    (run / ORIGIN).write_text(json.dumps(origin) + "\n", encoding="utf-8")
    kept.write_bytes(backbone)


def load_beginning(network: Classifier, run: Path) -> None:
    """Fill the backbone with the one kept in ``run``. Raises FileNotFoundError."""
    weights = torch.load(run / BACKBONE, map_location="cpu", weights_only=True)
    network.backbone.load_state_dict(weights, strict=True)


def beginning_digest(run: Path) -> str:
    """SHA-256 of the backbone that ``run`` begins with. Raises FileNotFoundError."""
    return hashlib.sha256((run / BACKBONE).read_bytes()).hexdigest()


def images_behind(recipe: Recipe, run: Path) -> dict[str, int]:
    """How many images of each set the beginning had learned from; nothing for ImageNet's."""
    if not recipe.begins_from:
        return {}
    origin = json.loads((run / ORIGIN).read_text(encoding="utf-8"))
    return {str(folder): int(count) for folder, count in origin["images"].items()}


def _serialised(weights: Path) -> bytes:
    state = torch.load(weights, map_location="cpu", weights_only=True)
    backbone = {
        name.removeprefix(PREFIX): value for name, value in state.items() if name.startswith(PREFIX)
    }
    stream = io.BytesIO()
    torch.save(backbone, stream)
    return stream.getvalue()


def _images_learned(source: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    with (source / "split.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["part"] != Part.TEST:
                folder = row["file"].split("/")[0]
                counts[folder] = counts.get(folder, 0) + 1
    return counts
