"""What a reviewer is shown of a case: report, picture, heat map, and the opinions before."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from core.reporting.coding import Json, System, urn
from core.reporting.fhir_pictures import binary_id
from core.reporting.fhir_reading import report_from
from core.reporting.report import PictureKind, Report
from core.sync.failures import SyncError, SyncFailure
from core.sync.opinions import Received, pull, relative
from core.sync.server import FhirServer
from core.sync.tasks import OpenTask

#: Bytes of a picture that is shown.
_MOST_BYTES = 12_000_000


@dataclass(frozen=True, kw_only=True)
class Reviewable:
    """A case as a reviewer sees it. ``resource`` is the server's name of its report; ``image`` and
    ``heat_map`` are None where the clinic sends none, or where the server has none yet."""

    task: OpenTask
    report: Report
    resource: str
    subject: Json
    image: bytes | None = field(default=None, repr=False)
    heat_map: bytes | None = field(default=None, repr=False)
    opinions: tuple[Received, ...] = ()


def reviewable(server: FhirServer, task: OpenTask) -> Reviewable:
    """The case that a Task asks about. Raises ``SyncError``, and ``ReportError`` where what the
    server has is no report of ours."""
    told = _report_resource(server, task)
    held = _Gathered(server)
    held.take(told)
    for each in told.get("result", []):
        _with_its_own(held, held.follow(each))
    pictures = [held.follow(each["link"]) for each in told.get("media", [])]
    for provenance in _provenances(server, told):
        held.take(provenance)
        for agent in provenance.get("agent", []):
            held.follow(agent.get("who", {}))
    report = report_from(held.bundle)
    found = {_binary_of(each): each for each in pictures if each}
    return Reviewable(
        task=task,
        report=report,
        resource=f"DiagnosticReport/{told['id']}",
        subject=dict(told["subject"]),
        image=_picture(server, found, binary_id(report.case_id, PictureKind.IMAGE)),
        heat_map=_picture(server, found, binary_id(report.case_id, PictureKind.HEAT_MAP)),
        opinions=tuple(pull(server, [report.case_id])),
    )


def _report_resource(server: FhirServer, task: OpenTask) -> Json:
    """The report that the Task points at, by name or by our identifier."""
    name = relative(task.report.get("reference", ""))
    if name.startswith("DiagnosticReport/"):
        return server.get(name).resource or {}
    known = task.report.get("identifier", {})
    queries = [f"{known.get('system')}|{known.get('value')}"]
    if task.case_id:
        # The report may have been confirmed since, under another id.
        queries.append(f"{System.CASE.value}|{urn(task.case_id)}")
    for query in queries:
        for resource in server.search("DiagnosticReport", {"identifier": query}):
            if resource["resourceType"] == "DiagnosticReport":
                return resource
    raise SyncError(SyncFailure.SYNC_REFUSED, status=404)


def _with_its_own(held: _Gathered, observation: Json | None) -> None:
    if observation is None:
        return
    held.follow(observation.get("device", {}))
    for name in ("derivedFrom", "performer"):
        for each in observation.get(name, []):
            held.follow(each)


def _provenances(server: FhirServer, report: Json) -> list[Json]:
    """Of their own, or inside the report where the server chooses ids by itself."""
    inside = [each for each in report.get("contained", []) if each["resourceType"] == "Provenance"]
    name = f"DiagnosticReport/{report['id']}"
    for each in inside:
        first, *others = each["target"]
        each["target"] = [{**first, "reference": name}, *others]
    if inside:
        return inside
    found = server.search("Provenance", {"target": name})
    return [each for each in found if each["resourceType"] == "Provenance"]


def _binary_of(media: Json) -> str:
    return relative(media.get("content", {}).get("url", "")).removeprefix("Binary/")


def _picture(server: FhirServer, media: dict[str, Json], uuid: str) -> bytes | None:
    """The bytes of a picture; None where the server has none: images travel after the results."""
    if uuid not in media:
        return None
    try:
        told = server.get(f"Binary/{uuid}").resource or {}
        content = base64.b64decode(told["data"], validate=True)
    except SyncError as error:
        if error.is_passing:
            raise
        return None
    except (KeyError, TypeError, binascii.Error):
        return None
    return content if len(content) <= _MOST_BYTES else None


class _Gathered:
    """Resources that belong together, each read once, as a Bundle."""

    def __init__(self, server: FhirServer) -> None:
        self._server = server
        self._held: dict[str, Json | None] = {}

    def take(self, resource: Json) -> None:
        self._held[f"{resource['resourceType']}/{resource.get('id')}"] = resource

    def follow(self, stated: Json) -> Json | None:
        """What a reference leads to; None where it leads nowhere on this server."""
        name = relative(stated.get("reference", ""))
        if "/" not in name:
            return None
        if name not in self._held:
            try:
                self._held[name] = self._server.get(name).resource
            except SyncError as error:
                if error.status not in (403, 404, 410):
                    raise
                self._held[name] = None
        return self._held[name]

    @property
    def bundle(self) -> Json:
        entries = [{"fullUrl": name, "resource": each} for name, each in self._held.items() if each]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}
