"""What was sent comes back as it was; what was not ours, or was changed, is said in words."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from core.reading.result import FrameCount, Reading, Route, Verdict
from core.reporting.fhir import transaction
from core.reporting.fhir_reading import report_from, reports_from
from core.reporting.report import Report, ReportError, SecondOpinion
from tests.reporting.reports import CONFIDENT, REJECTED, all_reports, everything, report, uuid

Json = dict[str, Any]


def sent(told: Report) -> Json:
    parsed: Json = json.loads(json.dumps(transaction(told)))
    return parsed


def expected(told: Report) -> Report:
    """The report without what is not sent."""
    refused = told.reading.verdict is Verdict.REJECTED
    reading = Reading(
        verdict=told.reading.verdict,
        reasons=told.reading.reasons,
        pack=told.reading.pack,
        probabilities={} if refused else told.reading.probabilities,
        prediction_set=() if refused else told.reading.prediction_set,
        finding=None if refused else told.reading.finding,
    )
    labels = told.replaces.labels if told.replaces and not refused else ()
    replaced = replace(told.replaces, labels=labels) if told.replaces else None
    return replace(told, reading=reading, classes={}, replaces=replaced, pictures=())


def as_a_server_holds_it(bundle: Json) -> Json:
    """The answer to a search: names given by the server, references rewritten, other order."""
    names = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{100 + number}"
        for number, entry in enumerate(bundle["entry"])
    }
    text = json.dumps(bundle["entry"])
    for urn, name in names.items():
        text = text.replace(f'"reference": "{urn}"', f'"reference": "{name}"')
    entries = json.loads(text)
    for entry in entries:
        name = names[entry["fullUrl"]]
        entry["fullUrl"] = f"https://fhir.example/r4/{name}"
        entry["resource"]["id"] = name.split("/")[1]
        entry["resource"]["meta"] = {"versionId": "1"}
        del entry["request"]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries[::-1]}


def test_every_report_comes_back_as_it_was(repo: Path) -> None:
    for name, told in all_reports(repo).items():
        back = report_from(sent(told))
        assert back == expected(told), name
        assert list(back.reading.probabilities) == list(expected(told).reading.probabilities)


def test_every_report_comes_back_from_a_search(repo: Path) -> None:
    for name, told in all_reports(repo).items():
        assert report_from(as_a_server_holds_it(sent(told))) == expected(told), name


def test_what_is_not_sent_does_not_come_back() -> None:
    reading = replace(CONFIDENT, route=Route("limb_film", 0.9), frame_count=FrameCount(1, 1))

    assert report_from(sent(report(reading))) == expected(report(CONFIDENT))


def test_a_probability_comes_back_to_six_decimals() -> None:
    odd = replace(CONFIDENT, probabilities={"fracture": 1 - 1e-9, "no_fracture": 1e-9})
    back = report_from(sent(report(odd))).reading.probabilities

    assert back == {"fracture": 1.0, "no_fracture": 0.0}


@hypothesis.given(st.floats(0, 1))
def test_any_probability_comes_back_within_half_a_millionth(probability: float) -> None:
    reading = replace(CONFIDENT, probabilities={"fracture": probability})
    back = report_from(sent(report(reading))).reading.probabilities["fracture"]

    assert abs(back - probability) <= 0.5e-6


def test_every_report_about_a_patient_comes_back_from_one_search() -> None:
    told = [
        everything(),
        replace(everything(REJECTED), id=uuid("second"), case_id=uuid("another"), clinician=None),
        report(id=uuid("third"), case_id=uuid("one more"), pseudonym="K7QX-2M4P"),
    ]
    whole = {"entry": [entry for each in told for entry in sent(each)["entry"]]}
    found = reports_from(as_a_server_holds_it(whole))

    assert found == [expected(each) for each in told[::-1]]
    with pytest.raises(ReportError):
        report_from(as_a_server_holds_it(whole))


def test_somebody_else_s_reports_are_passed_over() -> None:
    theirs = {"resourceType": "DiagnosticReport", "identifier": [{"value": "7"}]}
    bundle = sent(report())

    assert reports_from({"entry": [{"resource": theirs}]}) == []
    assert reports_from({"entry": [{"resource": theirs}, *bundle["entry"]]}) == [expected(report())]


def without(bundle: Json, kind: str) -> Json:
    kept = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] != kind]
    return {**bundle, "entry": kept}


@pytest.mark.parametrize("kind", ["Provenance", "Device", "Observation", "ImagingStudy"])
def test_a_report_with_a_part_missing_is_refused_in_words(kind: str) -> None:
    with pytest.raises(ReportError) as caught:
        report_from(without(sent(everything()), kind))

    assert caught.value.code == "report_damaged"


def test_a_report_reads_without_its_task_and_clinician() -> None:
    bundle = without(sent(everything()), "Task")
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Provenance":
            entry["resource"]["agent"].pop()
    back = report_from(without(bundle, "Practitioner"))

    assert (back.second_opinion, back.clinician) == (SecondOpinion.NOT_ASKED, None)


def test_somebody_else_s_report_is_refused_as_such() -> None:
    bundle = sent(report())
    bundle["entry"][-2]["resource"]["identifier"].pop()

    with pytest.raises(ReportError) as caught:
        report_from(bundle)
    assert caught.value.code == "report_not_ours"


@pytest.mark.parametrize("bundle", [{}, {"entry": None}, {"entry": [{}]}, {"entry": [7]}])
def test_what_is_no_bundle_is_refused_in_words(bundle: Json) -> None:
    with pytest.raises(ReportError):
        report_from(bundle)


@pytest.mark.parametrize("code", ["%", "{probability}"])
def test_a_probability_in_another_unit_is_not_taken_for_ours(code: str) -> None:
    bundle = sent(report())
    bundle["entry"][2]["resource"]["valueQuantity"]["code"] = code

    with pytest.raises(ReportError, match="Observation"):
        report_from(bundle)


def test_another_identifier_of_the_patient_is_not_taken_for_a_pseudonym() -> None:
    bundle = json.loads(json.dumps(sent(everything())).replace("6511.4", "6511.99"))

    with pytest.raises(ReportError, match="DiagnosticReport"):
        report_from(bundle)


def nodes(thing: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON document."""
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing)
    found = []
    for key, value in inner:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += nodes(value, (*path, key))
    return found


_WHOLE = sent(everything())
_JUNK = st.sampled_from([None, True, -1, 1e999, "", "urn:uuid:x", [], {}, [None], [{}], {"a": 1}])


@hypothesis.given(st.sampled_from([_WHOLE, sent(report(REJECTED))]), st.data())
@hypothesis.settings(max_examples=200)
def test_whatever_a_server_changes_only_our_error_is_raised(bundle: Json, data: Any) -> None:
    changed = json.loads(json.dumps(bundle))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(nodes(changed)))
        place = changed
        for step in way:
            place = place[step]
        place[last] = copy.deepcopy(data.draw(_JUNK))  # a drawn list would be changed for all
        if not nodes(changed):
            break
    try:
        back = report_from(changed)
    except ReportError as error:
        assert error.__cause__ is None
    else:
        assert all(0.0 <= p <= 1.0 for p in back.findings.values())
