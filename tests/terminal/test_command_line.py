"""The command line as a person or a script uses it: a real process, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FIELDS = [
    "file", "files", "status", "route", "pack", "frames", "probabilities", "prediction_set",
    "verdict", "reasons", "guidance", "error", "timing_ms",
]  # fmt: skip


def outpost(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def analyzed(*arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    done = outpost("analyze", "--json", *arguments)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of drawn text: a picture that opens and must be refused."""
    rng = np.random.default_rng(1)
    page = np.full((400, 300), 240, np.uint8)
    for top in range(20, 380, 14):
        page[top : top + 7, 20 : 20 + int(rng.integers(100, 260)) : 3] = 20
    path = tmp_path_factory.mktemp("pictures") / "page.png"
    Image.fromarray(page).save(path)
    return path


def test_every_object_has_the_documented_fields_in_order(document: Path) -> None:
    status, (found,) = analyzed(document)
    assert status == 0
    assert list(found) == FIELDS
    assert found["file"] == str(document)
    assert found["status"] == "rejected"
    assert found["verdict"] == "rejected"
    assert found["guidance"] == {"key": "refused", "urgency": "none"}
    assert found["error"] is None
    assert set(found["timing_ms"]) == {"decode", "preprocess", "inference", "explain", "total"}


def bad_files(folder: Path) -> dict[str, Path]:
    """Each kind of bad input, by the error code it must give."""
    whole = folder / "whole.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (90, 90)).astype(np.uint8)).save(whole)
    found = {name: folder / name for name in ("empty", "cut.png", "text.png", "one.png", "a.zip")}
    found["empty"].write_bytes(b"")
    found["cut.png"].write_bytes(whole.read_bytes()[:900])
    found["text.png"].write_text("Fracture of the left wrist, they said.\n" * 20)
    Image.new("L", (1, 1)).save(found["one.png"])
    with zipfile.ZipFile(found["a.zip"], "w") as archive:
        archive.write(whole)
    return {
        "empty_file": found["empty"],
        "truncated_picture": found["cut.png"],
        "text_file": found["text.png"],
        "only_a_few_pixels": found["one.png"],
        "archive_file": found["a.zip"],
        "file_not_found": folder / "nobody.png",
    }


def test_each_bad_file_has_its_own_error_and_the_batch_goes_on(
    tmp_path: Path, document: Path
) -> None:
    bad = bad_files(tmp_path)
    status, found = analyzed(*bad.values(), document)
    assert status == 1
    assert [item["file"] for item in found] == [*map(str, bad.values()), str(document)]
    for code, item in zip(bad, found, strict=False):
        assert item["status"] == "error"
        assert item["verdict"] is None
        assert item["error"]["code"] == code
        assert item["error"]["text"].endswith(".")
    assert found[-1]["status"] == "rejected"


def test_a_file_without_permission_says_so(tmp_path: Path, document: Path) -> None:
    locked = tmp_path / "locked.png"
    locked.write_bytes(document.read_bytes())
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    status, (found,) = analyzed(locked)
    assert status == 1
    assert found["error"]["code"] == "no_permission"


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"], ["analyze"], ["analyze", "--age", "old", "x"], ["analyze", "--age", "-3", "x"],
        ["analyze", "--frame", "first", "x"], ["analyze", "--threads", "0", "x"],
        ["analyze", "--pack", "nobody", "x"], ["packs"], ["packs", "show"],
        ["packs", "show", "nobody"], ["analyze", "--pack", "router", "x"],
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_prints_nothing_on_stdout(arguments: list[str]) -> None:
    done = outpost(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


def test_a_table_for_people_ends_with_the_standing_sentence(document: Path) -> None:
    done = outpost("analyze", document)
    assert done.returncode == 0
    assert "REJECTED" in done.stdout
    assert done.stdout.rstrip().endswith("act on the patient, not on the picture.")


def test_lists_and_verifies_the_packs_on_board() -> None:
    for action in ("list", "verify"):
        done = outpost("packs", action)
        assert done.returncode == 0
        assert {"router", "brain_mri", "fracture_xray"} <= {
            line.split()[0] for line in done.stdout.splitlines()
        }
    shown = json.loads(outpost("packs", "show", "brain_mri").stdout)
    assert [item["label"] for item in shown["classes"]] == ["glioma", "meningioma", "pituitary"]


def test_a_folder_is_walked_and_its_dicom_files_become_series(
    tmp_path: Path, document: Path
) -> None:
    pydicom = pytest.importorskip("pydicom")
    from pydicom.data import get_testdata_file

    folder = tmp_path / "disc"
    folder.mkdir()
    source = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    for number in range(3):
        source.SOPInstanceUID = f"1.2.3.{number}"
        source.ImagePositionPatient = [0, 0, number]
        source.save_as(folder / f"{number}.dcm")
    (folder / "page.png").write_bytes(document.read_bytes())
    (folder / "notes.txt").write_text("nothing")
    status, found = analyzed(folder)
    assert status == 0
    assert sorted(item["files"] for item in found) == [1, 3]
    series = next(item for item in found if item["files"] == 3)
    assert series["frames"]["total"] == 3


def test_reads_real_images_and_says_where_it_looked(shared_data: Path, tmp_path: Path) -> None:
    image = shared_data / "brain_mri" / "images" / "1000.jpg"
    status, (found,) = analyzed(image, "--known-lesion", "--heatmap", tmp_path / "heat")
    assert status == 0
    assert found["status"] == "read"
    assert found["route"]["label"] == "brain_mri"
    assert found["pack"]["id"] == "brain_mri"
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    codes = {reason["code"] for reason in found["reasons"]}
    assert "assumed_contrast" in codes
    assert "assumed_known_lesion" not in codes
    (heat,) = (tmp_path / "heat").iterdir()
    assert Image.open(heat).size == Image.open(image).size


def test_a_file_name_in_no_known_encoding_does_not_end_the_batch(
    tmp_path: Path, document: Path
) -> None:
    strange = os.fsencode(tmp_path) + b"/fa\xe7ade.png"
    try:
        Path(os.fsdecode(strange)).write_bytes(document.read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    status, found = analyzed(Path(os.fsdecode(strange)), document)
    assert status == 0
    assert len(found) == 2
    assert found[0]["file"] == os.fsdecode(strange)
    assert outpost("analyze", Path(os.fsdecode(strange))).returncode == 0


def test_says_when_heat_maps_cannot_be_written(document: Path) -> None:
    done = outpost("analyze", "--json", document, "--heatmap", document)
    assert done.returncode == 2
    assert "Choose another folder" in done.stderr


def test_says_when_a_folder_holds_no_image(tmp_path: Path) -> None:
    done = outpost("analyze", "--json", tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    assert "no images" in done.stderr


def test_an_overridden_pack_is_recorded(shared_data: Path) -> None:
    image = shared_data / "brain_mri" / "images" / "1000.jpg"
    _, (found,) = analyzed(image, "--pack", "fracture_xray")
    assert found["route"]["overridden_to"] == "fracture_xray"
    assert found["verdict"] != "confident"


def test_starting_the_command_line_loads_no_widgets() -> None:
    script = (
        "import sys; sys.argv = ['main.py', 'packs', 'list']; import main; main.main();"
        "loaded = {'flet', 'pydicom', 'torch', 'sqlite3'} & set(sys.modules);"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
