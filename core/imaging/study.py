"""What an opened file becomes: a study of frames, free of identity.

Terms follow DICOM (PS3.3): a study here is one series; a picture is a series of one frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.imaging.framing import PLAIN, Framing
from core.sentences import Statement

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.int16]


class Source(StrEnum):
    """The kind of file a study came from."""

    PICTURE = "picture"
    DICOM = "dicom"


class VoiFunction(StrEnum):
    """How a window maps values to brightness (PS3.3 C.11.2.1.3)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True)
class Window:
    """A value-of-interest window, in rescaled units (Hounsfield for CT). ``width`` > 0."""

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR


@dataclass(frozen=True)
class VoiTable:
    """A value-of-interest look-up table (PS3.3 C.11.2.1.1).

    ``first`` is the rescaled value mapped to ``values[0]``; ``values`` are brightnesses 0..1.
    """

    first: int
    values: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rescale:
    """Stored sample to modality value: ``slope * sample + intercept``, e.g. Hounsfield units."""

    slope: float = 1.0
    intercept: float = 0.0
    unit: str | None = None

    @property
    def is_hounsfield(self) -> bool:
        return self.unit == "HU"


@dataclass(frozen=True)
class Frame:
    """One picture of a study, its samples as they were stored.

    ``samples``: (height, width) or (height, width, 3), uint8, uint16 or int16.
    ``padding`` is the stored value that means "outside the image", if the header names one.
    """

    samples: Samples
    rescale: Rescale = Rescale()
    voi: Window | VoiTable | None = None
    inverted: bool = False
    padding: tuple[int, int] | None = None

    @property
    def height(self) -> int:
        return int(self.samples.shape[0])

    @property
    def width(self) -> int:
        return int(self.samples.shape[1])

    @property
    def is_colour(self) -> bool:
        return self.samples.ndim == 3


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The little that a header may tell the reader: nothing that names a person.

    ``age_years`` is banded above 89 as HIPAA 164.514(b)(2)(i)(C) asks. ``contrast`` is None
    when the header does not say.
    """

    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    laterality: str | None = None
    age_years: float | None = None
    contrast: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Study:
    """One series, opened and without identity.

    ``frames`` decodes lazily: indexing it may raise ``ImagingError`` for a damaged frame.
    ``notices`` say what a person should know about how the file was opened. ``framing`` is what
    a person did to the picture since (``core.imaging.framed``).
    """

    source: Source
    frames: Sequence[Frame]
    file_count: int = 1
    facts: Facts = Facts()
    notices: tuple[Statement, ...] = field(default=())
    framing: Framing = PLAIN
