"""A pack's manifest, ``pack.json``, as typed data. models/pack.schema.json is its form."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import numpy as np
import numpy.typing as npt

from core.errors import PackError
from core.imaging.study import Window
from core.reading.guidance import known_keys
from core.reading.preprocess import Denoising, InputSpec, ResizePolicy
from core.reading.sentences import PackFailure

SCHEMA = Path(__file__).resolve().parents[2] / "models" / "pack.schema.json"


class PackKind(StrEnum):
    """A reader names findings; a router says what kind of image it is."""

    READER = "reader"
    ROUTER = "router"


class PackStatus(StrEnum):
    RELEASED = "released"
    EXPERIMENTAL = "experimental"


class Role(StrEnum):
    """What a class means: health or disease for a reader, ours or not for a router."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


class RequirementKind(StrEnum):
    """What a pack must know before it may speak."""

    AGE_YEARS = "age_years"
    BODY_PART = "body_part"
    KNOWN_LESION = "known_lesion"
    CONTRAST = "contrast"


@dataclass(frozen=True)
class Requirement:
    """One condition of use. ``minimum``..``maximum`` years inclusive for ages; ``allowed``
    DICOM Body Part Examined values for body parts."""

    kind: RequirementKind
    minimum: float = 0.0
    maximum: float = 200.0
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """A coded concept (SNOMED CT Global Patient Set or RadLex)."""

    system: str
    value: str
    display: str


@dataclass(frozen=True)
class PackClass:
    """One class of a pack, in the order of its logits."""

    label: str
    display: str
    role: Role
    code: Code | None
    guidance: str | None
    pack: str | None


@dataclass(frozen=True)
class Calibration:
    """Bias-corrected temperature scaling (Alexandari et al., ICML 2020):
    ``softmax(logits / temperature + bias)``."""

    temperature: float
    bias: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """Where training images lie: ``centres`` (k, dimensions) of whitened embeddings, and around
    each the distance (root mean square per dimension) within which nearly all held-out images of
    its class lie, ``limits`` (k,). A reading is never confident beyond the limits, and refused
    beyond ``refused_from`` (at least 1) times them."""

    centres: npt.NDArray[np.float64]
    limits: npt.NDArray[np.float64]
    refused_from: float


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything a pack says of itself. ``raw`` is the whole of pack.json, for cards."""

    id: str
    version: str
    title: str
    kind: PackKind
    status: PackStatus
    modality: tuple[str, ...]
    body_part: tuple[str, ...]
    intended_use: str
    population: str
    contraindications: tuple[str, ...]
    requires: tuple[Requirement, ...]
    input: InputSpec
    outputs: tuple[str, str, str]
    classes: tuple[PackClass, ...]
    calibration: Calibration
    target_coverage: float
    minimum_probability: Mapping[str, float]
    confident_from: Mapping[str, float | None]
    longest_side_from: int
    distribution: Distribution
    model_sha256: str
    minimum_onnxruntime: str
    review_by: date
    raw: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(item.label for item in self.classes)

    def class_of(self, label: str) -> PackClass:
        """The class of a label. Raises KeyError."""
        for item in self.classes:
            if item.label == label:
                return item
        raise KeyError(label)


@cache
def _validator() -> Callable[[Any], Any]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema)
    return compiled


def _input(table: Mapping[str, Any]) -> InputSpec:
    window = table["window"]
    return InputSpec(
        height=table["height"],
        width=table["width"],
        mean=table["mean"],
        std=table["std"],
        resize=ResizePolicy(table["resize"]),
        pad_value=table["pad_value"],
        denoising=Denoising(table["denoising"]),
        window=Window(window["center"], window["width"]) if window else None,
    )


def _class(table: Mapping[str, Any]) -> PackClass:
    code = table["code"]
    return PackClass(
        table["label"],
        table["display"],
        Role(table["role"]),
        Code(**code) if code else None,
        table["guidance"],
        table["pack"],
    )


def _requirement(table: Mapping[str, Any]) -> Requirement:
    return Requirement(
        RequirementKind(table["kind"]),
        table.get("minimum", 0.0),
        table.get("maximum", 200.0),
        tuple(table.get("allowed", ())),
    )


def _inconsistency(table: Mapping[str, Any]) -> str | None:
    """What the schema cannot say: tables keyed by label must name exactly the classes."""
    labels = [item["label"] for item in table["classes"]]
    if len(set(labels)) != len(labels):
        return "a label occurs twice"
    if len(table["calibration"]["bias"]) != len(labels):
        return "calibration.bias does not match the classes"
    for part, key in (("conformal", "minimum_probability"), ("abstention", "confident_from")):
        if set(table[part][key]) != set(labels):
            return f"{part}.{key} does not match the classes"
    if len({len(centre) for centre in table["out_of_distribution"]["centres"]}) != 1:
        return "out_of_distribution.centres differ in length"
    if len(table["out_of_distribution"]["centres"]) != len(table["out_of_distribution"]["limits"]):
        return "out_of_distribution.limits do not match the centres"
    unknown = {c["guidance"] for c in table["classes"] if c["guidance"]} - known_keys()
    if unknown:
        return f"unknown guidance {sorted(unknown)}"
    try:
        date.fromisoformat(table["review_by"])
    except ValueError:
        return "review_by is no date"
    return None


def _finite(text: str) -> float:
    """A number that is one: a threshold of NaN or Infinity would switch a safeguard off."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys occur once: readers differ on which of two values counts."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key occurs twice")
    return table


def parse_manifest(content: bytes, pack: str) -> Manifest:
    """The manifest in ``content``. Raises ``PackError`` when it is not in the known form."""
    try:
        table = json.loads(
            content,
            parse_float=_finite,
            parse_constant=_finite,
            object_pairs_hook=_without_repeats,
        )
        _validator()(table)
    except (ValueError, RecursionError, fastjsonschema.JsonSchemaException) as error:
        # A schema error names the field, never its content beyond the manifest itself.
        problem = str(error).splitlines()[0][:200] if str(error) else "not JSON"
        raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=pack, problem=problem) from error
    problem_found = _inconsistency(table)
    if problem_found:
        raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=pack, problem=problem_found)
    calibration, beyond = table["calibration"], table["out_of_distribution"]
    outputs = table["outputs"]
    return Manifest(
        id=table["id"],
        version=table["version"],
        title=table["title"],
        kind=PackKind(table["kind"]),
        status=PackStatus(table["status"]),
        modality=tuple(table["modality"]),
        body_part=tuple(table["body_part"]),
        intended_use=table["intended_use"],
        population=table["population"],
        contraindications=tuple(table["contraindications"]),
        requires=tuple(_requirement(item) for item in table["requires"]),
        input=_input(table["input"]),
        outputs=(outputs["logits"], outputs["activation_maps"], outputs["embedding"]),
        classes=tuple(_class(item) for item in table["classes"]),
        calibration=Calibration(calibration["temperature"], np.array(calibration["bias"])),
        target_coverage=table["conformal"]["target_coverage"],
        minimum_probability=table["conformal"]["minimum_probability"],
        confident_from=table["abstention"]["confident_from"],
        longest_side_from=table["abstention"].get("longest_side_from", 1),
        distribution=Distribution(
            np.array(beyond["centres"], dtype=np.float64),
            np.array(beyond["limits"], dtype=np.float64),
            beyond["refused_from"],
        ),
        model_sha256=table["model"]["sha256"],
        minimum_onnxruntime=table["model"]["minimum_onnxruntime"],
        review_by=date.fromisoformat(table["review_by"]),
        raw=table,
    )
