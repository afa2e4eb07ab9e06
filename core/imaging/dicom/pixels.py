"""The pixel bytes of a DICOM file and what turns them into frames. No identity in here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.dicom.codestream import without_comments
from core.imaging.dicom.decoding import Decoded, decode_frame, decode_native, require_decoder
from core.imaging.dicom.display import Display, FileDisplay, LookUpTable, read_display
from core.imaging.dicom.header import Header, read_text, read_value
from core.imaging.dicom.layout import PixelLayout, read_layout
from core.imaging.dicom.syntaxes import NATIVE, RLE
from core.imaging.failures import ImagingFailure
from core.imaging.limits import MAX_FRAMES, Deadline
from core.imaging.study import Frame, Rescale, Samples, VoiFunction, Window

#: Kinds of DICOM object that are no images although some carry pixels, by modality.
_NOT_IMAGES = {
    "SEG": "a segmentation",
    "SR": "a report",
    "PR": "a presentation state",
    "KO": "a selection of key images",
    "DOC": "a document",
    "RTSTRUCT": "radiotherapy structures",
    "RTPLAN": "a radiotherapy plan",
    "RTDOSE": "a radiotherapy dose",
    "RTRECORD": "a radiotherapy record",
    "REG": "a registration",
    "FID": "marks for registration",
    "ECG": "an electrocardiogram",
    "HD": "a waveform",
    "AU": "a sound recording",
    "SMR": "a stereometric relation",
    "RWV": "a table of measurement units",
    "M3D": "a model for 3D printing",
    "PLAN": "a plan",
    "CTPROTOCOL": "a scan protocol",
}
_DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
_ENCAPSULATED = 0xFFFFFFFF


@dataclass(frozen=True)
class Palette:
    """Palette colour table: stored ``first`` maps to ``colours[0]``; (n, 3) uint8."""

    first: int
    colours: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PixelFile:
    """One file's pixels. ``data`` is uncompressed pixel data, or one item per coded frame."""

    layout: PixelLayout
    data: bytes | tuple[bytes, ...]
    display: FileDisplay | None
    palette: Palette | None
    promised_frames: int

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.data) if isinstance(self.data, bytes) else sum(map(len, self.data))

    def frame(self, index: int, number: int) -> Frame:
        """Decode frame ``index``; ``number`` is what a person calls it. Raises ImagingError."""
        deadline = Deadline()
        with translating(ImagingFailure.DAMAGED_FRAME, number=number):
            if isinstance(self.data, bytes):
                decoded = decode_native(self.data, self.layout, index)
            else:
                decoded = decode_frame(self.data[index], self.layout, number, deadline)
            deadline.check()
            if self.palette is not None:
                return Frame(_coloured(decoded, self.palette))
            if decoded.ndim == 3:
                return Frame(_eight_or_sixteen(decoded, self.layout))
            return self._grey(decoded, index)

    def _grey(self, decoded: Decoded, index: int) -> Frame:
        rules = self.display
        display = rules.of(index) if rules else Display()
        if rules is not None and rules.modality_table is not None:
            decoded = _looked_up(decoded, rules.modality_table)
        samples, rescale = _narrowed(decoded, display.rescale, self.layout)
        return Frame(
            samples=samples,
            rescale=rescale,
            voi=display.voi or _full_range(samples, self.layout),
            inverted=rules.inverted if rules else False,
            padding=rules.padding if rules else None,
        )


def read_pixels(header: Header, deadline: Deadline) -> PixelFile:
    """Take the pixels and the rules to show them out of a parsed file.

    Raises ``ImagingError``: for files that are no images, for compressions without a decoder,
    and for pixels that are missing or do not fit the header.
    """
    dataset = header.dataset
    _check_is_image(header)
    raw = dataset.get_item("PixelData")
    value, vr = raw.value, raw.VR
    layout = read_layout(dataset, header.syntax, vr if vr in ("OB", "OW") else "OW")
    encapsulated = getattr(raw, "length", 0) == _ENCAPSULATED
    if not value:
        raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
    if layout.syntax in NATIVE:
        if encapsulated:
            raise ImagingError(ImagingFailure.DAMAGED_DICOM)
        found = min(layout.frames, len(value) * 8 // layout.frame_bits)
        # What follows the last frame is no image: nothing of it is kept but the even byte.
        length = (found * layout.frame_bits + 15) // 16 * 2
        data: bytes | tuple[bytes, ...] = value[:length]
    else:
        require_decoder(layout.syntax)
        data = _coded_frames(dataset, value, layout, deadline)
        found = len(data)
    if found == 0:
        raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
    promised, layout = layout.frames, replace(layout, frames=found)
    deadline.check()
    palette = _palette(dataset, layout) if layout.photometric == "PALETTE COLOR" else None
    grey = layout.channels == 1 and palette is None
    display = read_display(dataset, found, signed=layout.signed) if grey else None
    deadline.check()
    return PixelFile(layout, data, display, palette, promised)


def _check_is_image(header: Header) -> None:
    """Refuse what is no image, each kind by its own name."""
    dataset = header.dataset
    modality = read_text(dataset, "Modality")
    meta = getattr(dataset, "file_meta", Dataset())
    storage = read_text(meta, "MediaStorageSOPClassUID")
    if storage == _DICOMDIR_CLASS or "DirectoryRecordSequence" in dataset:
        raise ImagingError(ImagingFailure.DICOM_INDEX)
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise ImagingError(ImagingFailure.DICOM_FLOAT_PIXELS)
    if modality in _NOT_IMAGES:
        raise ImagingError(ImagingFailure.DICOM_NOT_AN_IMAGE, kind=_NOT_IMAGES[modality])
    if "EncapsulatedDocument" in dataset:
        raise ImagingError(ImagingFailure.DICOM_NOT_AN_IMAGE, kind="a document")
    if "PixelData" not in dataset:
        if header.cut_short:
            raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
        if not len(dataset):
            raise ImagingError(ImagingFailure.DAMAGED_DICOM)
        raise ImagingError(ImagingFailure.DICOM_WITHOUT_PIXELS)


def _coded_frames(
    dataset: Dataset, value: bytes, layout: PixelLayout, deadline: Deadline
) -> tuple[bytes, ...]:
    """The coded frames (PS3.5 A.4), each one's fragments joined. Fewer than promised where the
    file is cut short or its offsets are wrong; never more."""
    offsets = None
    table = read_value(dataset, "ExtendedOffsetTable")
    lengths = read_value(dataset, "ExtendedOffsetTableLengths")
    if isinstance(table, bytes) and isinstance(lengths, bytes):
        offsets = (table, lengths)
    frames: list[bytes] = []
    iterator = generate_frames(value, number_of_frames=layout.frames, extended_offsets=offsets)
    while len(frames) < min(layout.frames, MAX_FRAMES):
        deadline.check()
        try:
            frame = next(iterator, None)
        except Exception:  # noqa: BLE001 (the frames before the damage can still be read)
            break
        if frame is None:
            break
        frames.append(without_comments(frame) if layout.syntax != RLE else frame)
    return tuple(frames)


def _palette(dataset: Dataset, layout: PixelLayout) -> Palette:
    """The colour of every stored value, as 8 bits (PS3.3 C.7.6.3.1.5, segmented ones expanded)."""
    with translating(ImagingFailure.DAMAGED_DICOM):
        count, first, _ = (int(v) for v in dataset["RedPaletteColorLookupTableDescriptor"].value)
        count = (count & 0xFFFF) or 65_536
        first = ((first & 0xFFFF) ^ 0x8000) - 0x8000 if layout.signed else first & 0xFFFF
        index = np.arange(first, first + count, dtype=np.int32)
        colours: npt.NDArray[Any] = apply_color_lut(index, dataset)
        if colours.dtype != np.uint8:
            # Some writers state 16 bits and fill 8.
            colours = colours >> 8 if int(colours.max()) > 255 else colours
        return Palette(first, np.ascontiguousarray(colours[:, :3].astype(np.uint8)))


def _coloured(decoded: Decoded, palette: Palette) -> npt.NDArray[np.uint8]:
    index = np.clip(decoded.astype(np.int32) - palette.first, 0, len(palette.colours) - 1)
    return palette.colours[index]


def _eight_or_sixteen(decoded: Decoded, layout: PixelLayout) -> Samples:
    """Colour as uint8, or uint16 that fills all 16 bits (which ``render`` shows by its top 8)."""
    if layout.bits_stored == 8 and decoded.dtype == np.uint8:
        return decoded
    wide = decoded.astype(np.uint32, copy=False)
    if layout.bits_stored <= 8:
        return (wide << (8 - layout.bits_stored)).astype(np.uint8)
    spare = 16 - layout.bits_stored
    return (wide << spare if spare >= 0 else wide >> -spare).astype(np.uint16)


def _looked_up(decoded: Decoded, table: LookUpTable) -> npt.NDArray[np.uint16]:
    index = np.clip(decoded.astype(np.int32) - table.first, 0, len(table.entries) - 1)
    return table.entries[index]


def _narrowed(decoded: Decoded, rescale: Rescale, layout: PixelLayout) -> tuple[Samples, Rescale]:
    """Grey samples as uint8, uint16 or int16, and the rescale that goes with them.

    32-bit samples that do not fit lose low bits, which the rescale makes up for.
    """
    if decoded.dtype == np.uint8:
        return decoded, rescale
    if decoded.dtype == np.uint16 and layout.bits_stored <= 8 and int(decoded.max()) <= 255:
        return decoded.astype(np.uint8), rescale
    if decoded.dtype in (np.uint16, np.int16):
        return decoded, rescale
    if decoded.dtype == np.int8:
        return decoded.astype(np.int16), rescale
    low, high = int(decoded.min()), int(decoded.max())
    if low >= 0 and high <= 65_535:
        return decoded.astype(np.uint16), rescale
    shift = max(0, (high - low).bit_length() - 16)
    samples = ((decoded.astype(np.int64) - low) >> shift).astype(np.uint16)
    slope = rescale.slope * (1 << shift)
    return samples, Rescale(slope, rescale.intercept + rescale.slope * low, rescale.unit)


def _full_range(samples: Samples, layout: PixelLayout) -> Window | None:
    """Images of fewer than 8 bits without a window: 0 is black, the highest value white."""
    if samples.dtype != np.uint8 or layout.bits_stored >= 8:
        return None
    top = float((1 << layout.bits_stored) - 1)
    return Window(top / 2, top, VoiFunction.LINEAR_EXACT)
