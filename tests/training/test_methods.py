"""Choices that a recipe may make: mirrored views, staged sizes, mixing, priors, covers."""

# ruff: noqa: E402 - PyTorch may be missing, and then nothing below can be imported
from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: make test-training runs this"
)

import onnxruntime
from torch.nn import functional as F

from core.reading.calibration import calibrated
from core.reading.manifest import Calibration
from core.reading.preprocess import InputSpec
from training.augmentation import Marks, augment, draw_boxes
from training.calibration import Whitening, fit_calibration, with_equal_prior
from training.export import Deployed, write_onnx
from training.fitting import (
    WEIGHTS,
    FitPlan,
    draw_mixing,
    load_network,
    regions_loss,
    shown_at,
)
from training.images import Prepared
from training.network import (
    EMBEDDING,
    Classifier,
    Closer,
    Mirrored,
    Shipped,
    _in_cells,
    load_imagenet,
    pool,
)
from training.predictions import predict, predictions_of
from training.recipe import Augmentation, DataSet, Pooling, Recipe, Schedule
from training.splits import Part, Sample

SIDE = 64


def recipe(schedule: Schedule | None = None) -> Recipe:
    return Recipe(
        id="spots",
        data=(DataSet(folder="spots"),),
        classes=("dark", "bright"),
        input=InputSpec(height=SIDE, width=SIDE, mean=127.0, std=128.0),
        schedule=schedule or Schedule(),
    )


@pytest.fixture(scope="module")
def mirrored() -> Mirrored:
    torch.manual_seed(3)
    network = Classifier(2, Pooling.LOG_MEAN_EXP)
    load_imagenet(network)
    return Mirrored(network).eval()


@pytest.fixture(scope="module")
def image() -> torch.Tensor:
    return torch.from_numpy(
        np.random.default_rng(5).uniform(-1, 1, (1, 1, SIDE, SIDE)).astype(np.float32)
    )


def test_a_mirrored_network_says_the_same_of_an_image_and_its_mirror_image(
    mirrored: Mirrored, image: torch.Tensor
) -> None:
    with torch.no_grad():
        straight, other = mirrored(image), mirrored(image.flip(3))
        plain, plain_other = mirrored.network(image), mirrored.network(image.flip(3))
    assert torch.allclose(straight.logits, other.logits, atol=1e-5)
    assert torch.allclose(straight.embedding, other.embedding, atol=1e-5)
    assert torch.allclose(straight.activation_maps, other.activation_maps.flip(3), atol=1e-5)
    assert not torch.allclose(plain.logits, plain_other.logits, atol=1e-5)
    assert torch.allclose(straight.logits, (plain.logits + plain_other.logits) / 2, atol=1e-5)


def test_a_network_that_looks_closer_says_the_mean_of_both(
    mirrored: Mirrored, image: torch.Tensor
) -> None:
    enlarged = F.interpolate(image, size=[2 * SIDE, 2 * SIDE], mode="bilinear")
    with torch.no_grad():
        own, near = mirrored(image), mirrored(enlarged)
        both = Closer(mirrored, 2.0)(image)
    assert not torch.allclose(own.logits, near.logits, atol=1e-5)
    assert torch.allclose(both.logits, (own.logits + near.logits) / 2, atol=1e-5)
    assert both.activation_maps.shape == near.activation_maps.shape
    coarse = F.interpolate(own.activation_maps, scale_factor=2, mode="bilinear")
    assert torch.allclose(both.activation_maps, (coarse + near.activation_maps) / 2, atol=1e-5)
    assert torch.equal(both.embedding, own.embedding), "its distance to the training stays"


def test_an_enlarged_image_is_cut_into_whole_cells() -> None:
    assert [_in_cells(side, 1.25) for side in (224, 256, 384)] == [288, 320, 480]


@pytest.mark.parametrize("closer", [0.0, 2.0])
def test_a_network_of_several_views_is_one_exported_run(
    mirrored: Mirrored, image: torch.Tensor, tmp_path: Path, closer: float
) -> None:
    shipped: Shipped = Closer(mirrored, closer) if closer else mirrored
    rng = np.random.default_rng(1)
    whitening = Whitening(
        rng.normal(size=EMBEDDING),
        rng.normal(size=(EMBEDDING, 8)),
        np.zeros((2, 8)),
        np.arange(2),
    )
    write_onnx(shipped, whitening, recipe(), tmp_path / "model.onnx", tmp_path / "float.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "float.onnx")
    said = session.run(None, {"image": image.numpy()})
    with torch.no_grad():
        meant = Deployed(shipped, whitening).eval()(image)
    for exported, own in zip(said, meant, strict=True):
        assert exported.shape == tuple(own.shape)
        assert np.allclose(exported, own.numpy(), atol=1e-3)
    # Both looks share one set of weights, however often they are written down.
    assert (tmp_path / "model.onnx").stat().st_size < 5_000_000


@pytest.fixture(scope="module")
def finer() -> Classifier:
    torch.manual_seed(3)
    network = Classifier(2, Pooling.LOG_MEAN_EXP, finer=True)
    load_imagenet(network)
    return network.eval()


def test_finer_maps_begin_as_the_coarse_ones_enlarged(
    finer: Classifier, image: torch.Tensor
) -> None:
    with torch.no_grad():
        said = finer(image)
        coarse = finer.head(finer.backbone(image).features)
    assert said.activation_maps.shape == (1, 2, SIDE // 16, SIDE // 16)
    enlarged = torch.nn.functional.interpolate(coarse, scale_factor=2, mode="bilinear")
    assert torch.allclose(said.activation_maps, enlarged, atol=1e-5)
    assert torch.allclose(said.logits, pool(enlarged, Pooling.LOG_MEAN_EXP), atol=1e-5)


def test_a_network_with_finer_maps_is_exported_as_it_is(
    finer: Classifier, image: torch.Tensor, tmp_path: Path
) -> None:
    network = copy.deepcopy(finer)
    assert network.finer is not None
    torch.nn.init.normal_(network.finer.head.weight)
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(EMBEDDING, 8))
    whitening = Whitening(rng.normal(size=EMBEDDING), matrix, np.zeros((2, 8)), np.arange(2))
    write_onnx(network, whitening, recipe(), tmp_path / "model.onnx", tmp_path / "float.onnx")
    said = onnxruntime.InferenceSession(tmp_path / "float.onnx").run(None, {"image": image.numpy()})
    with torch.no_grad():
        meant = Deployed(network, whitening).eval()(image)
    for exported, own in zip(said, meant, strict=True):
        assert exported.shape == tuple(own.shape)
        assert np.allclose(exported, own.numpy(), atol=1e-3)


def test_every_cell_of_a_marked_image_must_say_whether_it_lies_in_the_finding() -> None:
    cells = torch.zeros(1, 4, 4)
    cells[0, 1:3, 2] = 1
    truth = (cells * 2 - 1)[:, None].repeat(1, 2, 1, 1) * 6
    label = torch.tensor([1])
    assert regions_loss(truth, label, cells, 0) < 0.1
    assert regions_loss(-truth, label, cells, 0) > 3
    half = truth.clone()
    half[0, 1, 2, 2] = -6  # One of the two cells is missed.
    assert 1 < regions_loss(half, label, cells, 0) < 2
    # Another class's map may say what it likes.
    truth[0, 0] = 50
    assert regions_loss(truth, label, cells, 0) < 0.1


def test_a_normal_image_has_a_finding_nowhere_and_an_unmarked_one_says_nothing() -> None:
    nothing = torch.zeros(1, 4, 4)
    maps = torch.full((1, 3, 4, 4), 6.0)
    normal, abnormal = torch.tensor([0]), torch.tensor([2])
    assert regions_loss(maps, normal, nothing, 0) > 2.5
    assert regions_loss(-maps, normal, nothing, 0) < 0.1
    assert regions_loss(maps, abnormal, nothing, 0) == 0
    assert regions_loss(maps, normal, nothing, None) == 0


def test_a_finding_stays_in_view_however_close_the_view() -> None:
    box = (0.2, 0.75, 0.1, 0.1)
    grey = np.asarray(draw_boxes(200, 200, [box]))
    close = Augmentation(scale=(1.8, 2.5), keeps_finding=True, reduced=0.0)
    spec = recipe().input

    def lost(plan: Augmentation) -> int:
        views = (
            augment(grey, spec, plan, np.random.default_rng(seed), Marks([box])).regions
            for seed in range(30)
        )
        return sum(view is None or not (view > 200).any() for view in views)

    assert lost(close) == 0
    assert lost(replace(close, keeps_finding=False)) > 5


def test_a_run_is_loaded_as_its_recipe_ships_it(tmp_path: Path) -> None:
    torch.save(Classifier(2, Pooling.LOG_MEAN_EXP).state_dict(), tmp_path / WEIGHTS)
    assert isinstance(load_network(replace(recipe(), mirrored=True), tmp_path), Mirrored)
    assert isinstance(load_network(recipe(), tmp_path), Classifier)
    closer = load_network(replace(recipe(), closer=1.25), tmp_path)
    assert isinstance(closer, Closer)
    assert closer.enlarged.times == 1.25


@pytest.mark.parametrize("mirrored_too", [False, True])
def test_what_calibrates_is_what_the_shipped_network_says(
    tmp_path: Path, mirrored_too: bool
) -> None:
    greys = np.random.default_rng(2).integers(0, 255, (4, SIDE, SIDE)).astype(np.uint8)
    prepared = Prepared(
        tuple(Sample(f"{n}", "bright" if n % 2 else "dark", f"{n}") for n in range(4)),
        (Part.TRAIN,) * 4,
        np.full((4, 2), SIDE),
        np.arange(4) * SIDE * SIDE,
        greys.ravel(),
    )
    shipped = replace(recipe(), mirrored=mirrored_too, closer=2.0)
    torch.manual_seed(5)
    network = Classifier(2, Pooling.LOG_MEAN_EXP)
    load_imagenet(network)
    torch.save(network.state_dict(), tmp_path / WEIGHTS)
    meant = predict(load_network(shipped, tmp_path), shipped, prepared, [2, 3])
    own = predict(load_network(replace(shipped, closer=0.0), tmp_path), shipped, prepared, [2, 3])
    assert not np.allclose(meant.logits, own.logits, atol=1e-4)
    for _ in range(2):  # made, and found again
        held = predictions_of(FitPlan(tmp_path, [0, 1], [2, 3]), shipped, prepared).held
        assert np.allclose(held.logits, meant.logits, atol=1e-5)
        assert np.allclose(held.embeddings, meant.embeddings, atol=1e-5)


def test_early_epochs_see_smaller_images() -> None:
    staged = recipe(Schedule(epochs=4, early_epochs=2, early_side=32))
    assert [shown_at(staged, epoch).width for epoch in range(4)] == [32, 32, SIDE, SIDE]


def test_a_setting_that_is_off_ends_no_run() -> None:
    plain = recipe()
    off = Schedule(mixup=0.0, early_epochs=0, finer_maps=False, regions=0.0)
    assert recipe(off).fingerprint() == plain.fingerprint()
    assert recipe(Schedule(finer_maps=True)).fingerprint() != plain.fingerprint()
    assert recipe(Schedule(mixup=0.2)).fingerprint() != plain.fingerprint()
    assert replace(plain, mirrored=True, closer=1.25).fingerprint() == plain.fingerprint()


def test_mixing_gives_each_image_and_label_its_share() -> None:
    mixing = draw_mixing(0.4, 4, np.random.default_rng(2))
    assert 0 < mixing.share < 1
    images = torch.arange(4.0).reshape(4, 1, 1, 1)
    expected = images * mixing.share + images[mixing.partner] * (1 - mixing.share)
    assert torch.equal(mixing.images(images), expected)
    labels = torch.tensor([0, 1, 2, 3])
    cost = mixing.loss(lambda wanted: (wanted == labels).float().mean(), labels)
    same = (mixing.partner == labels).float().mean()
    assert torch.isclose(cost, torch.tensor(mixing.share) + (1 - mixing.share) * same)
    assert draw_mixing(0.0, 4, np.random.default_rng(2)).share == 1.0


def test_an_equal_prior_forgets_how_common_the_classes_were() -> None:
    rng = np.random.default_rng(4)
    labels = (rng.random(6000) < 0.8).astype(np.int64)
    evidence = rng.normal(np.where(labels == 1, 1.0, -1.0), 1.0)
    logits = np.stack([np.zeros(6000), evidence], 1)
    fitted = fit_calibration(logits, labels)
    equal = with_equal_prior(fitted, labels)
    # Evidence halfway between the classes: the prior decides, and without one nothing does.
    between = np.zeros((1, 2))
    assert calibrated(between, fitted)[0, 1] == pytest.approx(0.8, abs=0.03)
    assert calibrated(between, equal)[0, 1] == pytest.approx(0.5, abs=0.04)
    assert isinstance(equal, Calibration) and equal.temperature == fitted.temperature


def test_covers_what_lies_lowest() -> None:
    plan = Augmentation(
        **{"lower": 1.0, "reduced": 0.0, "border": 0.0, "overlay": 0.0, "shading": 0.0}
    )
    grey = np.random.default_rng(6).integers(0, 256, (200, 200), dtype=np.uint8)
    spec = recipe().input
    for seed in range(5):
        covered = augment(grey, spec, plan, np.random.default_rng(seed)).grey
        lowest, above = covered[-int(SIDE * 0.08) :], covered[: SIDE // 2]
        assert lowest.std() < 12 < above.std()
