"""Earlier reports of one patient, as the clinic's server has them.

The server is asked for the pseudonym alone, and for nothing about anyone else.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.reporting.coding import System
from core.reporting.fhir_reading import reports_from
from core.reporting.report import Report, ReportError
from core.sync.discovery import Json
from core.sync.failures import SyncError
from core.sync.server import FhirServer

#: Reports that are fetched at most: of one person, a clinician reads the newest.
MOST = 50
#: What a report points to, by kind: without these it cannot be shown.
_POINTERS = {
    "DiagnosticReport": ("result", "subject", "media"),
    "Observation": ("device", "derivedFrom"),
    "Provenance": ("agent",),
}


def earlier_reports(server: FhirServer, pseudonym: str) -> list[Report]:
    """Reports of ours on this pseudonym, the newest first; at most ``MOST``.

    One that cannot be understood, or whose parts the server does not give out, is passed over.
    Raises ``SyncError`` when the server cannot be asked.
    """
    found: list[Report] = []
    for told in _asked(server, pseudonym):
        bundle = _whole(server, told)
        try:
            found += [each for each in reports_from(bundle) if each.pseudonym == pseudonym]
        except ReportError:
            continue
    return sorted(found, key=lambda each: each.read_at.known, reverse=True)


def _asked(server: FhirServer, pseudonym: str) -> list[Json]:
    """The DiagnosticReports about the pseudonym. Servers differ on which of these they know; one
    that ignores a question answers with everyone, so the subject is looked at again afterwards."""
    known = f"{System.PSEUDONYM.value}|{pseudonym}"
    found: dict[str, Json] = {}
    for question in ("subject:identifier", "subject.identifier"):
        query = {question: known, "_sort": "-date", "_count": str(MOST)}
        try:
            for resource in _first(server.search("DiagnosticReport", query)):
                if resource["resourceType"] == "DiagnosticReport" and _may_be(resource, pseudonym):
                    found[str(resource.get("id"))] = resource
        except SyncError as error:
            if error.is_passing:
                raise
    return list(found.values())


def _first(resources: Iterator[Json]) -> Iterator[Json]:
    for number, resource in enumerate(resources):
        if number >= MOST:
            return
        yield resource


def _may_be(report: Json, pseudonym: str) -> bool:
    """Whether a report's subject is this pseudonym, or a Patient that has yet to be looked at."""
    subject = report.get("subject")
    if not isinstance(subject, dict):
        return False
    stated = subject.get("identifier")
    if isinstance(stated, dict):
        return (stated.get("system"), stated.get("value")) == (System.PSEUDONYM.value, pseudonym)
    return "reference" in subject


def _whole(server: FhirServer, report: Json) -> Json:
    """A Bundle of the report, its Provenance, and all that they point to."""
    resources = [report, *_provenance(server, report)]
    seen = {_name(each) for each in resources}
    for resource in resources:  # grows while it is walked
        for reference in _references(resource):
            name = "/".join(reference.split("/_history/")[0].split("/")[-2:])
            if name in seen or "/" not in name:
                continue
            seen.add(name)
            pointed = _got(server, name)
            if pointed is not None:
                resources.append(pointed)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": _name(each), "resource": each} for each in resources],
    }


def _provenance(server: FhirServer, report: Json) -> list[Json]:
    query = {"target": _name(report), "_count": "10"}
    found = _first(server.search("Provenance", query))
    return [each for each in found if each["resourceType"] == "Provenance"]


def _got(server: FhirServer, name: str) -> Json | None:
    try:
        return server.get(name).resource
    except SyncError as error:
        if error.is_passing:
            raise
        return None


def _name(resource: Json) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _references(resource: Json) -> Iterator[str]:
    """Where a resource of a kind that matters points, of what is needed to show a report."""
    for key in _POINTERS.get(str(resource.get("resourceType")), ()):
        yield from _within(resource.get(key))


def _within(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                yield inner
            else:
                yield from _within(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _within(each)
