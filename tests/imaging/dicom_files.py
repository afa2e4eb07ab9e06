"""Synthetic DICOM files as bytes, written with pydicom."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def phantom(rows: int, columns: int) -> npt.NDArray[np.uint16]:
    """(rows, columns) uint16: a ramp to the right with a bright disc, no symmetry."""
    y, x = np.mgrid[0:rows, 0:columns]
    ramp = x * 40_000 // max(1, columns - 1) + y * 8_000 // max(1, rows - 1)
    disc = (x - columns * 0.3) ** 2 + (y - rows * 0.4) ** 2 < (min(rows, columns) * 0.2) ** 2
    return (ramp + disc * 15_000).astype(np.uint16)


def data_set(samples: npt.NDArray[np.generic], **attributes: Any) -> Dataset:
    """A CT data set around ``samples``: (h, w), (h, w, 3) or, with NumberOfFrames, (n, h, w).

    Attributes override or extend; None removes.
    """
    ds = Dataset()
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = generate_uid()
    ds.SeriesInstanceUID = "1.2.3.4"
    ds.StudyInstanceUID = "1.2.3"
    ds.Modality = "CT"
    colour = samples.shape[-1] == 3
    shape = samples.shape[-3:-1] if colour else samples.shape[-2:]
    bits = 8 * samples.dtype.itemsize
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = (int(side) for side in shape)
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation = 1 if samples.dtype.kind == "i" else 0
    ds.PixelData = samples.tobytes() + b"\0" * (samples.nbytes % 2)
    ds["PixelData"].VR = "OW" if bits > 8 else "OB"
    for name, value in attributes.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, value)
    return ds


def written(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The data set as a DICOM file. Pixel data must already be as ``syntax`` wants it."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", CTImageStorage)
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", generate_uid())
    ds.file_meta = meta
    stream = io.BytesIO()
    known = syntax in UID_dictionary
    ds.save_as(
        stream,
        enforce_file_format=True,
        implicit_vr=None if known else False,
        little_endian=None if known else True,
    )
    return stream.getvalue()


def dicom(samples: npt.NDArray[np.generic], **attributes: Any) -> bytes:
    """An uncompressed DICOM file around ``samples``."""
    return written(data_set(samples, **attributes))


def compressed(
    samples: npt.NDArray[np.generic], frames: list[bytes], syntax: str, **more: Any
) -> bytes:
    """A DICOM file whose pixel data are coded ``frames`` (``samples`` give the shape alone)."""
    ds = data_set(samples, **more)
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return written(ds, syntax)


def item(**attributes: Any) -> Dataset:
    """A sequence item."""
    ds = Dataset()
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds
