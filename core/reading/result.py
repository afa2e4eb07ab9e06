"""What a reading says, as data. Screens, reports and the command line only render it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.imaging.framing import PLAIN, Framing
from core.reading.preprocess import Placement
from core.sentences import Statement


class Verdict(StrEnum):
    """How far a reading may be relied on."""

    CONFIDENT = "confident"
    UNCERTAIN = "uncertain"
    REJECTED = "rejected"


class Urgency(StrEnum):
    """How soon to act, as clinical.md grades it. Printed beside the guidance text."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"
    NONE = "none"


@dataclass(frozen=True)
class Guidance:
    """What to do next. ``urgency`` is the grade; ``escalation`` says when it is higher."""

    key: str
    urgency: Urgency
    escalation: str | None
    text: str
    source: str


@dataclass(frozen=True)
class PackIdentity:
    """Which model spoke. ``status`` is ``released`` or ``experimental``."""

    id: str
    version: str
    status: str
    title: str


@dataclass(frozen=True)
class Route:
    """What the router takes the image for. ``overridden_to`` is the pack a person chose."""

    label: str
    probability: float
    overridden_to: str | None = None


@dataclass(frozen=True)
class FrameReading:
    """One frame through the network.

    ``index`` counts from 0. ``probabilities`` are calibrated and sum to 1.
    ``activation`` holds one map per class, (classes, rows, columns) float32, in the order of
    ``probabilities``; ``placement`` says where the image lay in the ``input_size``
    (height, width) that the maps cover; ``image_size`` is the frame's own (height, width).
    """

    index: int
    probabilities: Mapping[str, float]
    distance: float
    activation: npt.NDArray[np.float32]
    placement: Placement
    input_size: tuple[int, int]
    image_size: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class FrameCount:
    read: int
    total: int


@dataclass(frozen=True)
class Timing:
    """Milliseconds spent on one study."""

    decode: float = 0.0
    preprocess: float = 0.0
    inference: float = 0.0
    explain: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one study was read as.

    ``pack`` is None and ``probabilities`` empty when nothing was asked of a network.
    ``frames`` hold the frames that decided, the most telling first; ``guidance`` is None
    unless a class may speak. ``framing``: what a person had done to the picture before; the frames'
    maps and sizes are those of the framed picture.
    """

    verdict: Verdict
    reasons: tuple[Statement, ...]
    route: Route | None = None
    pack: PackIdentity | None = None
    frame_count: FrameCount = FrameCount(0, 0)
    probabilities: Mapping[str, float] = field(default_factory=dict)
    prediction_set: tuple[str, ...] = ()
    finding: str | None = None
    guidance: Guidance | None = None
    frames: tuple[FrameReading, ...] = ()
    timing: Timing = Timing()
    framing: Framing = PLAIN
