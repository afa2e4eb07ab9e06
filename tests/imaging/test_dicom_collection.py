"""Real DICOM files of many vendors: each opens, or says why not, within the time limit."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from PIL import Image

from core.errors import OutpostError
from core.imaging.limits import MAX_SECONDS
from core.imaging.opening import find_series, open_study
from core.imaging.rendering import render
from core.imaging.study import Study

#: Decoders that the values are checked with; without them the files give typed errors.
pytest.importorskip("gdcm")
pytest.importorskip("jpeg_ls")
pytest.importorskip("openjpeg")

PYDICOM_DATA = Path(pydicom.data.__file__).parent

#: pydicom reads these, Outpost says they are no images.
SEGMENTATIONS = {"robyoung__data__pydicom__liver_1frame.dcm"}
#: pydicom does not read it for want of a stated transfer syntax; it is an image all the same.
READ_BY_OUTPOST_ALONE = {"robyoung__data__pydicom__OT-PAL-8-face.dcm"}


def open_in_time(origin: Path | bytes) -> tuple[Study | None, list[np.ndarray], str]:
    """The study, all its samples, and the code of the first error."""
    start = time.monotonic()
    study, samples, code = None, [], ""
    try:
        study = open_study(origin)
        for index in range(len(study.frames)):
            render(study.frames[index])
            samples.append(study.frames[index].samples)
    except OutpostError as error:
        code = error.code
    assert time.monotonic() - start < MAX_SECONDS
    return study, samples, code


def manifest(shared_data: Path) -> Iterator[dict[str, str]]:
    with (shared_data / "dicom" / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            # Four of the 49 are stored zstd-compressed, to save room; the app need not open that.
            if not row["file"].endswith(".zst") or find_spec("zstandard"):
                yield row


def stored(shared_data: Path, name: str) -> bytes:
    data = (shared_data / "dicom" / "files" / name).read_bytes()
    if name.endswith(".zst"):
        import zstandard

        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def test_opens_every_shared_file_with_the_values_pydicom_finds(shared_data: Path) -> None:
    wrong = {}
    for row in manifest(shared_data):
        name, expected = row["file"], row["pydicom_with_all_plugins"]
        _, samples, code = open_in_time(stored(shared_data, name))
        if name in SEGMENTATIONS:
            assert code == "dicom_not_an_image"
        elif name in READ_BY_OUTPOST_ALONE:
            assert samples[0].shape == (480, 640, 3)
        elif expected.startswith("ok"):
            if not agrees(samples, row):
                wrong[name] = (code, expected, [s.shape for s in samples])
        else:
            assert code, name
    assert wrong == {}


def agrees(samples: list[np.ndarray], row: dict[str, str]) -> bool:
    """Shape, signedness and range, as far as both keep the stored samples."""
    found = re.fullmatch(
        r"ok \(([\d, ]+)\) [<>]?(u|i|uint|int)\d+ \[(-?\d+)\.\.(-?\d+)\]",
        row["pydicom_with_all_plugins"],
    )
    assert found, row
    shape = tuple(int(side) for side in found[1].split(","))
    if not samples:
        return False
    stack = samples[0] if len(samples) == 1 else np.stack(samples)
    if row["photometric"] == "PALETTE COLOR":
        return stack.shape == (*shape, 3)
    low, high = int(found[3]), int(found[4])
    if high > 65_535:  # 32 bits, reduced
        return stack.shape == shape and stack.dtype == np.uint16
    signed = found[2].startswith("i")
    return (
        stack.shape == shape
        and (stack.dtype.kind == "i") == signed
        and abs(int(stack.min()) - low) <= (1 if stack.ndim > 2 else 0)
        and abs(int(stack.max()) - high) <= (1 if stack.ndim > 2 else 0)
    )


def test_does_not_open_a_file_stored_zstd_compressed(shared_data: Path) -> None:
    path = next((shared_data / "dicom" / "files").glob("*.zst"))
    assert open_in_time(path)[2] == "archive_file"


def pydicom_files() -> list[Path]:
    return sorted(
        path
        for path in PYDICOM_DATA.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    )


def test_opens_pydicom_s_own_files_or_says_why_not() -> None:
    opened, refused = [], {}
    for path in pydicom_files():
        _, samples, code = open_in_time(path)
        if code:
            refused[path.name] = code
        else:
            opened.append(path.name)
            assert samples
    assert len(opened) >= 80
    assert "damaged_frame" not in {
        code for name, code in refused.items() if "embedded-sequence" not in name
    }
    assert refused["MR_truncated.dcm"] == "truncated_dicom"
    assert refused["reportsi.dcm"] == "dicom_not_an_image"
    assert refused["rtdose.dcm"] == "dicom_not_an_image"
    assert refused["waveform_ecg.dcm"] == "dicom_not_an_image"
    assert refused["DICOMDIR"] == "dicom_index"


#: Files that hold the same picture in other encodings.
SAME = [
    ("MR_small.dcm", "MR_small_RLE.dcm", 0),
    ("MR_small.dcm", "MR_small_bigendian.dcm", 0),
    ("MR_small.dcm", "MR_small_implicit.dcm", 0),
    ("MR_small.dcm", "MR_small_jp2klossless.dcm", 0),
    ("MR_small.dcm", "MR_small_jpeg_ls_lossless.dcm", 0),
    ("MR_small.dcm", "MR_small_padded.dcm", 0),
    ("SC_rgb_rle.dcm", "SC_rgb_jpeg_gdcm.dcm", 0),
    ("SC_rgb_rle.dcm", "SC_rgb_gdcm_KY.dcm", 2),
    ("SC_rgb_rle.dcm", "SC_rgb_jpeg_dcmtk.dcm", 8),
    ("SC_rgb_rle.dcm", "SC_rgb_jpeg_lossy_gdcm.dcm", 12),
    ("SC_rgb_rle.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", 8),
    ("SC_rgb_rle.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm", 12),
    ("SC_rgb_rle.dcm", "SC_rgb_dcmtk_+eb+cy+s4.dcm", 8),
    ("SC_rgb_rle.dcm", "SC_rgb_jls_lossy_line.dcm", 8),
    ("SC_rgb_rle.dcm", "SC_ybr_full_422_uncompressed.dcm", 8),
    ("SC_rgb_jpeg_dcmd.dcm", "SC_rgb_jpeg.dcm", 3),
    ("JPEG-lossy.dcm", "JPGExtended.dcm", 0),
]


@pytest.mark.parametrize(("first", "second", "tolerance"), SAME)
def test_sees_the_same_picture_in_every_encoding(first: str, second: str, tolerance: int) -> None:
    folder = PYDICOM_DATA / "test_files"
    one, other = (
        open_study(folder / name).frames[0].samples.astype(int) for name in (first, second)
    )
    assert np.abs(one - other).mean() <= tolerance / 4
    assert np.abs(one - other).max() <= tolerance * 8


def test_decodes_jpeg_extended_of_12_bits_to_its_reference_values() -> None:
    """The values that pydicom's own tests state for this file."""
    samples = open_study(PYDICOM_DATA / "test_files" / "JPEG-lossy.dcm").frames[0].samples
    assert (samples[420, 140], samples[230, 120]) == (244, 95)


def test_finds_the_series_of_pydicom_s_dicomdir_example() -> None:
    folder = PYDICOM_DATA / "test_files" / "dicomdirtests"
    groups = list(find_series(folder))
    opened = [open_study(group) for group in groups if open_in_time(group[0])[2] == ""]
    # Localisers and a turning projection share a series but no stack.
    assert sorted(study.file_count for study in opened)[-3:] == [1, 4, 5]
    assert sum(study.file_count for study in opened) == 31
    for study in opened:
        assert Image.fromarray(render(study.frames[0])).size == (16, 16)
