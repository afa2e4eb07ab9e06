"""Black boxes in a DICOM file's pixel data, in every frame (PS3.15 E.3.1, Clean Pixel Data)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from core.errors import ImagingError
from core.imaging.deidentification.cleaning import coded
from core.imaging.deidentification.masking import Decided, Masking
from core.imaging.deidentification.profile import CLEAN_PIXELS
from core.imaging.deidentification.sentences import DeidentificationFailure
from core.imaging.dicom.decoding import Decoded, decode_frame, decode_native
from core.imaging.dicom.header import Header, read_value
from core.imaging.dicom.layout import PixelLayout
from core.imaging.dicom.pixels import PixelFile, read_pixels
from core.imaging.failures import ImagingFailure
from core.imaging.lettering.boxes import Box
from core.imaging.limits import MAX_FILE_BYTES, Deadline
from core.imaging.rendering import render, to_grey

#: Of Y, Cb and Cr, what is black.
_BLACK_YBR = (0, 128, 128)
#: Compressions that always lose something, and what Lossy Image Compression Method calls them
#: (PS3.3 C.7.6.1.1.5.1).
_LOSSY = {
    "1.2.840.10008.1.2.4.50": "ISO_10918_1",
    "1.2.840.10008.1.2.4.51": "ISO_10918_1",
}


def mask_pixel_data(header: Header, boxes: Sequence[Box]) -> str:
    """Make every box black in every frame, in place; returns the transfer syntax to write.

    Uncompressed samples outside the boxes stay byte for byte. Coded frames are decoded and become
    uncompressed, explicit and little endian, colours as RGB.

    Raises ``ImagingError`` for pixels that cannot be decoded, are cut short or cannot be masked.
    """
    dataset = header.dataset
    if "PixelData" not in dataset:
        raise ImagingError(DeidentificationFailure.CANNOT_MASK, form="floating point")
    pixels = read_pixels(header, Deadline())
    layout = pixels.layout
    if layout.frames < pixels.promised_frames:
        raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
    if layout.bits_allocated == 1:
        raise ImagingError(DeidentificationFailure.CANNOT_MASK, form="1 bit")
    if isinstance(pixels.data, bytes) and layout.photometric != "YBR_FULL_422":
        dataset["PixelData"].value = _masked_as_stored(pixels, pixels.data, boxes)
        return header.syntax
    if header.syntax == ExplicitVRBigEndian:
        raise ImagingError(DeidentificationFailure.CANNOT_MASK, form=layout.photometric)
    if layout.frames * layout.frame_bits > 8 * MAX_FILE_BYTES:  # nothing of ours would open it
        limit = MAX_FILE_BYTES // 1_000_000
        raise ImagingError(ImagingFailure.FILE_TOO_LARGE, limit_megabytes=limit)
    _note_loss(dataset, pixels)
    _store(dataset, layout, (_masked(pixels, each, boxes) for each in range(layout.frames)))
    return str(ExplicitVRLittleEndian)


def state_masking(dataset: Dataset, masking: Masking) -> None:
    """Say in the data set that its pixels were cleaned; that nothing is written in them any more
    is said only where a person has looked."""
    dataset.DeidentificationMethodCodeSequence.append(coded(CLEAN_PIXELS))
    if masking.decided is Decided.BY_A_PERSON:
        dataset.BurnedInAnnotation = "NO"
    kind = read_value(dataset, "ImageType")
    if masking.boxes and kind:
        values = [kind] if isinstance(kind, str) else list(kind)
        # The pixels are no longer those that the machine made (PS3.3 C.7.6.1.1.2).
        dataset.ImageType = ["DERIVED", *values[1:]]


def _masked_as_stored(pixels: PixelFile, data: bytes, boxes: Iterable[Box]) -> bytes:
    layout = pixels.layout
    value = bytearray(data)
    samples = _as_stored(value, layout)
    for index in range(layout.frames):
        fill = _fill(pixels, index, samples[index])
        for box in boxes:
            inside = box.within(layout.columns, layout.rows)
            if inside is not None:
                samples[index, inside.top : inside.bottom, inside.left : inside.right] = fill
    return bytes(value)


def _as_stored(value: bytearray, layout: PixelLayout) -> npt.NDArray[np.unsignedinteger]:
    """The bytes as unsigned samples, (frames, rows, columns, channels), whose change changes
    them. Raises ``ImagingError`` for bytes stored swapped, as some old big-endian files do."""
    size = layout.bits_allocated // 8
    big = layout.syntax == ExplicitVRBigEndian
    if big and (size > 2 or (size == 1 and layout.pixel_vr == "OW")):
        form = f"big endian with {layout.bits_allocated} bits"
        raise ImagingError(DeidentificationFailure.CANNOT_MASK, form=form)
    count = layout.frames * layout.rows * layout.columns * layout.channels
    flat = np.frombuffer(value, np.dtype(f"{'>' if big else '<'}u{size}"), count)
    if layout.planar == 1 and layout.channels > 1:
        shaped = flat.reshape(layout.frames, layout.channels, layout.rows, layout.columns)
        return np.moveaxis(shaped, 1, -1)
    return flat.reshape(layout.frames, layout.rows, layout.columns, layout.channels)


def _fill(
    pixels: PixelFile, index: int, stored: npt.NDArray[np.unsignedinteger]
) -> npt.NDArray[np.unsignedinteger] | tuple[int, ...]:
    """The stored value of black: of grey and of palettes, the one of the darkest pixel shown,
    which is right under any window, inversion, palette or unused bits."""
    if pixels.layout.channels == 3:
        return _BLACK_YBR if pixels.layout.photometric == "YBR_FULL" else (0, 0, 0)
    darkest: npt.NDArray[np.unsignedinteger] = stored[_darkest(pixels, index)]
    return darkest


def _darkest(pixels: PixelFile, index: int) -> tuple[int, int]:
    grey = to_grey(render(pixels.frame(index, index + 1)))
    row, column = np.unravel_index(int(np.argmin(grey)), grey.shape)
    return int(row), int(column)


def _masked(pixels: PixelFile, index: int, boxes: Iterable[Box]) -> Decoded:
    """A decoded frame with its boxes black."""
    layout = pixels.layout
    if isinstance(pixels.data, bytes):
        frame = decode_native(pixels.data, layout, index)
    else:
        frame = decode_frame(pixels.data[index], layout, index + 1, Deadline())
    masked = frame.copy()
    fill = 0 if frame.ndim == 3 else frame[_darkest(pixels, index)]
    for box in boxes:
        inside = box.within(layout.columns, layout.rows)
        if inside is not None:
            masked[inside.top : inside.bottom, inside.left : inside.right] = fill
    return masked


def _store(dataset: Dataset, layout: PixelLayout, frames: Iterable[Decoded]) -> None:
    """Decoded frames, one at a time, as uncompressed pixel data, with the Image Pixel module that
    fits them."""
    value, colour, size = bytearray(), False, 1
    for frame in frames:
        colour = frame.ndim == 3
        size = frame.dtype.itemsize if colour else layout.bits_allocated // 8
        kind = np.dtype(f"<{'i' if layout.signed and not colour else 'u'}{size}")
        value += np.ascontiguousarray(frame, kind).tobytes()
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        dataset.pop(keyword, None)
    if colour:
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
        dataset.PixelRepresentation = 0
    dataset.BitsAllocated = size * 8
    dataset.BitsStored = min(layout.bits_stored, size * 8)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelData = bytes(value + b"\0" * (len(value) % 2))
    element = dataset["PixelData"]
    element.VR, element.is_undefined_length = ("OB" if size == 1 else "OW"), False


def _note_loss(dataset: Dataset, pixels: PixelFile) -> None:
    """What was once coded with loss stays so (PS3.3 C.7.6.1.1.5), although nothing of the file
    shows it any more."""
    layout = pixels.layout
    method = _LOSSY.get(layout.syntax)
    if method is None or read_value(dataset, "LossyImageCompression") is not None:
        return
    ratio = layout.frames * layout.frame_bits / 8 / max(1, pixels.size)
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
    dataset.LossyImageCompressionMethod = method
