"""What a programmer may get wrong in a FHIR report, one fault at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


def the(bundle: Json, kind: str) -> Json:
    """The last resource of its kind: for Observation the one with all it can have."""
    found: Json = [
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind
    ][-1]
    return found


def a_probability(bundle: Json) -> Json:
    """An Observation of the program's."""
    found = (entry["resource"] for entry in bundle["entry"])
    told: Json = next(each for each in found if "valueQuantity" in each)
    return told


def lacks(kind: str, key: str) -> Callable[[Json], object]:
    return lambda bundle: the(bundle, kind).pop(key)


def says(kind: str, key: str, value: object) -> Callable[[Json], object]:
    return lambda bundle: the(bundle, kind).update({key: value})


#: Spoils a transaction of tests.reporting.reports.confirmed, by what is wrong with it then.
FAULTS: dict[str, Callable[[Json], object]] = {
    "an Observation without its code": lacks("Observation", "code"),
    "an Observation without its status": lacks("Observation", "status"),
    "an Observation of a status there is not": says("Observation", "status", "done"),
    "an Observation with two values": says("Observation", "valueString", "0.9"),
    "a misspelt element": says("Observation", "valueQuantityy", {"value": 1}),
    "a probability as text": lambda b: a_probability(b)["valueQuantity"].update(value="0.9"),
    "one category where a list belongs": says("Observation", "category", {"text": "imaging"}),
    "a time without its zone": says("Observation", "issued", "2026-11-23T09:30:00"),
    "a day that is no date": says("Observation", "effectiveDateTime", "23/11/2026"),
    "a DiagnosticReport without its code": lacks("DiagnosticReport", "code"),
    "a DiagnosticReport without its status": lacks("DiagnosticReport", "status"),
    "a result that is no reference": says("DiagnosticReport", "result", ["Observation/1"]),
    "a conclusion that is a list": says("DiagnosticReport", "conclusion", ["Fracture"]),
    "an ImagingStudy without its subject": lacks("ImagingStudy", "subject"),
    "a Provenance without its agent": lacks("Provenance", "agent"),
    "a Provenance without its target": lacks("Provenance", "target"),
    "a Provenance of a role there is not": lambda b: the(b, "Provenance")["entity"][0].update(
        role="parent"
    ),
    "a Task without its intent": lacks("Task", "intent"),
    "a Task of a status there is not": says("Task", "status", "open"),
    "a Device name without its type": lambda b: the(b, "Device")["deviceName"][0].pop("type"),
    "a Practitioner with one name where a list belongs": says(
        "Practitioner", "name", {"text": "A. Nurse"}
    ),
    "a Binary without its type": lacks("Binary", "contentType"),
    "a Media without its content": lacks("Media", "content"),
    "a Media whose height is text": says("Media", "height", "tall"),
    "a Patient with one identifier where a list belongs": says(
        "Patient", "identifier", {"value": "K7QX"}
    ),
    "an opinion that is a word where a concept belongs": says(
        "Observation", "valueCodeableConcept", "agrees"
    ),
    "an entry whose method there is not": lambda b: b["entry"][0]["request"].update(method="SEND"),
    "a Bundle of a type there is not": lambda b: b.update(type="parcel"),
    "a resource of a kind there is not": lambda b: the(b, "Task").update(resourceType="Job"),
}
