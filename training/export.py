"""From a finished run to a pack: model.onnx and pack.json in ``run/pack``, not yet signed."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.reading.calibration import calibrated
from core.reading.pack import MODEL_FILE
from training.beginning import images_behind
from training.calibration import (
    REFUSED_FROM,
    REFUSED_SHARE,
    ROUTING_RULE,
    RULE,
    Validation,
    Whitening,
    confident_levels,
    conformal_minimum,
    distances,
    fit_calibration,
    fit_whitening,
    routing_level,
    with_equal_prior,
)
from training.compression import compress
from training.fitting import check_run, fit_plans, load_network
from training.images import Prepared, read_prepared
from training.network import Shipped
from training.predictions import (
    FitPredictions,
    Predictions,
    pooled,
    predictions_of,
    smallest_side,
)
from training.recipe import Condition, Method, Recipe, normal_class
from training.splits import Part

OPSET = 17
#: The model with float32 weights, kept in the run for comparison.
FLOAT_MODEL = "float.onnx"
#: Digits kept of a number in a manifest.
DIGITS = 6
OUTPUTS = {"logits": "logits", "activation_maps": "activation_maps", "embedding": "embedding"}
MINIMUM_ONNXRUNTIME = "1.27.0"


class Deployed(nn.Module):
    """The classifier with its embedding whitened, as the app's distance wants it."""

    def __init__(self, network: Shipped, whitening: Whitening) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("matrix", torch.from_numpy(whitening.matrix).float())
        offset = -(whitening.mean @ whitening.matrix)
        self.register_buffer("offset", torch.from_numpy(offset).float())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        outputs = self.network(x)
        unit = F.normalize(outputs.embedding, dim=1)
        return outputs.logits, outputs.activation_maps, unit @ self.matrix + self.offset


def write_onnx(
    network: Shipped,
    whitening: Whitening,
    recipe: Recipe,
    path: Path,
    float_path: Path,
) -> None:
    """The deployed network for one image at a time, checked by onnx's own checker; and the same
    before its weights were made smaller, to measure what that costs."""
    deployed = Deployed(network.to(memory_format=torch.contiguous_format), whitening).eval()
    example = torch.zeros(1, 1, recipe.input.height, recipe.input.width)
    torch.onnx.export(
        deployed,
        (example,),
        str(path),
        input_names=["image"],
        output_names=list(OUTPUTS.values()),
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(path)
    # The exporter notes source paths of this machine; the pack must not carry them.
    for node in model.graph.node:
        node.doc_string = ""
    model.producer_name, model.producer_version = "outpost-training", ""
    onnx.save(model, float_path)
    compress(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def _own_numbers(recipe: Recipe) -> list[int]:
    """The classes whose images are the pack's own kind: all of a reader's, the supported ones
    of a router."""
    return [n for n, item in enumerate(recipe.pack["classes"]) if item["role"] != "unsupported"]


def _whitening_of(recipe: Recipe, learned: Predictions) -> Whitening:
    own = np.isin(learned.labels, _own_numbers(recipe))
    return fit_whitening(learned.embeddings[own], learned.labels[own], recipe.dimensions)


def _limits(recipe: Recipe, found: list[FitPredictions], classes: Iterable[int]) -> list[float]:
    """Per class, the distance to its centre that ``REFUSED_SHARE`` of its held-out images exceed,
    plain and degraded alike, each measured by the fit that did not see them."""
    unseen, labels = [], []
    for fit_found in found:
        whitening = _whitening_of(recipe, fit_found.learned)
        for held in (fit_found.held, fit_found.held_degraded):
            own = np.isin(held.labels, whitening.classes)
            unseen.append(distances(whitening, held.embeddings[own], held.labels[own]))
            labels.append(held.labels[own])
    far, kind = np.concatenate(unseen), np.concatenate(labels)
    return [float(np.quantile(far[kind == number], 1 - REFUSED_SHARE)) for number in classes]


def _rounded(values: Any, digits: int = DIGITS) -> Any:
    return json.loads(json.dumps(values), parse_float=lambda text: round(float(text), digits))


def _floor(value: float) -> float:
    return math.floor(value * 10**DIGITS) / 10**DIGITS


def _ceiling(value: float) -> float:
    """Rounded up: a level often lies just above a wrong answer, which must stay out."""
    return min(1.0, math.ceil(value * 10**DIGITS) / 10**DIGITS)


def decided(recipe: Recipe, found: list[FitPredictions]) -> dict[str, Any]:
    """The manifest's calibration, conformal, abstention and out-of-distribution parts, all from
    held-out validation predictions."""
    held = pooled([fit_found.held for fit_found in found])
    calibration = fit_calibration(held.logits, held.labels)
    if recipe.equal_prior:
        calibration = with_equal_prior(calibration, held.labels)
    degraded = pooled([fit_found.held_degraded for fit_found in found])
    shown = {
        condition: Validation(calibrated(given.logits, calibration), given.labels)
        for condition, given in ((Condition.PLAIN, held), (Condition.DEGRADED, degraded))
    }
    seen = list(shown.values())
    # The lower of two thresholds covers under both conditions.
    both = [
        conformal_minimum(given.probabilities, given.labels, recipe.target_coverage)
        for given in seen
    ]
    minimum = [_floor(min(pair)) for pair in zip(*both, strict=True)]
    if recipe.pack["kind"] == "router":
        lowest = min(routing_level(given.probabilities, given.labels) for given in seen)
        levels: list[float | None] = [lowest] * len(recipe.classes)
        rule = ROUTING_RULE
    else:
        chosen = [shown[condition] for condition in recipe.levels_hold_on]
        levels = confident_levels(chosen, minimum, normal_class(recipe)).confident_from
        rule = RULE
    return {
        "calibration": {
            "method": "bias_corrected_temperature",
            "temperature": calibration.temperature,
            "bias": calibration.bias.tolist(),
        },
        "conformal": {
            "method": "mondrian",
            "target_coverage": recipe.target_coverage,
            "minimum_probability": dict(zip(recipe.classes, minimum, strict=True)),
        },
        "abstention": {
            "confident_from": {
                label: None if level is None else _ceiling(level)
                for label, level in zip(recipe.classes, levels, strict=True)
            },
            "longest_side_from": smallest_side(recipe),
            "rule": rule,
        },
    }


def _training_data(
    recipe: Recipe, prepared: Prepared, behind: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The sets behind the weights; ``behind`` counts the images that the beginning had seen."""
    used = prepared.indices(Part.TRAIN, Part.CALIBRATION)
    rows = []
    for item in recipe.pack["training_data"]:
        folder = item.get("folder", "")
        images = sum(prepared.samples[i].file.startswith(f"{folder}/") for i in used)
        images += behind.get(folder, 0)
        rows.append({k: item[k] for k in ("name", "licence", "note")} | {"images": images})
    return rows


def procedure(recipe: Recipe) -> str:
    """How the network was fitted, in words."""
    size = f"{recipe.input.height} x {recipe.input.width} px, one grey channel"
    start = "EfficientNet-Lite0 with ImageNet weights"
    if recipe.begins_from:
        start = f"EfficientNet-Lite0 with the weights that {recipe.begins_from} had learned"
    given = recipe.schedule
    if given.method is Method.HEAD_ONLY:
        return (
            f"{start}, unchanged, at {size}; a head fitted by penalised maximum likelihood on "
            f"{given.variations} random variations of each image."
        )
    drawn = given.pointing or given.regions
    pointed = " The class maps were drawn to the marked findings." if drawn else ""
    finer = " Its class maps have cells of 16 pixels." * given.finer_maps
    mirrored = " It sees each image and its mirror image; the mean counts." * recipe.mirrored
    closer = (
        f" It sees each image as it is and enlarged {recipe.closer:g} times; the mean counts."
        if recipe.closer
        else ""
    )
    equal = ", as if every class were equally common" * recipe.equal_prior
    folds = recipe.split.folds
    held = f"out-of-fold predictions of {folds} further fits" if folds else "held-out groups"
    return (
        f"{start}, fine-tuned at {size} for {given.epochs} epochs of batches of {given.batch}, "
        f"peak learning rate {given.learning_rate:g}, label smoothing {given.label_smoothing:g}, "
        f"averaged weights (EMA), {given.pooling.value.replace('_', ' ')} pooling of the class "
        f"maps.{finer}{pointed}{mirrored}{closer} Calibrated on {held}{equal}."
    )


def manifest_table(
    recipe: Recipe,
    prepared: Prepared,
    found: list[FitPredictions],
    whitening: Whitening,
    behind: Mapping[str, int],
) -> dict[str, Any]:
    """pack.json but for the model's digest and the evaluation."""
    told = {k: v for k, v in recipe.pack.items() if k not in ("training_data", "classes")}
    spec = recipe.input
    window = {"center": spec.window.center, "width": spec.window.width} if spec.window else None
    classes = [
        {"code": None, "guidance": None, "pack": None} | item for item in recipe.pack["classes"]
    ]
    table: dict[str, Any] = {
        "schema_version": 1,
        "id": recipe.id,
        **told,
        "input": {
            "height": spec.height,
            "width": spec.width,
            "channels": 1,
            "mean": spec.mean,
            "std": spec.std,
            "resize": spec.resize.value,
            "pad_value": spec.pad_value,
            "denoising": spec.denoising.value,
            "window": window,
        },
        "outputs": OUTPUTS,
        "classes": classes,
        **decided(recipe, found),
        "out_of_distribution": {
            "statistic": "nearest_centre_of_whitened_stages",
            "centres": whitening.centres.tolist(),
            "limits": _limits(recipe, found, whitening.classes),
            "refused_from": 1.0 if recipe.pack["kind"] == "router" else REFUSED_FROM,
        },
        "operating_points": [],
        "training_data": _training_data(recipe, prepared, behind),
        "training_procedure": procedure(recipe),
        "evaluation": [],
    }
    return table


def validation_predictions(recipe: Recipe, run: Path) -> Predictions:
    """What the fits of a trained run say of the validation images that they never saw."""
    prepared = read_prepared(run)
    found = [predictions_of(plan, recipe, prepared) for plan in fit_plans(recipe, prepared, run)]
    return pooled([item.held for item in found if len(item.held.labels)])


def export(recipe: Recipe, run: Path) -> Path:
    """Write ``run/pack/model.onnx`` and ``run/pack/pack.json``; returns the folder.

    Raises FileNotFoundError when training has not finished, ValueError when it was done under
    another recipe or split.
    """
    check_run(recipe, run)
    prepared = read_prepared(run)
    plans = fit_plans(recipe, prepared, run)
    found = [predictions_of(plan, recipe, prepared) for plan in plans]
    judged = [item for item in found if len(item.held.labels)]
    shipped = found[-1]
    whitening = _whitening_of(recipe, shipped.learned)
    pack = run / "pack"
    pack.mkdir(exist_ok=True)
    network = load_network(recipe, run / "final")
    write_onnx(network, whitening, recipe, pack / MODEL_FILE, run / FLOAT_MODEL)
    behind = images_behind(recipe, run)
    table = manifest_table(recipe, prepared, judged, whitening, behind)
    table["model"] = {
        "file": MODEL_FILE,
        "sha256": hashlib.sha256((pack / MODEL_FILE).read_bytes()).hexdigest(),
        "minimum_onnxruntime": MINIMUM_ONNXRUNTIME,
    }
    write_manifest(pack, table)
    return pack


def write_manifest(pack: Path, table: dict[str, Any]) -> None:
    text = json.dumps(_rounded(table), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (pack / "pack.json").write_text(text, encoding="utf-8")
