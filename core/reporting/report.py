"""All that goes into a document about one reading. No patient's identity has a place in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.errors import OutpostError
from core.imaging.study import Source
from core.reading.manifest import PackClass
from core.reading.result import Reading, Verdict


class ReportError(OutpostError):
    """What came back from a server is no report that Outpost understands."""


@dataclass(frozen=True)
class ReadAt:
    """When the image was read: by the device's clock, and by what is known of the time.

    Both carry their UTC offset. Phones' clocks are often wrong, so a record keeps both.
    """

    device: datetime
    known: datetime

    def __post_init__(self) -> None:
        if self.device.utcoffset() is None or self.known.utcoffset() is None:
            raise ValueError("a time needs its UTC offset")


@dataclass(frozen=True)
class Clinician:
    """The person who asked for the reading: an identifier of the clinic's, and a name if the
    clinic wants it sent. ``system`` is a URI that says whose identifier it is."""

    system: str
    value: str
    name: str | None = None


@dataclass(frozen=True)
class Replaced:
    """The report that this one corrects: its ``id``, and the classes that it had findings for."""

    id: str
    labels: tuple[str, ...] = ()


class Agreement(StrEnum):
    """What a clinician says of a reading."""

    AGREES = "agrees"
    DISAGREES = "disagrees"


@dataclass(frozen=True)
class Confirmation:
    """A clinician's word on a reading, by which a report becomes final.

    ``at`` carries its UTC offset. ``organisation`` is the clinic that answers for it.
    ``label`` is the class of the pack that the clinician holds to be right; None when none was
    named.

    Raises ValueError for a time without its offset, or without an organisation.
    """

    clinician: Clinician
    at: datetime
    agreement: Agreement
    organisation: str
    label: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("a time needs its UTC offset")
        if not self.organisation.strip():
            raise ValueError("whoever confirms a report answers for an organisation")


class SecondOpinion(StrEnum):
    """Whether a person is asked to look at the image too."""

    ASKED = "asked"
    NOT_ASKED = "not_asked"


class Subject(StrEnum):
    """How a server is told of the patient: never more than the pseudonym."""

    BY_IDENTIFIER = "by_identifier"
    CREATED = "created"


class PictureKind(StrEnum):
    """What an attached picture shows."""

    IMAGE = "image"
    HEAT_MAP = "heat_map"


@dataclass(frozen=True)
class AttachedPicture:
    """A picture that goes with a report: JPEG bytes without a header of their own, and its size
    in pixels."""

    kind: PictureKind
    jpeg: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """A reading, ready to be told to another system.

    ``id`` is a random UUID, made once and kept: a report sent twice under one ``id`` is one
    report, and a correction has an ``id`` of its own. ``case_id`` is the UUID of the case,
    the same in a report and its corrections. ``classes`` are those of the pack that read, by
    label. ``modality`` is a DICOM Modality (PS3.3 C.7.3.1.1.1), e.g. ``"DX"``. ``pseudonym``
    stands for the patient; None when none was named. ``software`` is Outpost's own version.
    ``confirmation`` is None until a clinician has said something of the reading. ``subject`` and
    ``pictures`` (none, or one of each kind) are what the clinic allows a server to be sent.

    Raises ValueError for an id that is no UUID, a probability that is none, a reading that was
    not rejected and lacks its pack or its probabilities, and a confirmation that names a class
    which the pack does not have.
    """

    id: str
    case_id: str
    reading: Reading
    read_at: ReadAt
    software: str
    source: Source
    classes: Mapping[str, PackClass] = field(default_factory=dict)
    modality: str | None = None
    pseudonym: str | None = None
    clinician: Clinician | None = None
    second_opinion: SecondOpinion = SecondOpinion.NOT_ASKED
    replaces: Replaced | None = None
    confirmation: Confirmation | None = None
    subject: Subject = Subject.BY_IDENTIFIER
    pictures: tuple[AttachedPicture, ...] = ()

    def __post_init__(self) -> None:
        ids = [self.id, self.case_id, *([self.replaces.id] if self.replaces else [])]
        if any(str(UUID(each)) != each for each in ids):
            raise ValueError("an id is not a UUID in its usual form")
        if self.replaces and self.replaces.id == self.id:
            raise ValueError("a correction needs an id of its own")
        if len({each.kind for each in self.pictures}) != len(self.pictures):
            raise ValueError("two attached pictures are of one kind")
        probabilities = self.reading.probabilities.values()
        if not all(math.isfinite(p) and 0.0 <= p <= 1.0 for p in probabilities):
            raise ValueError("a probability is not between 0 and 1")
        if self.findings and not self.reading.pack:
            raise ValueError("a finding needs the pack that it comes from")
        if self.reading.verdict is not Verdict.REJECTED and not self.findings:
            raise ValueError("only a rejected reading has no findings")
        named = self.confirmation.label if self.confirmation else None
        known = {*self.classes, *self.reading.probabilities}
        if named is not None and known and named not in known:
            raise ValueError("the clinician's class is none of the pack's")

    @property
    def findings(self) -> Mapping[str, float]:
        """Calibrated probability, 0..1, by label. Empty for a rejected reading, even where a
        network was run: what it said of such an image means nothing."""
        return {} if self.reading.verdict is Verdict.REJECTED else self.reading.probabilities

    def display(self, label: str) -> str:
        """What a person calls the class."""
        known = self.classes.get(label)
        return known.display if known else label
