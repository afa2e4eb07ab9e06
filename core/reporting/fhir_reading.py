"""FHIR R4 back into a report: what a server holds of ours, shown again on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from core.imaging.study import Source
from core.reading.result import PackIdentity, Reading, Verdict
from core.reporting.coding import Act, Extension, Json, Standing, System
from core.reporting.fhir_actors import SOFTWARE
from core.reporting.report import (
    Agreement,
    Clinician,
    Confirmation,
    ReadAt,
    Replaced,
    Report,
    ReportError,
    SecondOpinion,
    Subject,
)
from core.reporting.sentences import ReportFailure
from core.sentences import Statement


def report_from(bundle: Json) -> Report:
    """The one report in a Bundle: a transaction of ours, or what a search returned.

    A search must bring what the report points to, and its Provenance; docs/fhir.md has one that
    does. Not sent, and so not found again: route, guidance, frames, timing, the classes of the
    pack, what a rejected reading had for probabilities, and pictures. Probabilities have
    ``fhir_findings.DECIMALS`` decimals.

    Raises ``ReportError``: ``report_not_ours``, or ``report_damaged`` with the resource's kind.
    """
    found = reports_from(bundle)
    if not found:
        raise ReportError(ReportFailure.REPORT_NOT_OURS)
    with _part("DiagnosticReport"):
        (report,) = found
        return report


def reports_from(bundle: Json) -> list[Report]:
    """Every report of ours in a Bundle, such as those about one pseudonym, in its order.

    Other people's reports are passed over. Raises ``ReportError`` (``report_damaged``).
    """
    held = _Held(bundle)
    with _part("DiagnosticReport"):
        ours = held.our_reports()
    return [_report(held, told) for told in ours]


def _report(held: _Held, told: Json) -> Report:
    with _part("DiagnosticReport"):
        observations = [held.follow(each) for each in told["result"]]
        known = datetime.fromisoformat(told["effectiveDateTime"])
        verdict, *reasons = told["conclusionCode"]
        id_, case_id = _ours(told, System.URI), _ours(told, System.CASE)
        source = Source.DICOM if "imagingStudy" in told else Source.PICTURE
        reading_verdict = Verdict(_code(verdict, System.VERDICT))
        statements = tuple(Statement(_code(each, System.REASON), each["text"]) for each in reasons)
        pseudonym, subject = held.subject(told)
    with _part("Observation"):
        findings = {_label(each): each for each in observations if "valueQuantity" in each}
        probabilities = {label: float(_value(each)) for label, each in findings.items()}
        leading = [label for label, each in findings.items() if _is(each, Standing.LEADING)]
        possible = tuple(label for label, each in findings.items() if _is(each, Standing.POSSIBLE))
        device = held.follow(observations[0]["device"])
        image = held.follow(observations[0]["derivedFrom"][0])
    with _part("Device"):
        pack = _pack(device)
    with _part("Provenance"):
        (provenance,) = held.pointing_to(told, "Provenance", "target")
        read_at = ReadAt(datetime.fromisoformat(provenance["occurredDateTime"]), known)
        software = _software(provenance)
    with _part("DiagnosticReport"):
        return Report(
            id=id_,
            case_id=case_id,
            reading=Reading(
                verdict=reading_verdict,
                reasons=statements,
                pack=pack,
                probabilities=probabilities,
                prediction_set=possible,
                finding=leading[0] if leading else None,
            ),
            read_at=read_at,
            software=software,
            source=source,
            modality=_modality(image),
            pseudonym=pseudonym,
            subject=subject,
            clinician=held.clinician(provenance, "enterer"),
            second_opinion=held.second_opinion(told),
            replaces=_replaced(told, findings),
            confirmation=_confirmation(observations, held.clinician(provenance, "verifier")),
        )


@contextmanager
def _part(kind: str) -> Iterator[None]:
    """Read a part that a server sent; whatever does not fit is that part's damage."""
    try:
        yield
    except ReportError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        # The chain is cut: its messages may quote the server's data.
        raise ReportError(ReportFailure.REPORT_DAMAGED, part=kind) from None


class _Held:
    """The resources of a Bundle, by the names that others of them point with."""

    def __init__(self, bundle: Json) -> None:
        self._by_name: dict[str, Json] = {}
        self._all: list[Json] = []
        with _part("Bundle"):
            for entry in bundle["entry"]:
                resource = entry["resource"]
                self._all.append(resource)
                self._by_name[entry.get("fullUrl", "")] = resource
                self._by_name[f"{resource['resourceType']}/{resource.get('id')}"] = resource

    def of_kind(self, kind: str) -> list[Json]:
        return [each for each in self._all if each["resourceType"] == kind]

    def follow(self, reference: Json) -> Json:
        return self._by_name[self._name(reference)]

    def _name(self, reference: Json) -> str:
        return str(reference.get("reference", "")).split("/_history/")[0]

    def pointing_to(self, target: Json, kind: str, key: str) -> list[Json]:
        """The resources of a kind whose ``key``, one reference or several, leads to a target."""
        found = []
        for each in self.of_kind(kind):
            stated = each[key] if isinstance(each[key], list) else [each[key]]
            if any(self._by_name.get(self._name(one)) is target for one in stated):
                found.append(each)
        return found

    def our_reports(self) -> list[Json]:
        return [
            each
            for each in self.of_kind("DiagnosticReport")
            if any(known.get("system") == System.CASE for known in each.get("identifier", []))
        ]

    def subject(self, told: Json) -> tuple[str | None, Subject]:
        """The pseudonym, and whether the server was to make a Patient of it."""
        stated = told["subject"]
        if "reference" in stated:
            (known,) = self.follow(stated)["identifier"]
            return _pseudonym(known), Subject.CREATED
        known = stated.get("identifier")
        return (None if known is None else _pseudonym(known)), Subject.BY_IDENTIFIER

    def clinician(self, provenance: Json, role: str) -> Clinician | None:
        """The person of this role in a Provenance, where the server sent the Practitioner too."""
        for agent in provenance["agent"]:
            if _codes(agent["type"], System.PARTICIPANT) == [role]:
                person = self._by_name.get(self._name(agent["who"]))
                if person is not None:
                    known, name = person["identifier"][0], person.get("name")
                    text = name[0]["text"] if name else None
                    return Clinician(known["system"], known["value"], text)
        return None

    def second_opinion(self, told: Json) -> SecondOpinion:
        asked = [
            each
            for each in self.pointing_to(told, "Task", "focus")
            if _codes(each["code"], System.ACT) == [Act.SECOND_OPINION]
        ]
        return SecondOpinion.ASKED if asked else SecondOpinion.NOT_ASKED


def _modality(image: Json) -> str | None:
    stated = image.get("modality")
    if stated is None:
        return None
    coded = stated[0] if isinstance(stated, list) else stated["coding"][0]
    return str(coded["code"])


def _codes(concept: Json, system: System) -> list[str]:
    return [str(each["code"]) for each in concept["coding"] if each["system"] == system]


def _code(concept: Json, system: System) -> str:
    (code,) = _codes(concept, system)
    return code


def _uuid(known: Json) -> str:
    return str(known["value"].removeprefix("urn:uuid:"))


def _ours(resource: Json, system: System) -> str:
    (uuid,) = (_uuid(each) for each in resource["identifier"] if each["system"] == system)
    return uuid


def _pseudonym(known: Json) -> str:
    if known["system"] != System.PSEUDONYM:
        raise ValueError("not a pseudonym of ours")
    return str(known["value"])


def _confirmation(observations: list[Json], clinician: Clinician | None) -> Confirmation | None:
    """What a clinician said, where the server sent the Practitioner too."""
    said = [each for each in observations if Act.OPINION in _codes(each["code"], System.ACT)]
    if not said or clinician is None:
        return None
    (opinion,) = said
    held = [each["valueCodeableConcept"] for each in opinion.get("component", [])]
    labels = [_code(each, System.PACK_CLASS).split(".", 1)[-1] for each in held]
    return Confirmation(
        clinician=clinician,
        at=datetime.fromisoformat(opinion["effectiveDateTime"]),
        agreement=Agreement(_code(opinion["valueCodeableConcept"], System.OPINION)),
        organisation=str(opinion["performer"][0]["display"]),
        label=labels[0] if labels else None,
    )


def _label(observation: Json) -> str:
    return _code(observation["code"], System.PACK_CLASS).split(".", 1)[1]


def _value(observation: Json) -> Any:
    quantity = observation["valueQuantity"]
    if (quantity["system"], quantity["code"]) != (System.UCUM, "1"):
        raise ValueError("not a probability from 0 to 1")
    return quantity["value"]


def _is(observation: Json, standing: Standing) -> bool:
    stated = observation.get("interpretation", [])
    return any(standing in _codes(each, System.STANDING) for each in stated)


def _pack(device: Json) -> PackIdentity | None:
    """The pack that the Device stands for; None for Outpost itself."""
    if device["modelNumber"] == SOFTWARE:
        return None
    return PackIdentity(
        id=str(device["modelNumber"]),
        version=str(device["version"][0]["value"]),
        status=_code(device["property"][0]["valueCode"][0], System.PACK_STATUS),
        title=str(device["deviceName"][0]["name"]),
    )


def _software(provenance: Json) -> str:
    (assembled,) = (
        each["who"]["display"]
        for each in provenance["agent"]
        if _codes(each["type"], System.PARTICIPANT) == ["assembler"]
    )
    return str(assembled.removeprefix(f"{SOFTWARE} "))


def _extension(resource: Json, url: Extension) -> Json | None:
    stated = (each for each in resource.get("extension", []) if each["url"] == url)
    found: Json | None = next(stated, None)
    return found


def _replaced(told: Json, findings: dict[str, Json]) -> Replaced | None:
    earlier = _extension(told, Extension.REPORT_REPLACES)
    if earlier is None:
        return None
    labels = tuple(
        label
        for label, each in findings.items()
        if _extension(each, Extension.OBSERVATION_REPLACES)
    )
    return Replaced(_uuid(earlier["valueReference"]["identifier"]), labels)
