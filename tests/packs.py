"""A shelf of synthetic packs, and phantoms that they read: for tests, with no training and no
person in them.

A network here only looks at brightness on an 8 x 8 grid. A bright *marker* at the edge tells the
router what kind of image it is; bright *blobs* in the middle are the findings. So a test says
what it wants to see, and gets just that:

    >>> shelf = build_shelf(tmp_path)                             # doctest: +SKIP
    >>> film = phantom(Kind.HAND_FILM, blobs={Place.MIDDLE: BRIGHT})   # doctest: +SKIP

Models are written as ONNX bytes by hand, so that nothing needs the ``onnx`` package.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.reading.pack import PackShelf
from core.reading.signature import MANIFEST_DOMAIN, REVOCATIONS_DOMAIN, sign

KEY_ID = "synthetic"
#: Side of a network's input and of a phantom, and of the grid both are thought of in.
SIDE, GRID = 256, 8
#: Brightness of a blob: surely there, could be either, surely not there.
BRIGHT, FAINT, DARK = 245, 127, 50


class Kind(Enum):
    """What a phantom pretends to be: the grid cells (rows, columns) of its marker."""

    HAND_FILM = (slice(0, 1), slice(0, 2))
    BRAIN_SLICE = (slice(0, 1), slice(2, 4))
    PHOTOGRAPH = (slice(0, 1), slice(4, 6))
    LUNG_FRAME = (slice(0, 1), slice(6, 8))
    HEAD_SLICE = (slice(7, 8), slice(0, 2))
    NOTHING_KNOWN = None


class Place(Enum):
    """Where a blob may lie, in grid cells."""

    LEFT = (slice(3, 5), slice(1, 3))
    MIDDLE = (slice(3, 5), slice(3, 5))
    RIGHT = (slice(3, 5), slice(5, 7))


def phantom(
    kind: Kind, blobs: Mapping[Place, int] | None = None, background: int = DARK
) -> npt.NDArray[np.uint8]:
    """A grey image (SIDE, SIDE) uint8, textured so that it is not taken for blurred."""
    grid = np.full((GRID, GRID), background, dtype=np.float32)
    if kind.value:
        grid[kind.value] = BRIGHT
    for place, brightness in (blobs or {}).items():
        grid[place.value] = brightness
    image = np.kron(grid, np.ones((SIDE // GRID, SIDE // GRID), dtype=np.float32))
    texture = np.random.default_rng(7).normal(0, 10, image.shape)
    return np.clip(image + texture, 0, 255).astype(np.uint8)


# ONNX, as its protocol buffers are laid out (onnx.proto)

FLOAT, INTS = 1, 7


def _varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _all(number: int, values: Iterable[int | str | bytes]) -> bytes:
    return b"".join(_field(number, value) for value in values)


def _tensor(name: str, array: npt.NDArray[np.float32]) -> bytes:
    raw = array.astype("<f4").tobytes()
    return _all(1, array.shape) + _field(2, FLOAT) + _field(8, name) + _field(9, raw)


def _node(kind: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    content = _all(1, inputs) + _field(2, output) + _field(4, kind)
    for name, value in attributes.items():
        one = isinstance(value, int)
        values = _field(3, value) if one else _all(8, value)
        content += _field(5, _field(1, name) + values + _field(20, 2 if one else INTS))
    return content


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dimensions = b"".join(_field(1, _field(1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dimensions)))


def network(weights: npt.NDArray[np.float32], slowness: int = 0) -> bytes:
    """An ONNX model whose logits are means over the grid of brightness times ``weights``
    (classes, GRID, GRID). ``slowness`` convolutions cost time and change nothing."""
    classes, cell = len(weights), SIDE // GRID
    pool = {"kernel_shape": [cell, cell], "strides": [cell, cell]}
    nodes = [_node("AveragePool", ["image"], "pooled", **pool)]
    tensors = {"weights": weights[np.newaxis], "nothing": np.zeros((1, 1, 1, 1), np.float32)}
    last = "image"
    for step in range(slowness):
        inner = 1 if step == 0 else 48
        tensors[f"kernel{step}"] = np.full((48, inner, 3, 3), 1e-3, dtype=np.float32)
        convolve = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
        nodes.append(_node("Conv", [last, f"kernel{step}"], f"slow{step}", **convolve))
        last = f"slow{step}"
    nodes.append(_node("ReduceMean", [last], "whole", axes=[1, 2, 3], keepdims=1))
    nodes.append(_node("Mul", ["whole", "nothing"], "zero"))
    nodes.append(_node("Add", ["pooled", "zero"], "grid"))
    nodes.append(_node("Mul", ["grid", "weights"], "maps"))
    nodes.append(_node("ReduceMean", ["maps"], "logits", axes=[2, 3], keepdims=0))
    nodes.append(_node("ReduceMean", ["grid"], "embedding", axes=[2, 3], keepdims=0))
    graph = _all(1, nodes) + _field(2, "synthetic")
    graph += _all(5, [_tensor(name, array) for name, array in tensors.items()])
    graph += _field(11, _value("image", (1, 1, SIDE, SIDE)))
    outputs = {"logits": (1, classes), "maps": (1, classes, GRID, GRID), "embedding": (1, 1)}
    graph += _all(12, [_value(name, shape) for name, shape in outputs.items()])
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def _weights(classes: list[tuple[Any, float]]) -> npt.NDArray[np.float32]:
    """Per class the grid cells that speak for it, and how loudly."""
    rows = np.zeros((len(classes), GRID, GRID), dtype=np.float32)
    for row, (cells, loudness) in zip(rows, classes, strict=True):
        if cells is not None:
            row[cells] = loudness
            row *= GRID * GRID / np.count_nonzero(row)
    return rows


# Manifests


def _class(label: str, display: str, role: str, **more: str | None) -> dict[str, Any]:
    filled = {"code": None, "guidance": None, "pack": None, **more}
    return {"label": label, "display": display, "role": role, **filled}


def _manifest(pack: str, title: str, classes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    labels = [item["label"] for item in classes]
    manifest = {
        "schema_version": 1,
        "id": pack,
        "version": "0.0.1",
        "title": title,
        "kind": "reader",
        "status": "released",
        "modality": [],
        "body_part": [],
        "intended_use": f"To test Outpost with drawn phantoms ({title.lower()}).",
        "population": "Nobody: phantoms have no patients.",
        "contraindications": ["Images of people", "Anything but a test"],
        "requires": [],
        "input": {
            "height": SIDE,
            "width": SIDE,
            "channels": 1,
            "mean": 127.5,
            "std": 127.5,
            "resize": "letterbox",
            "pad_value": 0,
            "denoising": "none",
            "window": None,
        },
        "outputs": {"logits": "logits", "activation_maps": "maps", "embedding": "embedding"},
        "classes": classes,
        "calibration": {
            "method": "bias_corrected_temperature",
            "temperature": 1.0,
            "bias": [0.0] * len(classes),
        },
        "conformal": {
            "method": "mondrian",
            "target_coverage": 0.95,
            "minimum_probability": dict.fromkeys(labels, 0.1),
        },
        "abstention": {"confident_from": dict.fromkeys(labels, 0.9), "rule": "synthetic"},
        # A phantom is mostly dark; a bright one is unlike anything these packs "learned".
        "out_of_distribution": {
            "statistic": "nearest_centre_of_whitened_stages",
            "centres": [[-0.5]],
            "limits": [0.2],
            "refused_from": 1.25,
        },
        "operating_points": [],
        "training_data": [],
        "weights_licence": "Apache-2.0",
        "evaluation": [
            {
                "test_set": "drawn phantoms",
                "metric": "accuracy",
                "value": 1.0,
                "interval": [0.9, 1.0],
                "interval_method": "none",
                "images": 10,
                "groups": 10,
                "prevalence": dict.fromkeys(labels, round(1 / len(labels), 2)),
                "split_rule": "none",
            }
        ],
        "review_by": "2099-12-31",
    }
    return {**manifest, **more}


def _packs() -> dict[str, tuple[dict[str, Any], bytes]]:
    """Manifest without its model's hash, and model, by pack."""
    kinds = [
        (Kind.HAND_FILM, _class("limb_film", "a film of a limb", "supported", pack="limb")),
        (Kind.BRAIN_SLICE, _class("brain_mr", "brain MRI", "supported", pack="brain")),
        (Kind.PHOTOGRAPH, _class("photograph", "a photograph", "unsupported")),
        (Kind.LUNG_FRAME, _class("lung_us", "lung ultrasound", "supported", pack="lung")),
        (Kind.HEAD_SLICE, _class("head_ct", "head CT", "supported", pack="head")),
    ]
    router = _manifest("router", "Router", [item for _, item in kinds], kind="router")
    router["out_of_distribution"]["limits"] = [9.0]
    limb = _manifest(
        "limb",
        "Fracture on limb films",
        [
            _class("no_fracture", "No fracture", "normal", guidance="no_fracture"),
            _class("fracture", "Fracture", "abnormal", guidance="fracture"),
        ],
        requires=[{"kind": "body_part", "allowed": ["HAND", "WRIST", "LEG", "FOOT"]}],
    )
    brain = _manifest(
        "brain",
        "Type of brain tumour",
        [
            _class("glioma", "Glioma", "abnormal", guidance="glioma"),
            _class("meningioma", "Meningioma", "abnormal", guidance="meningioma"),
            _class("pituitary", "Pituitary tumour", "abnormal", guidance="pituitary"),
        ],
        requires=[{"kind": "known_lesion"}],
    )
    lung = _manifest(
        "lung",
        "Lung ultrasound",
        [
            _class("normal", "Normal", "normal", guidance="lung_us_normal"),
            _class("abnormal", "Abnormal", "abnormal", guidance="lung_us_abnormal"),
        ],
        status="experimental",
    )
    head = _manifest(
        "head",
        "Bleeding on head CT",
        [
            _class("no_haemorrhage", "No bleeding", "normal", guidance="no_haemorrhage"),
            _class("haemorrhage", "Bleeding", "abnormal", guidance="haemorrhage"),
        ],
        requires=[{"kind": "age_years", "minimum": 18, "maximum": 120}],
    )
    middle = Place.MIDDLE.value
    two = _weights([(middle, -3.0), (middle, 3.0)])
    three = _weights([(place.value, 6.0) for place in Place])
    return {
        "router": (router, network(_weights([(kind.value, 8.0) for kind, _ in kinds]))),
        "limb": (limb, network(two)),
        "brain": (brain, network(three)),
        "lung": (lung, network(two)),
        "head": (head, network(two, slowness=3)),
    }


def build_shelf(folder: Path, key: Ed25519PrivateKey | None = None) -> PackShelf:
    """Write router, limb, brain, lung (experimental) and head (slow) into ``folder``, signed
    with ``key`` or one made for the occasion."""
    key = key or Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    trusted = {
        "id": KEY_ID,
        "channel": "development",
        "public_key": base64.b64encode(public).decode("ascii"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trusted_keys.json").write_text(json.dumps({"keys": [trusted]}), encoding="utf-8")
    revocations = json.dumps({"revoked": []}).encode()
    (folder / "revocations.json").write_bytes(revocations)
    signed = sign(revocations, REVOCATIONS_DOMAIN, KEY_ID, key)
    (folder / "revocations.sig").write_bytes(signed)
    for pack, (manifest, model) in _packs().items():
        manifest["model"] = {
            "file": "model.onnx",
            "sha256": hashlib.sha256(model).hexdigest(),
            "minimum_onnxruntime": "1.17.0",
        }
        content = json.dumps(manifest, indent=1).encode()
        (folder / pack).mkdir(exist_ok=True)
        (folder / pack / "model.onnx").write_bytes(model)
        (folder / pack / "pack.json").write_bytes(content)
        (folder / pack / "pack.sig").write_bytes(sign(content, MANIFEST_DOMAIN, KEY_ID, key))
    return PackShelf(folder)
