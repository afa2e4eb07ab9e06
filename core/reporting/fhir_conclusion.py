"""What a reading comes to, as FHIR: DiagnosticReport, Task and Provenance."""

from __future__ import annotations

from core.imaging.study import Source
from core.reporting.coding import (
    Act,
    Extension,
    Json,
    Made,
    System,
    coding,
    concept,
    identifier,
    known_as,
    part_id,
    reference,
    replaces,
    urn,
)
from core.reporting.fhir_actors import (
    SOFTWARE,
    clinician_id,
    device_id,
    instant,
    requester,
    subject,
)
from core.reporting.fhir_findings import image_id, image_kind, observations, status
from core.reporting.fhir_pictures import media
from core.reporting.report import Confirmation, Report
from core.reporting.sentences import ReportSentence
from core.reporting.wording import conclusion


def diagnostic_report(report: Report) -> Made:
    reading = report.reading
    verdict = concept(coding(System.VERDICT, reading.verdict), text=f"Verdict: {reading.verdict}")
    reasons = [
        concept(coding(System.REASON, each.code), text=each.text) for each in reading.reasons
    ]
    resource: Json = {
        "resourceType": "DiagnosticReport",
        "identifier": [
            identifier(report.id),
            {"system": System.CASE.value, "value": urn(report.case_id)},
        ],
        "status": status(report),
        "category": [concept(coding(System.DIAGNOSTIC_SERVICE, "IMG", "Diagnostic Imaging"))],
        "code": concept(coding(System.LOINC, "18748-4", "Diagnostic imaging study")),
        "subject": subject(report),
        "effectiveDateTime": instant(report),
        "issued": instant(report),
        "result": [reference("Observation", uuid) for uuid, _ in observations(report)],
        "conclusion": conclusion(report),
        "conclusionCode": [verdict, *reasons],
    }
    image = reference(image_kind(report), image_id(report))
    links = [reference("Media", uuid) for uuid, _ in media(report)]
    if report.source is Source.DICOM:
        resource["imagingStudy"] = [image]
    else:
        links.insert(0, image)
    if links:
        resource["media"] = [{"link": each} for each in links]
    if report.confirmation:
        resource["issued"] = recorded(report)
        resource["resultsInterpreter"] = [_confirming(report.confirmation)]
    if report.replaces:
        resource["extension"] = [
            replaces(Extension.REPORT_REPLACES, "DiagnosticReport", report.replaces.id)
        ]
    return report.id, resource


def task(report: Report) -> Made:
    uuid = part_id(report.id, "second opinion")
    said = ReportSentence.SECOND_OPINION.say().text
    return uuid, {
        "resourceType": "Task",
        "identifier": [identifier(uuid)],
        "status": "requested",
        "intent": "order",
        "code": concept(coding(System.ACT, Act.SECOND_OPINION), text="Second opinion"),
        "description": said,
        "focus": reference("DiagnosticReport", report.id),
        "for": subject(report),
        "authoredOn": instant(report),
        "lastModified": instant(report),
        "requester": requester(report),
    }


def provenance(report: Report) -> Made:
    """Who made the report of what, and when: ``recorded`` is the known time, ``occurred`` what
    the device's clock said."""
    uuid = part_id(report.id, "provenance")
    targets = [("DiagnosticReport", report.id)]
    targets += [("Observation", each) for each, _ in observations(report)]
    agents = [_agent("author", reference("Device", device_id(report)))]
    agents.append(_agent("assembler", {"display": f"{SOFTWARE} {report.software}"}))
    if report.clinician:
        agents.append(_agent("enterer", requester(report)))
    if report.confirmation:
        agents.append(_agent("verifier", _confirming(report.confirmation)))
    image = reference(image_kind(report), image_id(report))
    entities = [{"role": "source", "what": image}]
    if report.replaces:
        replaced = known_as("DiagnosticReport", report.replaces.id)
        entities.append({"role": "revision", "what": replaced})
    return uuid, {
        "resourceType": "Provenance",
        "id": uuid,
        "target": [reference(kind, each) for kind, each in targets],
        "occurredDateTime": report.read_at.device.isoformat(timespec="seconds"),
        "recorded": recorded(report),
        "agent": agents,
        "entity": entities,
    }


def recorded(report: Report) -> str:
    """When the report became what it is."""
    at = report.confirmation.at if report.confirmation else report.read_at.known
    return at.isoformat(timespec="seconds")


def _confirming(confirmation: Confirmation) -> Json:
    return reference("Practitioner", clinician_id(confirmation.clinician))


def _agent(role: str, who: Json) -> Json:
    return {"type": concept(coding(System.PARTICIPANT, role)), "who": who}
