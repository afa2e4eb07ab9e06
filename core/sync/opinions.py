"""A reviewer's opinion on a reading: written as new resources, and read back by who asked.

The rule (docs/second-opinion.md): clinical content is only ever added. An opinion is a
DiagnosticReport of its own that names the one it follows; the reading's own report stays as it was,
and so does every opinion before. So two reviewers at once make two opinions, and lose none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from core.sync.failures import SyncError
from core.sync.server import FhirServer

#: What is asked for again at each pull: a server's transactions may become visible a little after
#: their ``lastUpdated``, and clocks of its machines differ.
OVERLAP = timedelta(minutes=15)
#: Cases of one search: what keeps its address below what servers take.
_CASES_A_SEARCH = 25


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
    before the reading was shown. ``at`` and ``read_at`` carry their UTC offset.
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
    named = {**reference("Practitioner", clinician_id(given.reviewer)), **display}
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
        held = concept(coding(System.PACK_CLASS, _class(given, given.first_impression)))
        components.append({"code": name, "valueCodeableConcept": held})
    if components:
        resource["component"] = components
    if given.note:
        resource["note"] = [{"text": given.note}]
    return resource


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


@dataclass(frozen=True, kw_only=True)
class Received:
    """An opinion as the server holds it: ``resource`` in its ``version``. ``follows`` are the
    server's names of the reports that it replaces: the reading's own, and opinions before."""

    case_id: str
    resource: str
    version: str
    outcome: Outcome
    reviewer: str
    reviewer_name: str
    at: datetime
    label: str = ""
    display: str = ""
    first_impression: str = ""
    note: str = field(default="", repr=False)
    follows: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return f"{self.resource}/_history/{self.version}"


def pull(
    server: FhirServer, cases: Collection[str], since: datetime | None = None
) -> list[Received]:
    """Every opinion on these cases (UUIDs), the oldest first, each version once.

    ``since`` is the server's time when it was last asked with success: then only what is newer is
    fetched, with ``OVERLAP``. A device asks for its own cases alone, so that a large server sends
    it no one else's. What makes no sense here is passed over. Raises ``SyncError``.
    """
    found: dict[str, Received] = {}
    asked = sorted(cases)
    for start in range(0, len(asked), _CASES_A_SEARCH):
        for each in _pulled(server, asked[start : start + _CASES_A_SEARCH], since):
            found[each.origin] = each
    return sorted(found.values(), key=lambda each: (each.at, each.origin))


def _pulled(server: FhirServer, cases: Sequence[str], since: datetime | None) -> Iterator[Received]:
    query = {
        "identifier": ",".join(f"{System.OPINION_ON.value}|{urn(case)}" for case in cases),
        "_include": "DiagnosticReport:result",
        "_count": "50",
    }
    if since is not None and "DiagnosticReport" in server.capabilities.last_updated:
        query["_lastUpdated"] = f"ge{(since - OVERLAP).isoformat(timespec='seconds')}"
    reports: list[Json] = []
    observations: dict[str, Json] = {}
    for resource in server.search("DiagnosticReport", query):
        if resource["resourceType"] == "DiagnosticReport":
            reports.append(resource)
        elif resource["resourceType"] == "Observation":
            observations[f"Observation/{resource.get('id')}"] = resource
    for report in reports:
        if each := _received(server, report, observations, set(cases)):
            yield each


def _received(
    server: FhirServer, report: Json, observations: dict[str, Json], cases: set[str]
) -> Received | None:
    try:
        case_id = next(
            str(each["value"]).removeprefix("urn:uuid:")
            for each in report["identifier"]
            if each.get("system") == System.OPINION_ON.value
        )
        name = relative(report["result"][0]["reference"])
        seen = observations.get(name) or server.get(name).resource or {}
        who = report["resultsInterpreter"][0]
        parts = {_code(each["code"], System.ACT): each for each in seen.get("component", [])}
        held = parts.get(Act.CLINICIANS_CLASS, {}).get("valueCodeableConcept", {})
        first = parts.get(Act.FIRST_IMPRESSION, {}).get("valueCodeableConcept", {})
        if case_id not in cases:
            return None
        return Received(
            case_id=case_id,
            resource=f"DiagnosticReport/{report['id']}",
            version=str(report.get("meta", {}).get("versionId", "1")),
            outcome=Outcome(_code(seen["valueCodeableConcept"], System.OPINION)),
            reviewer=relative(who.get("reference", "")),
            reviewer_name=str(who.get("display", "")),
            at=datetime.fromisoformat(report["issued"]),
            label=_label(held),
            display=str(held.get("text", "")),
            first_impression=_label(first),
            note=" ".join(str(each["text"]) for each in seen.get("note", [])),
            follows=tuple(
                relative(each["valueReference"]["reference"])
                for each in report.get("extension", [])
                if each["url"] == Extension.REPORT_REPLACES.value
            ),
        )
    except SyncError as error:
        if error.is_passing:
            raise
        return None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration):
        return None


def relative(name: str) -> str:
    """A server's name of a resource without its address and version (``Observation/7``)."""
    return "/".join(str(name).split("/_history/")[0].split("/")[-2:])


def _code(concept_: Json, system: System) -> str:
    return next((str(e["code"]) for e in concept_["coding"] if e["system"] == system.value), "")


def _label(held: Json) -> str:
    code = _code(held, System.PACK_CLASS) if held else ""
    return code.split(".", 1)[-1]
