"""Which study of which patient a DICOM document is filed under.

A hospital's archive files by the identity in the header, so a document about one of its studies
must carry the header of that study, the patient's name included. This is the one place that
copies it. It goes from one file into another and nowhere else: never into a log, a screen or a
report of another kind.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from pydicom.dataset import Dataset
from pydicom.uid import UID

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.deidentification.identity import Replacement
from core.imaging.dicom.header import read_header, read_text, read_value
from core.imaging.failures import ImagingFailure
from core.imaging.limits import Deadline
from core.reporting.coding import part_id
from core.reporting.report import Report

#: Patient and study attributes that a document shares with its study (PS3.3 C.7.1.1, C.7.2.1).
_COPIED = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "StudyID",
    "ReferringPhysicianName",
    "StudyDescription",
)
#: Of these, what stays when a document is made under a pseudonym.
_NAMELESS = ("PatientSex",)


@dataclass(frozen=True)
class ImageReference:
    """One stored object, by its UIDs."""

    series_uid: str
    class_uid: str
    instance_uid: str


@dataclass(frozen=True)
class StudyContext:
    """A study's UID, the header that its documents share, and the images that were read.

    ``burned_in`` is what the images say of writing in the picture: "YES", "NO" or None.
    """

    study_uid: str
    header: Dataset = field(repr=False)
    images: tuple[ImageReference, ...] = ()
    burned_in: str | None = None

    def under(self, replacement: Replacement) -> StudyContext:
        """The same study as de-identified files of it name it, under the same key."""
        header = Dataset()
        for keyword in _NAMELESS:
            if keyword in self.header:
                header[keyword] = self.header[keyword]
        pseudonym = replacement.pseudonym(str(self.header.get("PatientID") or ""))
        header.PatientName = header.PatientID = pseudonym
        images = tuple(
            replace(
                each,
                series_uid=replacement.uid(each.series_uid),
                instance_uid=replacement.uid(each.instance_uid),
            )
            for each in self.images
        )
        return StudyContext(replacement.uid(self.study_uid), header, images, self.burned_in)


def context_of(origins: Sequence[Path | bytes]) -> StudyContext:
    """The study that DICOM files belong to, the files being those of one series.

    Raises ``ImagingError``: ``damaged_dicom`` for what is no DICOM file or lacks its UIDs,
    ``series_mixed`` for files of several studies.
    """
    with translating(ImagingFailure.DAMAGED_DICOM):
        headers = [_header(origin) for origin in origins]
        studies = {read_text(each, "StudyInstanceUID") for each in headers}
        if len(studies) != 1:
            raise ImagingError(ImagingFailure.SERIES_MIXED)
        images = tuple(_reference(each) for each in headers)
        (study,) = studies
        if not study or not all(each.class_uid and each.instance_uid for each in images):
            raise ImagingError(ImagingFailure.DAMAGED_DICOM)
        return StudyContext(study, _shared(headers[0]), images, _burned_in(headers))


def context_for(report: Report) -> StudyContext:
    """A study of its own, for a picture that belongs to none: named by the case, the patient by
    the pseudonym. The same for a report and its corrections."""
    header = Dataset()
    header.PatientName = header.PatientID = report.pseudonym or ""
    known = report.read_at.known
    header.StudyDate, header.StudyTime = known.strftime("%Y%m%d"), known.strftime("%H%M%S")
    header.StudyID = report.case_id[:8]
    return StudyContext(uid_of(report.case_id, "study"), header)


def uid_of(uuid: str, part: str) -> str:
    """The UID of a part of a report or case: the same however often it is made (PS3.5 B.2)."""
    return f"2.25.{UUID(part_id(uuid, part)).int}"


def _header(origin: Path | bytes) -> Dataset:
    """The header, read with an eye on the clock and on what a deflated file grows to."""
    with io.BytesIO(origin) if isinstance(origin, bytes) else origin.open("rb") as file:
        length = file.seek(0, io.SEEK_END)
        file.seek(0)
        return read_header(file, length, Deadline(), pixels=False).dataset


def _reference(header: Dataset) -> ImageReference:
    return ImageReference(
        read_text(header, "SeriesInstanceUID"),
        UID(read_text(header, "SOPClassUID")),
        read_text(header, "SOPInstanceUID"),
    )


def _shared(header: Dataset) -> Dataset:
    """The shared attributes, as text: what cannot be understood is left out."""
    found = Dataset()
    for keyword in _COPIED:
        value = read_value(header, keyword)
        if value is not None:
            setattr(found, keyword, str(value))
    return found


def _burned_in(headers: Sequence[Dataset]) -> str | None:
    stated = {read_text(each, "BurnedInAnnotation") for each in headers}
    if "YES" in stated:
        return "YES"
    return "NO" if stated == {"NO"} else None
