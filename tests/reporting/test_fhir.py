"""A report as a FHIR transaction: whole, harmless to repeat, and without a patient in it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from core.imaging.opening import open_study
from core.imaging.study import Source
from core.reading.guidance import standing_sentence
from core.reading.reader import Reader, Request
from core.reading.result import Verdict
from core.reporting.coding import System
from core.reporting.fhir import transaction
from core.reporting.report import ReadAt, Replaced, Report, SecondOpinion, Subject
from core.reporting.wording import percent
from tests.imaging.dicom_files import data_set, written
from tests.imaging.test_identity import CANARY, planted
from tests.packs import BRIGHT, Kind, Place, build_shelf, phantom
from tests.reporting.reports import (
    CLINICIAN,
    CONFIDENT,
    CONFIRMATION,
    PICTURES,
    READ_AT,
    REJECTED,
    REJECTED_BY_PACK,
    UNCERTAIN,
    all_reports,
    confirmed,
    everything,
    report,
    uuid,
)

Json = dict[str, Any]


def resources(bundle: Json, kind: str) -> list[Json]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [each for each in found if each["resourceType"] == kind]


def only(bundle: Json, kind: str) -> Json:
    (found,) = resources(bundle, kind)
    return found


def values(thing: object, key: str) -> Iterator[object]:
    """Everything that stands under ``key``, at any depth."""
    if isinstance(thing, dict):
        for name, inner in thing.items():
            if name == key:
                yield inner
            yield from values(inner, key)
    elif isinstance(thing, list):
        for inner in thing:
            yield from values(inner, key)


def test_holds_the_resources_of_a_plain_report_in_order() -> None:
    kinds = [entry["resource"]["resourceType"] for entry in transaction(report())["entry"]]

    assert kinds == [
        "Device",
        "Media",
        "Observation",
        "Observation",
        "DiagnosticReport",
        "Provenance",
    ]


def test_holds_all_that_was_asked_for() -> None:
    kinds = {entry["resource"]["resourceType"] for entry in transaction(everything())["entry"]}

    assert kinds == {
        "Practitioner",
        "Device",
        "ImagingStudy",
        "Observation",
        "DiagnosticReport",
        "Task",
        "Provenance",
    }


def test_makes_a_patient_only_where_that_was_chosen_and_only_of_a_pseudonym(repo: Path) -> None:
    chosen = transaction(confirmed())

    assert only(chosen, "Patient") == {
        "resourceType": "Patient",
        "identifier": [{"system": System.PSEUDONYM, "value": "K7QX-2M4P"}],
    }
    assert resources(transaction(confirmed(pseudonym=None)), "Patient") == []
    for each in all_reports(repo).values():
        if each.subject is Subject.CREATED:
            continue
        assert "Patient/" not in json.dumps(transaction(each))
        assert resources(transaction(each), "Patient") == []


def test_every_reference_leads_to_an_entry_or_an_identifier(repo: Path) -> None:
    for each in all_reports(repo).values():
        bundle = transaction(each)
        kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
        assert len(kinds) == len(bundle["entry"])
        pointed = list(values(bundle, "reference"))
        assert pointed
        assert set(pointed) <= set(kinds)
        for key in ("subject", "focus", "device", "who", "what", "link", "result", "target"):
            for found in values(bundle, key):
                for one in found if isinstance(found, list) else [found]:
                    assert isinstance(one, dict)
                    if "reference" in one:
                        assert one["type"] == kinds[one["reference"]]


def test_every_entry_may_be_repeated(repo: Path) -> None:
    """By an identifier of its own, or by its own place: so a second delivery adds nothing."""
    for each in all_reports(repo).values():
        for entry in transaction(each)["entry"]:
            request, resource = entry["request"], entry["resource"]
            if (kind := resource["resourceType"]) in ("Provenance", "Binary"):
                assert request == {"method": "PUT", "url": f"{kind}/{resource['id']}"}
                assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
                continue
            first = resource["identifier"][0]
            assert (request["method"], request["url"]) == ("POST", resource["resourceType"])
            name, asked = request["ifNoneExist"].split("=", 1)
            value = unquote(asked).replace("\\|", "\0")
            assert name == "identifier"
            assert value == f"{first['system']}|{first['value'].replace('|', chr(0))}"


def test_the_query_of_a_conditional_create_cannot_be_broken_out_of() -> None:
    bundle = transaction(everything())
    asked = bundle["entry"][0]["request"]["ifNoneExist"]

    assert asked == "identifier=urn:oid:1.2.3|nurse%207%20%26%20co%5C%7C2"


def test_a_clinician_s_opinion_is_a_resource_of_its_own_and_finishes_the_report() -> None:
    bundle = transaction(confirmed())
    told, provenance = only(bundle, "DiagnosticReport"), only(bundle, "Provenance")
    *findings, opinion = resources(bundle, "Observation")
    people = resources(bundle, "Practitioner")

    assert told["status"] == "final"
    assert told["issued"] == provenance["recorded"] == "2026-11-23T14:05:00+05:30"
    assert told["effectiveDateTime"] == "2026-11-23T09:30:00+00:00"
    assert {each["status"] for each in findings} == {"final"}
    assert opinion["status"] == "final"
    assert "device" not in opinion
    assert opinion["valueCodeableConcept"]["coding"][0]["code"] == "disagrees"
    held = opinion["component"][0]["valueCodeableConcept"]["coding"]
    assert held[-1]["code"] == "limb.no_fracture"
    assert "no clinician" not in told["conclusion"]
    assert "a clinician disagrees" in told["conclusion"]
    doctor = {each["identifier"][0]["value"]: each for each in people}["doctor-3"]
    names = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert names[told["resultsInterpreter"][0]["reference"]] == doctor
    assert names[opinion["performer"][0]["reference"]] == doctor
    roles = [each["type"]["coding"][0]["code"] for each in provenance["agent"]]
    assert roles == ["author", "assembler", "enterer", "verifier"]
    assert told["extension"][0]["valueReference"]["identifier"]["value"].endswith(uuid("report"))


def test_pictures_go_only_where_they_are_attached() -> None:
    for told, stands in ((confirmed(), 2), (confirmed(source=Source.PICTURE), 2)):
        bundle = transaction(told)
        urls = {each["content"]["url"] for each in resources(bundle, "Media")}
        held = {f"Binary/{each['id']}": each for each in resources(bundle, "Binary")}
        assert urls == set(held)
        assert [base64.b64decode(each["data"]) for each in held.values()] == [
            each.jpeg for each in PICTURES
        ]
        linked = {each["link"]["reference"] for each in only(bundle, "DiagnosticReport")["media"]}
        assert len(linked) == stands
    bare = json.dumps(transaction(everything()))
    assert "Binary" not in bare
    assert "jpeg" not in bare


def test_two_pictures_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        report(pictures=(PICTURES[0], PICTURES[0]))
    with pytest.raises(ValueError, match="class"):
        report(confirmation=replace(CONFIRMATION, label="pneumonia"))


_PRINTED = """
import json
from core.reporting.coding import System
from core.reporting.fhir import transaction
from tests.reporting.reports import everything
print(json.dumps(transaction(everything())))
"""


def test_the_same_report_is_the_same_bytes_on_every_device(repo: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _PRINTED], cwd=repo, capture_output=True, text=True, check=True
    )

    assert made.stdout.strip() == json.dumps(transaction(everything()))


def test_a_pack_is_one_device_for_all_and_each_version_another() -> None:
    def device(**more: Any) -> str:
        pack = CONFIDENT.pack
        assert pack is not None
        told = report(replace(CONFIDENT, pack=replace(pack, **more)), id=uuid(str(more)))
        return str(only(transaction(told), "Device")["identifier"][0]["value"])

    assert device() == str(only(transaction(everything()), "Device")["identifier"][0]["value"])
    assert len({device(), device(version="1.2.1"), device(id="limbs")}) == 3


def test_the_device_says_which_model_spoke() -> None:
    device = only(transaction(report(UNCERTAIN)), "Device")

    assert device["modelNumber"] == "limb"
    assert device["version"] == [{"value": "1.2.0"}]
    assert device["deviceName"] == [{"name": "Fracture on limb films", "type": "model-name"}]
    assert next(values(device["property"], "code")) == "experimental"


def test_the_device_is_outpost_where_no_model_was_asked() -> None:
    device = only(transaction(report(REJECTED)), "Device")

    assert (device["modelNumber"], device["version"]) == ("Outpost", [{"value": "0.1.0"}])


def test_an_observation_gives_the_probability_of_its_class() -> None:
    without_code, with_code = resources(transaction(report()), "Observation")

    assert with_code["valueQuantity"] == {
        "value": 0.9375,
        "unit": "probability, 0 to 1",
        "system": "http://unitsofmeasure.org",
        "code": "1",
    }
    assert [each["code"] for each in with_code["code"]["coding"]] == ["125605004", "limb.fracture"]
    assert with_code["code"]["coding"][0]["system"] == "http://snomed.info/sct"
    assert with_code["code"]["text"] == "Calibrated probability by a computer program: Fracture"
    assert [each["code"] for each in without_code["code"]["coding"]] == ["limb.no_fracture"]
    assert without_code["code"]["coding"][0]["system"].startswith("urn:oid:2.25.")
    assert {with_code["status"], without_code["status"]} == {"preliminary"}


def test_an_observation_pretends_no_more_than_six_decimals() -> None:
    third = replace(CONFIDENT, probabilities={"fracture": 2 / 3, "no_fracture": 1 / 3})
    found = resources(transaction(report(third)), "Observation")

    assert [each["valueQuantity"]["value"] for each in found] == [0.666667, 0.333333]


def test_dicom_becomes_an_imaging_study_and_a_picture_becomes_media() -> None:
    study = transaction(report(source=Source.DICOM, modality="MR"))
    picture = transaction(report(modality="MR"))

    assert only(study, "ImagingStudy")["modality"][0]["code"] == "MR"
    assert only(study, "DiagnosticReport")["imagingStudy"][0]["type"] == "ImagingStudy"
    assert only(picture, "Media")["modality"]["coding"][0]["code"] == "MR"
    assert only(picture, "DiagnosticReport")["media"][0]["link"]["type"] == "Media"
    assert resources(study, "Media") == resources(picture, "ImagingStudy") == []


@pytest.mark.parametrize("reading", [REJECTED, REJECTED_BY_PACK])
def test_a_rejected_reading_gives_a_report_without_findings(reading: Any) -> None:
    bundle = transaction(report(reading))
    observation = only(bundle, "Observation")

    assert next(values(observation["dataAbsentReason"], "code")) == "not-performed"
    assert observation["status"] == "cancelled"
    assert list(values(bundle, "valueQuantity")) == []
    conclusion = only(bundle, "DiagnosticReport")["conclusion"]
    assert "no finding" in conclusion
    assert reading.reasons[0].text in conclusion
    assert "racture" not in conclusion


@pytest.mark.parametrize("reading", [CONFIDENT, UNCERTAIN, REJECTED, REJECTED_BY_PACK])
def test_the_report_states_verdict_reasons_and_the_standing_sentence(reading: Any) -> None:
    told = only(transaction(report(reading)), "DiagnosticReport")

    assert told["status"] == "preliminary"
    assert "no clinician has confirmed it" in told["conclusion"]
    assert f"Verdict: {reading.verdict}." in told["conclusion"]
    assert told["conclusion"].endswith(standing_sentence())
    for reason in reading.reasons:
        assert reason.text in told["conclusion"]
    codes = [each["coding"][0]["code"] for each in told["conclusionCode"]]
    assert codes == [reading.verdict, *(reason.code for reason in reading.reasons)]


def test_only_the_leading_finding_is_named_with_its_probability() -> None:
    told = only(transaction(report(UNCERTAIN)), "DiagnosticReport")

    assert "Most probable: No fracture (62%)" in told["conclusion"]


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "under 1%"),
        (0.009, "under 1%"),
        (0.01, "1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.991, "over 99%"),
        (1.0, "over 99%"),
    ],
)
def test_a_percentage_never_says_certain(probability: float, said: str) -> None:
    assert percent(probability) == said


def test_a_task_is_made_only_when_a_second_opinion_is_asked() -> None:
    asked = transaction(report(second_opinion=SecondOpinion.ASKED))
    task = only(asked, "Task")

    assert (task["status"], task["focus"]["type"]) == ("requested", "DiagnosticReport")
    assert task["requester"]["type"] == "Device"
    assert resources(transaction(report()), "Task") == []


def test_a_clinician_is_named_only_when_given() -> None:
    bundle = transaction(everything())

    assert only(bundle, "Practitioner")["name"] == [{"text": "A. Nurse"}]
    assert only(bundle, "Task")["requester"]["type"] == "Practitioner"
    nameless = transaction(report(clinician=replace(CLINICIAN, name=None)))
    assert "name" not in only(nameless, "Practitioner")
    assert resources(transaction(report()), "Practitioner") == []


def test_both_clocks_are_kept_with_their_offsets() -> None:
    bundle = transaction(report())
    provenance = only(bundle, "Provenance")

    assert provenance["occurredDateTime"] == "2019-01-01T00:04:09+05:30"
    assert provenance["recorded"] == "2026-11-23T09:30:00+00:00"
    assert only(bundle, "DiagnosticReport")["issued"] == "2026-11-23T09:30:00+00:00"


def test_a_correction_names_what_it_replaces_and_shares_only_the_image() -> None:
    first = report()
    second = replace(first, id=uuid("second"), replaces=Replaced(first.id, ("fracture",)))
    before, after = transaction(first), transaction(second)
    named = only(after, "DiagnosticReport")["extension"][0]["valueReference"]["identifier"]
    assert named == only(before, "DiagnosticReport")["identifier"][0]
    corrected = [each for each in resources(after, "Observation") if "extension" in each]
    assert [each["code"]["coding"][-1]["code"] for each in corrected] == ["limb.fracture"]
    assert (
        corrected[0]["extension"][0]["valueReference"]["identifier"]
        == resources(before, "Observation")[1]["identifier"][0]
    )
    revision = only(after, "Provenance")["entity"][1]
    assert (revision["role"], revision["what"]["identifier"]) == ("revision", named)
    shared = {entry["fullUrl"] for entry in before["entry"]} & {
        entry["fullUrl"] for entry in after["entry"]
    }
    kinds = {
        entry["resource"]["resourceType"] for entry in after["entry"] if entry["fullUrl"] in shared
    }
    assert kinds == {"Device", "Media"}


def test_refuses_what_cannot_be_reported() -> None:
    naive = READ_AT.known.replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        ReadAt(device=READ_AT.device, known=naive)
    with pytest.raises(ValueError, match="UUID"):
        report(id=uuid("report").upper())
    with pytest.raises(ValueError, match="own"):
        report(replaces=Replaced(uuid("report")))
    with pytest.raises(ValueError, match="between 0 and 1"):
        report(replace(CONFIDENT, probabilities={"fracture": float("nan")}))
    with pytest.raises(ValueError, match="pack"):
        report(replace(CONFIDENT, pack=None))
    with pytest.raises(ValueError, match="rejected"):
        report(replace(CONFIDENT, probabilities={}))


def read_with_canaries(folder: Path, kind: Kind) -> Report:
    """A DICOM file with a canary in every text attribute, read and reported."""
    film = data_set(phantom(kind, {Place.MIDDLE: BRIGHT}), **planted())
    film.PatientBirthDate, film.StudyDate = "19010203", "20200405"
    film.StudyInstanceUID, film.SeriesInstanceUID = "1.2.777.1", "1.2.777.2"
    film.SOPInstanceUID = "1.2.777.3"
    path = folder / f"{CANARY}.dcm"
    path.write_bytes(written(film))
    study = open_study(path)
    reading = Reader(build_shelf(folder / "packs")).read(study, Request())
    return report(
        reading, source=study.source, modality=study.facts.modality, pseudonym="K7QX-2M4P"
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [(Kind.HAND_FILM, Verdict.UNCERTAIN), (Kind.PHOTOGRAPH, Verdict.REJECTED)],
)
def test_nothing_of_the_patient_is_in_a_report(
    tmp_path: Path, kind: Kind, verdict: Verdict
) -> None:
    told = read_with_canaries(tmp_path, kind)
    text = json.dumps(transaction(told)).upper()

    assert told.reading.verdict is verdict
    for canary in (CANARY, "19010203", "1901-02-03", "20200405", "2020-04-05", "1.2.777"):
        assert canary not in text
    # The one thing that stands for the patient is the pseudonym, and only as a subject.
    assert text.count("K7QX-2M4P") == text.count('"SUBJECT"') > 0


def test_the_canary_test_finds_a_canary(tmp_path: Path) -> None:
    told = read_with_canaries(tmp_path, Kind.HAND_FILM)

    assert CANARY in json.dumps(transaction(replace(told, modality=CANARY)))
