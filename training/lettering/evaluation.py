"""Judge the exported pack on typefaces, scripts and sets of images that it never saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.imaging.lettering.detector import MANIFEST_FILE, MODEL_FILE, Detector, runner
from core.imaging.lettering.manifest import parse_detector
from training.lettering.alphabets import Purpose
from training.lettering.card import write_card
from training.lettering.export import write_manifest
from training.lettering.judging import (
    Clean,
    Find,
    Line,
    interval_over_groups,
    judge_clean,
    judge_lines,
    pens_for,
    write_rows,
)
from training.lettering.recipe import Backgrounds, LetteringRecipe
from training.lettering.scenes import Grey8
from training.lettering.sets import open_background, rows_of
from training.lettering.typefaces import find_typefaces

#: Images of each test set that are judged, at most, and their random order.
LIMIT, SEED = 60, 77
SPLIT_RULE = (
    "another source than any of training; typefaces and, in half of the blocks, scripts never "
    "trained on"
)
_METHOD = "bootstrap over groups"


def exported(run: Path) -> Detector:
    """The exported detector, not yet signed, with one thread. Raises FileNotFoundError."""
    pack = run / "pack"
    content = (pack / MANIFEST_FILE).read_bytes()
    table = json.loads(content)
    manifest = parse_detector(json.dumps(table).encode(), "burned_in_text")
    return Detector(manifest, runner((pack / MODEL_FILE).read_bytes(), manifest, 1))


def test_backgrounds(data: Path, wanted: Backgrounds) -> list[tuple[str, str, Grey8]]:
    """Group, file and picture of a test set's images: at most ``LIMIT``, spread over the set."""
    import numpy as np

    rows = rows_of(data, replace(wanted, left_out=()))
    order = np.random.default_rng(SEED).permutation(len(rows))[: wanted.limit or LIMIT]
    drawn = [rows[number] for number in sorted(order.tolist())]
    chosen = [row for row in drawn if row["file"] not in wanted.left_out]
    return [
        (row["group"], row["file"], open_background(data / wanted.folder / "images" / row["file"]))
        for row in chosen
    ]


def _row(
    named: str,
    metric: str,
    hits: Sequence[bool],
    groups: Sequence[str],
    images: int,
) -> dict[str, Any]:
    low, high = interval_over_groups(hits, groups)
    return {
        "test_set": named,
        "metric": metric,
        "value": round(sum(hits) / len(hits), 6),
        "interval": [round(low, 6), round(high, 6)],
        "interval_method": _METHOD,
        "count": len(hits),
        "images": images,
        "groups": len(set(groups)),
        "split_rule": SPLIT_RULE,
    }


def _found(named: str, metric: str, lines: Sequence[Line]) -> dict[str, Any]:
    groups = [line.group for line in lines]
    return _row(named, metric, [line.found for line in lines], groups, len(set(groups)))


def _touched(named: str, metric: str, clean: Sequence[Clean]) -> dict[str, Any]:
    groups = [each.group for each in clean]
    return _row(named, metric, [each.touched for each in clean], groups, len(clean))


def _by(lines: Sequence[Line], key: Callable[[Line], str]) -> list[tuple[str, list[Line]]]:
    kinds = sorted({key(line) for line in lines})
    return [(kind, [line for line in lines if key(line) == kind]) for kind in kinds]


def _band(line: Line) -> str:
    if line.height < 14:
        return "lower than 14 px"
    return "14 to 31 px" if line.height < 32 else "32 px or more"


def figures(lines: Sequence[Line], clean: Sequence[Clean]) -> list[dict[str, Any]]:
    """The evaluation part of the manifest."""
    everything = "All test sets"
    rows = [_found(everything, "lines found", lines)]
    rows += [_found(everything, f"lines found, {name}", own) for name, own in _by(lines, _band)]
    rows.append(_touched(everything, "clean images touched", clean))
    plain = [each for each in clean if not each.marks]
    rows.append(_touched(everything, "clean images touched, nothing drawn on", plain))
    with_marks = [each for each in clean if each.marks]
    rows.append(_touched(everything, "clean images touched, with marks that stay", with_marks))
    rows += [
        _found("Scripts", f"lines found, {name}", own)
        for name, own in _by(lines, lambda line: line.script)
    ]
    for name in sorted({each.set for each in clean}):
        rows.append(_found(name, "lines found", [line for line in lines if line.set == name]))
        own_clean = [each for each in clean if each.set == name]
        rows.append(_touched(name, "clean images touched", own_clean))
    return rows


def judged(
    recipe: LetteringRecipe, data: Path, run: Path, find: Find
) -> tuple[list[Line], list[Clean]]:
    """Every test line and every clean test picture."""
    faces = find_typefaces(run / "typefaces.json")
    pens = [
        pens_for(faces, Purpose.TRAINING, Purpose.TEST),
        pens_for(faces, Purpose.TEST, Purpose.TEST),
    ]
    lines: list[Line] = []
    clean: list[Clean] = []
    for number, wanted in enumerate(recipe.test):
        found = test_backgrounds(data, wanted)
        grounds = [(group, picture) for group, _file, picture in found]
        lines += judge_lines(wanted.folder, grounds, pens, find, SEED + number)
        clean += judge_clean(wanted.folder, found, pens[0], find, SEED + number)
    return lines, clean


def evaluate(recipe: LetteringRecipe, data: Path, run: Path) -> list[dict[str, Any]]:
    """Judge ``run/pack``, write its figures into the manifest, every line and picture into
    ``run``, and the card. Returns the figures."""
    lines, clean = judged(recipe, data, run, exported(run).find)
    write_rows(run / "lines.csv", lines)
    write_rows(run / "clean.csv", clean)
    pack = run / "pack"
    table = json.loads((pack / MANIFEST_FILE).read_text(encoding="utf-8"))
    table["evaluation"] = figures(lines, clean)
    write_manifest(pack, table)
    write_card(pack)
    return list(table["evaluation"])
