"""A report as one FHIR R4 transaction (https://hl7.org/fhir/R4/), built of plain dicts.

Every resource carries an identifier that this device made, and is created only where the server
has none of that identifier (``ifNoneExist``); Provenance and Binary, which have no identifier in
R4, are put under a UUID of ours. So a delivery may be repeated without harm, on any server that
honours conditional creates and updates as creates.

Nothing is ever changed on the server: ``ifNoneExist`` does not update. A correction is a report
with an id of its own that names what it replaces.
"""

from __future__ import annotations

from urllib.parse import quote

from core.reporting.coding import Json, urn
from core.reporting.fhir_actors import device, patients, practitioners
from core.reporting.fhir_conclusion import diagnostic_report, provenance, task
from core.reporting.fhir_findings import image, observations
from core.reporting.fhir_pictures import binaries, media
from core.reporting.report import Report, SecondOpinion


def transaction(report: Report) -> Json:
    """The report as a Bundle of type ``transaction``, ready for ``json.dumps``.

    In this order, as far as there is something to say: Patient, Practitioner, Device,
    ImagingStudy (for DICOM) or Media (for a picture), further Media, an Observation per finding,
    one for the clinician's opinion, DiagnosticReport, Task, Binary, Provenance. The same report
    always gives the same Bundle.
    """
    resources = [
        *patients(report),
        *practitioners(report),
        device(report),
        image(report),
        *media(report),
        *observations(report),
        diagnostic_report(report),
        *([task(report)] if report.second_opinion is SecondOpinion.ASKED else []),
    ]
    entries = [_created(uuid, resource) for uuid, resource in resources]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [*entries, *(_put(*each) for each in [*binaries(report), provenance(report)])],
    }


def _created(uuid: str, resource: Json) -> Json:
    """An entry that creates the resource unless the server has it (R4 http.html, "ccreate")."""
    first = resource["identifier"][0]
    request = {
        "method": "POST",
        "url": resource["resourceType"],
        "ifNoneExist": f"identifier={_escaped(first['system'])}|{_escaped(first['value'])}",
    }
    return {"fullUrl": urn(uuid), "resource": resource, "request": request}


def _put(uuid: str, resource: Json) -> Json:
    url = f"{resource['resourceType']}/{uuid}"
    return {
        "fullUrl": urn(uuid),
        "resource": resource,
        "request": {"method": "PUT", "url": url},
    }


def _escaped(text: str) -> str:
    """For a query; the backslash is FHIR's own escape in a search value (R4 search.html)."""
    for special in ("\\", "|", ",", "$"):
        text = text.replace(special, "\\" + special)
    return quote(text, safe=":/")
