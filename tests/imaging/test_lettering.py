"""The detector of writing: trusted only as it was signed, and it finds a name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.build import Channel
from core.errors import PackError, ReadingError
from core.imaging.lettering.boxes import Box
from core.imaging.lettering.detector import Detector, open_detector, prepared
from core.imaging.lettering.finding import detector_on_board, find_writing
from core.imaging.lettering.manifest import Input, parse_detector
from core.imaging.study import Frame
from core.reading.pack import PackShelf

FOLDER = "burned_in_text"


@pytest.fixture
def models(repo: Path, tmp_path: Path) -> Path:
    """A copy of the folder that can be spoilt."""
    shutil.copytree(repo / "models" / FOLDER, tmp_path / FOLDER)
    shutil.copyfile(repo / "models" / "trusted_keys.json", tmp_path / "trusted_keys.json")
    return tmp_path


def soft(rows: int, columns: int) -> npt.NDArray[np.uint8]:
    row, column = np.mgrid[0:rows, 0:columns]
    return (60 + 50 * np.sin(row / 60) * np.cos(column / 80)).astype(np.uint8)


def written(text: str, at: tuple[int, int] = (60, 50), size: int = 26) -> npt.NDArray[np.uint8]:
    image = Image.fromarray(soft(400, 560))
    ImageDraw.Draw(image).text(at, text, fill=235, font=ImageFont.load_default(size))
    return np.asarray(image)


def test_a_name_is_covered_and_a_picture_without_one_is_left_alone() -> None:
    detector = detector_on_board()
    named = written("MARIA LOPEZ 1978")
    ink = named.astype(int) - soft(400, 560) > 60
    hidden = np.zeros(named.shape, np.bool_)
    for box in detector.find(named):
        hidden[box.top : box.bottom, box.left : box.right] = True

    assert (ink & hidden).sum() > 0.95 * ink.sum()
    assert hidden.mean() < 0.2
    assert detector.find(soft(400, 560)) == []


def test_a_side_marker_stays() -> None:
    assert detector_on_board().find(written("R", size=40)) == []


def test_writing_of_one_frame_is_masked_in_all() -> None:
    frames = [Frame(soft(400, 560)), Frame(written("MARIA LOPEZ"))]
    told: list[tuple[int, int]] = []

    found = find_writing(frames, detector_on_board(), lambda *done: told.append(done))

    assert found
    assert told == [(1, 2), (2, 2)]


def test_a_large_picture_is_reduced_and_a_box_lies_in_its_own_pixels() -> None:
    spec = Input(longest_side=1024, stride=32, mean=127.0, std=128.0)
    tensor, scale = prepared(np.zeros((1500, 2048), np.uint8), spec)

    assert tensor.shape == (1, 1, 768, 1024)
    assert scale == 0.5
    assert prepared(np.zeros((33, 65), np.uint8), spec)[0].shape == (1, 1, 64, 96)


def test_the_reader_does_not_offer_it(repo: Path) -> None:
    assert FOLDER not in PackShelf(repo / "models").names()


def failure(models: Path, channel: Channel = Channel.DEVELOPMENT) -> str:
    with pytest.raises(PackError) as refused:
        open_detector(models, channel)
    return refused.value.code


def test_an_altered_unsigned_or_missing_detector_is_refused_with_the_reason(models: Path) -> None:
    folder = models / FOLDER
    assert open_detector(models, Channel.DEVELOPMENT).manifest.id == FOLDER
    assert failure(models, Channel.RELEASE) == "pack_key_development"

    model = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(model[:-1] + b"x")
    assert failure(models) == "pack_model_altered"
    (folder / "model.onnx").write_bytes(model)

    manifest = (folder / "detector.json").read_text(encoding="utf-8")
    (folder / "detector.json").write_text(manifest.replace("0.", "9.", 1), encoding="utf-8")
    assert failure(models) == "pack_manifest_altered"
    (folder / "detector.sig").unlink()
    assert failure(models) == "pack_unsigned"
    shutil.rmtree(folder)
    assert failure(models) == "pack_not_found"


def test_a_signature_over_a_readers_pack_does_not_fit(models: Path, repo: Path) -> None:
    shutil.copyfile(repo / "models" / "brain_mri" / "pack.sig", models / FOLDER / "detector.sig")

    assert failure(models) == "pack_manifest_altered"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema_version": 2}'])
def test_a_manifest_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(PackError) as refused:
        parse_detector(content, FOLDER)
    assert refused.value.code == "pack_manifest_invalid"


def test_a_model_that_gives_no_probabilities_is_refused(repo: Path) -> None:
    text = (repo / "models" / FOLDER / "detector.json").read_bytes()
    wild = Detector(parse_detector(text, FOLDER), lambda tensor: np.full((8, 8), np.nan, "f4"))

    with pytest.raises(ReadingError):
        wild.find(soft(32, 32))


def test_the_card_says_what_the_manifest_says(repo: Path) -> None:
    from training.lettering.card import card

    folder = repo / "models" / FOLDER
    table = json.loads((folder / "detector.json").read_text(encoding="utf-8"))

    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8") == card(table)
    assert {row["metric"] for row in table["evaluation"]} >= {
        "lines found",
        "clean images touched",
    }
    assert Box(0, 0, 1, 1).touches(Box(0, 0, 2, 2))
