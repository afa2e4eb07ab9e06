"""A reviewer's opinion on a reading, as it is written: new resources, and none that is changed.

The rule (docs/second-opinion.md): clinical content is only ever added. An opinion is a
DiagnosticReport of its own that names the one it follows; the reading's own report stays as it was,
and so does every opinion before. So two reviewers at once make two opinions, and lose none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.reporting.coding import (
    Act,
    Extension,
    Json,
    System,
    coding,
    concept,
    identifier,
    part_id,
    reference,
    urn,
)
from core.reporting.fhir_actors import clinician_id, practitioner
from core.reporting.report import Clinician
from core.sentences import Sentence

#: What was seen is none of the pack's classes (a code of ``System.OPINION``).
OTHER = "other"


class Outcome(StrEnum):
    """What a reviewer makes of a reading (codes of ``System.OPINION``)."""

    CONFIRMS = "agrees"
    AMENDS = "disagrees"
    CANNOT_TELL = "not_sure"


class OpinionSentence(Sentence):
    """What an opinion's report says in words."""

    CONFIRMED = "A reviewer looked at the image and confirms the reading: {finding}."
    AMENDED = "A reviewer looked at the image and amends the reading: {finding}."
    AMENDED_OTHERWISE = "A reviewer looked at the image and does not agree with the reading."
    CANNOT_TELL = "A reviewer looked at the image and cannot tell."


@dataclass(frozen=True, kw_only=True)
class Given:
    """An opinion as its reviewer gives it.

    ``id`` is a random UUID, made once and kept. ``report`` is the server's name of the report that
    was looked at (``DiagnosticReport/7``), ``follows`` that of the reviewer's own former opinion
    which this one replaces. ``subject`` is the patient as that report has it. ``reviewer`` names a
    person; ``practitioner`` is the server's name of them (``Practitioner/12``) where they signed in
    as one. ``label`` and ``display`` are the class held right. ``first_impression`` was given
    before the reading was shown; ``OTHER`` for what is no class of the pack. ``at`` and
    ``read_at`` carry their UTC offset.
    """

    id: str
    case_id: str
    report: str
    task: str
    subject: Json
    pack: str
    outcome: Outcome
    reviewer: Clinician
    at: datetime
    read_at: str
    organisation: str
    practitioner: str = ""
    label: str = ""
    display: str = ""
    first_impression: str = ""
    note: str = field(default="", repr=False)
    follows: str = ""


def entries_of(given: Given) -> tuple[Json, ...]:
    """The entries of a transaction: Practitioner, Observation, DiagnosticReport, Communication and
    Provenance. The same opinion always gives the same entries."""
    named, who = _reviewer(given)
    seen, report = part_id(given.id, "opinion"), given.id
    message = part_id(given.id, "message")
    entries = [
        *named,
        _created(seen, _observation(given, who, seen)),
        _created(report, _report(given, who, seen)),
        _created(message, _communication(given, who, message)),
    ]
    uuid = part_id(given.id, "provenance")
    made = _provenance(given, who, uuid, seen)
    put = {"method": "PUT", "url": f"Provenance/{uuid}"}
    return (*entries, {"fullUrl": urn(uuid), "resource": made, "request": put})


def conclusion(given: Given) -> str:
    """What the opinion says, in a sentence."""
    if given.outcome is Outcome.CANNOT_TELL:
        return OpinionSentence.CANNOT_TELL.say().text
    if given.outcome is Outcome.AMENDS and not given.display:
        return OpinionSentence.AMENDED_OTHERWISE.say().text
    confirms = given.outcome is Outcome.CONFIRMS
    sentence = OpinionSentence.CONFIRMED if confirms else OpinionSentence.AMENDED
    return sentence.say(finding=given.display).text


def reviewer_reference(given: Given) -> Json:
    """How the reviewer is named in every resource."""
    return _reviewer(given)[1]


def _reviewer(given: Given) -> tuple[list[Json], Json]:
    """Entries for a Practitioner whom the server does not know yet, and how to name them."""
    display = {"display": given.reviewer.name} if given.reviewer.name else {}
    if given.practitioner:
        return [], {"type": "Practitioner", "reference": given.practitioner, **display}
    uuid, resource = practitioner(given.reviewer)
    # By identifier too: so that the same person is known again on another day.
    account = {"system": given.reviewer.system, "value": given.reviewer.value}
    pointing = reference("Practitioner", clinician_id(given.reviewer))
    named = {**pointing, "identifier": account, **display}
    return [_created(uuid, resource)], named


def _created(uuid: str, resource: Json) -> Json:
    first = resource["identifier"][0]
    request = {
        "method": "POST",
        "url": resource["resourceType"],
        "ifNoneExist": f"identifier={first['system']}|{first['value']}",
    }
    return {"fullUrl": urn(uuid), "resource": resource, "request": request}


def _observation(given: Given, who: Json, uuid: str) -> Json:
    """What the reviewer saw; ``focus`` is the report that was looked at."""
    resource: Json = {
        "resourceType": "Observation",
        "identifier": [identifier(uuid)],
        "status": "final",
        "category": [concept(coding(System.OBSERVATION_CATEGORY, "imaging", "Imaging"))],
        "code": concept(coding(System.ACT, Act.OPINION), text="Reviewer's opinion"),
        "subject": given.subject,
        "focus": [{"type": "DiagnosticReport", "reference": given.report}],
        "effectiveDateTime": _instant(given),
        "issued": _instant(given),
        "performer": [who, {"display": given.organisation}],
        "valueCodeableConcept": concept(
            coding(System.OPINION, given.outcome), text=conclusion(given)
        ),
    }
    components = []
    if given.label:
        name = concept(coding(System.ACT, Act.CLINICIANS_CLASS), text="Reviewer's finding")
        held = concept(coding(System.PACK_CLASS, _class(given, given.label)), text=given.display)
        components.append({"code": name, "valueCodeableConcept": held})
    if given.first_impression:
        name = concept(
            coding(System.ACT, Act.FIRST_IMPRESSION),
            text="First impression, before the program's reading was shown",
        )
        held = concept(_seen_first(given))
        components.append({"code": name, "valueCodeableConcept": held})
    if components:
        resource["component"] = components
    if given.note:
        resource["note"] = [{"text": given.note}]
    return resource


def _seen_first(given: Given) -> Json:
    if given.first_impression == OTHER:
        return coding(System.OPINION, OTHER)
    return coding(System.PACK_CLASS, _class(given, given.first_impression))


def _class(given: Given, label: str) -> str:
    return f"{given.pack}.{label}"


def _report(given: Given, who: Json, seen: str) -> Json:
    """Final where the reading is confirmed, amended where it is not (R4 diagnostic-report-status);
    a report of its own in either case."""
    amends = given.outcome is Outcome.AMENDS
    names = [given.report, *([given.follows] if given.follows else [])]
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [
            identifier(given.id),
            {"system": System.OPINION_ON.value, "value": urn(given.case_id)},
        ],
        "extension": [
            {
                "url": Extension.REPORT_REPLACES.value,
                "valueReference": {"type": "DiagnosticReport", "reference": name},
            }
            for name in names
        ],
        "status": "amended" if amends else "final",
        "category": [concept(coding(System.DIAGNOSTIC_SERVICE, "IMG", "Diagnostic Imaging"))],
        "code": concept(coding(System.LOINC, "18748-4", "Diagnostic imaging study")),
        "subject": given.subject,
        "effectiveDateTime": given.read_at,
        "issued": _instant(given),
        "resultsInterpreter": [who],
        "result": [reference("Observation", seen)],
        "conclusion": conclusion(given),
    }


def _communication(given: Given, who: Json, uuid: str) -> Json:
    """The word to whoever asked."""
    said = f"{conclusion(given)} {given.note}".strip()
    return {
        "resourceType": "Communication",
        "identifier": [identifier(uuid)],
        "basedOn": [{"type": "Task", "reference": given.task}],
        "status": "completed",
        "subject": given.subject,
        "about": [
            {"type": "DiagnosticReport", "reference": given.report},
            reference("DiagnosticReport", given.id),
        ],
        "sent": _instant(given),
        "sender": who,
        "payload": [{"contentString": said}],
    }


def _provenance(given: Given, who: Json, uuid: str, seen: str) -> Json:
    verifier = concept(coding(System.PARTICIPANT, "verifier"))
    looked_at = {"type": "DiagnosticReport", "reference": given.report}
    return {
        "resourceType": "Provenance",
        "id": uuid,
        "target": [reference("DiagnosticReport", given.id), reference("Observation", seen)],
        "recorded": _instant(given),
        "agent": [{"type": verifier, "who": who}],
        "entity": [{"role": "revision", "what": looked_at}],
    }


def _instant(given: Given) -> str:
    return given.at.isoformat(timespec="seconds")
