"""One frame's bytes to an array, by pydicom, Pillow, GDCM or our own RLE decoder."""

from __future__ import annotations

import io
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.dicom.codestream import Codestream, read_codestream
from core.imaging.dicom.layout import PixelLayout
from core.imaging.dicom.rle import decode_rle
from core.imaging.dicom.syntaxes import (
    JPEG_BASELINE,
    JPEG_EXTENDED,
    NATIVE,
    RLE,
    cannot_open,
    plugins_for,
)
from core.imaging.failures import ImagingFailure
from core.imaging.limits import MAX_JPEG_SCANS, Deadline

Decoded = npt.NDArray[Any]


def require_decoder(syntax: str) -> None:
    """Raises ``ImagingError`` when nothing on this device opens the compression ``syntax``."""
    if syntax in NATIVE or syntax in (RLE, JPEG_BASELINE, JPEG_EXTENDED):
        return  # Extended with 8 bits is Pillow's; with 12 it is asked again, per frame
    if _plugin(syntax) is None:
        raise cannot_open(syntax)


def _plugin(syntax: str) -> str | None:
    """The most trusted pydicom plug-in installed for ``syntax``."""
    wanted = plugins_for(syntax)
    available = get_decoder(syntax).available_plugins if wanted else ()
    return next((plugin for plugin in wanted if plugin in available), None)


def decode_native(data: bytes, layout: PixelLayout, index: int) -> Decoded:
    """Frame ``index`` of uncompressed pixel data: (rows, columns) or (rows, columns, 3).

    A copy in the machine's byte order, bits above the stored ones cleared or sign-extended.
    """
    shifted = layout.high_bit != layout.bits_stored - 1
    options = _options(layout) | {
        "number_of_frames": layout.frames,
        "allow_excess_frames": False,
        "correct_unused_bits": not shifted,
    }
    stored, described = get_decoder(layout.syntax).as_array(
        data,
        index=index,
        raw=True,
        **cast(Any, options),
    )
    array: Decoded = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if shifted:  # as ACR-NEMA devices do: the sample sits above unused low bits
        array = array << (layout.bits_allocated - 1 - layout.high_bit)
        array = array >> (layout.bits_allocated - layout.bits_stored)
    return _rgb(array, str(described["photometric_interpretation"]))


def decode_frame(frame: bytes, layout: PixelLayout, number: int, deadline: Deadline) -> Decoded:
    """One compressed frame: (rows, columns) or (rows, columns, 3), colours as RGB.

    Raises ``ImagingError``: ``damaged_frame`` (``number`` counts from 1), or that the
    compression cannot be opened here.
    """
    if layout.bits_allocated == 1:
        # No compression codes single bits (PS3.5 8.2), and GDCM ends the process over signed ones.
        raise ImagingError(ImagingFailure.DICOM_PIXELS_UNSUPPORTED, form="1 bit, compressed")
    with translating(ImagingFailure.DAMAGED_FRAME, number=number):
        if layout.syntax == RLE:
            return _rgb(_decode_rle(frame, layout, deadline), layout.photometric)
        stream = _checked_codestream(frame, layout, number)
        if layout.syntax in (JPEG_BASELINE, JPEG_EXTENDED):
            if stream.precision == 8:
                return _decode_jpeg(frame, layout, stream)
            return _decode_jpeg_12(frame, layout)
        return _decode_by_plugin(frame, layout)


def _checked_codestream(frame: bytes, layout: PixelLayout, number: int) -> Codestream:
    """Refuse a frame whose own size is not the header's, before a decoder allocates for it."""
    stream = read_codestream(frame)
    if stream is None:
        raise ImagingError(ImagingFailure.DAMAGED_FRAME, number=number)
    same_size = (stream.width, stream.height) == (layout.columns, layout.rows)
    if not same_size or stream.components != layout.channels:
        raise ImagingError(ImagingFailure.DAMAGED_FRAME, number=number)
    if stream.scans > MAX_JPEG_SCANS:
        raise ImagingError(ImagingFailure.TOO_MANY_SCANS)
    return stream


def _decode_rle(frame: bytes, layout: PixelLayout, deadline: Deadline) -> Decoded:
    item_bytes = layout.bits_allocated // 8
    planes = decode_rle(frame, layout.rows, layout.columns, layout.channels, item_bytes, deadline)
    stored = planes.view(f"<u{item_bytes}")[..., 0]
    kind = f"{'i' if layout.signed else 'u'}{item_bytes}"
    array: Decoded = np.ascontiguousarray(np.moveaxis(stored, 0, -1)).view(kind)
    unused = layout.bits_allocated - layout.bits_stored
    array = (array << unused) >> unused if unused else array
    return array[..., 0] if layout.channels == 1 else array


def _decode_jpeg(frame: bytes, layout: PixelLayout, stream: Codestream) -> Decoded:
    """8-bit JPEG through Pillow, which is present everywhere.

    libjpeg takes three components without any marker for YCbCr. Where the header says RGB they
    are RGB (PS3.5 8.2.1), so they are asked for as they are.
    """
    with Image.open(io.BytesIO(frame), formats=["JPEG"]) as image:
        if layout.channels == 3 and layout.photometric == "RGB" and not stream.says_colour_space:
            image.draft("YCbCr", image.size)
        image.load()
        return np.asarray(image)


def _decode_jpeg_12(frame: bytes, layout: PixelLayout) -> Decoded:
    """12-bit JPEG through GDCM itself: pydicom's plug-in refuses it, though GDCM 3 gives the
    reference values of pydicom's own JPEG-lossy.dcm."""
    try:
        import gdcm
    except ImportError:
        raise cannot_open(layout.syntax) from None
    if layout.channels != 1:
        raise cannot_open(layout.syntax)
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((layout.columns, layout.rows, 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    syntax = gdcm.TransferSyntax.GetTSType(layout.syntax)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, int(layout.signed)))
    # SWIG hands out the char buffer as str with surrogates.
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    kind = np.dtype("<i2" if layout.signed else "<u2")
    return np.frombuffer(buffer, kind).reshape(layout.rows, layout.columns)


def _decode_by_plugin(frame: bytes, layout: PixelLayout) -> Decoded:
    plugin = _plugin(layout.syntax)
    if plugin is None:
        raise cannot_open(layout.syntax)
    stored, described = get_decoder(layout.syntax).as_array(
        encapsulate([frame], has_bot=False),
        index=0,
        raw=True,
        decoding_plugin=plugin,
        **cast(Any, _options(layout) | {"number_of_frames": 1}),
    )
    array: Decoded = stored
    return _rgb(array, str(described["photometric_interpretation"]))


def _options(layout: PixelLayout) -> dict[str, object]:
    """pydicom's decoding options: the Image Pixel module without a data set around it."""
    options: dict[str, object] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.channels,
        "photometric_interpretation": layout.photometric,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "pixel_representation": int(layout.signed),
        "pixel_keyword": "PixelData",
        "pixel_vr": layout.pixel_vr,
    }
    if layout.channels > 1:
        options["planar_configuration"] = layout.planar
    return options


def _rgb(array: Decoded, photometric: str) -> Decoded:
    """YCbCr to RGB (PS3.3 C.7.6.3.1.2 is JFIF's formula, which is Pillow's)."""
    if photometric not in ("YBR_FULL", "YBR_FULL_422"):
        return array
    pixels = np.ascontiguousarray(array.astype(np.uint8, copy=False))
    height, width = pixels.shape[:2]
    image = Image.frombuffer("YCbCr", (width, height), pixels.tobytes(), "raw", "YCbCr", 0, 1)
    return np.asarray(image.convert("RGB"))
