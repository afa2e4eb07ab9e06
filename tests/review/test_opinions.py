"""Asking, answering and reading back, against a real server. Nothing clinical is ever changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.imaging.study import Source
from core.reporting.fhir import transaction
from core.reporting.report import Clinician, Report
from core.sync.delivery import Delivery, Kept
from core.sync.failures import SyncError
from core.sync.opinions import Received, former_of, pull
from core.sync.opinions_given import OTHER, Given, Outcome, entries_of, reviewer_reference
from core.sync.opinions_review import Reviewable, reviewable
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.tasks import (
    Ask,
    AskReason,
    OpenTask,
    Urgency,
    complete,
    open_tasks,
    send_ask,
    take,
)
from core.sync.writing import Creation, Plan, kind_of, planned
from tests.reporting.reports import CLASSES, CONFIDENT, PICTURES, READ_AT

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DOCTOR = Clinician("urn:oid:1.2.3", "doctor-3", "B. Doctor")


@pytest.fixture
def other(clinic: str) -> Iterator[FhirServer]:
    """A second device, or a second reviewer."""
    with FhirServer(clinic) as made:
        yield made


def a_report(**more: Any) -> Report:
    known: dict[str, Any] = {
        "id": str(uuid4()),
        "case_id": str(uuid4()),
        "reading": CONFIDENT,
        "read_at": READ_AT,
        "software": "0.1.0",
        "source": Source.PICTURE,
        "classes": CLASSES,
        "pseudonym": uuid4().hex,
    }
    return Report(**(known | more))


def send(server: FhirServer, plan: Plan, report: Report) -> None:
    entries = transaction(report)["entry"]
    delivery = Delivery(server, plan)
    assert isinstance(delivery.send([Parcel(1, tuple(entries))])[1], Kept)
    for each in entries:
        if kind_of(each) == "Binary":
            assert isinstance(delivery.send_picture(each), Kept)


def ask_for(report: Report, **more: Any) -> Ask:
    return Ask(
        case_id=report.case_id,
        report_id=report.id,
        at=AT,
        reason=AskReason.ASK_CONFIRM,
        pseudonym=report.pseudonym,
        **more,
    )


def asked(server: FhirServer, plan: Plan, **more: Any) -> tuple[Report, OpenTask]:
    report = a_report(**more)
    send(server, plan, report)
    send_ask(server, plan, ask_for(report))
    return report, task_on(server, report)


def task_on(server: FhirServer, report: Report) -> OpenTask:
    (task,) = [each for each in open_tasks(server) if each.case_id == report.case_id]
    return task


def given(shown: Reviewable, **more: Any) -> Given:
    known: dict[str, Any] = {
        "id": str(uuid4()),
        "case_id": shown.report.case_id,
        "report": shown.resource,
        "task": shown.task.name,
        "subject": shown.subject,
        "pack": "limb",
        "outcome": Outcome.AMENDS,
        "reviewer": DOCTOR,
        "at": AT + timedelta(hours=1),
        "read_at": READ_AT.known.isoformat(),
        "organisation": "District Hospital",
        "label": "no_fracture",
        "display": "No fracture",
        "first_impression": "fracture",
        "note": "A vessel, not a break.",
    }
    return Given(**(known | more))


def answer(server: FhirServer, plan: Plan, said: Given) -> str:
    kept = Delivery(server, plan).send([Parcel(1, entries_of(said))])[1]
    assert isinstance(kept, Kept), kept
    complete(server, said.task, kept.resource, said.at)
    return kept.resource


def every(server: FhirServer, kind: str, **query: str) -> list[dict[str, Any]]:
    return [each for each in server.search(kind, query) if each["resourceType"] == kind]


# Asking


def test_a_question_is_listed_until_it_is_answered(server: FhirServer, plan: Plan) -> None:
    report, task = asked(server, plan)
    assert task.reason == "Please confirm before we act on it."
    assert task.asked_at == AT

    answer(server, plan, given(reviewable(server, task)))

    assert report.case_id not in {each.case_id for each in open_tasks(server)}


def test_asking_twice_asks_once(server: FhirServer, plan: Plan) -> None:
    report, _ = asked(server, plan)

    send_ask(server, plan, ask_for(report))

    task_on(server, report)  # There is exactly one.


@pytest.mark.parametrize("creation", [Creation.CLIENT_IDS, Creation.SEARCHED])
def test_asking_twice_asks_once_on_servers_without_conditional_create(
    server: FhirServer, plan: Plan, creation: Creation
) -> None:
    poorer = replace(plan, creation=creation)
    report = a_report()
    send(server, plan, report)
    for _ in range(2):
        send_ask(server, poorer, ask_for(report))

    task_on(server, report)


def test_the_most_urgent_comes_first_and_then_the_oldest(server: FhirServer, plan: Plan) -> None:
    reports = [a_report() for _ in range(4)]
    asks = [
        replace(ask_for(reports[0]), at=AT),
        replace(ask_for(reports[1]), at=AT - timedelta(days=3)),
        replace(ask_for(reports[2]), urgency=Urgency.NOW, at=AT + timedelta(hours=2)),
        replace(ask_for(reports[3]), urgency=Urgency.TODAY, at=AT),
    ]
    for ask in asks:
        send_ask(server, plan, ask)

    listed = [each.case_id for each in open_tasks(server)]

    wanted = [reports[2].case_id, reports[3].case_id, reports[1].case_id, reports[0].case_id]
    assert [each for each in listed if each in wanted] == wanted


def test_whoever_takes_a_question_is_named_and_hinders_no_one(
    server: FhirServer, other: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)

    assert take(server, task.name, {"display": "B. Doctor"})
    assert not take(other, task.name, {"display": "C. Doctor"})

    assert task_on(server, report).taken_by == "B. Doctor"
    answer(other, plan, given(reviewable(other, task)))


# What the reviewer sees


def test_the_reviewer_sees_the_reading_and_both_pictures(server: FhirServer, plan: Plan) -> None:
    report, task = asked(server, plan, pictures=PICTURES)

    shown = reviewable(server, task)

    assert shown.report.reading.probabilities == report.reading.probabilities
    assert shown.report.reading.finding == "fracture"
    assert shown.report.pseudonym == report.pseudonym
    assert (shown.image, shown.heat_map) == (PICTURES[0].jpeg, PICTURES[1].jpeg)


def test_a_case_without_pictures_is_shown_without_them(server: FhirServer, plan: Plan) -> None:
    _, task = asked(server, plan)

    shown = reviewable(server, task)

    assert (shown.image, shown.heat_map) == (None, None)


def test_a_case_is_shown_where_the_server_keeps_the_provenance_inside(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, replace(plan, provenance_contained=True))

    assert reviewable(server, task).report.read_at == report.read_at


def test_a_question_about_a_report_that_is_not_there_yet_says_so(
    server: FhirServer, plan: Plan
) -> None:
    report = a_report()
    send_ask(server, plan, ask_for(report))

    with pytest.raises(SyncError):
        reviewable(server, task_on(server, report))


# The answer, and the way back


def test_an_opinion_comes_back_as_it_was_given(server: FhirServer, plan: Plan) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    resource = answer(server, plan, given(shown))

    (found,) = pull(server, [report.case_id])

    assert found == Received(
        case_id=report.case_id,
        resource=resource,
        version=found.version,
        outcome=Outcome.AMENDS,
        reviewer=found.reviewer,
        reviewer_name="B. Doctor",
        at=AT + timedelta(hours=1),
        account="doctor-3",
        label="no_fracture",
        display="No fracture",
        first_impression="fracture",
        note="A vessel, not a break.",
        follows=(shown.resource,),
    )
    assert found.reviewer.startswith("Practitioner/")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.CONFIRMS, "final"), (Outcome.AMENDS, "amended"), (Outcome.CANNOT_TELL, "final")],
)
def test_an_opinion_is_a_report_with_its_observation_message_and_reviewer(
    server: FhirServer, plan: Plan, outcome: Outcome, status: str
) -> None:
    _, task = asked(server, plan)
    name = answer(server, plan, given(reviewable(server, task), outcome=outcome))

    report = server.get(name).resource
    assert report is not None
    assert report["status"] == status
    (message,) = every(server, "Communication", **{"based-on": task.name})
    assert "A vessel, not a break." in message["payload"][0]["contentString"]
    (provenance,) = every(server, "Provenance", target=name)
    who = provenance["agent"][0]["who"]["reference"]
    person = server.get(who).resource
    assert person is not None
    assert person["name"][0]["text"] == "B. Doctor"


def test_an_answer_that_is_sent_again_is_one_answer(server: FhirServer, plan: Plan) -> None:
    report, task = asked(server, plan)
    said = given(reviewable(server, task))

    assert answer(server, plan, said) == answer(server, plan, said)

    assert len(pull(server, [report.case_id])) == 1
    told = server.get(task.name).resource
    assert told is not None
    assert len(told["output"]) == 1


def test_a_reviewer_who_signed_in_as_a_person_is_the_servers_practitioner(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    made = server.post("Practitioner", {"resourceType": "Practitioner", "name": [{"text": "C"}]})
    name = f"Practitioner/{(made.resource or {})['id']}"
    answer(server, plan, given(reviewable(server, task), practitioner=name))

    (found,) = pull(server, [report.case_id])

    assert found.reviewer == name


def test_a_device_is_sent_opinions_on_its_own_cases_alone(
    server: FhirServer, other: FhirServer, plan: Plan
) -> None:
    mine, my_task = asked(server, plan)
    theirs, their_task = asked(other, plan)
    for task in (my_task, their_task):
        answer(server, plan, given(reviewable(server, task)))

    assert {each.case_id for each in pull(server, [mine.case_id])} == {mine.case_id}
    assert {each.case_id for each in pull(other, [theirs.case_id])} == {theirs.case_id}
    assert pull(server, [str(uuid4())]) == []
    assert pull(server, []) == []


def test_asks_only_for_what_is_new_and_misses_nothing_at_the_edge(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    answer(server, plan, given(reviewable(server, task)))
    now = server.time.now()

    assert pull(server, [report.case_id], now + timedelta(days=1)) == []
    assert len(pull(server, [report.case_id], now + timedelta(minutes=5))) == 1


def test_many_opinions_come_page_by_page(server: FhirServer, plan: Plan) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    delivery = Delivery(server, plan)
    parcels = [Parcel(n, entries_of(given(shown))) for n in range(60)]
    for start in range(0, 60, 15):
        found = delivery.send(parcels[start : start + 15])
        assert all(isinstance(each, Kept) for each in found.values())

    assert len(pull(server, [report.case_id])) == 60


# Nothing is lost, whoever writes at the same time


def test_a_reviewers_correction_names_the_opinion_before_and_leaves_it(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    first = answer(server, plan, given(shown))
    before = server.get(first).resource
    answer(server, plan, given(shown, outcome=Outcome.CONFIRMS, follows=first))

    old, new = pull(server, [report.case_id])

    assert first in {*old.follows, *new.follows}
    assert server.get(first).resource == before


def test_two_reviewers_and_the_field_at_once_lose_nothing_and_change_nothing_clinical(
    clinic: str, server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    before = server.get(shown.resource).resource
    names = [each["reference"] for each in (before or {})["result"]]
    observations = [server.get(each).resource for each in names]
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def reviewer(name: str, outcome: Outcome) -> None:
        who = Clinician("urn:oid:1.2.3", name, name)
        with FhirServer(clinic) as mine:
            plan = planned(mine.capabilities)
            said = given(shown, reviewer=who, outcome=outcome)
            gate.wait(20)
            take(mine, task.name, reviewer_reference(said))
            answer(mine, plan, said)

    def field() -> None:
        from tests.reporting.reports import CONFIRMATION

        corrected = replace(report, id=str(uuid4()), confirmation=CONFIRMATION)
        with FhirServer(clinic) as mine:
            plan = planned(mine.capabilities)
            gate.wait(20)
            send(mine, plan, corrected)
            send_ask(mine, plan, ask_for(report))

    def guarded(call: Any, *arguments: Any) -> None:
        try:
            call(*arguments)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    jobs = [
        threading.Thread(target=guarded, args=(reviewer, "anna", Outcome.CONFIRMS)),
        threading.Thread(target=guarded, args=(reviewer, "bela", Outcome.AMENDS)),
        threading.Thread(target=guarded, args=(reviewer, "cora", Outcome.CANNOT_TELL)),
        threading.Thread(target=guarded, args=(field,)),
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert failures == []

    found = pull(server, [report.case_id])
    assert {each.reviewer_name for each in found} == {"anna", "bela", "cora"}
    told = server.get(task.name).resource
    assert told is not None
    assert told["status"] == "completed"
    answers = {each["valueReference"]["reference"] for each in told["output"]}
    assert answers == {each.resource for each in found}
    assert server.get(shown.resource).resource == before
    assert len(names) == 2
    assert [server.get(each).resource for each in names] == observations


def test_what_others_wrote_in_a_form_of_their_own_is_passed_over(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    answer(server, plan, given(shown))
    strange = {
        "resourceType": "DiagnosticReport",
        "identifier": [
            {
                "system": "urn:oid:2.25.281359767070892794546097921814996566511.12",
                "value": f"urn:uuid:{report.case_id}",
            }
        ],
        "status": "final",
        "code": {"text": "Something else"},
    }
    server.post("DiagnosticReport", strange)

    assert len(pull(server, [report.case_id])) == 1


def test_who_gave_an_opinion_before_is_told_by_account_and_never_by_name(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    shown = reviewable(server, task)
    one, other = (
        Clinician("urn:oid:1.2.3", "a", "Dr Khan"),
        Clinician("urn:oid:1.2.3", "b", "Dr Khan"),
    )
    first = answer(server, plan, given(shown, reviewer=one))
    second = answer(server, plan, given(shown, reviewer=other))

    found = pull(server, [report.case_id])

    assert former_of(found, "a", "") == first
    assert former_of(found, "b", "") == second
    assert former_of(found, "c", "") == ""
    assert former_of(found, "", "") == ""


def test_something_that_is_no_class_of_the_pack_comes_back_as_that(
    server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)
    said = given(reviewable(server, task), first_impression=OTHER, label="", display="")
    answer(server, plan, said)

    (found,) = pull(server, [report.case_id])

    assert (found.first_impression, found.label) == (OTHER, "")
