"""Reviewers' opinions on a device's cases, as its server has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.reporting.coding import Act, Extension, Json, System, urn
from core.sync.failures import SyncError
from core.sync.opinions_given import OTHER, Outcome
from core.sync.server import FhirServer

#: What is asked for again at each pull: a server's transactions may become visible a little after
#: their ``lastUpdated``, and clocks of its machines differ.
OVERLAP = timedelta(minutes=15)
#: Cases of one search: what keeps its address below what servers take.
_CASES_A_SEARCH = 25


@dataclass(frozen=True, kw_only=True)
class Received:
    """An opinion as the server holds it: ``resource`` in its ``version``. ``follows`` are the
    server's names of the reports that it replaces: the reading's own, and opinions before.
    ``account`` is the reviewer's own number where they answered under an account of their
    device."""

    case_id: str
    resource: str
    version: str
    outcome: Outcome
    reviewer: str
    reviewer_name: str
    at: datetime
    account: str = ""
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
    # Times are in seconds: what follows another comes after it, also within one.
    return sorted(found.values(), key=lambda each: (each.at, len(each.follows), each.origin))


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
            account=str(who.get("identifier", {}).get("value", "")),
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


def former_of(opinions: Sequence[Received], account: str, practitioner: str) -> str:
    """The server's name of the last opinion that the same person gave; empty for none. Who it was
    is told by account or Practitioner, never by name: two doctors may share one."""
    own = [
        each.resource
        for each in opinions
        if (account and each.account == account) or (practitioner and each.reviewer == practitioner)
    ]
    return own[-1] if own else ""


def _code(concept: Json, system: System) -> str:
    stated = concept.get("coding", [])
    return next((str(each["code"]) for each in stated if each["system"] == system.value), "")


def _label(held: Json) -> str:
    """A class of the pack; OTHER for what is none of them; empty where nothing is stated."""
    if _code(held, System.OPINION) == OTHER:
        return OTHER
    return _code(held, System.PACK_CLASS).split(".", 1)[-1]
