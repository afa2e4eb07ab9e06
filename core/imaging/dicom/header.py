"""Parse a DICOM file's elements with the clock and the file's length in view.

The data set returned here holds the patient's identity. It lives inside one call of
``core.imaging.opening`` and nothing of it is kept but what ``facts``, ``display`` and ``pixels``
copy out by name.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.failures import ImagingFailure
from core.imaging.limits import MAX_FILE_BYTES, MAX_SEQUENCE_BYTES, Deadline

_PIXEL_DATA = 0x7FE00010
#: Extended offset table and the float and integer pixel data elements (PS3.3 C.7.6.3, C.7.6.24).
_FIRST_PIXEL_TAG = 0x7FE00001
_INFLATE_CHUNK = 1 << 20
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT"})


@dataclass(frozen=True)
class Header:
    """A parsed file: ``syntax`` is its transfer syntax UID; ``cut_short`` when bytes ran out."""

    dataset: Dataset
    syntax: str
    cut_short: bool


class _Watched:
    """A file that pydicom reads through: every read looks at the clock, none asks for more bytes
    than there are (a forged length of 4 GB would be allocated first), and a short one is noted."""

    def __init__(self, file: BinaryIO, length: int, deadline: Deadline) -> None:
        self._file = file
        self._length = length
        self._deadline = deadline
        self.cut_short = False

    def read(self, count: int = -1) -> bytes:
        self._deadline.check()
        left = max(0, self._length - self._file.tell())
        if count is None or count < 0:
            count = left
        data = self._file.read(min(count, left))
        if 0 < len(data) < count:
            self.cut_short = True
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def read_header(file: BinaryIO, length: int, deadline: Deadline, *, pixels: bool) -> Header:
    """Parse a DICOM file of ``length`` bytes, positioned at its start.

    ``pixels`` False stops before the pixel data: enough to sort files into series.

    Raises ``ImagingError``: ``damaged_dicom``, ``truncated_dicom``, ``file_too_large``,
    ``too_slow``.
    """
    with translating(ImagingFailure.DAMAGED_DICOM):
        syntax, start = _file_meta(file.read(4096))
        file.seek(0)
        if syntax == DeflatedExplicitVRLittleEndian:
            file.seek(start)
            inflated = _inflate(file, deadline)
            file, length = io.BytesIO(inflated), len(inflated)
        watched = _Watched(file, length, deadline)
        pixel_data_met = False

        def stop(tag: BaseTag, vr: str | None, length: int) -> bool:
            nonlocal pixel_data_met
            pixel_data_met = pixel_data_met or tag == _PIXEL_DATA
            return not pixels and tag >= _FIRST_PIXEL_TAG

        dataset: Dataset
        if syntax == DeflatedExplicitVRLittleEndian:
            dataset = read_dataset(cast(BinaryIO, watched), False, True, stop_when=stop)
        else:
            whole = read_partial(cast(BinaryIO, watched), stop_when=stop, force=True)
            syntax = _syntax_of(whole)
            dataset = whole
        lost_pixels = pixel_data_met and pixels and "PixelData" not in dataset
        return Header(dataset, syntax, watched.cut_short or lost_pixels)


def _file_meta(head: bytes) -> tuple[str, int]:
    """Transfer syntax and start of the data set, from the file meta group (PS3.10 7.1).

    Read here, not by pydicom, because pydicom would inflate a deflated data set without bound.
    """
    if head[128:132] != b"DICM":
        return "", 0
    at, syntax = 132, ""
    while head[at : at + 2] == b"\x02\x00":
        element, vr = head[at + 2 : at + 4], head[at + 4 : at + 6]
        if vr in _LONG_VRS:
            length, value_at = int.from_bytes(head[at + 8 : at + 12], "little"), at + 12
        else:
            length, value_at = int.from_bytes(head[at + 6 : at + 8], "little"), at + 8
        if element == b"\x10\x00":
            syntax = head[value_at : value_at + length].decode("ascii").strip("\0 ")
        at = value_at + length
    return syntax, at


def _inflate(file: BinaryIO, deadline: Deadline) -> bytes:
    """A deflated data set (PS3.5 A.5), refused once it grows beyond ``MAX_FILE_BYTES``."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    whole = bytearray()
    while not inflater.eof:
        deadline.check()
        packed = inflater.unconsumed_tail or file.read(_INFLATE_CHUNK)
        if not packed:
            raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
        whole += inflater.decompress(packed, _INFLATE_CHUNK)
        if len(whole) > MAX_FILE_BYTES:
            raise ImagingError(
                ImagingFailure.FILE_TOO_LARGE, limit_megabytes=MAX_FILE_BYTES // 1_000_000
            )
    return bytes(whole)


def _syntax_of(dataset: Any) -> str:
    """The stated transfer syntax, else the uncompressed one that pydicom found by looking."""
    stated = read_text(dataset.file_meta, "TransferSyntaxUID")
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    if not little:
        return str(ExplicitVRBigEndian)
    return str(ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian)


def read_value(dataset: Dataset, keyword: str) -> Any:
    """An element's value, or None when it is absent, empty or cannot be understood.

    One unreadable window or age must not cost the image, so here, and only here, any error
    of pydicom's value conversion counts as "not stated".
    """
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 (see above; the message may quote the header)
        return None
    return None if value is None or value == "" else value


def read_text(dataset: Dataset, keyword: str) -> str:
    """A coded string in upper case, stripped; the first of several; ``""`` when not stated."""
    value = first_of(read_value(dataset, keyword))
    return value.strip("\0 ").upper() if isinstance(value, str) else ""


def read_number(dataset: Dataset, keyword: str) -> float | None:
    """A finite number, the first of several; None when not stated."""
    try:
        number = float(first_of(read_value(dataset, keyword)))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e30 else None


def read_int(dataset: Dataset, keyword: str) -> int | None:
    """A whole number, the first of several; None when not stated."""
    number = read_number(dataset, keyword)
    return None if number is None else int(number)


def read_numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Exactly ``count`` finite numbers; None otherwise."""
    value = read_value(dataset, keyword)
    try:
        numbers = tuple(float(part) for part in value)
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if len(numbers) == count and all(abs(n) < 1e30 for n in numbers) else None


def read_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; empty when there is none.

    Raises ``ImagingError`` (``damaged_dicom``) for one too large to be parsed in time.
    """
    try:
        raw = dataset.get_item(keyword)
    except KeyError:
        return []
    if isinstance(raw, RawDataElement) and len(raw.value or b"") > MAX_SEQUENCE_BYTES:
        raise ImagingError(ImagingFailure.DAMAGED_DICOM)
    items = read_value(dataset, keyword)
    return [item for item in items if isinstance(item, Dataset)] if items else []


def first_of(value: Any) -> Any:
    """The first of several values (multiplicity above 1), or the value itself."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__getitem__"):
        return value
    return value[0] if len(value) else None
