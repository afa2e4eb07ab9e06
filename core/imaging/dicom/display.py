"""How stored samples become values and brightness: rescale, look-up tables, windows, padding.

Read per frame where an enhanced multi-frame file says so (PS3.3 C.7.6.16).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from core.imaging.dicom.header import (
    first_of,
    read_int,
    read_items,
    read_number,
    read_text,
    read_value,
)
from core.imaging.study import Rescale, VoiFunction, VoiTable, Window

#: Defined terms of Rescale Type (PS3.3 C.11.1.1.2). Anything else is free text and dropped.
_RESCALE_TYPES = frozenset(
    {"OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT", "MG/ML"}
)


_AS_STORED = Rescale()


@dataclass(frozen=True)
class LookUpTable:
    """A DICOM look-up table: stored ``first`` maps to ``entries[0]``, unsigned 16 bits (n,)."""

    first: int
    entries: npt.NDArray[np.uint16]
    bits: int


@dataclass(frozen=True)
class Display:
    """How one frame is shown."""

    rescale: Rescale = _AS_STORED
    voi: Window | VoiTable | None = None


@dataclass(frozen=True)
class FileDisplay:
    """How the frames of one file are shown.

    ``frames`` has one entry for all, or one for each. ``padding``: stored values, both ends
    included.
    """

    frames: tuple[Display, ...]
    modality_table: LookUpTable | None
    inverted: bool
    padding: tuple[int, int] | None

    def of(self, index: int) -> Display:
        return self.frames[index if index < len(self.frames) else 0]


def read_display(dataset: Dataset, frame_count: int, *, signed: bool) -> FileDisplay:
    """The display rules of a grey image. ``signed``: Pixel Representation is 1."""
    table, unit = _modality_table(dataset, signed=signed)
    base = _display(dataset, Display(), dataset, signed=signed)
    if table is not None:
        base = Display(Rescale(unit=unit), base.voi)
    shared = read_items(dataset, "SharedFunctionalGroupsSequence")
    if shared:
        base = _with_groups(shared[0], base, dataset, signed=signed)
    groups = read_items(dataset, "PerFrameFunctionalGroupsSequence")
    frames = tuple(_with_groups(g, base, dataset, signed=signed) for g in groups[:frame_count])
    # PS3.3 C.7.6.3.1.2 and C.11.6: MONOCHROME1 and a presentation shape of INVERSE say the same.
    inverted = (
        read_text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
        or read_text(dataset, "PresentationLUTShape") == "INVERSE"
    )
    complete = len(frames) == frame_count and frame_count > 0
    return FileDisplay(
        frames=frames if complete else (base,),
        modality_table=table,
        inverted=inverted,
        padding=None if table is not None else _padding(dataset, signed=signed),
    )


def _with_groups(group: Dataset, base: Display, dataset: Dataset, *, signed: bool) -> Display:
    """``base`` with the pixel value transformation and VOI of one functional group item."""
    merged = base
    for keyword in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
        for item in read_items(group, keyword)[:1]:
            merged = _display(item, merged, dataset, signed=signed)
    return merged


def _display(item: Dataset, base: Display, dataset: Dataset, *, signed: bool) -> Display:
    """``base`` with whatever rescale, window or VOI table ``item`` states."""
    slope, intercept = read_number(item, "RescaleSlope"), read_number(item, "RescaleIntercept")
    rescale = base.rescale
    if slope and intercept is not None:
        rescale = Rescale(slope, intercept, _unit(item, dataset))
    values_signed = signed or rescale.intercept < 0 or rescale.slope < 0
    voi = _voi_table(item, signed=values_signed) or _window(item) or base.voi
    return Display(rescale, voi)


def _unit(item: Dataset, dataset: Dataset) -> str | None:
    """Rescale Type; CT images without one are in Hounsfield units (PS3.3 C.8.2.1.1.2)."""
    stated = read_text(item, "RescaleType")
    if not stated and read_text(dataset, "Modality") == "CT":
        return "HU"
    return stated if stated in _RESCALE_TYPES else None


def _window(item: Dataset) -> Window | None:
    """The first window (PS3.3 C.11.2.1.2), or None when there is none that can be used."""
    center, width = read_number(item, "WindowCenter"), read_number(item, "WindowWidth")
    if center is None or width is None or width <= 0:
        return None
    function = read_text(item, "VOILUTFunction")
    known = function in VoiFunction.__members__
    return Window(center, width, VoiFunction(function) if known else VoiFunction.LINEAR)


def _voi_table(item: Dataset, *, signed: bool) -> VoiTable | None:
    """The first VOI look-up table (PS3.3 C.11.2.1.1). It is more exact than a window and, as in
    pydicom, goes first where a file offers both."""
    for lut in read_items(item, "VOILUTSequence")[:1]:
        table = _table(lut, signed=signed)
        if table is not None:
            top = float((1 << table.bits) - 1)
            brightness = np.clip(table.entries.astype(np.float32) / np.float32(top), 0.0, 1.0)
            return VoiTable(table.first, brightness.astype(np.float32))
    return None


def _modality_table(dataset: Dataset, *, signed: bool) -> tuple[LookUpTable | None, str | None]:
    """The modality look-up table (PS3.3 C.11.1.1.1) and the unit it maps to."""
    for lut in read_items(dataset, "ModalityLUTSequence")[:1]:
        unit = read_text(lut, "ModalityLUTType")
        return _table(lut, signed=signed), unit if unit in _RESCALE_TYPES else None
    return None, None


def _table(lut: Dataset, *, signed: bool) -> LookUpTable | None:
    """LUT Descriptor and LUT Data; None when they do not fit together."""
    descriptor = read_value(lut, "LUTDescriptor")
    data = read_value(lut, "LUTData")
    try:
        count, first, bits = (int(part) for part in descriptor)
    except (TypeError, ValueError):
        return None
    count = (count & 0xFFFF) or 65_536
    # Whether the first value is signed follows the values it maps, whatever VR it came in.
    first = ((first & 0xFFFF) ^ 0x8000) - 0x8000 if signed else first & 0xFFFF
    if not 8 <= bits <= 16:
        return None
    entries = _entries(data, count)
    return None if entries is None else LookUpTable(first, entries, bits)


def _entries(data: object, count: int) -> npt.NDArray[np.uint16] | None:
    """``count`` entries from integers, or from bytes holding 8 or 16 bits each."""
    if isinstance(data, (bytes, bytearray)):
        wide = len(data) >= 2 * count
        entries = np.frombuffer(data, dtype="<u2" if wide else "u1").astype(np.uint16)
    elif isinstance(data, int):
        entries = np.array([data & 0xFFFF], dtype=np.uint16)
    elif isinstance(data, (list, tuple)) or hasattr(data, "__iter__"):
        entries = (np.asarray(list(data), dtype=np.int64) & 0xFFFF).astype(np.uint16)
        if len(entries) * 2 in (count, count + 1):  # two 8-bit entries in each word
            entries = entries.astype("<u2").view("u1").astype(np.uint16)
    else:
        return None
    return entries[:count] if len(entries) >= count else None


def _padding(dataset: Dataset, *, signed: bool) -> tuple[int, int] | None:
    """Stored values that mean "outside the image" (PS3.3 C.7.5.1.1.2)."""
    value = first_of(read_int(dataset, "PixelPaddingValue"))
    if value is None:
        return None
    limit = read_int(dataset, "PixelPaddingRangeLimit")
    ends = [_as_stored(end, signed=signed) for end in (value, value if limit is None else limit)]
    return min(ends), max(ends)


def _as_stored(value: int, *, signed: bool) -> int:
    """16 bits read as the pixels are: the element's own VR is ambiguous (PS3.5 A.1)."""
    return ((value & 0xFFFF) ^ 0x8000) - 0x8000 if signed else value & 0xFFFF
