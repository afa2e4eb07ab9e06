"""Train, calibrate, export, evaluate and sign, for real and small: needs PyTorch."""

# ruff: noqa: E402 - PyTorch may be missing, and then nothing below can be imported
from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: make test-training runs this"
)

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from core.reading.calibration import calibrated
from core.reading.inference import Network
from core.reading.manifest import Calibration
from core.reading.pack import PackShelf
from core.reading.preprocess import InputSpec
from tests.packs import KEY_ID, build_shelf
from training.calibration import (
    Validation,
    confident_levels,
    conformal_minimum,
    distances,
    fit_calibration,
    fit_whitening,
    routing_level,
)
from training.card import write_page
from training.comparison import as_of_today, compare, forbidding
from training.evaluation import evaluate, unsigned_pack
from training.export import FLOAT_MODEL, export, write_manifest
from training.fitting import Fit, load_network, pointing_loss, train
from training.images import read_prepared
from training.network import EMBEDDING, Classifier, load_imagenet, pool
from training.pointing import shuffled
from training.predictions import predict
from training.recipe import Augmentation, DataSet, Pooling, Recipe, Schedule, SplitPlan
from training.sets import prepare_sets
from training.signing import SigningRefused, sign_pack

PACK = {
    "version": "0.0.1",
    "title": "Bright or dark",
    "kind": "reader",
    "status": "experimental",
    "modality": [],
    "body_part": [],
    "view": "any",
    "intended_use": "To test training.",
    "population": "Nobody.",
    "contraindications": [],
    "requires": [],
    "weights_licence": "Apache-2.0",
    "review_by": "2099-01-01",
    "classes": [
        {"label": "dark", "display": "Dark", "role": "normal", "guidance": "no_fracture"},
        {"label": "bright", "display": "Bright", "role": "abnormal", "guidance": "fracture"},
    ],
    "training_data": [{"folder": "spots", "name": "Spots", "licence": "ours", "note": "drawn"}],
}


def recipe(epochs: int = 2) -> Recipe:
    return Recipe(
        id="spots",
        data=(DataSet(folder="spots"),),
        classes=("dark", "bright"),
        input=InputSpec(height=64, width=64, mean=127.0, std=128.0),
        split=SplitPlan(test_share=0.25, calibration_share=0.3),
        augmentation=Augmentation(reduced=0.0, overlay=0.0, border=0.0),
        schedule=Schedule(epochs=epochs, batch=8, pointing=0.3, frozen_blocks=3),
        dimensions=8,
        pack=PACK,
        images_may_be_shown=True,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise with a dark or a bright spot, its box known."""
    folder = tmp_path_factory.mktemp("data")
    images = folder / "spots" / "images"
    images.mkdir(parents=True)
    rng = np.random.default_rng(0)
    lines = ["file,label,group,boxes"]
    for number in range(72):
        bright = number % 2 == 1
        pixels = rng.normal(110, 12, (72, 72))
        row, column = rng.integers(8, 44, 2)
        pixels[row : row + 20, column : column + 20] += 120 if bright else -90
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(images / f"{number}.png")
        box = [(column + 10) / 72, (row + 10) / 72, 20 / 72, 20 / 72] if bright else None
        text = f'"[{json.dumps(box)}]"' if box else ""
        lines.append(f"{number}.png,{'bright' if bright else 'dark'},g{number},{text}")
    (folder / "spots" / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "spots"
    prepare_sets(recipe(), data, folder)
    train(recipe(), folder)
    export(recipe(), folder)
    return folder


def test_the_backbone_takes_every_published_weight() -> None:
    network = Classifier(2, Pooling.MEAN)
    before = network.backbone._conv_head.weight.clone()
    load_imagenet(network)
    assert not torch.equal(before, network.backbone._conv_head.weight)
    features, embedding, fine = network.eval().backbone(torch.randn(2, 1, 64, 96))
    assert fine.shape == (2, 112, 4, 6)
    assert features.shape == (2, 1280, 2, 3)
    assert embedding.shape == (2, EMBEDDING)
    # Seven stages, each of length 1.
    assert embedding.detach().square().sum(1).numpy() == pytest.approx([7.0, 7.0])


def test_each_logit_is_pooled_from_its_map() -> None:
    maps = torch.randn(3, 2, 4, 5)
    assert torch.allclose(pool(maps, Pooling.MEAN), maps.mean((2, 3)))
    flat = torch.full((1, 1, 4, 5), 1.7)
    assert torch.allclose(pool(flat, Pooling.LOG_MEAN_EXP), torch.tensor([[1.7]]))
    peak = torch.zeros(1, 1, 4, 5)
    peak[0, 0, 1, 1] = 10.0
    assert pool(peak, Pooling.LOG_MEAN_EXP) > pool(peak, Pooling.MEAN) + 5


def test_pointing_costs_less_the_more_of_the_map_lies_in_the_box() -> None:
    cells = torch.zeros(1, 4, 4)
    cells[0, 1, 2] = 1
    inside, outside = torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4)
    inside[0, 1, 1, 2], outside[0, 1, 3, 0] = 6.0, 6.0
    label = torch.tensor([1])
    assert pointing_loss(inside, label, cells) < 0.1 < pointing_loss(outside, label, cells)
    assert pointing_loss(inside, label, torch.zeros(1, 4, 4)) == 0


def test_the_exported_pack_says_what_the_network_says(run: Path) -> None:
    prepared = read_prepared(run)
    indices = list(range(12))
    expected = predict(load_network(recipe(), run / "final"), recipe(), prepared, indices)
    pack = unsigned_pack(run / "pack")
    network = Network(pack, threads=1)
    large = Network(replace(pack, model=(run / FLOAT_MODEL).read_bytes()), threads=1)
    from core.reading.preprocess import fit, normalise

    for position, index in enumerate(indices):
        tensor = normalise(fit(prepared.grey(index), recipe().input), recipe().input)
        found = network.run(tensor)
        assert np.allclose(large.run(tensor).logits, expected.logits[position], atol=1e-3)
        # Weights are stored with eight bits and in half precision.
        assert np.allclose(found.logits, expected.logits[position], atol=0.06)
        assert found.activation_maps.shape == (2, 2, 2)
        assert found.embedding.shape == (8,)


def test_evaluates_and_signs_a_pack_that_the_app_then_trusts(
    run: Path, data: Path, tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    models = tmp_path / "models"
    build_shelf(models, key)
    with pytest.raises(SigningRefused, match="not evaluated"):
        sign_pack(run / "pack", key, models)
    found = evaluate(recipe(), data, run)
    assert found["spots test groups: accuracy"] is not None
    assert found["spots test groups, short cuts: AUC: crude features alone"] > 0.9
    same = "spots test groups, against float32 weights: same verdict and prediction set"
    assert found[same] > 0.9
    assert (run / "plots" / "figures.png").stat().st_size > 10_000
    assert (run / "plots" / "examples.png").stat().st_size > 10_000
    sign_pack(run / "pack", key, models)
    manifest = PackShelf(models).open("spots").manifest
    assert manifest.raw["evaluation"]
    assert manifest.raw["training_data"][0]["images"] == 54
    point = manifest.raw["operating_points"][0]
    assert point["interval"][0] <= point["sensitivity"] <= point["interval"][1]
    assert "Bright or dark" in (models / "spots" / "MODEL_CARD.md").read_text()
    assert KEY_ID in (models / "spots" / "pack.sig").read_text()


def test_a_pack_is_replaced_only_by_one_that_was_compared_and_is_not_worse(
    run: Path, data: Path, tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    models, again = tmp_path / "models", tmp_path / "run"
    build_shelf(models, key)
    evaluate(recipe(), data, run)
    sign_pack(run / "pack", key, models)
    shutil.copytree(run, again)
    table = json.loads((again / "pack" / "pack.json").read_text())
    write_manifest(again / "pack", table | {"version": "0.0.2"})
    with pytest.raises(SigningRefused, match="compare"):
        sign_pack(again / "pack", key, models)
    found = compare(models / "spots", again / "pack", again, data)
    assert not any(item.is_worse for item in found)
    sign_pack(again / "pack", key, models)
    assert PackShelf(models).open("spots").manifest.version == "0.0.2"

    biased = table["calibration"] | {"bias": [30.0, -30.0]}
    write_manifest(again / "pack", table | {"version": "0.0.3", "calibration": biased})
    worse = compare(models / "spots", again / "pack", again, data)
    assert "accuracy" in {item.metric for item in worse if item.is_worse}
    with pytest.raises(SigningRefused, match="compare"):
        sign_pack(again / "pack", key, models)


def test_a_pack_may_answer_less_for_a_reason_that_its_page_gives_and_be_no_worse_else(
    run: Path, data: Path, tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    models, again, pages = tmp_path / "models", tmp_path / "run", tmp_path / "pages"
    build_shelf(models, key)
    shutil.copytree(run, again)
    evaluate(recipe(), data, again)
    old = json.loads((again / "pack" / "pack.json").read_text())
    always = old["abstention"] | {"confident_from": {"dark": 0.0, "bright": 0.0}}
    sets = old["conformal"] | {"minimum_probability": {"dark": 0.5, "bright": 0.5}}
    write_manifest(again / "pack", old | {"abstention": always, "conformal": sets})
    sign_pack(again / "pack", key, models)

    silent = always | {"confident_from": {"dark": None, "bright": None}}
    shy = old | {"abstention": silent, "conformal": sets, "version": "0.0.2"}
    write_manifest(again / "pack", shy)
    figures = compare(models / "spots", again / "pack", again, data)
    assert forbidding(figures) == ["right when confident", "answered with confidence"]
    # What is never said cannot be judged: a reason does not make up for that.
    assert forbidding(figures, "it is shy") == ["right when confident"]
    with pytest.raises(SigningRefused, match="compare"):
        sign_pack(again / "pack", key, models)

    surest = float(np.sort(np.load(again / "test_answers.npz")["probabilities"].max(1))[-2])
    two = always | {"confident_from": dict.fromkeys(("dark", "bright"), surest)}
    write_manifest(again / "pack", old | {"abstention": two, "conformal": sets})
    figures = compare(models / "spots", again / "pack", again, data, "the others were guessed")
    assert forbidding(figures) == ["answered with confidence"]
    sign_pack(again / "pack", key, models)
    write_page(again, pages)
    page = (pages / "spots.md").read_text(encoding="utf-8")
    assert "It answers less: the others were guessed" in page
    write_manifest(again / "pack", shy)
    write_page(again, pages)
    assert "the others were guessed" not in (pages / "spots.md").read_text(encoding="utf-8")


def test_an_old_pack_of_laxer_levels_is_compared_as_it_could_be_signed_today(run: Path) -> None:
    pack = unsigned_pack(run / "pack")
    lax = replace(pack.manifest, confident_from={"dark": 0.7, "bright": None})
    today = as_of_today(replace(pack, manifest=lax)).manifest.confident_from
    assert today == {"dark": 0.95, "bright": None}
    strict = replace(pack.manifest, confident_from={"dark": 0.99, "bright": 0.95})
    kept = as_of_today(replace(pack, manifest=strict)).manifest.confident_from
    assert kept == {"dark": 0.99, "bright": 0.95}


def test_shuffled_weights_answer_otherwise(run: Path) -> None:
    pack = unsigned_pack(run / "pack")
    tensor = np.random.default_rng(0).normal(0, 1, (1, 1, 64, 64)).astype(np.float32)
    learned, nonsense = Network(pack).run(tensor), Network(shuffled(pack)).run(tensor)
    assert np.abs(learned.logits - nonsense.logits).max() > 0.1


def test_refuses_to_sign_with_a_key_nobody_trusts(run: Path, data: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    build_shelf(models)
    evaluate(recipe(), data, run)
    with pytest.raises(SigningRefused, match="trusted_keys"):
        sign_pack(run / "pack", Ed25519PrivateKey.generate(), models)


def test_resumes_where_it_was_cut_off_and_ends_the_same(run: Path, tmp_path: Path) -> None:
    prepared = read_prepared(run)
    indices = list(range(24))
    whole = Fit(recipe(), prepared, indices, tmp_path / "whole")
    whole.train()

    class CutOff(Exception):  # noqa: N818
        pass

    def cut(_loader: object) -> float:
        raise CutOff

    first = Fit(recipe(), prepared, indices, tmp_path / "cut")
    one_epoch = first._one_epoch
    first._one_epoch = lambda loader: one_epoch(loader) if first.epoch == 0 else cut(loader)  # type: ignore[method-assign]
    with pytest.raises(CutOff):
        first.train()
    resumed = Fit(recipe(), prepared, indices, tmp_path / "cut")
    assert resumed.epoch == 1
    resumed.train()
    pairs = zip(whole.average.parameters(), resumed.average.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in pairs)


def test_does_not_resume_the_run_of_another_recipe(run: Path, tmp_path: Path) -> None:
    prepared = read_prepared(run)
    Fit(recipe(epochs=1), prepared, list(range(16)), tmp_path / "fit").train()
    with pytest.raises(ValueError, match="another recipe"):
        Fit(recipe(epochs=2), prepared, list(range(16)), tmp_path / "fit")


def test_a_fitted_run_is_not_touched_under_another_recipe_or_split(
    run: Path, data: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "run"
    shutil.copytree(run, copied)
    other = replace(recipe(), split=replace(recipe().split, seed=7))
    for step in (train, export):
        with pytest.raises(ValueError, match="another recipe"):
            step(other, copied)
    with pytest.raises(ValueError, match="begin anew"):
        prepare_sets(recipe(), data, copied)
    lines = (copied / "split.csv").read_text().replace(",test,", ",train,")
    (copied / "split.csv").write_text(lines)
    with pytest.raises(ValueError, match="another recipe or split"):
        evaluate(recipe(), data, copied)


def test_calibration_undoes_temperature_and_bias() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (6000, 3))
    shown = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = np.array([rng.choice(3, p=row) for row in shown])
    spoiled = ((true - np.array([0.5, 0.0, -0.5])) * 3).astype(np.float32)
    found = fit_calibration(spoiled, labels)
    assert found.temperature == pytest.approx(3, rel=0.1)
    assert found.bias == pytest.approx([0.5, 0.0, -0.5], abs=0.12)
    assert calibrated(spoiled, found) == pytest.approx(shown, abs=0.05)
    assert isinstance(found, Calibration)


def test_conformal_sets_cover_each_class_of_unseen_images() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(0, 1.5, (20000, 2))
    shown = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = (rng.random(20000) < shown[:, 1]).astype(int)
    minimum = conformal_minimum(shown[:10000], labels[:10000], 0.9)
    for number in range(2):
        unseen = labels[10000:] == number
        covered = (shown[10000:][unseen, number] >= minimum[number]).mean()
        assert covered == pytest.approx(0.9, abs=0.02)


def test_confident_levels_keep_every_rule_or_stay_silent() -> None:
    rng = np.random.default_rng(2)
    labels = (rng.random(3000) < 0.3).astype(int)
    score = np.clip(0.5 + (labels - 0.5) * 0.7 + rng.normal(0, 0.2, 3000), 0.001, 0.999)
    shown = np.stack([1 - score, score], 1)
    found = confident_levels([Validation(shown, labels)], [0.2, 0.2], normal=0)
    assert found.coverage > 0.3
    top = shown.argmax(1)
    levels = np.array([2.0 if level is None else level for level in found.confident_from])
    chosen = (shown.max(1) >= levels[top]) & ((shown >= 0.2).sum(1) == 1)
    assert (top == labels)[chosen].mean() >= 0.983
    assert (chosen & (top == 0) & (labels == 1)).sum() / (labels == 1).sum() <= 0.02
    shuffled = Validation(shown, rng.permutation(labels))
    guessing = confident_levels([shuffled], [0.0, 0.0], normal=0)
    assert guessing.confident_from == [None, None]
    spoiled = confident_levels([Validation(shown, labels), shuffled], [0.2, 0.2], normal=0)
    assert spoiled.coverage < found.coverage / 2


def test_no_single_answer_is_confident_below_95_percent_however_easy_the_images() -> None:
    sure = np.linspace(0.6, 0.999, 2000)
    labels = np.arange(2000) % 2
    shown = np.stack([1 - sure, sure], 1)
    shown[labels == 0] = shown[labels == 0][:, ::-1]
    found = confident_levels([Validation(shown, labels)], [0.2, 0.2], normal=0)
    assert all(level is not None and level >= 0.95 for level in found.confident_from)


def test_a_routing_level_loses_one_in_a_hundred_at_most() -> None:
    rng = np.random.default_rng(3)
    best = rng.uniform(0.6, 1.0, 5000)
    shown = np.stack([best, 1 - best], 1)
    level = routing_level(shown, np.zeros(5000, int))
    assert (best >= level).mean() == pytest.approx(0.99, abs=0.001)
    assert routing_level(np.full((9, 2), 0.5), np.zeros(9, int)) == 0.5


def test_distances_are_about_one_at_home_and_larger_elsewhere() -> None:
    rng = np.random.default_rng(4)
    mixing = rng.normal(0, 1, (40, 40))
    home = (rng.normal(0, 1, (2000, 40)) @ mixing + 20).astype(np.float32)
    labels = rng.integers(0, 2, 2000)
    home[labels == 1] += 5
    whitening = fit_whitening(home, labels, 16)
    assert np.median(distances(whitening, home, labels)) == pytest.approx(1, abs=0.1)
    away = (rng.normal(0, 3, (200, 40)) @ mixing - 20).astype(np.float32)
    assert np.median(distances(whitening, away, labels[:200])) > 2
