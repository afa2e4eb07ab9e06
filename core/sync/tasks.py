"""A second opinion that is asked for: a FHIR Task (R4 task.html) that points at a reading.

A Task is a note of work and the only thing on the server that is ever changed: who has taken it,
that it was answered, and by which reports. Nothing clinical stands in it (docs/second-opinion.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from core.reporting.coding import (
    Act,
    Json,
    System,
    coding,
    concept,
    identifier,
    known_as,
    part_id,
    urn,
)
from core.reporting.sentences import ReportSentence
from core.sentences import Sentence
from core.sync.failures import SyncError, SyncFailure
from core.sync.server import FhirServer
from core.sync.writing import Creation, Plan

#: How often a Task that others change at the same time is read again and changed.
MOST_TRIES = 8


class Urgency(StrEnum):
    """How soon an answer is needed (R4 request-priority), the most urgent first."""

    NOW = "stat"
    TODAY = "urgent"
    WHEN_THERE_IS_TIME = "routine"

    @property
    def rank(self) -> int:
        return list(Urgency).index(self)


class AskReason(Sentence):
    """Why someone asks. A closed list: what is typed could name the patient."""

    ASK_UNCERTAIN = "The program is not sure. What do you see?"
    ASK_DISAGREES = "I see something else than the program. What do you see?"
    ASK_CONFIRM = "Please confirm before we act on it."
    ASK_REFUSED = "The program does not read this image. What do you see?"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What the field wants to know. ``case_id`` and ``report_id`` are UUIDs; ``at`` carries its UTC
    offset; ``asked_by`` is the number of a user of the vault, empty when nobody is to be named."""

    case_id: str
    report_id: str
    at: datetime
    reason: AskReason
    urgency: Urgency = Urgency.WHEN_THERE_IS_TIME
    asked_by: str = ""
    pseudonym: str | None = None

    @property
    def id(self) -> str:
        """The UUID of the Task: the same however often it is sent."""
        return part_id(self.case_id, f"ask {self.at.astimezone(UTC).isoformat()}")


def task_of(ask: Ask) -> Json:
    """The Task. It points by identifier, so that the server need not have the report yet."""
    resource: Json = {
        "resourceType": "Task",
        "identifier": [identifier(ask.id)],
        "groupIdentifier": {"system": System.CASE.value, "value": urn(ask.case_id)},
        "status": "requested",
        "intent": "order",
        "priority": ask.urgency.value,
        "code": concept(coding(System.ACT, Act.SECOND_OPINION), text="Second opinion"),
        "description": ReportSentence.SECOND_OPINION.say().text,
        "focus": known_as("DiagnosticReport", ask.report_id),
        "for": _patient(ask),
        "authoredOn": ask.at.isoformat(timespec="seconds"),
        "lastModified": ask.at.isoformat(timespec="seconds"),
        "reasonCode": concept(
            coding(System.ASK_REASON, ask.reason.code), text=ask.reason.say().text
        ),
    }
    if ask.asked_by:
        known = {"system": System.USER.value, "value": ask.asked_by}
        resource["requester"] = {"type": "Practitioner", "identifier": known}
    return resource


def _patient(ask: Ask) -> Json:
    if ask.pseudonym is None:
        return {"type": "Patient", "display": ReportSentence.PATIENT_NOT_NAMED.say().text}
    known = {"system": System.PSEUDONYM.value, "value": ask.pseudonym}
    return {"type": "Patient", "identifier": known}


def send_ask(server: FhirServer, plan: Plan, ask: Ask) -> None:
    """Create the Task, at most once, in the way this server allows. Raises ``SyncError``."""
    resource = task_of(ask)
    if plan.creation is Creation.CLIENT_IDS:
        if _found(server, ask.id) is None:
            server.put(f"Task/{ask.id}", {**resource, "id": ask.id})
        return
    if plan.creation is Creation.SEARCHED and _found(server, ask.id) is not None:
        return
    condition = f"identifier={System.URI.value}|{urn(ask.id)}"
    conditional = plan.creation is Creation.CONDITIONAL
    server.post("Task", resource, if_none_exist=condition if conditional else None, minimal=True)


def _found(server: FhirServer, uuid: str) -> Json | None:
    query = {"identifier": f"{System.URI.value}|{urn(uuid)}", "_count": "1"}
    return next(iter(server.search("Task", query)), None)


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A question on the server that nobody has answered. ``name`` is the server's (``Task/7``);
    ``taken_by`` says who is at it, empty when nobody is."""

    name: str
    case_id: str
    report: Json
    urgency: Urgency
    asked_at: datetime
    reason: str
    taken_by: str = ""


def open_tasks(server: FhirServer) -> list[OpenTask]:
    """Every question that is open, the most urgent first, and of those the oldest. Tasks of others,
    and those that make no sense here, are passed over. Raises ``SyncError``."""
    query = {
        "code": f"{System.ACT.value}|{Act.SECOND_OPINION.value}",
        "status": "requested,in-progress",
        "_count": "100",
    }
    found: dict[str, OpenTask] = {}
    for resource in server.search("Task", query):
        task = _open_task(resource)
        if task:
            found[task.name] = task
    return sorted(found.values(), key=lambda task: (task.urgency.rank, task.asked_at))


def _open_task(resource: Json) -> OpenTask | None:
    try:
        if resource["resourceType"] != "Task" or resource["status"] not in _OPEN:
            return None
        owner = resource.get("owner", {})
        return OpenTask(
            name=f"Task/{resource['id']}",
            case_id=_case_id(resource),
            report=dict(resource["focus"]),
            urgency=_urgency(resource.get("priority")),
            asked_at=datetime.fromisoformat(resource["authoredOn"]),
            reason=str(resource.get("reasonCode", {}).get("text", "")),
            taken_by=str(owner.get("display") or owner.get("reference") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


_OPEN = ("requested", "in-progress")


def _case_id(resource: Json) -> str:
    """Empty where the Task came in one transaction with its report, which names the case."""
    group = resource.get("groupIdentifier", {})
    if group.get("system") != System.CASE.value:
        return ""
    return str(group["value"]).removeprefix("urn:uuid:")


def _urgency(priority: object) -> Urgency:
    """R4's four priorities as our three; what is not stated can wait."""
    if priority == "asap":
        return Urgency.NOW
    try:
        return Urgency(str(priority))
    except ValueError:
        return Urgency.WHEN_THERE_IS_TIME


def take(server: FhirServer, name: str, who: Json) -> bool:
    """Say that ``who`` (a reference to a Practitioner) is at it. Whether nobody else had taken it
    before: that hinders no one from answering, for whoever took it may have lost their network.
    Raises ``SyncError``."""

    def taken(task: Json) -> Json | None:
        if task.get("status") != "requested":
            return None
        return {**task, "status": "in-progress", "owner": who}

    return _change(server, name, taken)


def complete(server: FhirServer, name: str, report: str, at: datetime) -> None:
    """Add ``report`` (``DiagnosticReport/7``) to the answers, and close the Task. Answers of others
    stay, however many come at once. Raises ``SyncError``."""
    output: Json = {
        "type": concept(coding(System.ACT, Act.SECOND_OPINION), text="Second opinion"),
        "valueReference": {"type": "DiagnosticReport", "reference": report},
    }

    def answered(task: Json) -> Json | None:
        there = list(task.get("output", []))
        if any(each.get("valueReference", {}).get("reference") == report for each in there):
            return None
        modified = at.isoformat(timespec="seconds")
        return {**task, "status": "completed", "output": [*there, output], "lastModified": modified}

    _change(server, name, answered)


def _change(server: FhirServer, name: str, changed: Callable[[Json], Json | None]) -> bool:
    """Change a Task as it is now. Where someone else was faster (412, 409), it is read again:
    nothing that they wrote is lost."""
    for _ in range(MOST_TRIES):
        told = server.get(name)
        task = changed(told.resource or {})
        if task is None:
            return False
        version = str((told.resource or {}).get("meta", {}).get("versionId", ""))
        try:
            server.put(name, task, if_match=told.etag or (f'W/"{version}"' if version else None))
            return True
        except SyncError as error:
            if error.status not in (409, 412):
                raise
    raise SyncError(SyncFailure.SYNC_BUSY, status=409)
