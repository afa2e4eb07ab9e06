"""How a DICOM file lays out its pixels: the Image Pixel module, checked before anything is
allocated for it (PS3.3 C.7.6.3)."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from core.errors import ImagingError
from core.imaging.dicom.header import read_int, read_text
from core.imaging.failures import ImagingFailure
from core.imaging.limits import MAX_FRAMES, check_pixels

_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
_COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})


@dataclass(frozen=True)
class PixelLayout:
    """The Image Pixel module and the transfer syntax: all that decoding needs, no identity.

    ``channels`` is 1 or 3; ``bits_allocated`` 1, 8, 16 or 32; ``pixel_vr`` OB or OW.
    """

    syntax: str
    rows: int
    columns: int
    channels: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: int
    frames: int
    pixel_vr: str

    @property
    def frame_bits(self) -> int:
        """Bits of one uncompressed frame. YBR_FULL_422 shares chroma between two pixels."""
        samples = self.rows * self.columns * self.channels
        if self.photometric == "YBR_FULL_422":
            samples = samples * 2 // 3
        return samples * self.bits_allocated


def read_layout(dataset: Dataset, syntax: str, pixel_vr: str) -> PixelLayout:
    """Read and check the layout.

    Raises ``ImagingError``: ``damaged_dicom``, ``dicom_pixels_unsupported``,
    ``too_many_pixels``, ``only_a_few_pixels``, ``too_many_frames``.
    """
    rows, columns = read_int(dataset, "Rows") or 0, read_int(dataset, "Columns") or 0
    allocated = read_int(dataset, "BitsAllocated") or 0
    if rows <= 0 or columns <= 0 or allocated <= 0:
        raise ImagingError(ImagingFailure.DAMAGED_DICOM)
    check_pixels(columns, rows)
    frames = max(1, read_int(dataset, "NumberOfFrames") or 1)
    if frames > MAX_FRAMES:
        raise ImagingError(ImagingFailure.TOO_MANY_FRAMES, frames=frames, limit=MAX_FRAMES)
    channels = read_int(dataset, "SamplesPerPixel") or 1
    stored = read_int(dataset, "BitsStored") or allocated
    high_bit = read_int(dataset, "HighBit")
    plausible = high_bit is not None and stored - 1 <= high_bit < allocated
    layout = PixelLayout(
        syntax=syntax,
        rows=rows,
        columns=columns,
        channels=channels,
        photometric=_photometric(dataset, channels),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high_bit if plausible and high_bit is not None else stored - 1,
        signed=read_int(dataset, "PixelRepresentation") == 1,
        planar=1 if read_int(dataset, "PlanarConfiguration") == 1 else 0,
        frames=frames,
        pixel_vr=pixel_vr,
    )
    _check(layout)
    return layout


def _photometric(dataset: Dataset, channels: int) -> str:
    stated = read_text(dataset, "PhotometricInterpretation")
    return stated or ("RGB" if channels == 3 else "MONOCHROME2")


def _check(layout: PixelLayout) -> None:
    if not 1 <= layout.bits_stored <= layout.bits_allocated:
        raise ImagingError(ImagingFailure.DAMAGED_DICOM)
    expected = {1: _GREY, 3: _COLOUR}.get(layout.channels, frozenset())
    form = None
    if layout.photometric not in expected:
        # Said by number and by the standard's own terms only: the text may be anything.
        known = layout.photometric in _GREY | _COLOUR
        form = f"{layout.photometric if known else 'unknown'} with {layout.channels} channels"
    elif layout.bits_allocated not in (1, 8, 16, 32) or (
        layout.bits_allocated == 1 and layout.channels != 1
    ):
        form = f"{layout.bits_allocated} bits"
    elif layout.photometric.startswith("YBR") and layout.bits_allocated != 8:
        form = f"{layout.photometric} with {layout.bits_allocated} bits"
    elif layout.photometric == "PALETTE COLOR" and layout.bits_allocated not in (8, 16):
        form = f"palette with {layout.bits_allocated} bits"
    if form is not None:
        raise ImagingError(ImagingFailure.DICOM_PIXELS_UNSUPPORTED, form=form)
