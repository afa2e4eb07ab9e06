"""What of a person's identity a file carries and Outpost leaves behind: kinds and counts.

Never a value: what is counted here is read, counted and forgotten. It is for the clinician to see
before the reading that it happens; the dropping itself does not depend on this list, since only the
facts and samples that are copied out by name ever leave ``core.imaging``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from PIL import ExifTags, Image

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.failures import ImagingFailure
from core.imaging.limits import Deadline
from core.imaging.opening import Origin, origin_stream
from core.imaging.pictures import PICTURES
from core.imaging.sniffing import HEAD_BYTES, FileKind, sniff

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag


class IdentityKind(StrEnum):
    """Kinds of what may name a person or lead to one."""

    PATIENT = "patient"
    PEOPLE = "people"
    PLACES = "places"
    TIMES = "times"
    NUMBERS = "numbers"
    FREE_TEXT = "free_text"
    PRIVATE = "private"
    WHERE_TAKEN = "where_taken"
    CAMERA = "camera"
    HIDDEN_TEXT = "hidden_text"
    PREVIEW = "preview"


@dataclass(frozen=True)
class Removed:
    """``counts``: filled fields by kind, in the order of ``IdentityKind``; kinds with none are left
    out. ``says_burned_in``: the file itself says that its picture has writing in it, which nothing
    here removes."""

    counts: tuple[tuple[IdentityKind, int], ...] = ()
    says_burned_in: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Attributes that name a hospital, a department, a machine or an address.
_PLACES = _words("""
    InstitutionName InstitutionAddress InstitutionCodeSequence InstitutionalDepartmentName
    StationName DeviceSerialNumber GantryID ReferringPhysicianAddress
    ReferringPhysicianTelephoneNumbers RequestingService CurrentPatientLocation
    PerformedStationName PerformedStationAETitle PerformedLocation ScheduledStationName
    PlateID DetectorID CassetteID SourceApplicationEntityTitle RetrieveAETitle
""")
#: Numbers by which someone could find the examination again.
_NUMBERS = _words("""
    AccessionNumber StudyID AdmissionID FillerOrderNumberImagingServiceRequest
    PlacerOrderNumberImagingServiceRequest RequestedProcedureID ScheduledProcedureStepID
    PerformedProcedureStepID ServiceEpisodeID
""")
#: Short texts that people type into, beside everything of the text representations.
_FREE_TEXT = _words("""
    StudyDescription SeriesDescription ProtocolName RequestedProcedureDescription
    PerformedProcedureStepDescription RequestAttributesSequence AdmittingDiagnosesDescription
    MedicalAlerts Allergies Occupation SpecialNeeds PatientState ReasonForStudy
""")
_BY_REPRESENTATION = {
    "PN": IdentityKind.PEOPLE,
    "DA": IdentityKind.TIMES,
    "TM": IdentityKind.TIMES,
    "DT": IdentityKind.TIMES,
    "LT": IdentityKind.FREE_TEXT,
    "ST": IdentityKind.FREE_TEXT,
    "UT": IdentityKind.FREE_TEXT,
}
#: UIDs of the standard itself, which are alike in all files of a kind.
_NAMELESS_UIDS = frozenset(["SOPClassUID", "ImplementationClassUID", "TransferSyntaxUID"])
_PATIENT_GROUP, _FIRST_GROUP = 0x0010, 0x0008

_EXIF, _GPS, _FIRST_PREVIEW = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.IFD1
_EXIF_TIMES = frozenset(
    [
        ExifTags.Base.DateTime,
        ExifTags.Base.DateTimeOriginal,
        ExifTags.Base.DateTimeDigitized,
        ExifTags.Base.SubsecTime,
        ExifTags.Base.OffsetTime,
    ]
)
#: What is no more than the layout of the picture.
_EXIF_LAYOUT = frozenset(
    [
        ExifTags.Base.Orientation,
        ExifTags.Base.ExifOffset,
        ExifTags.Base.GPSInfo,
        ExifTags.Base.XResolution,
        ExifTags.Base.YResolution,
        ExifTags.Base.ResolutionUnit,
        ExifTags.Base.YCbCrPositioning,
        ExifTags.Base.ImageWidth,
        ExifTags.Base.ImageLength,
    ]
)
_HIDDEN = ("comment", "xmp", "XML:com.adobe.xmp", "photoshop")


def removed_identity(origin: Origin) -> Removed:
    """What of identity stands in one file beside its pixels. Nothing for a file that does not open.

    A series is told by one of its files: they differ in little but times and numbers.
    """
    try:
        with origin_stream(origin) as (file, length), translating(ImagingFailure.DAMAGED_PICTURE):
            kind = sniff(file.read(HEAD_BYTES))
            file.seek(0)
            if kind in PICTURES:
                return _ordered(Counter(_of_picture(file)))
            if kind is FileKind.DICOM:
                return _of_dicom(file, length)
    except ImagingError:
        pass
    return Removed()


def _ordered(counted: Counter[IdentityKind], *, burned_in: bool = False) -> Removed:
    known = tuple((kind, counted[kind]) for kind in IdentityKind if counted[kind])
    return Removed(known, burned_in)


def _of_dicom(file: BinaryIO, length: int) -> Removed:
    from core.imaging.dicom.header import read_header, read_text

    dataset = read_header(file, length, Deadline(), pixels=False).dataset
    kinds = (_kind_of(dataset, tag) for tag in list(dataset.keys()))
    counted = Counter(kind for kind in kinds if kind is not None)
    return _ordered(counted, burned_in=read_text(dataset, "BurnedInAnnotation") == "YES")


def _kind_of(dataset: Dataset, tag: BaseTag) -> IdentityKind | None:
    """The kind of one filled attribute; None for what says nothing of a person."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag

    raw = dataset.get_item(tag)
    if tag.group < _FIRST_GROUP or not getattr(raw, "value", None):
        return None
    if tag.is_private:
        return IdentityKind.PRIVATE
    if tag.group == _PATIENT_GROUP:
        return IdentityKind.PATIENT
    keyword = keyword_for_tag(tag)
    for kind, keywords in (
        (IdentityKind.PLACES, _PLACES),
        (IdentityKind.NUMBERS, _NUMBERS),
        (IdentityKind.FREE_TEXT, _FREE_TEXT),
    ):
        if keyword in keywords:
            return kind
    representation = dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
    if representation == "UI":
        return None if keyword in _NAMELESS_UIDS else IdentityKind.NUMBERS
    return _BY_REPRESENTATION.get(representation)


def _of_picture(file: BinaryIO) -> Iterator[IdentityKind]:
    """One for each field. The picture itself is not decoded."""
    with Image.open(file) as image:
        exif = image.getexif()
        details = {**exif, **exif.get_ifd(_EXIF)}
        for tag in details:
            if tag in _EXIF_TIMES:
                yield IdentityKind.TIMES
            elif tag not in _EXIF_LAYOUT:
                yield IdentityKind.CAMERA
        yield from [IdentityKind.WHERE_TAKEN] * len(exif.get_ifd(_GPS))
        if exif.get_ifd(_FIRST_PREVIEW):
            yield IdentityKind.PREVIEW
        yield from (IdentityKind.HIDDEN_TEXT for name in _HIDDEN if image.info.get(name))
        texts = (key for key, value in image.info.items() if key not in _HIDDEN)
        if image.format == "PNG":
            # What Pillow does not know by name is a text chunk, of which it is a subclass of str.
            yield from (
                IdentityKind.HIDDEN_TEXT for key in texts if isinstance(image.info[key], str)
            )
