"""The identifiers, code systems and URLs that a FHIR report of Outpost uses."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

Json = dict[str, Any]
#: A resource with the UUID that it is known by inside its transaction.
Made = tuple[str, Json]

#: 2.25 and a UUID as a whole number: an object identifier that nobody has to hand out
#: (ITU-T X.667). Never change it: servers find our resources by it.
_ROOT = "urn:oid:2.25.281359767070892794546097921814996566511"
#: Under this, the UUID of a thing that every device must give the same name, such as a pack.
NAMESPACE = UUID(int=281359767070892794546097921814996566511)


class System(StrEnum):
    """Whose codes or identifiers they are: ours first, then those of others."""

    PACK_CLASS = f"{_ROOT}.1"
    VERDICT = f"{_ROOT}.2"
    REASON = f"{_ROOT}.3"
    PSEUDONYM = f"{_ROOT}.4"
    PACK_STATUS = f"{_ROOT}.5"
    STANDING = f"{_ROOT}.6"
    ACT = f"{_ROOT}.7"
    CASE = f"{_ROOT}.8"
    DICOM_CODES = f"{_ROOT}.9"
    OPINION = f"{_ROOT}.10"
    USER = f"{_ROOT}.11"
    OPINION_ON = f"{_ROOT}.12"
    ASK_REASON = f"{_ROOT}.13"

    URI = "urn:ietf:rfc:3986"
    UCUM = "http://unitsofmeasure.org"
    LOINC = "http://loinc.org"
    DICOM = "http://dicom.nema.org/resources/ontology/DCM"
    OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
    DIAGNOSTIC_SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0074"
    DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


class Standing(StrEnum):
    """What an Observation's class is in its reading (codes of ``System.STANDING``)."""

    LEADING = "leading"
    POSSIBLE = "possible"


class Act(StrEnum):
    """What is done or asked (codes of ``System.ACT``)."""

    IMAGE_READING = "image-reading"
    SECOND_OPINION = "second-opinion"
    OPINION = "clinicians-opinion"
    CLINICIANS_CLASS = "clinicians-class"
    FIRST_IMPRESSION = "first-impression"


class Extension(StrEnum):
    """Extensions of FHIR R4 by which a correction names what it replaces."""

    REPORT_REPLACES = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"
    OBSERVATION_REPLACES = "http://hl7.org/fhir/StructureDefinition/observation-replaces"


def part_id(report_id: str, part: str) -> str:
    """The UUID of one part of a report: the same however often it is made."""
    return str(uuid5(UUID(report_id), part))


def pack_device_id(pack: str, version: str) -> str:
    """The UUID of a pack's Device: the same on every phone."""
    return str(uuid5(NAMESPACE, f"pack {pack} {version}"))


def urn(uuid: str) -> str:
    return f"urn:uuid:{uuid}"


def identifier(uuid: str) -> Json:
    return {"system": System.URI.value, "value": urn(uuid)}


def known_as(kind: str, uuid: str) -> Json:
    """A reference by identifier to a resource that a server has under a name of its own."""
    return {"type": kind, "identifier": identifier(uuid)}


def reference(kind: str, uuid: str) -> Json:
    """A reference inside the same transaction, which the server rewrites (FHIR R4 http.html,
    "transaction")."""
    return {"type": kind, "reference": urn(uuid)}


def coding(system: System | str, code: str, display: str | None = None) -> Json:
    found = {"system": str(system), "code": code}
    return {**found, "display": display} if display else found


def concept(*codings: Json, text: str | None = None) -> Json:
    found: Json = {"coding": list(codings)} if codings else {}
    return {**found, "text": text} if text else found


def replaces(extension: Extension, kind: str, uuid: str) -> Json:
    return {"url": extension.value, "valueReference": known_as(kind, uuid)}
