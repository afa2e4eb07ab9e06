"""Open one picture (PNG, JPEG, BMP, GIF, WebP, TIFF ...) into samples and nothing else.

EXIF, GPS, XMP, colour profiles and text chunks stay in Pillow's image object, which does not
leave this module: only the array of samples does.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError, features

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.failures import ImagingFailure, ImagingNotice
from core.imaging.limits import DRAFT_PIXELS, MAX_JPEG_SCANS, Deadline, check_pixels
from core.imaging.sniffing import FileKind
from core.imaging.study import Frame, Samples, Source, Study
from core.sentences import Statement

# Pillow logs the values of EXIF and TIFF tags, names among them, at DEBUG.
logging.getLogger("PIL").setLevel(logging.INFO)


@dataclass(frozen=True)
class _Reader:
    """Which Pillow format and plug-in reads a kind, and the C decoder it needs, if optional."""

    format: str
    plugin: str
    needs: Callable[[], bool] | None = None


def _has_codec(name: str) -> Callable[[], bool]:
    return lambda: bool(features.check_codec(name))


def _has_module(name: str) -> Callable[[], bool]:
    return lambda: bool(features.check_module(name))


_READERS: dict[FileKind, _Reader] = {
    FileKind.PNG: _Reader("PNG", "PngImagePlugin"),
    FileKind.JPEG: _Reader("JPEG", "JpegImagePlugin"),
    FileKind.BMP: _Reader("BMP", "BmpImagePlugin"),
    FileKind.GIF: _Reader("GIF", "GifImagePlugin"),
    FileKind.TIFF: _Reader("TIFF", "TiffImagePlugin"),
    FileKind.WEBP: _Reader("WEBP", "WebPImagePlugin", _has_module("webp")),
    FileKind.JPEG2000: _Reader("JPEG2000", "Jpeg2KImagePlugin", _has_codec("jpg_2000")),
    FileKind.AVIF: _Reader("AVIF", "AvifImagePlugin", _has_module("avif")),
}

PICTURES = frozenset(_READERS)

#: EXIF orientation (TIFF tag 274) to the turn that puts the picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 274

#: What Pillow's messages say when the file ended too early.
_CUT_SHORT = ("truncated", "not enough image data", "unexpected end", "end of file", "read 0 of")


def open_picture(file: BinaryIO, kind: FileKind, deadline: Deadline) -> Study:
    """Decode the picture in ``file``, positioned at its start, into a study of one frame.

    The frame's samples: grey (h, w) uint8, uint16 or int16, or colour (h, w, 3) uint8; a colour
    picture whose channels are all equal becomes grey. Upright by EXIF orientation.

    Raises ``ImagingError``.
    """
    notices: list[Statement] = []
    with translating(ImagingFailure.DAMAGED_PICTURE), _open(file, kind) as image:
        _check_before_decoding(image, file, kind)
        if kind is FileKind.JPEG:
            notices += _draft(image)
        notices += _first_only(image)
        deadline.check()
        _load(image, kind)
        deadline.check()
        samples, more = _samples(_upright(image))
    notices += more
    if samples.dtype != np.uint8:
        notices.append(ImagingNotice.WINDOW_COMPUTED.say())
    return Study(
        source=Source.PICTURE, frames=(Frame(samples),), file_count=1, notices=tuple(notices)
    )


def _open(file: BinaryIO, kind: FileKind) -> Image.Image:
    """Read the header with the one plug-in for this kind. Nothing is decoded yet."""
    reader = _READERS[kind]
    if reader.format not in Image.OPEN:
        try:
            importlib.import_module(f"PIL.{reader.plugin}")
        except ImportError:
            raise _not_on_device(kind) from None
    if reader.needs is not None and not reader.needs():
        raise _not_on_device(kind)
    try:
        return Image.open(file, formats=[reader.format])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _bomb() from None
    except UnidentifiedImageError:
        # Pillow says the same of a broken header and of one that is not all there.
        raise ImagingError(ImagingFailure.DAMAGED_PICTURE) from None
    except ValueError as error:
        raise _explained(error) from None


def _check_before_decoding(image: Image.Image, file: BinaryIO, kind: FileKind) -> None:
    """Refuse what would need too much memory or time; Pillow's own global limits are not used."""
    check_pixels(image.width, image.height)
    packed = image.info.get("compression", "raw") != "raw"
    if kind is FileKind.TIFF and packed and not features.check_codec("libtiff"):
        raise _not_on_device(kind)
    if kind is FileKind.JPEG and image.info.get("progressive"):
        _check_scans(file)


def _check_scans(file: BinaryIO) -> None:
    """Each pass of a progressive JPEG touches the whole picture, however few bytes it takes.

    The start-of-scan marker cannot occur in the coded data, where FF is followed by 00.
    """
    position = file.tell()
    file.seek(0)
    scans, last = 0, b""
    while block := file.read(1 << 20):
        scans += (last + block).count(b"\xff\xda")
        last = block[-1:]
    file.seek(position)
    if scans > MAX_JPEG_SCANS:
        raise ImagingError(ImagingFailure.TOO_MANY_SCANS)


def _draft(image: Image.Image) -> list[Statement]:
    """Above ``DRAFT_PIXELS``, ask libjpeg for half the width and height."""
    width, height = image.size
    if width * height <= DRAFT_PIXELS:
        return []
    image.draft(None, (width // 2, height // 2))
    return [
        ImagingNotice.OPENED_SMALLER.say(
            megapixels=round(width * height / 1e6), width=image.width, height=image.height
        )
    ]


def _first_only(image: Image.Image) -> list[Statement]:
    several = bool(getattr(image, "is_animated", False))
    return [ImagingNotice.FIRST_FRAME_ONLY.say()] if several else []


def _load(image: Image.Image, kind: FileKind) -> None:
    """Decode. Raises ``ImagingError``."""
    try:
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _bomb() from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if "decoder" in str(error) and "not available" in str(error):
            raise _not_on_device(kind) from None
        raise _explained(error) from None


def _explained(error: Exception) -> ImagingError:
    """Which failure Pillow means; it says so only in the words of its message."""
    message = str(error).lower()
    if "max_text" in message:
        return ImagingError(ImagingFailure.HIDDEN_TEXT_TOO_LARGE)
    if isinstance(error, EOFError) or any(words in message for words in _CUT_SHORT):
        return ImagingError(ImagingFailure.TRUNCATED_PICTURE)
    return ImagingError(ImagingFailure.DAMAGED_PICTURE)


def _not_on_device(kind: FileKind) -> ImagingError:
    return ImagingError(ImagingFailure.PICTURE_KIND_NOT_ON_DEVICE, kind=kind.value)


def _bomb() -> ImagingError:
    return ImagingError(ImagingFailure.TOO_MANY_PIXELS, megapixels="far too many", limit=64)


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF orientation asks. Unreadable EXIF counts as none: it says
    nothing about whether the pixels are sound."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 (Pillow's EXIF reader raises anything on hostile bytes)
        orientation = 1
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _samples(image: Image.Image) -> tuple[Samples, list[Statement]]:
    """The array of a decoded picture of any mode, and what a person should know about it."""
    if image.mode.startswith("I;16"):
        stored = np.asarray(image)
        return np.ascontiguousarray(stored.astype(np.uint16, copy=False)), []
    if image.mode == "I":
        return _narrowed(np.asarray(image)), []
    if image.mode == "F":
        raise ImagingError(ImagingFailure.PICTURE_DEPTH_UNSUPPORTED, mode="floating point")
    if image.has_transparency_data:
        return _on_black(image)
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    return _grey_if_equal(np.asarray(image)), []


def _narrowed(wide: npt.NDArray[np.int32]) -> Samples:
    """32-bit integers as uint16 or int16, if they all fit."""
    low, high = int(wide.min()), int(wide.max())
    if low >= 0 and high <= 65_535:
        return wide.astype(np.uint16)
    if low >= -32_768 and high <= 32_767:
        return wide.astype(np.int16)
    raise ImagingError(ImagingFailure.PICTURE_DEPTH_UNSUPPORTED, mode="32 bits")


def _on_black(image: Image.Image) -> tuple[Samples, list[Statement]]:
    """A picture with transparency, laid on black: outside the image is black in radiology."""
    mixed = image.convert("RGBA")
    opacity = mixed.getchannel("A")
    canvas = Image.new("RGB", mixed.size)
    canvas.paste(mixed, mask=opacity)
    lowest = opacity.getextrema()[0]
    seen_through = isinstance(lowest, (int, float)) and lowest < 255
    notices = [ImagingNotice.TRANSPARENCY_DROPPED.say()] if seen_through else []
    return _grey_if_equal(np.asarray(canvas)), notices


def _grey_if_equal(samples: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(h, w) when all three channels are equal, as most radiographs saved in colour are."""
    if samples.ndim == 2:
        return samples
    # A coarse look settles nearly every true colour picture at once.
    for view in (samples[::16, ::16], samples):
        red, green, blue = view[..., 0], view[..., 1], view[..., 2]
        if not (np.array_equal(red, green) and np.array_equal(red, blue)):
            return samples
    return np.ascontiguousarray(samples[..., 0])
