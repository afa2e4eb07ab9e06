"""Nothing that names a person leaves core.imaging.

Canaries are planted wherever a file can carry text, and looked for in everything that can be
reached from the opened study, in what is pickled of it, in errors and in logs.
"""

from __future__ import annotations

import gc
import io
import pickle
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.errors import ImagingError
from core.imaging.opening import open_study
from core.imaging.study import Facts, Study
from tests.imaging.dicom_files import compressed, data_set, dicom, phantom, written

CANARY = "ZZCANARY"
DEEP = phantom(40, 60)
BYTES = (DEEP >> 8).astype(np.uint8)

#: Longest text of the representations that hold text (PS3.5 6.2).
_TEXT = {
    "AE": 16, "CS": 16, "LO": 64, "LT": 1024, "PN": 64, "SH": 16, "ST": 1024, "UC": 64,
    "UR": 64, "UT": 64,
}  # fmt: skip
#: Attributes that decide how the file is parsed; a canary in them is tested on its own.
_STRUCTURE = {"SpecificCharacterSet", "PhotometricInterpretation", "Modality"}


def reachable(root: object) -> list[object]:
    """Every object that can be reached from ``root``, classes and modules left out."""
    seen: dict[int, object] = {}
    todo = [root]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, (type, types.ModuleType, types.FunctionType)):
            continue
        seen[id(thing)] = thing
        todo += gc.get_referents(thing)
    return list(seen.values())


def leaks(study: Study) -> list[str]:
    """Where a canary is found."""
    for index in range(len(study.frames)):
        study.frames[index]
    found = []
    for thing in reachable(study):
        if isinstance(thing, (Dataset, Image.Image, Path)):
            found.append(f"{type(thing).__name__} is kept")
        if isinstance(thing, np.ndarray):
            thing = thing.tobytes()
        if (isinstance(thing, str) and CANARY in thing.upper()) or (
            isinstance(thing, (bytes, bytearray)) and CANARY.encode() in bytes(thing).upper()
        ):
            found.append(repr(thing)[:200])
    if CANARY.encode() in pickle.dumps(study).upper():
        found.append("pickle")
    return found


def planted() -> dict[str, Any]:
    """Every text attribute of the data dictionary outside the file meta, with a canary."""
    attributes = {}
    for tag, (vr, vm, _, retired, keyword) in DicomDictionary.items():
        group = tag >> 16
        if not keyword or retired or group <= 0x0006 or keyword in _STRUCTURE or vr not in _TEXT:
            continue
        if keyword_for_tag(tag) == keyword and vm.startswith("1"):
            attributes[keyword] = f"{CANARY}^{keyword}"[: _TEXT[vr]]
    return attributes


def planted_data_set(samples: np.ndarray) -> Dataset:
    attributes = planted()
    assert len(attributes) > 1300
    ds = data_set(samples, **attributes)
    nested = Dataset()
    for keyword, value in attributes.items():
        setattr(nested, keyword, value)
    ds.ReferencedPatientSequence = Sequence([nested])
    ds.RequestAttributesSequence = Sequence([nested])
    ds.AnatomicRegionSequence = Sequence([nested])
    ds.private_block(0x0099, CANARY, create=True).add_new(1, "LO", CANARY)
    ds.PatientBirthDate = "19010101"
    ds.StudyDate = "20200101"
    ds.RescaleSlope, ds.RescaleIntercept = 1, 0
    ds.OverlayRows6000 = 1
    return ds


def test_finds_a_canary_when_there_is_one() -> None:
    study = open_study(dicom(BYTES))
    assert leaks(study) == []
    told = Study(source=study.source, frames=study.frames, facts=Facts(body_part=CANARY))
    assert leaks(told)


def test_keeps_nothing_of_a_dicom_header() -> None:
    study = open_study(written(planted_data_set(DEEP)))
    assert leaks(study) == []
    assert study.facts.age_years == 90.0
    assert study.frames[0].rescale.unit is None


def test_keeps_nothing_of_a_compressed_or_deflated_file() -> None:
    stream = io.BytesIO()
    Image.fromarray(BYTES).save(stream, "JPEG")
    attributes = planted()
    data = compressed(BYTES, [stream.getvalue()], "1.2.840.10008.1.2.4.50", **attributes)
    assert leaks(open_study(data)) == []
    assert leaks(open_study(written(planted_data_set(DEEP), "1.2.840.10008.1.2.1.99"))) == []


def test_keeps_nothing_of_a_series(tmp_path: Path) -> None:
    paths = []
    for n in range(3):
        paths.append(tmp_path / f"{CANARY}{n}.dcm")
        ds = planted_data_set(DEEP)
        ds.InstanceNumber = n
        paths[-1].write_bytes(written(ds))
    assert leaks(open_study(paths)) == []


def test_keeps_nothing_of_a_coded_string_that_holds_a_name() -> None:
    for keyword in ("Modality", "BodyPartExamined", "ViewPosition", "ImageLaterality"):
        assert leaks(open_study(dicom(BYTES, **{keyword: CANARY}))) == []


def test_keeps_no_trailing_bytes_after_the_pixels() -> None:
    ds = data_set(BYTES)
    ds.PixelData = ds.PixelData + CANARY.encode() * 3
    assert leaks(open_study(written(ds))) == []


def test_keeps_no_comments_of_compressed_frames() -> None:
    for form, syntax in (
        ("JPEG", "1.2.840.10008.1.2.4.50"),
        ("JPEG2000", "1.2.840.10008.1.2.4.90"),
    ):
        stream = io.BytesIO()
        exif = Image.Exif()
        exif[0x010E] = CANARY
        more = {"exif": exif} if form == "JPEG" else {"no_jp2": True}
        Image.fromarray(BYTES).save(stream, form, comment=CANARY, **more)
        frame = stream.getvalue() + CANARY.encode()
        assert frame.count(CANARY.encode()) >= 2
        study = open_study(compressed(BYTES, [frame], syntax))
        assert leaks(study) == []
        assert np.array_equal(study.frames[0].samples, np.asarray(Image.open(stream)))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "GIF"])
def test_keeps_nothing_of_a_picture_but_its_samples(tmp_path: Path, form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = f"{CANARY} description"
    exif.get_ifd(0x8825)[29] = CANARY
    save: dict[str, Any] = {"exif": exif}
    if form in ("JPEG", "WEBP"):
        save["xmp"] = f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode()
        save["icc_profile"] = CANARY.encode() * 20
    if form in ("JPEG", "GIF"):
        save["comment"] = CANARY.encode()
    if form == "PNG":
        text = PngInfo()
        text.add_text("Patient", CANARY)
        text.add_itxt("XML:com.adobe.xmp", CANARY)
        text.add_text("Long", CANARY * 9, zip=True)
        save["pnginfo"] = text
    path = tmp_path / f"{CANARY}.{form.lower()}"
    Image.fromarray(BYTES).save(path, form, **save)
    assert CANARY.encode() in path.read_bytes()
    assert leaks(open_study(path)) == []
    assert leaks(open_study(path.read_bytes())) == []


_LOGGED = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG)
warnings.simplefilter("default")
from pathlib import Path
from core.errors import OutpostError
from core.imaging.opening import open_study
for name in sys.argv[1:]:
    try:
        study = open_study(Path(name))
        [study.frames[i] for i in range(len(study.frames))]
    except OutpostError:
        logging.exception("could not open")
"""


def test_logs_nothing_of_a_file(tmp_path: Path) -> None:
    """Broken values, broken pixels and a missing file, with all logs and warnings on."""
    bad = planted_data_set(DEEP)
    whole = written(bad)
    cases = {
        "whole": whole,
        "cut": whole[: len(whole) // 2],
        "no-pixels": whole[:-5000],
        "odd": whole.replace(b"19010101", b"ZZCANARY").replace(b"CS\x10\0", b"DS\x10\0"),
        "cut-jpeg": compressed(BYTES, [bytes(900)], "1.2.840.10008.1.2.4.50")[:-300],
        "text": CANARY.encode(),
        "picture": b"\x89PNG\r\n\x1a\n" + CANARY.encode(),
    }
    exif = Image.Exif()
    exif[0x010E] = CANARY
    for form in ("TIFF", "JPEG", "PNG"):
        stream = io.BytesIO()
        Image.fromarray(BYTES).save(stream, form, exif=exif)
        cases[form] = stream.getvalue()
    names = []
    for name, data in cases.items():
        path = tmp_path / f"{CANARY}-{name}.dcm"
        path.write_bytes(data)
        names.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", _LOGGED, *names, str(tmp_path / f"{CANARY}-gone")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "could not open" in done.stderr
    assert CANARY not in (done.stderr + done.stdout).upper()
    # pydicom warns of the cut file; its warnings quote headers, so none may come through.
    assert "pydicom" not in done.stderr.replace("site-packages/pydicom", "")


@pytest.mark.parametrize(
    ("written_age", "years"),
    [
        ("045Y", 45.0),
        ("018M", 1.5),
        ("006W", 0.1),
        ("010D", 0.0),
        ("089Y", 89.0),
        ("090Y", 90.0),
        ("104Y", 90.0),
        ("000Y", None),
        ("45", None),
        ("", None),
    ],
)
def test_bands_the_age(written_age: str, years: float | None) -> None:
    assert open_study(dicom(BYTES, PatientAge=written_age)).facts.age_years == years


@pytest.mark.parametrize(
    ("born", "studied", "years"),
    [
        ("19800615", "20200614", 39.0),
        ("20190101", "20200101", 1.0),
        ("19200101", "20200101", 90.0),
        ("20200101", "20190101", None),
        ("", "20200101", None),
        ("19800231", "20200101", None),
    ],
)
def test_reckons_the_age_on_the_day_of_the_study(
    born: str, studied: str, years: float | None
) -> None:
    facts = open_study(dicom(BYTES, PatientBirthDate=born, StudyDate=studied)).facts
    assert facts.age_years == years


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("HEAD", "HEAD"),
        ("Head^Routine", "HEAD"),
        ("C SPINE", "CSPINE"),
        ("THORAX", "CHEST"),
        ("LT HAND", "HAND"),
        ("SMITH", None),
        ("", None),
    ],
)
def test_reads_the_body_part_as_one_of_the_standard_s(text: str, part: str | None) -> None:
    assert open_study(dicom(BYTES, BodyPartExamined=text)).facts.body_part == part


@pytest.mark.parametrize(
    ("agent", "contrast"), [("OMNIPAQUE 300", True), ("NONE", False), ("", None), (None, None)]
)
def test_reads_whether_contrast_was_given(agent: str | None, contrast: bool | None) -> None:
    attributes = {} if agent is None else {"ContrastBolusAgent": agent}
    assert open_study(dicom(BYTES, **attributes)).facts.contrast is contrast


def test_reads_the_other_facts() -> None:
    facts = open_study(dicom(BYTES, Modality="DX", ViewPosition="PA", ImageLaterality="L")).facts
    assert (facts.modality, facts.view, facts.laterality) == ("DX", "PA", "L")


def test_raises_only_its_own_errors_without_a_chain() -> None:
    cut_short = dicom(DEEP, PixelData=CANARY.encode())
    without_its_palette = dicom(BYTES, PhotometricInterpretation="PALETTE COLOR")
    for data in (cut_short, without_its_palette, b"\x89PNG\r\n\x1a\n" + CANARY.encode()):
        with pytest.raises(ImagingError) as caught:
            open_study(data)
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
