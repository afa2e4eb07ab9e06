"""``deidentify --clean-pixels``, ``--show`` and ``--masks``: proposed, looked at, corrected."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.imaging.dicom_files import dicom

ROOT = Path(__file__).resolve().parents[2]
NAME = "AMINA K. 0471"
#: Where the name stands, left, top, right, bottom.
WRITTEN = (60, 40, 300, 70)


def film() -> np.ndarray:
    """A soft picture with a name drawn in it, which is no one's."""
    rows, columns = np.mgrid[0:300, 0:420]
    soft = 60 + 50 * np.sin(rows / 60) * np.cos(columns / 80)
    image = Image.fromarray(soft.astype(np.uint8))
    face = ImageFont.load_default(26)
    ImageDraw.Draw(image).text((64, 42), NAME, fill=235, font=face)
    return np.asarray(image)


def outpost(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "deidentify", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One picture and one DICOM file, both with the name."""
    files = tmp_path / "files"
    files.mkdir()
    Image.fromarray(film()).save(files / "a.png")
    (files / "b.dcm").write_bytes(dicom(film(), WindowCenter=128, WindowWidth=255))
    return files


def ink(picture: np.ndarray) -> int:
    left, top, right, bottom = WRITTEN
    return int((picture[top:bottom, left:right] > 200).sum())


def pixels(content: bytes) -> np.ndarray:
    return pydicom.dcmread(io.BytesIO(content)).pixel_array


def test_writing_is_found_and_masked_in_pictures_and_dicom(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = outpost(folder, out, "--clean-pixels")

    assert done.returncode == 0, done.stderr
    assert ink(film()) > 200
    picture = np.asarray(Image.open(out / "0000.png"))
    assert ink(picture) == 0
    assert ink(pixels((out / "0001.dcm").read_bytes())) == 0
    # Far from the name, nothing changed.
    assert (picture[150:] == film()[150:]).all()
    assert "nobody has looked" in done.stderr
    assert pydicom.dcmread(out / "0001.dcm").get("BurnedInAnnotation") != "NO"


def test_what_a_person_corrected_is_masked_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    shown = outpost(folder, tmp_path / "look", "--show")
    listed = tmp_path / "look" / "masks.json"
    table = json.loads(listed.read_text(encoding="utf-8"))

    assert shown.returncode == 0, shown.stderr
    assert sorted(path.name for path in (tmp_path / "look").iterdir()) == [
        "0000.preview.png", "0001.preview.png", "masks.json",
    ]  # fmt: skip
    assert all(image["boxes"] for image in table["images"])

    table["images"][0]["boxes"] = [[0, 0, 50, 20]]
    table["images"][1]["boxes"] = []
    listed.write_text(json.dumps(table), encoding="utf-8")
    done = outpost(folder, tmp_path / "out", "--masks", listed)

    assert done.returncode == 0, done.stderr
    picture = np.asarray(Image.open(tmp_path / "out" / "0000.png"))
    assert (picture[:20, :50] == 0).all()
    assert ink(picture) == ink(film())
    written = pydicom.dcmread(tmp_path / "out" / "0001.dcm")
    assert ink(written.pixel_array) == ink(film())
    assert written.BurnedInAnnotation == "NO"


def test_a_file_that_nobody_looked_at_is_not_written(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "masks.json"
    listed.write_text('{"images": []}', encoding="utf-8")
    done = outpost(folder / "a.png", tmp_path / "out", "--masks", listed)

    assert done.returncode == 1
    assert "[not_looked_at]" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_report_with_a_picture_that_carries_writing_says_so(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "report", folder / "a.png", "--html", tmp_path / "a.html"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Writing was found in the picture" in done.stderr


@pytest.mark.parametrize("content", ["", "{}", '{"images": [{"sha256": "x", "boxes": [[5]]}]}'])
def test_a_list_that_is_none_is_refused(folder: Path, tmp_path: Path, content: str) -> None:
    listed = tmp_path / "masks.json"
    listed.write_text(content, encoding="utf-8")
    done = outpost(folder / "a.png", tmp_path / "out", "--masks", listed)

    assert done.returncode != 0
    assert "masks_unreadable" in done.stderr or "no list of masks" in done.stderr
