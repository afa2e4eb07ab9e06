"""A fit that begins where another pack's ended."""

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

from core.reading.preprocess import InputSpec
from training.__main__ import main
from training.beginning import BACKBONE, images_behind, keep_beginning, load_beginning
from training.export import _training_data, procedure
from training.fitting import Fit, check_run, classifier, train
from training.images import Prepared, write_prepared
from training.network import load_imagenet
from training.recipe import DataSet, Method, Recipe, Schedule
from training.splits import Part, Sample

SIDE = 64
GREYS = np.random.default_rng(2).integers(0, 255, (8, SIDE, SIDE)).astype(np.uint8)


def recipe(name: str, begins_from: str = "") -> Recipe:
    return Recipe(
        id=name,
        data=(DataSet(folder=name),),
        classes=("dark", "bright"),
        input=InputSpec(height=SIDE, width=SIDE, mean=127.0, std=128.0),
        schedule=Schedule(epochs=1, batch=4),
        begins_from=begins_from,
        pack={
            "training_data": [
                {"folder": name, "name": name, "licence": "own", "note": ""}
                for name in ("later", "earlier")
            ],
            "classes": [],
        },
    )


EARLIER, LATER = recipe("earlier"), recipe("later", begins_from="earlier")


def prepared(run: Path, name: str) -> Prepared:
    """Eight images in ``run``: six to learn from, one to calibrate and one to judge by."""
    samples = [
        Sample(f"{name}/{n}.png", "bright" if n % 2 else "dark", f"{name}{n}") for n in range(8)
    ]
    return write_prepared(
        run, samples, [Part.TRAIN] * 6 + [Part.CALIBRATION, Part.TEST], list(GREYS)
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "earlier"
    prepared(run, "earlier")
    train(EARLIER, run)
    return run


@pytest.fixture
def source(finished: Path, tmp_path: Path) -> Path:
    """A finished run of the earlier pack, to be altered at will."""
    return Path(shutil.copytree(finished, tmp_path / "earlier"))


def test_a_fit_begins_with_the_other_packs_backbone_and_a_head_of_its_own(
    source: Path, tmp_path: Path
) -> None:
    given = prepared(tmp_path / "later", "later")
    keep_beginning(LATER, tmp_path / "later", source)
    begun = Fit(LATER, given, range(6), tmp_path / "later" / "final").network
    learned = torch.load(source / "final" / "weights.pt", weights_only=True)
    state = begun.state_dict()
    assert all(torch.equal(state[name], learned[name]) for name in state if "backbone." in name)
    assert any(
        not torch.equal(state[name], learned[name]) for name in state if "backbone." not in name
    )
    published = classifier(LATER)
    load_imagenet(published)
    stem = "backbone._blocks.10._depthwise_conv.weight"
    assert not torch.equal(state[stem], published.state_dict()[stem])


def test_a_run_is_trained_from_the_run_beside_it_and_goes_on_without_it(
    source: Path, tmp_path: Path
) -> None:
    later = tmp_path / "later"
    prepared(later, "later")
    train(LATER, later)
    source.rename(tmp_path / "gone")
    train(LATER, later)
    check_run(LATER, later)
    network = classifier(LATER)
    load_beginning(network, later)
    (later / BACKBONE).write_bytes(b"other weights")
    with pytest.raises(ValueError, match="fitted under another recipe"):
        check_run(LATER, later)


def test_refuses_to_begin_with_a_run_of_another_pack(source: Path, tmp_path: Path) -> None:
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps(config | {"id": "another"}))
    prepared(tmp_path / "later", "later")
    with pytest.raises(ValueError, match="is a run of another, not of earlier"):
        train(LATER, tmp_path / "later", source)
    assert not (tmp_path / "later" / BACKBONE).exists()


def test_refuses_to_go_on_from_other_weights_than_it_was_begun_with(
    source: Path, tmp_path: Path
) -> None:
    later = tmp_path / "later"
    prepared(later, "later")
    keep_beginning(LATER, later, source)
    keep_beginning(LATER, later, source)
    weights = torch.load(source / "final" / "weights.pt", weights_only=True)
    weights["backbone._conv_head.weight"] += 1
    torch.save(weights, source / "final" / "weights.pt")
    with pytest.raises(ValueError, match="begun with other weights"):
        keep_beginning(LATER, later, source)


def test_says_which_run_to_train_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(tmp_path / "later", "later")
    with pytest.raises(FileNotFoundError, match=r"later begins from earlier.*--begin-from"):
        train(LATER, tmp_path / "later")
    prepared(tmp_path / "lung", "lung_ultrasound")
    assert main(["train", "lung_ultrasound", "--run", str(tmp_path / "lung")]) == 1
    assert "begins from breast_ultrasound" in capsys.readouterr().err


def test_a_head_fitted_alone_begins_from_no_pack(source: Path, tmp_path: Path) -> None:
    alone = replace(LATER, schedule=Schedule(method=Method.HEAD_ONLY))
    with pytest.raises(ValueError, match="begins from no pack"):
        keep_beginning(alone, tmp_path / "later", source)


def test_the_card_counts_the_images_behind_the_beginning(source: Path, tmp_path: Path) -> None:
    given = prepared(tmp_path / "later", "later")
    keep_beginning(LATER, tmp_path / "later", source)
    rows = _training_data(LATER, given, images_behind(LATER, tmp_path / "later"))
    assert [(row["name"], row["images"]) for row in rows] == [("later", 7), ("earlier", 7)]
    assert images_behind(EARLIER, source) == {}
    assert procedure(LATER).startswith(
        "EfficientNet-Lite0 with the weights that earlier had learned"
    )


def test_where_a_fit_begins_decides_its_weights() -> None:
    assert LATER.fingerprint() != replace(LATER, begins_from="").fingerprint()
