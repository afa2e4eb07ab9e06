"""What was looked at and what was found, as FHIR: ImagingStudy or Media, and Observations."""

from __future__ import annotations

from core.imaging.study import Source
from core.reporting.coding import (
    Act,
    Extension,
    Json,
    Made,
    Standing,
    System,
    coding,
    concept,
    identifier,
    part_id,
    reference,
    replaces,
)
from core.reporting.fhir_actors import clinician_id, device_id, instant, subject
from core.reporting.fhir_pictures import shown
from core.reporting.report import AttachedPicture, Confirmation, PictureKind, Report
from core.reporting.sentences import ReportSentence
from core.reporting.wording import confirmed

#: Decimals of a probability. More would pretend to know more.
DECIMALS = 6


def image_kind(report: Report) -> str:
    return "ImagingStudy" if report.source is Source.DICOM else "Media"


def image_id(report: Report) -> str:
    """One in a report and its corrections; a Media that has the picture is another one than the
    Media that says it was not sent, for a server changes neither (``ifNoneExist``)."""
    shows = report.source is not Source.DICOM and _attached(report) is not None
    return part_id(report.case_id, "image sent" if shows else "image")


def image(report: Report) -> Made:
    """What was read, without the image: DICOM as ImagingStudy, a picture as Media."""
    uuid = image_id(report)
    resource: Json = {
        "resourceType": image_kind(report),
        "identifier": [identifier(uuid)],
        "subject": subject(report),
    }
    modality = coding(System.DICOM, report.modality) if report.modality else None
    if report.source is Source.DICOM:
        resource["status"] = "available"
        if modality:
            resource["modality"] = [modality]
        return uuid, resource
    resource["status"] = "completed"
    if modality:
        resource["modality"] = concept(modality)
    attached = _attached(report)
    if attached is None:
        resource["content"] = {"title": ReportSentence.IMAGE_NOT_SENT.say().text}
    else:
        resource |= shown(report, attached)
    return uuid, resource


def _attached(report: Report) -> AttachedPicture | None:
    return next((each for each in report.pictures if each.kind is PictureKind.IMAGE), None)


def observation_id(report_id: str, label: str) -> str:
    return part_id(report_id, f"finding {label}")


def observations(report: Report) -> list[Made]:
    """What the program found, then what the clinician said of it."""
    said = [_opinion(report, report.confirmation)] if report.confirmation else []
    if not report.findings:
        return [_no_finding(report), *said]
    return [*(_observation(report, label, p) for label, p in report.findings.items()), *said]


def class_codings(report: Report, label: str) -> list[Json]:
    """A class: by SNOMED CT or RadLex where the pack has a code, and always by ours."""
    pack, known = report.reading.pack, report.classes.get(label)
    local = coding(
        System.PACK_CLASS, f"{pack.id}.{label}" if pack else label, report.display(label)
    )
    if known and known.code:
        return [coding(known.code.system, known.code.value, known.code.display), local]
    return [local]


def status(report: Report) -> str:
    """Preliminary until a clinician has said something of the reading."""
    return "final" if report.confirmation else "preliminary"


def _about_image(report: Report, uuid: str) -> Json:
    """What every Observation of the report has in common."""
    imaging = coding(System.OBSERVATION_CATEGORY, "imaging", "Imaging")
    return {
        "resourceType": "Observation",
        "identifier": [identifier(uuid)],
        "category": [concept(imaging)],
        "subject": subject(report),
        "effectiveDateTime": instant(report),
        "issued": instant(report),
        "device": reference("Device", device_id(report)),
        "derivedFrom": [reference(image_kind(report), image_id(report))],
    }


def _observation(report: Report, label: str, probability: float) -> Made:
    uuid = observation_id(report.id, label)
    codes = class_codings(report, label)
    said = ReportSentence.PROBABILITY_OF.say(finding=report.display(label)).text
    resource = {
        **_about_image(report, uuid),
        "status": status(report),
        "code": concept(*codes, text=said),
        "valueQuantity": {
            "value": round(probability, DECIMALS),
            "unit": "probability, 0 to 1",
            "system": System.UCUM.value,
            "code": "1",
        },
    }
    standing = [
        *([Standing.LEADING] if label == report.reading.finding else []),
        *([Standing.POSSIBLE] if label in report.reading.prediction_set else []),
    ]
    if standing:
        resource["interpretation"] = [concept(coding(System.STANDING, each)) for each in standing]
    if report.replaces and label in report.replaces.labels:
        resource["extension"] = [
            replaces(
                Extension.OBSERVATION_REPLACES,
                "Observation",
                observation_id(report.replaces.id, label),
            )
        ]
    return uuid, resource


def _no_finding(report: Report) -> Made:
    """One Observation that says that there is none, and why: the image was not read."""
    uuid = part_id(report.id, "no finding")
    said = ReportSentence.REJECTED.say().text
    return uuid, {
        **_about_image(report, uuid),
        "status": "cancelled",
        "code": concept(coding(System.ACT, Act.IMAGE_READING), text="Reading of an image"),
        "dataAbsentReason": concept(
            coding(System.DATA_ABSENT, "not-performed", "Not Performed"), text=said
        ),
    }


def _opinion(report: Report, confirmation: Confirmation) -> Made:
    """What a clinician says of the reading: an Observation of the clinician's own."""
    uuid = part_id(report.id, "opinion")
    by = reference("Practitioner", clinician_id(confirmation.clinician))
    at = confirmation.at.isoformat(timespec="seconds")
    about = _about_image(report, uuid)
    resource: Json = {
        **{key: value for key, value in about.items() if key != "device"},
        "effectiveDateTime": at,
        "issued": at,
        "status": "final",
        "performer": [{**by, "display": confirmation.organisation}],
        "code": concept(coding(System.ACT, Act.OPINION), text="Opinion on a computer's reading"),
        "valueCodeableConcept": concept(
            coding(System.OPINION, confirmation.agreement),
            text=confirmed(report, confirmation),
        ),
    }
    if confirmation.label is not None:
        held = concept(*class_codings(report, confirmation.label))
        name = concept(coding(System.ACT, Act.CLINICIANS_CLASS), text="Clinician's finding")
        resource["component"] = [{"code": name, "valueCodeableConcept": held}]
    return uuid, resource
