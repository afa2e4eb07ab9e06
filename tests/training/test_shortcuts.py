"""Short cuts, maps and smaller weights: what the evaluation says of them."""

# ruff: noqa: E402 - the training packages may be missing, and then nothing below can be imported
from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed: make test-training runs this")
pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test-training runs this")

import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw, ImageFilter

from training.compression import LARGE, compress, quantised
from training.images import Prepared
from training.metrics import macro_auc
from training.pointing import pointed
from training.shortcuts import border_of, crude_answers, matched, without_border, without_text
from training.spectrum import probe_auc
from training.splits import Part, Sample


def test_the_border_is_replaced_and_the_middle_stays() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (100, 200)).astype(np.uint8)
    changed = without_border(grey)
    assert np.array_equal(changed[10:-10, 10:-10], grey[10:-10, 10:-10])
    assert len(np.unique(changed[border_of(grey)])) == 1


def test_letters_are_painted_over_and_anatomy_stays() -> None:
    rows, columns = np.mgrid[0:300, 0:300]
    anatomy = (90 + 60 * np.sin(rows / 40) * np.cos(columns / 50)).astype(np.uint8)
    image = Image.fromarray(anatomy)
    ImageDraw.Draw(image).text((20, 20), "NAME L 12 cm", fill=255, font_size=18)
    written = np.asarray(image)
    cleaned = without_text(written)
    letters = written == 255
    assert np.abs(cleaned[letters].astype(int) - anatomy[letters]).mean() < 25
    assert np.abs(cleaned[60:].astype(int) - anatomy[60:]).max() == 0


def test_matching_gives_every_picture_the_same_mean_and_spread() -> None:
    change = matched(np.array([120.0, 30.0]))
    for level, spread in ((60, 10), (180, 25)):
        values = np.random.default_rng(level).normal(level, spread, (80, 80))
        shown = change(np.clip(values, 0, 255).astype(np.uint8))
        assert shown.mean() == pytest.approx(120, abs=1)
        assert shown.std() == pytest.approx(30, abs=1)


def test_crude_features_find_a_class_that_is_only_brighter() -> None:
    rng = np.random.default_rng(1)
    greys, samples, parts = [], [], []
    for number in range(120):
        bright = number % 2
        greys.append(rng.integers(0, 160 + 40 * bright, (40, 40)).astype(np.uint8))
        samples.append(Sample(f"{number}", "ab"[bright], f"{number}"))
        parts.append(Part.TEST if number >= 80 else Part.TRAIN)
    shapes = np.array([grey.shape for grey in greys])
    offsets = np.arange(120) * 1600
    prepared = Prepared(
        tuple(samples), tuple(parts), shapes, offsets, np.concatenate([g.ravel() for g in greys])
    )
    assert macro_auc(crude_answers(prepared, ["a", "b"])) > 0.99


def test_a_map_on_the_finding_is_a_hit_and_one_beside_it_is_not() -> None:
    region = np.zeros((60, 60), dtype=bool)
    region[10:20, 40:50] = True
    inside, beside = np.zeros((2, 60, 60), dtype=np.float32)
    inside[12:18, 42:48] = 1.0
    beside[30:40, 5:15] = 1.0
    hit, miss = pointed(inside, region), pointed(beside, region)
    assert (hit.peak, hit.heat_inside) == (1.0, 1.0)
    assert hit.overlap == pytest.approx(36 / 100)
    assert (miss.peak, miss.heat_inside, miss.overlap) == (0.0, 0.0, 0.0)
    assert hit.chance == pytest.approx(100 / 3600)
    assert hit.centre == 0.0
    nothing = pointed(np.zeros((60, 60), dtype=np.float32), region)
    assert (nothing.peak, nothing.heat_inside) == (0.0, 0.0)


def test_eight_bits_keep_each_output_within_half_a_step() -> None:
    rng = np.random.default_rng(2)
    weights = (
        rng.normal(0, 1, (6, 4, 3, 3)) * 10.0 ** np.arange(-3, 3)[:, None, None, None]
    ).astype(np.float32)
    weights[3] = 0
    whole, scales = quantised(weights)
    assert whole.dtype == np.int8
    error = np.abs(whole * scales - weights)
    assert (error <= scales / 2 * 1.001).all()
    assert (whole[3] == 0).all()
    turned, steps = quantised(weights.reshape(6, -1).T, outputs=1)
    assert np.array_equal(turned.T, whole.reshape(6, -1))
    assert steps.shape == (1, 6)


def test_a_compressed_model_answers_nearly_alike_and_is_smaller() -> None:
    rng = np.random.default_rng(3)
    channels = 300
    assert channels * channels >= LARGE
    weights = rng.normal(0, 0.05, (channels, channels, 1, 1)).astype(np.float32)
    head = rng.normal(0, 0.05, (2, channels, 1, 1)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "late"], ["features"]),
            helper.make_node("Conv", ["features", "head"], ["logits"]),
        ],
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, 4, 4])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2, 4, 4])],
        [numpy_helper.from_array(weights, "late"), numpy_helper.from_array(head, "head")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    large = model.SerializeToString()
    compress(model)
    small = model.SerializeToString()
    assert len(small) < 0.3 * len(large)
    picture = rng.normal(0, 1, (1, channels, 4, 4)).astype(np.float32)
    answers = [ort.InferenceSession(m).run(None, {"image": picture})[0] for m in (large, small)]
    assert np.abs(answers[0] - answers[1]).max() < 0.02 * np.abs(answers[0]).max()
    kinds = {t.name: t.data_type for t in model.graph.initializer}
    assert kinds["late_int8"] == TensorProto.INT8
    assert kinds["head_half"] == TensorProto.FLOAT16


def test_the_spectrum_probe_sees_sharpness_and_not_content() -> None:
    rng = np.random.default_rng(5)

    def noise(blur: int) -> np.ndarray:
        image = Image.fromarray(rng.integers(0, 255, (160, 160)).astype(np.uint8))
        return np.asarray(image.filter(ImageFilter.BoxBlur(blur)))

    sharp, same, soft = ([noise(blur) for _ in range(40)] for blur in (0, 0, 2))
    assert probe_auc(sharp, soft) > 0.95
    assert 0.2 < probe_auc(sharp, same) < 0.8
