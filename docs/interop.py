"""Write docs/interop.md: what Outpost reads, writes and de-identifies, and on which device.

The tables are what happened when each kind of file was made and opened, once as here and once
with no decoder that the phone lacks. Run ``python docs/interop.py`` where the desktop decoders
are installed; a test fails when the page is not what this writes.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "interop.md"
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the path must be set first)
import pydicom  # noqa: E402
from PIL import Image  # noqa: E402
from pydicom.uid import UID  # noqa: E402

from core.errors import ImagingError  # noqa: E402
from core.imaging.deidentification.files import deidentify  # noqa: E402
from core.imaging.deidentification.identity import Replacement  # noqa: E402
from core.imaging.deidentification.masking import Decided, Masking  # noqa: E402
from core.imaging.deidentification.pictures import deidentify_picture  # noqa: E402
from core.imaging.deidentification.profile import EDITION  # noqa: E402
from core.imaging.lettering.boxes import Box  # noqa: E402
from core.imaging.opening import open_study  # noqa: E402
from tests.imaging.dicom_files import compressed, data_set, phantom, written  # noqa: E402

DEEP = phantom(48, 64)
BYTES = (DEEP >> 8).astype(np.uint8)

#: Transfer syntaxes by UID: how gdcm calls what encodes them, or how they are written here.
SYNTAXES: dict[str, str | None] = {
    "1.2.840.10008.1.2": "pydicom",
    "1.2.840.10008.1.2.1": "pydicom",
    "1.2.840.10008.1.2.1.99": "pydicom",
    "1.2.840.10008.1.2.2": "big endian",
    "1.2.840.10008.1.2.5": "RLELossless",
    "1.2.840.10008.1.2.4.50": "Pillow",
    "1.2.840.10008.1.2.4.51": "JPEGExtendedProcess2_4",
    "1.2.840.10008.1.2.4.57": "JPEGLosslessProcess14",
    "1.2.840.10008.1.2.4.70": "JPEGLosslessProcess14_1",
    "1.2.840.10008.1.2.4.80": "JPEGLSLossless",
    "1.2.840.10008.1.2.4.81": "JPEGLSNearLossless",
    "1.2.840.10008.1.2.4.90": "JPEG2000Lossless",
    "1.2.840.10008.1.2.4.91": "JPEG2000",
    "1.2.840.10008.1.2.4.201": None,
    "1.2.840.10008.1.2.4.102": None,
}
PICTURES = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "AVIF")

_ON_A_PHONE = """
import json, sys
for name in ("gdcm", "jpeg_ls", "openjpeg", "pylibjpeg", "_openjpeg", "PIL._webp", "PIL._avif"):
    sys.modules[name] = None
from PIL import Image
for name in ("jpeg2k_decoder", "jpeg2k_encoder", "libtiff_decoder", "libtiff_encoder"):
    if hasattr(Image.core, name):
        delattr(Image.core, name)
sys.getandroidapilevel = lambda: 34
from pathlib import Path
from core.errors import ImagingError
from core.imaging.opening import open_study
told = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        open_study(path).frames[0].samples
        told[path.name] = "yes"
    except ImagingError as error:
        told[path.name] = error.code
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Row:
    """What happened to one kind of file."""

    name: str
    computer: str
    phone: str
    deidentified: str
    masked: str


def dicom_samples(folder: Path) -> dict[str, bytes]:
    """One file of each transfer syntax that can be made here."""
    return {uid: _sample(uid, how, folder) for uid, how in SYNTAXES.items() if how}


def _sample(uid: str, how: str, folder: Path) -> bytes:
    if how == "pydicom":
        return written(data_set(DEEP), uid)
    if how == "big endian":
        swapped = data_set(DEEP)
        swapped.PixelData = DEEP.byteswap().tobytes()
        return written(swapped, uid)
    if how == "Pillow":
        return compressed(BYTES, [picture("JPEG")], uid)
    return _transcoded(how, folder)


def _transcoded(how: str, folder: Path) -> bytes:
    """By GDCM, which encodes what nothing else here does."""
    import gdcm

    source, target = folder / "source.dcm", folder / "target.dcm"
    samples = BYTES if how == "JPEGExtendedProcess2_4" else DEEP
    source.write_bytes(written(data_set(samples)))
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, how)))
    writer = gdcm.ImageWriter()
    if not reader.Read():
        raise ValueError(f"GDCM cannot read what pydicom wrote for {how}")
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise ValueError(f"GDCM cannot encode {how}")
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(target))
    if not writer.Write():
        raise ValueError(f"GDCM cannot write {how}")
    return target.read_bytes()


def picture(form: str) -> bytes:
    stream = io.BytesIO()
    more: dict[str, Any] = {"compression": "tiff_deflate"} if form == "TIFF" else {}
    Image.fromarray(BYTES).save(stream, form, **more)
    return stream.getvalue()


def opened(content: bytes) -> np.ndarray | str:
    try:
        return open_study(content).frames[0].samples
    except ImagingError as error:
        return error.code


def on_a_phone(files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """What a Python with the phone's decoders alone says of each file."""
    place = folder / "phone"
    place.mkdir()
    for number, content in enumerate(files.values()):
        (place / f"{number:03d}").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_PHONE, str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return dict(zip(files, (told[f"{n:03d}"] for n in range(len(files))), strict=True))


def _without_patient(content: bytes, *, is_dicom: bool) -> str:
    before = opened(content)
    try:
        if is_dicom:
            clean = deidentify(content, Replacement(b"k" * 32, lambda _: "P")).content
        else:
            clean = deidentify_picture(content).content
    except ImagingError as error:
        return f"no ({error.code})"
    after = opened(clean)
    same = not isinstance(before, str) and not isinstance(after, str) and (before == after).all()
    return "yes, pixels unchanged" if same else "yes"


def _masked(content: bytes) -> str:
    """What becomes of a file with a box over its first pixels: what it is written in."""
    masking = Masking((Box(1, 1, 5, 4),), Decided.BY_A_PERSON)
    try:
        clean = deidentify(content, Replacement(b"k" * 32, lambda _: "P"), masking=masking).content
    except ImagingError as error:
        return f"no ({error.code})"
    meta = pydicom.dcmread(io.BytesIO(clean)).file_meta
    same = pydicom.dcmread(io.BytesIO(content)).file_meta.TransferSyntaxUID
    return "yes" if meta.TransferSyntaxUID == same else "yes, uncompressed"


def rows(files: dict[str, bytes], phone: dict[str, str], *, is_dicom: bool) -> list[Row]:
    found = []
    for name, content in files.items():
        here = opened(content)
        said = here if isinstance(here, str) else "yes"
        shown = _words(said)
        cleaned = _without_patient(content, is_dicom=is_dicom)
        masked = _masked(content) if is_dicom else ""
        found.append(Row(name, shown, _words(phone[name]), cleaned, masked))
    return found


def _words(said: str) -> str:
    return said if said == "yes" else f"no ({said})"


def syntax_table(folder: Path) -> str:
    files = dicom_samples(folder)
    made = {row.name: row for row in rows(files, on_a_phone(files, folder), is_dicom=True)}
    lines = [
        "| transfer syntax | UID | computer | phone | de-identified | writing masked |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for uid in SYNTAXES:
        row = made.get(uid)
        cells = (
            (row.computer, row.phone, row.deidentified, row.masked)
            if row
            else (_not_made(uid), "no", "header", "no")
        )
        lines.append(f"| {UID(uid).name} | `{uid}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _not_made(uid: str) -> str:
    """What is said of a syntax that nothing here can write, from an empty frame of it."""
    from core.imaging.dicom.syntaxes import plugins_for

    if plugins_for(uid):
        return "with pylibjpeg; no file of it was made here"
    code = opened(compressed(BYTES, [b"\0" * 40], uid))
    return f"no ({code})"


def picture_table(folder: Path) -> str:
    files = {form: picture(form) for form in PICTURES}
    made = rows(files, on_a_phone(files, folder), is_dicom=False)
    lines = ["| picture | computer | phone | de-identified |", "| --- | --- | --- | --- |"]
    named = {"TIFF": "TIFF, compressed", "WEBP": "WebP", "JPEG2000": "JPEG 2000"}
    lines += [
        f"| {named.get(r.name, r.name)} | {r.computer} | {r.phone} | {r.deidentified} |"
        for r in made
    ]
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    text = (Path(__file__).with_name("interop.template.md")).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        tables = {
            "SYNTAXES": syntax_table(Path(first)),
            "PICTURES": picture_table(Path(second)),
            "EDITION": EDITION,
        }
    for name, table in tables.items():
        text = text.replace(f"[[{name}]]", table)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
