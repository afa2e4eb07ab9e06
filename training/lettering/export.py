"""The fitted network as ONNX, with the rule that turns its map into boxes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from core.imaging.lettering.detector import MANIFEST_FILE, MODEL_FILE
from training.lettering.fitting import MEAN, STD
from training.lettering.network import CELL, STRIDE, Lettering, parameters
from training.lettering.recipe import LetteringRecipe
from training.lettering.sets import names_of

OPSET = 17
OUTPUT = "writing"
LONGEST_SIDE = 1024


class Deployed(nn.Module):
    """Probabilities instead of logits."""

    def __init__(self, network: Lettering) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.network(x))


def load_fitted(run: Path) -> tuple[Lettering, int]:
    """The averaged network of a run, and the steps it was fitted for.

    Raises FileNotFoundError before training.
    """
    kept = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = Lettering()
    network.load_state_dict(kept["average"])
    return network.eval(), int(kept["step"])


def write_onnx(network: Lettering, path: Path) -> None:
    """The network for one picture of any size, checked by onnx's own checker."""
    torch.onnx.export(
        Deployed(network).eval(),
        (torch.zeros(1, 1, 8 * STRIDE, 8 * STRIDE),),
        str(path),
        input_names=["image"],
        output_names=[OUTPUT],
        dynamic_axes={"image": {2: "height", 3: "width"}, OUTPUT: {2: "rows", 3: "columns"}},
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(path)
    # The exporter notes source paths of this machine; the pack must not carry them.
    for node in model.graph.node:
        node.doc_string = ""
    model.producer_name, model.producer_version = "outpost-training", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def procedure(recipe: LetteringRecipe, network: Lettering, steps: int) -> str:
    """How the network was fitted, in words."""
    return (
        f"A fully convolutional network of {parameters(network):,} parameters, from random "
        f"weights, {steps:,} batches of {recipe.batch} drawn scenes of 256 x 256 px, AdamW, "
        f"learning rate {recipe.learning_rate:g}, level and then falling, averaged weights "
        "(EMA); of three batches one is of a quarter as many scenes of 512 x 512 px. Every scene "
        "is drawn once and never again: a crop of a real image (or, in "
        "18 of 100, a drawn fan of speckle or a plain field) at 0.6 to 2 times its size, up to "
        "three blocks of made-up writing in eleven scripts, up to four marks that stay (single and "
        "double letters, numbers of two digits, arrows, calipers, rulers, outlines), then grain, "
        "blur and JPEG."
    )


def _training_data(recipe: LetteringRecipe, run: Path) -> list[dict[str, Any]]:
    names = names_of(run)
    return [
        {key: item[key] for key in ("name", "licence", "note")}
        | {"images": sum(name.startswith(f"{item['folder']}/") for name in names)}
        for item in recipe.pack["training_data"]
    ]


def export(recipe: LetteringRecipe, run: Path) -> Path:
    """Write ``run/pack/model.onnx`` and an unjudged ``run/pack/detector.json``.

    Raises FileNotFoundError when training has not begun.
    """
    network, steps = load_fitted(run)
    pack = run / "pack"
    pack.mkdir(exist_ok=True)
    write_onnx(network, pack / MODEL_FILE)
    rule = recipe.pack["rule"]
    table: dict[str, Any] = {
        "schema_version": 1,
        **{
            key: value for key, value in recipe.pack.items() if key not in ("training_data", "rule")
        },
        "kind": "detector",
        "input": {"longest_side": LONGEST_SIDE, "stride": STRIDE, "mean": MEAN, "std": STD},
        "rule": {"cell": CELL, **rule},
        "output": OUTPUT,
        "training_data": _training_data(recipe, run),
        "training_procedure": procedure(recipe, network, steps),
        "evaluation": [],
        "model": {
            "file": MODEL_FILE,
            "sha256": hashlib.sha256((pack / MODEL_FILE).read_bytes()).hexdigest(),
            "minimum_onnxruntime": "1.27.0",
        },
    }
    write_manifest(pack, table)
    return pack


def write_manifest(pack: Path, table: dict[str, Any]) -> None:
    text = json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (pack / MANIFEST_FILE).write_text(text, encoding="utf-8")
