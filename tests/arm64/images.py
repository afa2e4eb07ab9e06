"""The images that both processors read: the golden fixtures, and phantoms drawn for the occasion.

They are drawn and coded here, once, so that both sides open the very same bytes. A phantom looks
like no person; it is there for the paths that the fixtures do not take: DICOM, Hounsfield units
and their window, 16 bits, several frames, colour, odd sides, a large reduction.
"""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.imaging.dicom_files import dicom
from tests.reading.golden import FIXTURES

Floats = npt.NDArray[np.float64]


def lay_out(folder: Path, data: Path | None) -> None:
    """Write every image into ``folder``, the golden ones of ``data`` too where it is given."""
    golden = json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))
    for name in golden["fixtures"]:
        shutil.copy(FIXTURES / name, folder / name)
    if data is not None:
        for name in golden["shared"]:
            shutil.copy(data / name, folder / name.replace("/images/", "_").replace("/", "_"))
    for name, content in phantoms().items():
        (folder / name).write_bytes(content)


def phantoms() -> dict[str, bytes]:
    """The drawn files by name; the same at every call, but for the identifiers in DICOM."""
    head = _head(512, 512)
    hounsfield = np.round(head * 1000 - 1000 * (head == 0)).astype(np.int16)
    clip = np.stack([_sector(240, 320, turn) for turn in (0.0, 0.4, 0.8)])
    return {
        "phantom_bone.jpg": _picture(_bone(1400, 1000), "JPEG"),
        "phantom_bone_16_bit.dcm": dicom(
            (4095 - _bone(700, 500) * 4095).astype(np.uint16),
            Modality="DX",
            BitsStored=12,
            HighBit=11,
            PhotometricInterpretation="MONOCHROME1",
        ),
        "phantom_head_ct.dcm": dicom(hounsfield, RescaleSlope=1, RescaleIntercept=0),
        "phantom_head_mr.png": _picture(_head(224, 201) * 4, "PNG"),
        "phantom_ultrasound.dcm": dicom(
            (clip * 255).astype(np.uint8), Modality="US", NumberOfFrames=3
        ),
        "phantom_colour.png": _picture(
            np.stack([_bone(300, 451), _head(300, 451), _sector(300, 451, 0.2)], axis=-1), "PNG"
        ),
        "phantom_noise.png": _picture(_texture(97, 131, 1), "PNG"),
    }


def _picture(brightness: Floats, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray((np.clip(brightness, 0, 1) * 255).astype(np.uint8)).save(stream, kind)
    return stream.getvalue()


def _texture(rows: int, columns: int, grain: int) -> Floats:
    """Smooth noise between 0 and 1, with structures of about ``grain`` pixels."""
    coarse = np.random.default_rng(11).random((rows // grain + 2, columns // grain + 2))
    image = Image.fromarray((coarse * 255).astype(np.uint8))
    grown = image.resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(grown, dtype=np.float64) / 255


def _plane(rows: int, columns: int) -> tuple[Floats, Floats]:
    """Heights and widths from -1 to 1 over the longer side."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    half = max(rows, columns) / 2
    return (y - rows / 2) / half, (x - columns / 2) / half


def _bone(rows: int, columns: int) -> Floats:
    """Two shafts in soft tissue, one with a gap."""
    y, x = _plane(rows, columns)
    image = 0.25 * np.exp(-((x / 0.5) ** 2)) + 0.05 * _texture(rows, columns, 3)
    for middle, gap in ((-0.15, 2.0), (0.18, 0.1)):
        bent = x - middle - 0.05 * np.sin(3 * y)
        shaft = np.exp(-((np.abs(bent) - 0.06) ** 2) / 0.0008) + 0.5 * (np.abs(bent) < 0.06)
        image = image + 0.5 * shaft * (np.abs(y - gap + 0.3 * x) > 0.015)
    return np.clip(image * (0.8 + 0.2 * _texture(rows, columns, 9)), 0, 1)


def _head(rows: int, columns: int) -> Floats:
    """A ring around a textured oval with a bright patch; outside it is 0."""
    y, x = _plane(rows, columns)
    radius = np.sqrt((y / 0.85) ** 2 + (x / 0.68) ** 2)
    inside = 0.03 + 0.02 * _texture(rows, columns, 14) + 0.04 * (np.hypot(y, x - 0.25) < 0.14)
    ring = np.where(radius > 0.9, 0.9, inside)
    return np.asarray(np.where(radius > 1, 0.0, ring), dtype=np.float64)


def _sector(rows: int, columns: int, turn: float) -> Floats:
    """An ultrasound fan: speckle, a bright line and its echoes, moved by ``turn``."""
    y, x = _plane(rows, columns)
    depth, angle = np.hypot(y + 1, x), np.arctan2(x, y + 1)
    lines = sum(np.exp(-(((depth - d) / 0.02) ** 2)) for d in (0.5, 0.9, 1.3))
    speckle = 0.5 * _texture(rows, columns, 2) * np.exp(-0.7 * depth)
    beam = 0.3 * np.exp(-(((angle - 0.3 + turn) / 0.06) ** 2))
    return np.clip((speckle + lines * 0.5 + beam) * (np.abs(angle) < 0.7), 0, 1)
