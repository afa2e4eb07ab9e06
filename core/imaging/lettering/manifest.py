"""A detector's manifest, ``detector.json``. models/detector.schema.json is its form.

It is not a reader's ``pack.json``: a detector has no classes to calibrate and gives no verdict, and
a file of another name is never offered as a pack that reads images.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from core.errors import PackError
from core.reading.sentences import PackFailure

SCHEMA = Path(__file__).resolve().parents[3] / "models" / "detector.schema.json"


@dataclass(frozen=True)
class Input:
    """How a grey frame becomes the network's input: its longer side reduced to at most
    ``longest_side`` pixels, both sides padded with black to multiples of ``stride``, and
    ``(brightness - mean) / std`` of brightness 0..255."""

    longest_side: int
    stride: int
    mean: float
    std: float


@dataclass(frozen=True)
class Rule:
    """From the map of probabilities to boxes. Cells of ``edge`` or more that touch are one piece
    of writing where one of them reaches ``certain`` and there are ``least_cells``; the box around
    it grows by ``margin`` of its shorter side, and by one cell at least. A cell of the map is
    ``cell`` pixels of the input wide."""

    cell: int
    edge: float
    certain: float
    least_cells: int
    margin: float


@dataclass(frozen=True)
class DetectorManifest:
    """What the detector says of itself. ``raw`` is the whole of detector.json, for its card."""

    id: str
    version: str
    title: str
    input: Input
    rule: Rule
    output: str
    model_sha256: str
    minimum_onnxruntime: str
    review_by: date
    raw: Mapping[str, Any]


@cache
def _validator() -> Callable[[Any], Any]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema)
    return compiled


def parse_detector(content: bytes, pack: str) -> DetectorManifest:
    """The manifest in ``content``. Raises ``PackError`` when it is not in the known form."""
    try:
        table = json.loads(content)
        _validator()(table)
        review_by = date.fromisoformat(table["review_by"])
    except (ValueError, RecursionError, fastjsonschema.JsonSchemaException) as error:
        problem = str(error).splitlines()[0][:200] if str(error) else "not JSON"
        raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=pack, problem=problem) from error
    return DetectorManifest(
        id=table["id"],
        version=table["version"],
        title=table["title"],
        input=Input(**table["input"]),
        rule=Rule(**table["rule"]),
        output=table["output"],
        model_sha256=table["model"]["sha256"],
        minimum_onnxruntime=table["model"]["minimum_onnxruntime"],
        review_by=review_by,
        raw=table,
    )
