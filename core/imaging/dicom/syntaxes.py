"""DICOM's compressions: their names in words, and which decoder opens them on which device."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
RLE = "1.2.840.10008.1.2.5"

NATIVE = frozenset(
    {
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.1.99",
        "1.2.840.10008.1.2.2",
    }
)


@dataclass(frozen=True)
class _Compression:
    """``plugins``: pydicom's decoder plug-ins in the order they are trusted; none for a
    compression that no desktop decoder of ours opens. The order was settled by comparing each
    with the known values of ../shared/data/dicom (tests/imaging/test_dicom_collection.py)."""

    name: str
    plugins: tuple[str, ...] = ()


_JPEG2000 = ("pylibjpeg", "pillow", "gdcm")
_JPEGLS = ("pyjpegls", "gdcm")

_COMPRESSIONS: dict[str, _Compression] = {
    JPEG_BASELINE: _Compression("JPEG", ("pillow",)),
    JPEG_EXTENDED: _Compression("JPEG Extended", ("gdcm",)),
    "1.2.840.10008.1.2.4.57": _Compression("JPEG Lossless", ("gdcm",)),
    "1.2.840.10008.1.2.4.70": _Compression("JPEG Lossless", ("gdcm",)),
    "1.2.840.10008.1.2.4.80": _Compression("JPEG-LS", _JPEGLS),
    "1.2.840.10008.1.2.4.81": _Compression("JPEG-LS", _JPEGLS),
    "1.2.840.10008.1.2.4.90": _Compression("JPEG 2000", _JPEG2000),
    "1.2.840.10008.1.2.4.91": _Compression("JPEG 2000", _JPEG2000),
    "1.2.840.10008.1.2.4.201": _Compression("High-Throughput JPEG 2000", ("pylibjpeg",)),
    "1.2.840.10008.1.2.4.202": _Compression("High-Throughput JPEG 2000", ("pylibjpeg",)),
    "1.2.840.10008.1.2.4.203": _Compression("High-Throughput JPEG 2000", ("pylibjpeg",)),
    RLE: _Compression("RLE", ("own",)),
    "1.2.840.10008.1.2.8.1": _Compression("Deflated Image Frame Compression"),
}

#: Families that no decoder of ours opens, by the start of the UID; the longest start wins.
_FAMILIES = (
    ("1.2.840.10008.1.2.4.100", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.101", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.102", "MPEG-4 video"),
    ("1.2.840.10008.1.2.4.103", "MPEG-4 video"),
    ("1.2.840.10008.1.2.4.104", "MPEG-4 video"),
    ("1.2.840.10008.1.2.4.105", "MPEG-4 video"),
    ("1.2.840.10008.1.2.4.106", "MPEG-4 video"),
    ("1.2.840.10008.1.2.4.107", "HEVC video"),
    ("1.2.840.10008.1.2.4.108", "HEVC video"),
    ("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2"),
    ("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2"),
    ("1.2.840.10008.1.2.4.94", "a link to a JPIP server"),
    ("1.2.840.10008.1.2.4.95", "a link to a JPIP server"),
    ("1.2.840.10008.1.2.4.11", "JPEG XL"),
    ("1.2.840.10008.1.2.4.5", "a retired kind of JPEG"),
    ("1.2.840.10008.1.2.4.6", "a retired kind of JPEG"),
    ("1.2.840.10008.1.2.7", "SMPTE ST 2110 video"),
)


def plugins_for(syntax: str) -> tuple[str, ...]:
    return _COMPRESSIONS[syntax].plugins if syntax in _COMPRESSIONS else ()


def cannot_open(syntax: str) -> ImagingError:
    """The error for a compression without a decoder here: what it is and what to do."""
    known = _COMPRESSIONS.get(syntax)
    if known is None or not known.plugins:
        name = known.name if known else _family(syntax)
        return ImagingError(ImagingFailure.DICOM_COMPRESSION_UNSUPPORTED, compression=name)
    failure = (
        ImagingFailure.DICOM_COMPRESSION_NOT_ON_PHONE
        if on_phone()
        else ImagingFailure.DICOM_COMPRESSION_NOT_INSTALLED
    )
    return ImagingError(failure, compression=known.name)


def on_phone() -> bool:
    """Python on Android or iOS, however old: 3.12 still calls Android "linux"."""
    return sys.platform in ("android", "ios") or hasattr(sys, "getandroidapilevel")


def _family(syntax: str) -> str:
    return next(
        (name for start, name in _FAMILIES if syntax.startswith(start)), "an unknown method"
    )
