"""Sound files to spoil: every kind that Outpost opens, small, so that a change is felt."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.sequence import Sequence

from tests.imaging.dicom_files import compressed, data_set, dicom, item, phantom, written

_DEEP = phantom(24, 20)
_BYTES = (_DEEP >> 8).astype(np.uint8)
_COLOUR = np.dstack([_BYTES, _BYTES[::-1], _BYTES // 2])
#: Real files beside the repository, of at most this many bytes, are spoilt too.
_LARGEST = 300_000


def _encoded(array: np.ndarray, form: str, **save: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, form, **save)
    return stream.getvalue()


def _pictures() -> dict[str, bytes]:
    return {
        "png": _encoded(_COLOUR, "PNG"),
        "png 16": _encoded(_DEEP, "PNG"),
        "jpeg": _encoded(_COLOUR, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        "jpeg progressive": _encoded(_COLOUR, "JPEG", progressive=True),
        "webp": _encoded(_COLOUR, "WEBP"),
        "tiff": _encoded(_COLOUR, "TIFF", compression="tiff_deflate"),
        "gif": _encoded(_BYTES, "GIF"),
        "bmp": _encoded(_COLOUR, "BMP"),
        "jpeg 2000": _encoded(_BYTES, "JPEG2000"),
    }


def _dicom_files() -> dict[str, bytes]:
    nested = data_set(_DEEP, PatientName="A^B", WindowCenter="40", WindowWidth="400")
    nested.AnatomicRegionSequence = Sequence([item(CodeMeaning="CHEST", PatientName="A")])
    film = np.stack([_BYTES] * 3)
    baseline, rle = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"
    rows = b"".join(bytes([19]) + row.tobytes() for row in _BYTES)
    segment = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + b"\0" * 56 + rows
    return {
        "dicom explicit": written(nested),
        "dicom implicit": written(data_set(_DEEP), "1.2.840.10008.1.2"),
        "dicom deflated": written(data_set(_BYTES), "1.2.840.10008.1.2.1.99"),
        "dicom frames": dicom(film, NumberOfFrames=3),
        "dicom colour": dicom(_COLOUR),
        "dicom jpeg": compressed(_BYTES, [_encoded(_BYTES, "JPEG")], baseline),
        "dicom jpeg 2000": compressed(
            _BYTES, [_encoded(_BYTES, "JPEG2000", no_jp2=True)], "1.2.840.10008.1.2.4.90"
        ),
        "dicom rle": compressed(_BYTES, [segment + b"\0" * (len(segment) % 2)], rle),
        "dicom without meta": written(data_set(_DEEP))[132 + 200 :],
    }


@cache
def seeds(shared: Path | None) -> tuple[bytes, ...]:
    """The files, in an order that does not change."""
    found = [*_pictures().values(), *_dicom_files().values()]
    if shared is not None and shared.is_dir():
        for path in sorted(shared.rglob("*")):
            if path.is_file() and path.suffix != ".zst" and path.stat().st_size <= _LARGEST:
                found.append(path.read_bytes())
    return tuple(found)
