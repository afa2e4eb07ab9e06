"""A DICOM file in, the same picture without the patient out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite, write_dataset, write_file_meta_info
from pydicom.uid import UID, generate_uid

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.deidentification.cleaning import clean
from core.imaging.deidentification.identity import Replacement
from core.imaging.deidentification.masked_pixels import mask_pixel_data, state_masking
from core.imaging.deidentification.masking import Masking
from core.imaging.deidentification.pixel_bytes import strip_pixel_data
from core.imaging.deidentification.profile import Option, profile
from core.imaging.deidentification.sentences import DeidentificationFailure, DeidentificationNotice
from core.imaging.dicom.header import Header, read_header, read_text
from core.imaging.failures import ImagingFailure
from core.imaging.limits import Deadline
from core.imaging.sniffing import HEAD_BYTES, FileKind, sniff
from core.sentences import Statement

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_DICOMDIR_CLASS = "1.2.840.10008.1.3.10"


@dataclass(frozen=True)
class Deidentified:
    """A file without identity: ``content`` in the file format of PS3.10, or PNG for a picture, and
    what a person must still look at."""

    content: bytes
    notices: tuple[Statement, ...]


def deidentify(
    source: bytes | Path,
    replacement: Replacement,
    options: frozenset[Option] = frozenset(),
    masking: Masking | None = None,
) -> Deidentified:
    """The file by the Basic Profile of PS3.15 Annex E, with ``options``.

    Without ``masking`` the transfer syntax stays, and so does every pixel, and with them what is
    drawn into the picture: a notice says so unless the file states that there is nothing. With it,
    its boxes are black in every frame and the Clean Pixel Data Option is stated (E.3.1); where
    there are boxes, coded frames are decoded and written uncompressed.

    Reports, plans and other objects without a picture are refused: what they say is text, and
    little would be left of it. Raises ``ImagingError`` for those, and for what is no DICOM file,
    is damaged, cut short or an index.
    """
    rules = profile(options)
    with translating(ImagingFailure.DAMAGED_DICOM):
        header = _read(source)
        dataset = header.dataset
        if header.cut_short:
            raise ImagingError(ImagingFailure.TRUNCATED_DICOM)
        if _is_index(dataset):
            raise ImagingError(ImagingFailure.DICOM_INDEX)
        _identify(dataset)
        if not any(keyword in dataset for keyword in _PIXELS):
            raise ImagingError(DeidentificationFailure.NO_PICTURE)
        notices = _notices(dataset, masking)
        syntax = header.syntax
        if masking is not None and masking.boxes:
            syntax = mask_pixel_data(header, masking.boxes)
        else:
            strip_pixel_data(dataset, syntax)
        clean(dataset, rules, replacement)
        if masking is not None:
            state_masking(dataset, masking)
        return Deidentified(_written(dataset, syntax), notices)


def _read(source: bytes | Path) -> Header:
    content = source.read_bytes() if isinstance(source, Path) else source
    if sniff(content[:HEAD_BYTES]) is not FileKind.DICOM:
        raise ImagingError(DeidentificationFailure.NOT_DICOM)
    return read_header(io.BytesIO(content), len(content), Deadline(), pixels=True)


def _is_index(dataset: Dataset) -> bool:
    meta = getattr(dataset, "file_meta", Dataset())
    return (
        read_text(meta, "MediaStorageSOPClassUID") == _DICOMDIR_CLASS
        or "DirectoryRecordSequence" in dataset
    )


def _identify(dataset: Dataset) -> None:
    """Give a data set the class and instance UIDs that it lacks, which the file format wants.

    Raises ``ImagingError`` for one that says nowhere what kind of object it is.
    """
    meta = getattr(dataset, "file_meta", Dataset())
    kind = read_text(dataset, "SOPClassUID") or read_text(meta, "MediaStorageSOPClassUID")
    if not kind:
        raise ImagingError(ImagingFailure.DAMAGED_DICOM)
    dataset.SOPClassUID = UID(kind)
    if not read_text(dataset, "SOPInstanceUID"):
        stated = read_text(meta, "MediaStorageSOPInstanceUID")
        dataset.SOPInstanceUID = UID(stated or generate_uid())


def _notices(dataset: Dataset, masking: Masking | None) -> tuple[Statement, ...]:
    if masking is not None:
        return masking.notices()
    if read_text(dataset, "BurnedInAnnotation") == "NO":
        return ()
    return (DeidentificationNotice.LOOK_AT_THE_PICTURE.say(),)


def _written(dataset: Dataset, syntax: str) -> bytes:
    """The data set with a preamble and file meta of our own: nothing of the old ones is kept
    (PS3.10 7.1), neither application titles nor private information."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta
    if hasattr(dataset, "preamble"):
        dataset.preamble = b"\0" * 128
    if not meta.TransferSyntaxUID.is_transfer_syntax:
        return _written_as_it_was(dataset, meta)
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def _written_as_it_was(dataset: Dataset, meta: FileMetaDataset) -> bytes:
    """A file of a transfer syntax that is newer than pydicom, or private: such are explicit and
    little endian (PS3.5 10.1), and pydicom would refuse to write them."""
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, False
    stream.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(stream, meta, enforce_standard=True)
    write_dataset(stream, dataset)
    return stream.getvalue()
