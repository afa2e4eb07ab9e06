"""What kind of file this is, by its first bytes; its name is never believed."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

#: Bytes that ``sniff`` wants to see.
HEAD_BYTES = 1024


class FileKind(StrEnum):
    """Kinds told apart; the value is the name a person knows."""

    DICOM = "DICOM"
    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    BMP = "BMP"
    WEBP = "WebP"
    TIFF = "TIFF"
    JPEG2000 = "JPEG 2000"
    AVIF = "AVIF"
    HEIC = "HEIC"
    SVG = "SVG"
    PDF = "PDF"
    ZIP = "ZIP"
    GZIP = "gzip"
    ZSTD = "Zstandard"
    BZIP2 = "bzip2"
    XZ = "xz"
    SEVEN_ZIP = "7-Zip"
    RAR = "RAR"
    OFFICE = "office document"
    VIDEO = "video"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


ARCHIVES = frozenset(
    {
        FileKind.ZIP,
        FileKind.GZIP,
        FileKind.ZSTD,
        FileKind.BZIP2,
        FileKind.XZ,
        FileKind.SEVEN_ZIP,
        FileKind.RAR,
    }
)

_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"BM", FileKind.BMP),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"II+\x00", FileKind.TIFF),
    (b"MM\x00+", FileKind.TIFF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", FileKind.JPEG2000),
    (b"\xff\x4f\xff\x51", FileKind.JPEG2000),
    (b"%PDF", FileKind.PDF),
    (b"PK\x03\x04", FileKind.ZIP),
    (b"PK\x05\x06", FileKind.ZIP),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"\x28\xb5\x2f\xfd", FileKind.ZSTD),
    (b"BZh", FileKind.BZIP2),
    (b"\xfd7zXZ\x00", FileKind.XZ),
    (b"7z\xbc\xaf\x27\x1c", FileKind.SEVEN_ZIP),
    (b"Rar!\x1a\x07", FileKind.RAR),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.OFFICE),
    (b"\x1aE\xdf\xa3", FileKind.VIDEO),
    (b"\x00\x00\x01\xba", FileKind.VIDEO),
)

_BMP_HEADER_LENGTHS = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def sniff(head: bytes) -> FileKind:
    """The kind of a file from its first ``HEAD_BYTES`` bytes (fewer for a shorter file)."""
    if not head:
        return FileKind.EMPTY
    # A DICOM preamble may itself be a TIFF or other header (PS3.10 7.1): DICM decides first.
    if head[128:132] == b"DICM":
        return FileKind.DICOM
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return FileKind.UNKNOWN if kind is FileKind.BMP and not _is_bmp(head) else kind
    if head[:4] == b"RIFF":
        return {b"WEBP": FileKind.WEBP, b"AVI ": FileKind.VIDEO}.get(head[8:12], FileKind.UNKNOWN)
    if head[4:8] == b"ftyp":
        return _iso_media_kind(head)
    if _starts_like_a_data_set(head):
        return FileKind.DICOM
    return _text_kind(head)


def _is_bmp(head: bytes) -> bool:
    """``BM`` alone may start a text; a bitmap goes on with a known header length."""
    return int.from_bytes(head[14:18], "little") in _BMP_HEADER_LENGTHS


def _iso_media_kind(head: bytes) -> FileKind:
    """HEIC, AVIF or video: the major brand, then the compatible ones (ISO/IEC 14496-12)."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length, 4))}
    if brands & _AVIF_BRANDS:
        return FileKind.AVIF
    return FileKind.HEIC if brands & _HEIC_BRANDS else FileKind.VIDEO


def _starts_like_a_data_set(head: bytes) -> bool:
    """A DICOM data set without preamble starts with an element of group 2 or 8 (PS3.5 7.1)."""
    if len(head) < 12:
        return False
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        group = int.from_bytes(head[0:2], order)
        element = int.from_bytes(head[2:4], order)
        explicit = head[4:6].isalpha() and head[4:6].isupper()
        implicit_length = int.from_bytes(head[4:8], order)
        if group in (0x0002, 0x0008) and element <= 0x0100:
            return explicit or (order == "little" and implicit_length <= 256)
    return False


def _text_kind(head: bytes) -> FileKind:
    """SVG, text or unknown. Text has no control characters beyond white space."""
    sample = head[3:] if head.startswith(b"\xef\xbb\xbf") else head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return FileKind.TEXT
    if any(byte < 9 or (13 < byte < 32 and byte != 27) for byte in sample):
        return FileKind.UNKNOWN
    try:
        # The last character may be cut in two by the end of the sample.
        text = sample.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return FileKind.UNKNOWN
    return FileKind.SVG if "<svg" in text.lower() else FileKind.TEXT
