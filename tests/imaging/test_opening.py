"""Files become studies, folders become series, and every bad file has its own clear error."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure, ImagingNotice
from core.imaging.opening import find_series, group_series, open_study
from core.imaging.study import Source
from tests.imaging.conftest import encoded
from tests.imaging.dicom_files import dicom, phantom

DEEP = phantom(40, 60)
AXIAL = [1, 0, 0, 0, 1, 0]


def code_of(origin: Path | bytes) -> str:
    with pytest.raises(ImagingError) as caught:
        open_study(origin)
    return caught.value.code


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", b"x")
    return stream.getvalue()


BAD_BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty_file"),
    "text": (b"Name,Age\nA,3\n", "text_file"),
    "utf-16 text": ("häß".encode("utf-16"), "text_file"),
    "svg": (b"<?xml version='1.0'?><svg/>", "svg_drawing"),
    "zip": (zipped(), "archive_file"),
    "gzip": (gzip.compress(b"x"), "archive_file"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(40), "archive_file"),
    "pdf": (b"%PDF-1.7\n", "pdf_document"),
    "word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office_document"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "heic_photo"),
    "video": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(40), "video_file"),
    "noise": (bytes(range(256)) * 4, "unsupported_file_kind"),
    "BM text": (b"BMI of the patient, not a bitmap", "unsupported_file_kind"),
    "1 x 1": (encoded(np.zeros((1, 1), np.uint8), "PNG"), "only_a_few_pixels"),
    "no pixels": (dicom(DEEP, PixelData=None), "dicom_without_pixels"),
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_refuses_each_bad_file_with_its_own_code(tmp_path: Path, name: str) -> None:
    data, code = BAD_BYTES[name]
    assert code_of(data) == code
    path = tmp_path / "misnamed.png"
    path.write_bytes(data)
    assert code_of(path) == code


def test_refuses_places_without_a_file(tmp_path: Path) -> None:
    assert code_of(tmp_path / "gone.png") == "file_not_found"
    file = tmp_path / "a.txt"
    file.write_text("x")
    assert code_of(file / "below.png") == "file_not_found"
    assert code_of(tmp_path) == "is_a_folder"
    assert code_of(Path("a\0b.png")) == "file_unreadable"
    assert code_of(tmp_path / ("x" * 5000)) == "file_unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_refuses_a_pipe_instead_of_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "pipe") == "not_a_regular_file"


_AS_NOBODY = """
import os, sys
from pathlib import Path
from core.errors import ImagingError
from core.imaging.opening import open_study
if os.geteuid() == 0:
    os.setuid(65534)
try:
    open_study(Path(sys.argv[1]))
except ImagingError as error:
    print(error.code)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs POSIX permissions")
def test_refuses_a_file_it_may_not_read(tmp_path: Path) -> None:
    path = tmp_path / "locked.png"
    path.write_bytes(encoded(DEEP, "PNG"))
    path.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "no_permission"


def test_refuses_a_file_beyond_the_limit_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.dcm"
    with path.open("wb") as file:
        file.truncate(512_000_001)  # sparse: takes no room
    assert code_of(path) == "file_too_large"


def test_refuses_nothing() -> None:
    with pytest.raises(ImagingError) as caught:
        open_study([])
    assert caught.value.code == "nothing_chosen"


def test_never_names_a_path_in_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "SMITH-JOHN.png", tmp_path):
        with pytest.raises(ImagingError) as caught:
            open_study(path)
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_says_what_to_do_in_every_sentence() -> None:
    for failure in ImagingFailure:
        assert failure.value.count(".") >= 2, failure
        assert failure.value.endswith("."), failure
    codes = [sentence.code for sentence in (*ImagingFailure, *ImagingNotice)]
    assert len(codes) == len(set(codes))


def test_opens_a_series_by_position_whatever_the_order_of_files() -> None:
    slices = [
        dicom(
            DEEP + n,
            ImagePositionPatient=[-10, 20, 5.0 * n],
            ImageOrientationPatient=AXIAL,
            InstanceNumber=100 - n,
        )
        for n in range(6)
    ]
    study = open_study([slices[i] for i in (3, 0, 5, 1, 4, 2)])
    assert study.source is Source.DICOM
    assert study.file_count == 6
    firsts = [int(frame.samples[0, 0]) for frame in study.frames]
    assert firsts == [int(DEEP[0, 0]) + n for n in range(6)]


def test_opens_a_series_by_number_where_there_is_no_position() -> None:
    slices = [dicom(DEEP + n, InstanceNumber=n + 1) for n in range(12)]
    study = open_study(slices[::-1])
    assert [int(f.samples[0, 0]) for f in study.frames] == [int(DEEP[0, 0]) + n for n in range(12)]


def test_opens_a_series_by_name_where_there_is_no_number(tmp_path: Path) -> None:
    paths = []
    for n in (2, 0, 1):
        paths.append(tmp_path / f"slice{n}.dcm")
        paths[-1].write_bytes(dicom(DEEP + n))
    study = open_study(paths)
    assert [int(f.samples[0, 0]) for f in study.frames] == [int(DEEP[0, 0]) + n for n in range(3)]


@pytest.mark.parametrize(
    "other",
    [
        {"SeriesInstanceUID": "9.9"},
        {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
    ],
)
def test_refuses_files_of_different_stacks(other: dict[str, object]) -> None:
    first = dicom(DEEP, ImageOrientationPatient=AXIAL)
    second = dicom(DEEP, **{"ImageOrientationPatient": AXIAL, **other})
    with pytest.raises(ImagingError) as caught:
        open_study([first, second])
    assert caught.value.code == "series_mixed"


def test_refuses_several_pictures_as_one_series() -> None:
    picture = encoded(DEEP, "PNG")
    for pair in ([picture, picture], [dicom(DEEP), picture]):
        with pytest.raises(ImagingError) as caught:
            open_study(pair)
        assert caught.value.code == "several_pictures"


def test_stops_a_series_that_outgrows_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.imaging.dicom.reading.MAX_FILE_BYTES", 3 * DEEP.nbytes)
    with pytest.raises(ImagingError) as caught:
        open_study([dicom(DEEP)] * 4)
    assert caught.value.code == "series_too_large"


def make_disc(folder: Path) -> None:
    """A disc with two series interleaved, a localiser, pictures, a broken file and clutter."""
    files: dict[str, bytes] = {
        "DICOMDIR": b"x",
        "README.TXT": b"read me",
        ".hidden.png": encoded(DEEP, "PNG"),
        "LICENSE": b"plain words",
        "report.pdf": b"%PDF",
        "a/1": dicom(DEEP, SeriesInstanceUID="1.1", ImageOrientationPatient=AXIAL),
        "a/2": dicom(DEEP, SeriesInstanceUID="1.2", ImageOrientationPatient=AXIAL),
        "a/3": dicom(DEEP, SeriesInstanceUID="1.1", ImageOrientationPatient=AXIAL),
        "a/4": dicom(DEEP, SeriesInstanceUID="1.1", ImageOrientationPatient=[0, 1, 0, 0, 0, -1]),
        "a/5": dicom(DEEP.T.copy(), SeriesInstanceUID="1.1", ImageOrientationPatient=AXIAL),
        "a/6": dicom(np.stack([DEEP] * 2), SeriesInstanceUID="1.1", NumberOfFrames=2),
        "b/picture.png": encoded(DEEP, "PNG"),
        "b/second.jpg": encoded((DEEP >> 8).astype(np.uint8), "JPEG"),
        "b/text.png": b"not a picture",
        "b/void.dcm": b"",
        "c/7": dicom(DEEP, SeriesInstanceUID="1.2", ImageOrientationPatient=AXIAL),
    }
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.png").write_bytes(encoded(DEEP, "PNG"))


DISC = [
    ["a/1", "a/3"],
    ["a/2", "c/7"],
    ["a/4"],
    ["a/5"],
    ["a/6"],
    ["b/picture.png"],
    ["b/second.jpg"],
    ["b/text.png"],
    ["b/void.dcm"],
]


def test_finds_the_series_of_a_folder(tmp_path: Path) -> None:
    make_disc(tmp_path)
    found = [[p.relative_to(tmp_path).as_posix() for p in group] for group in find_series(tmp_path)]
    assert found == DISC


def test_goes_on_with_the_batch_after_a_bad_file(tmp_path: Path) -> None:
    make_disc(tmp_path)
    outcomes = []
    for group in find_series(tmp_path):
        try:
            outcomes.append(str(len(open_study(group).frames)))
        except ImagingError as error:
            outcomes.append(error.code)
    assert outcomes == ["2", "2", "1", "1", "2", "1", "1", "text_file", "empty_file"]


def test_refuses_to_search_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ImagingError) as caught:
        list(find_series(tmp_path / "gone"))
    assert caught.value.code == "file_not_found"
    file = tmp_path / "file"
    file.write_bytes(b"x")
    with pytest.raises(ImagingError):
        list(find_series(file))


def test_groups_chosen_files_and_leaves_none_out() -> None:
    a, b, other = (dicom(DEEP, SeriesInstanceUID=uid) for uid in ("1.1", "1.1", "1.2"))
    picture, text = encoded(DEEP, "PNG"), b"words"
    assert group_series([a, picture, other, b, text, b""]) == [
        [a, b],
        [picture],
        [other],
        [text],
        [b""],
    ]


def test_keeps_each_file_without_series_apart() -> None:
    lone = dicom(DEEP, SeriesInstanceUID=None)
    assert group_series([lone, lone]) == [[lone], [lone]]
