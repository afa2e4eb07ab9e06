"""Pixel data keep their pixels and lose what hides around them: comments and trailing bytes."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from core.imaging.dicom.codestream import without_comments
from core.imaging.dicom.header import read_value
from core.imaging.dicom.layout import read_layout
from core.imaging.dicom.syntaxes import NATIVE, RLE


def strip_pixel_data(dataset: Dataset, syntax: str) -> None:
    """Take comments and thumbnails out of coded frames, and what follows the last frame away.

    Pixel data without such are left byte for byte. Raises what pydicom raises on pixel data
    that cannot be followed, and ``ImagingError`` for a layout that makes no sense.
    """
    if "PixelData" not in dataset:
        return
    element = dataset["PixelData"]
    value: bytes = element.value or b""
    layout = read_layout(dataset, syntax, "OB" if element.VR == "OB" else "OW")
    if syntax in NATIVE:
        length = (layout.frames * layout.frame_bits + 15) // 16 * 2
        if len(value) > length:
            element.value = value[:length]
        return
    if syntax == RLE:
        return
    frames = list(
        generate_frames(value, number_of_frames=layout.frames, extended_offsets=_offsets(dataset))
    )
    stripped = [without_comments(frame) for frame in frames]
    if [each.rstrip(b"\0") for each in frames] == [each.rstrip(b"\0") for each in stripped]:
        return
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        dataset.pop(keyword, None)
    element.value = encapsulate(stripped)
    element.is_undefined_length = True


def _offsets(dataset: Dataset) -> tuple[bytes, bytes] | None:
    table = read_value(dataset, "ExtendedOffsetTable")
    lengths = read_value(dataset, "ExtendedOffsetTableLengths")
    both = isinstance(table, bytes) and isinstance(lengths, bytes)
    return (table, lengths) if both else None
