"""The people and programs in a FHIR report: the patient by pseudonym, the clinician, the model."""

from __future__ import annotations

from core.reading.result import PackIdentity
from core.reporting.coding import (
    NAMESPACE,
    Json,
    Made,
    System,
    coding,
    concept,
    identifier,
    pack_device_id,
    part_id,
    reference,
)
from core.reporting.report import Clinician, Report, Subject
from core.reporting.sentences import ReportSentence

#: The Device's name where no pack was asked.
SOFTWARE = "Outpost"


def subject(report: Report) -> Json:
    """The patient by pseudonym alone: by identifier, or as the Patient that the clinic has made."""
    if report.pseudonym is None:
        return {"type": "Patient", "display": ReportSentence.PATIENT_NOT_NAMED.say().text}
    if report.subject is Subject.CREATED:
        return reference("Patient", patient_id(report.pseudonym))
    known = {"system": System.PSEUDONYM.value, "value": report.pseudonym}
    return {"type": "Patient", "identifier": known}


def patient_id(pseudonym: str) -> str:
    return part_id(str(NAMESPACE), f"patient {pseudonym}")


def patients(report: Report) -> list[Made]:
    """A Patient that holds the pseudonym and nothing else, where the clinic wants one created."""
    if report.pseudonym is None or report.subject is not Subject.CREATED:
        return []
    known = {"system": System.PSEUDONYM.value, "value": report.pseudonym}
    resource: Json = {"resourceType": "Patient", "identifier": [known]}
    return [(patient_id(report.pseudonym), resource)]


def practitioners(report: Report) -> list[Made]:
    """Who asked for the reading, and who said something of it: once each."""
    people = [report.clinician, report.confirmation and report.confirmation.clinician]
    made = dict(practitioner(each) for each in people if each)
    return list(made.items())


def clinician_id(clinician: Clinician) -> str:
    return part_id(str(NAMESPACE), f"clinician {clinician.system} {clinician.value}")


def practitioner(clinician: Clinician) -> Made:
    resource: Json = {
        "resourceType": "Practitioner",
        "identifier": [{"system": clinician.system, "value": clinician.value}],
    }
    if clinician.name:
        resource["name"] = [{"text": clinician.name}]
    return clinician_id(clinician), resource


def device_id(report: Report) -> str:
    pack = report.reading.pack
    return pack_device_id(pack.id, pack.version) if pack else _software_id(report)


def _software_id(report: Report) -> str:
    return pack_device_id(f"({SOFTWARE})", report.software)


def device(report: Report) -> Made:
    """The model that spoke; where none was asked, Outpost itself."""
    spoke = report.reading.pack or PackIdentity(SOFTWARE, report.software, "released", SOFTWARE)
    uuid = device_id(report)
    status = concept(coding(System.PACK_STATUS, spoke.status))
    return uuid, {
        "resourceType": "Device",
        "identifier": [identifier(uuid)],
        "status": "active",
        "modelNumber": spoke.id,
        "deviceName": [{"name": spoke.title, "type": "model-name"}],
        "type": {"text": "Computer program that reads medical images"},
        "version": [{"value": spoke.version}],
        "property": [{"type": {"text": "Release status"}, "valueCode": [status]}],
    }


def requester(report: Report) -> Json:
    if report.clinician:
        return reference("Practitioner", clinician_id(report.clinician))
    return reference("Device", device_id(report))


def instant(report: Report) -> str:
    """The known time of the reading, with its UTC offset (R4 datatypes.html#instant)."""
    return report.read_at.known.isoformat(timespec="seconds")
