"""The modules that every DICOM document of Outpost has, and its bytes."""

from __future__ import annotations

import io
from datetime import datetime

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from core.reporting.coding import NAMESPACE, pack_device_id
from core.reporting.dicom.concepts import OUTPOST, OUTPOST_UID
from core.reporting.dicom.context import ImageReference, StudyContext, uid_of
from core.reporting.fhir_actors import SOFTWARE
from core.reporting.report import Report

MANUFACTURER = "Outpost project"
#: Of the implementation that wrote a file (PS3.10 7.1).
IMPLEMENTATION = uid_of(str(NAMESPACE), "implementation")
#: Patient and study attributes that must be there, empty where nothing is known.
_MUST_STAND = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "StudyID",
    "ReferringPhysicianName",
)


def begun(report: Report, context: StudyContext, class_uid: UID, part: str) -> Dataset:
    """A data set with the modules Patient, General Study, Enhanced General Equipment and SOP
    Common (PS3.3 C.7.1.1, C.7.2.1, C.7.5.2, C.12.1), and the UIDs of ``part`` of the report."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    for element in context.header:
        ds.add(element)
    for keyword in _MUST_STAND:
        if keyword not in ds:
            setattr(ds, keyword, "")
    ds.StudyInstanceUID = context.study_uid
    ds.SeriesInstanceUID = uid_of(report.id, f"dicom series {part}")
    ds.SOPInstanceUID = uid_of(report.id, f"dicom {part}")
    ds.SOPClassUID = class_uid
    ds.InstanceNumber = 1
    ds.Manufacturer = MANUFACTURER
    ds.ManufacturerModelName = SOFTWARE
    ds.DeviceSerialNumber = serial_number(report)
    ds.SoftwareVersions = report.software
    ds.CodingSchemeIdentificationSequence = Sequence([_our_scheme()])
    ds.TimezoneOffsetFromUTC = report.read_at.known.strftime("%z")[:5]
    ds.InstanceCreationDate, ds.InstanceCreationTime = day(report), time(report)
    return ds


def serial_number(report: Report) -> str:
    """Software has none: what stands for it is the UUID of the pack's version, or of Outpost's."""
    pack = report.reading.pack
    name, version = (pack.id, pack.version) if pack else (f"({SOFTWARE})", report.software)
    return pack_device_id(name, version)


def day(report: Report) -> str:
    return report.read_at.known.strftime("%Y%m%d")


def time(report: Report) -> str:
    return report.read_at.known.strftime("%H%M%S")


def moment(at: datetime) -> str:
    """A DT with its UTC offset (PS3.5 6.2)."""
    return at.strftime("%Y%m%d%H%M%S%z")[:19]


def person_name(text: str) -> str:
    """A name in one piece as a PN: what separates its components is taken out (PS3.5 6.2.1)."""
    return " ".join(text.translate(str.maketrans("^=\\", "   ")).split())[:64]


def reference_of(ds: Dataset) -> ImageReference:
    return ImageReference(ds.SeriesInstanceUID, ds.SOPClassUID, ds.SOPInstanceUID)


def written(ds: Dataset) -> bytes:
    """The file, in the transfer syntax that every archive takes (PS3.5 10.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    meta.ImplementationVersionName = "OUTPOST"
    ds.file_meta = meta
    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def _our_scheme() -> Dataset:
    item = Dataset()
    item.CodingSchemeDesignator = OUTPOST
    item.CodingSchemeUID = OUTPOST_UID
    item.CodingSchemeName = "Codes of Outpost"
    item.CodingSchemeResponsibleOrganization = MANUFACTURER
    return item
