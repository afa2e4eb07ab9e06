"""What is said of the identity in a file before it is dropped: kinds and counts, never a value."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from core.imaging.opening import open_study
from core.imaging.removed_identity import IdentityKind, Removed, removed_identity
from tests.imaging.dicom_files import data_set, dicom, written

CANARY = "Canary"
SAMPLES = np.zeros((8, 8), np.uint8)


def test_a_dicom_header_is_counted_by_kind() -> None:
    file = dicom(
        SAMPLES,
        PatientName=f"{CANARY}^Jane",
        PatientID="123",
        PatientBirthDate="19700101",
        OperatorsName=CANARY,
        InstitutionName=CANARY,
        StationName="",
        StudyDate="20260101",
        StudyTime="101112",
        AccessionNumber="77",
        StudyDescription=CANARY,
        ImageComments=CANARY,
    )

    found = removed_identity(file)

    assert dict(found.counts) == {
        IdentityKind.PATIENT: 3,
        IdentityKind.PEOPLE: 1,
        IdentityKind.PLACES: 1,
        IdentityKind.TIMES: 2,
        IdentityKind.NUMBERS: 4,
        IdentityKind.FREE_TEXT: 2,
    }
    assert CANARY not in repr(found)


def test_private_fields_and_burned_in_writing_are_told() -> None:
    ds = data_set(SAMPLES, BurnedInAnnotation="YES")
    block = ds.private_block(0x0029, "MAKER", create=True)
    block.add_new(0x01, "LO", CANARY)

    found = removed_identity(written(ds))

    assert dict(found.counts)[IdentityKind.PRIVATE] == 2
    assert found.says_burned_in


def jpeg_with_exif() -> bytes:
    image = Image.fromarray(SAMPLES)
    exif = image.getexif()
    exif[ExifTags.Base.Make] = CANARY
    exif[ExifTags.Base.DateTime] = "2026:01:01 10:11:12"
    exif[ExifTags.Base.Orientation] = 1
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=CANARY)
    return stream.getvalue()


def test_a_photos_hidden_data_are_counted_by_kind() -> None:
    assert dict(removed_identity(jpeg_with_exif()).counts) == {
        IdentityKind.TIMES: 1,
        IdentityKind.WHERE_TAKEN: 2,
        IdentityKind.CAMERA: 1,
        IdentityKind.HIDDEN_TEXT: 1,
    }


def test_hidden_text_of_a_png_is_counted() -> None:
    texts, stream = PngInfo(), io.BytesIO()
    texts.add_text("Author", CANARY)
    texts.add_itxt("Title", CANARY)
    Image.fromarray(SAMPLES).save(stream, "PNG", pnginfo=texts)

    assert removed_identity(stream.getvalue()).counts == ((IdentityKind.HIDDEN_TEXT, 2),)


@pytest.mark.parametrize("content", [b"", b"just some text", b"\x89PNG\r\n\x1a\n" + b"x" * 50])
def test_what_does_not_open_has_nothing_to_tell(content: bytes) -> None:
    assert removed_identity(content) == Removed()


def test_a_file_that_is_gone_has_nothing_to_tell(tmp_path: Path) -> None:
    assert removed_identity(tmp_path / "gone.dcm") == Removed()


def test_what_is_counted_is_not_in_the_study() -> None:
    study = open_study(jpeg_with_exif())

    assert CANARY not in repr(study)
