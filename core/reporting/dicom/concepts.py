"""Coded concepts of DICOM structured reports, and content items made of them (PS3.3 C.17.3)."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.reading.manifest import Code
from core.reporting.coding import System

#: Our own codes, in DICOM: designators of private schemes begin with 99 (PS3.16 8.2).
OUTPOST = "99OUTPOST"
OUTPOST_UID = System.DICOM_CODES.removeprefix("urn:oid:")
#: Coding schemes by the URI that packs state.
_DESIGNATORS = {"http://snomed.info/sct": "SCT", "http://radlex.org": "RADLEX"}
#: Longest Code Value (SH) and Code Meaning (LO), in characters (PS3.5 6.2).
_LONGEST_CODE, _LONGEST_MEANING = 16, 64


@dataclass(frozen=True)
class Concept:
    """A code of a coding scheme, and what it means in words."""

    value: str
    scheme: str
    meaning: str

    def item(self) -> Dataset:
        """As an item of a code sequence (PS3.3 8.8)."""
        coded = Dataset()
        if len(self.value) > _LONGEST_CODE:
            coded.LongCodeValue = self.value
        else:
            coded.CodeValue = self.value
        coded.CodingSchemeDesignator = self.scheme
        coded.CodeMeaning = self.meaning[:_LONGEST_MEANING]
        return coded


def dcm(value: str, meaning: str) -> Concept:
    return Concept(value, "DCM", meaning)


def ours(value: str, meaning: str) -> Concept:
    return Concept(value, OUTPOST, meaning)


def standard(code: Code | None) -> Concept | None:
    """A pack's code, where its coding scheme has a name in DICOM (PS3.16 8)."""
    designator = _DESIGNATORS.get(code.system) if code else None
    return Concept(code.value, designator, code.display) if code and designator else None


REPORT = dcm("126000", "Imaging Measurement Report")
LANGUAGE = dcm("121049", "Language of Content Item and Descendants")
OBSERVER_TYPE = dcm("121005", "Observer Type")
PERSON = dcm("121006", "Person")
DEVICE = dcm("121007", "Device")
PERSON_NAME = dcm("121008", "Person Observer Name")
PERSON_ORGANISATION = dcm("121009", "Person Observer's Organization Name")
DEVICE_UID = dcm("121012", "Device Observer UID")
DEVICE_NAME = dcm("121013", "Device Observer Name")
DEVICE_MANUFACTURER = dcm("121014", "Device Observer Manufacturer")
DEVICE_MODEL = dcm("121015", "Device Observer Model Name")
DEVICE_SERIAL = dcm("121016", "Device Observer Serial Number")
PROCEDURE = dcm("121058", "Procedure Reported")
IMAGE_LIBRARY = dcm("111028", "Image Library")
IMAGE_LIBRARY_GROUP = dcm("126200", "Image Library Group")
MEASUREMENTS = dcm("126010", "Imaging Measurements")
MEASUREMENT_GROUP = dcm("125007", "Measurement Group")
EVALUATIONS = Concept("C0034375", "UMLS", "Qualitative Evaluations")
TRACKING = dcm("112039", "Tracking Identifier")
TRACKING_UID = dcm("112040", "Tracking Unique Identifier")
FINDING = dcm("121071", "Finding")
COMMENT = dcm("121106", "Comment")
ALGORITHM_NAME = dcm("111001", "Algorithm Name")
ALGORITHM_VERSION = dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS = dcm("111002", "Algorithm Parameters")
PROBABILITY = dcm("122157", "Probability")
SOURCE = Concept("260753009", "SCT", "Source")
NO_UNITS = Concept("1", "UCUM", "no units")
ENGLISH = Concept("en", "RFC5646", "English")
VERDICT = ours("verdict", "Verdict of a computer program")
REASON = ours("reason", "Reason of the verdict")
STANDING = ours("standing", "Standing of a class in its reading")
OPINION = ours("opinion", "Clinician's opinion of the reading")
CLINICIANS_CLASS = ours("clinicians_class", "Class that the clinician holds right")

#: What was done, by DICOM modality (PS3.3 C.7.3.1.1.1); for all others, imaging.
PROCEDURES = {
    "CT": Concept("77477000", "SCT", "Computed tomography"),
    "MR": Concept("113091000", "SCT", "Magnetic resonance imaging"),
    "US": Concept("16310003", "SCT", "Diagnostic ultrasonography"),
    **dict.fromkeys(("CR", "DX", "RG"), Concept("168537006", "SCT", "Plain radiography")),
}
IMAGING = Concept("363679005", "SCT", "Imaging procedure")

CONTAINS, MODIFIED_BY = "CONTAINS", "HAS CONCEPT MOD"
CONTEXT, INFERRED_FROM = "HAS OBS CONTEXT", "INFERRED FROM"


def _item(relation: str, kind: str, name: Concept, children: list[Dataset]) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = relation, kind
    made.ConceptNameCodeSequence = Sequence([name.item()])
    if children:
        made.ContentSequence = Sequence(children)
    return made


def container(relation: str, name: Concept, *children: Dataset) -> Dataset:
    made = _item(relation, "CONTAINER", name, list(children))
    made.ContinuityOfContent = "SEPARATE"
    return made


def code(relation: str, name: Concept, value: Concept, *children: Dataset) -> Dataset:
    made = _item(relation, "CODE", name, list(children))
    made.ConceptCodeSequence = Sequence([value.item()])
    return made


def text(relation: str, name: Concept, value: str) -> Dataset:
    made = _item(relation, "TEXT", name, [])
    made.TextValue = value
    return made


def uid(relation: str, name: Concept, value: str) -> Dataset:
    made = _item(relation, "UIDREF", name, [])
    made.UID = value
    return made


def person(relation: str, name: Concept, value: str) -> Dataset:
    made = _item(relation, "PNAME", name, [])
    made.PersonName = value
    return made


def number(relation: str, name: Concept, value: str, unit: Concept, *children: Dataset) -> Dataset:
    """``value`` is a decimal string of at most 16 characters (PS3.5 6.2, DS)."""
    made = _item(relation, "NUM", name, list(children))
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = Sequence([unit.item()])
    made.MeasuredValueSequence = Sequence([measured])
    return made


def image(relation: str, name: Concept | None, class_uid: str, instance_uid: str) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = relation, "IMAGE"
    if name:
        made.ConceptNameCodeSequence = Sequence([name.item()])
    made.ReferencedSOPSequence = Sequence([referenced(class_uid, instance_uid)])
    return made


def referenced(class_uid: str, instance_uid: str) -> Dataset:
    pointed = Dataset()
    pointed.ReferencedSOPClassUID, pointed.ReferencedSOPInstanceUID = class_uid, instance_uid
    return pointed
