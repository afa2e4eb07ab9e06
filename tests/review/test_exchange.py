"""Two devices, each with a vault, and a reviewer with another, over a real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core.reporting.report import Clinician
from core.sync.delivery import Delivery, Kept
from core.sync.enrolment import Enrolment
from core.sync.opinions_given import Given, Outcome, entries_of
from core.sync.opinions_review import reviewable
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.tasks import AskReason, OpenTask, Urgency, open_tasks
from storage.opinions import GivenOpinion, OpinionKind, OpinionRole, in_force
from storage.outgoing import Receipt
from storage.second_opinions import KeptAnswer, SecondOpinions
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.vault import Case, Opinion, ReferenceStandard
from tests.reporting.reports import CONFIDENT
from tests.storage.cases import enter, make
from ui.case_report import report_of
from ui.second_opinions import (
    answer,
    ask,
    clinic_server,
    exchange,
    is_by,
    plan_for,
    send_answers,
    waits_for_answer,
)

READ_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class Phone:
    """A device of the field."""

    vault: OpenVault

    def case(self) -> Case:
        case = Case(id=str(uuid4()), reading=CONFIDENT, read_at=READ_AT, code=f"A-{uuid4().hex}")
        return self.vault.save(case)

    def deliver(self, case: Case) -> None:
        """Send the case's report, as a sync does before it exchanges opinions."""
        from core.reporting.fhir import transaction

        report = report_of(case, None, people=(), clinic="", labelled_at=READ_AT)
        with clinic_server(self.vault) as server:
            sent = Delivery(server, plan_for(server)).send(
                [Parcel(1, tuple(transaction(report)["entry"]))]
            )[1]
        assert isinstance(sent, Kept)
        (number, _), *_ = [each for each in self.vault.outbox() if each[1].id == case.id]
        self.vault.settle(
            number,
            Receipt(server="x", resource=sent.resource, version="1", received_at=READ_AT),
        )

    def sync(self) -> int:
        with clinic_server(self.vault) as server:
            return exchange(self.vault, server, plan_for(server))

    def seconds(self, case: Case) -> list[str]:
        return [one.name for one in self.vault.opinions(case.id) if one.kind is OpinionKind.SECOND]


@pytest.fixture(scope="module")
def new_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault as it was made, to copy: nothing here looks at what vaults have in common."""
    folder = tmp_path_factory.mktemp("made") / "vault"
    make(folder)
    return folder


def made(new_vault: Path, folder: Path, clinic: str) -> Phone:
    vault = enter(Path(shutil.copytree(new_vault, folder)))
    SyncEnrolment(vault.parts.session).enrol(Enrolment(endpoint=clinic))
    return Phone(vault)


@pytest.fixture
def phone(tmp_path: Path, new_vault: Path, clinic: str) -> Iterator[Phone]:
    one = made(new_vault, tmp_path / "one", clinic)
    yield one
    one.vault.lock()


@pytest.fixture
def second(tmp_path: Path, new_vault: Path, clinic: str) -> Iterator[Phone]:
    two = made(new_vault, tmp_path / "two", clinic)
    yield two
    two.vault.lock()


@pytest.fixture
def reviewer(tmp_path: Path, new_vault: Path, clinic: str) -> Iterator[Phone]:
    three = made(new_vault, tmp_path / "three", clinic)
    yield three
    three.vault.lock()


def task_on(server: FhirServer, case: Case) -> OpenTask:
    (task,) = [each for each in open_tasks(server) if each.case_id == case.id]
    return task


def reviewed(reviewer: Phone, case: Case, name: str = "B. Doctor", **more: object) -> Given:
    """What the reviewer's app does, up to where the answer is safe in their vault."""
    with clinic_server(reviewer.vault) as server:
        shown = reviewable(server, task_on(server, case))
    given = Given(
        id=str(uuid4()),
        case_id=case.id,
        report=shown.resource,
        task=shown.task.name,
        subject=shown.subject,
        pack="limb",
        outcome=Outcome.AMENDS,
        reviewer=Clinician("urn:oid:1.2.3", name, name),
        at=datetime.now(UTC),
        read_at=READ_AT.isoformat(),
        organisation="District Hospital",
        label="no_fracture",
        display="No fracture",
        first_impression="fracture",
        note="A vessel.",
    )
    given = replace(given, **more)  # type: ignore[arg-type]
    answer(reviewer.vault, KeptAnswer(given.id, given.task, given.at, entries_of(given)))
    return given


def test_an_answer_told_in_whole_seconds_ends_the_waiting_for_it(phone: Phone) -> None:
    case = phone.case()
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.TODAY)
    asked = waits_for_answer(phone.vault, case.id)
    assert asked is not None
    second = asked.at.replace(microsecond=0)
    earlier = GivenOpinion(opinion=Opinion.AGREES, given_at=second - timedelta(seconds=1))
    phone.vault.add_opinion(case.id, earlier)
    assert waits_for_answer(phone.vault, case.id) is not None

    phone.vault.add_opinion(case.id, GivenOpinion(opinion=Opinion.AGREES, given_at=second))
    assert waits_for_answer(phone.vault, case.id) is None


def test_a_question_goes_out_once_its_case_is_there_and_the_answer_comes_back(
    phone: Phone, reviewer: Phone
) -> None:
    case = phone.case()
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.TODAY)
    phone.sync()
    assert [one.sent for one in SecondOpinions(phone.vault.parts.session).asked()] == [False]
    phone.deliver(case)
    assert phone.sync() == 0
    assert waits_for_answer(phone.vault, case.id) is not None

    reviewed(reviewer, case)
    reviewer.sync()
    assert phone.sync() == 1

    (found,) = [one for one in phone.vault.opinions(case.id) if one.kind is OpinionKind.SECOND]
    assert (found.opinion, found.right_label) == (Opinion.DISAGREES, "no_fracture")
    assert (found.name, found.role) == ("B. Doctor", OpinionRole.REVIEWER)
    assert (found.first_impression, found.blinded) == ("fracture", True)
    assert found.reference_standard is ReferenceStandard.SPECIALIST
    assert found.note == "A vessel."
    assert waits_for_answer(phone.vault, case.id) is None
    assert phone.vault.case(case.id).reading == case.reading


def test_an_answer_comes_in_once_however_often_it_is_fetched(phone: Phone, reviewer: Phone) -> None:
    case = phone.case()
    phone.deliver(case)
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.NOW)
    phone.sync()
    reviewed(reviewer, case)
    reviewer.sync()

    assert [phone.sync() for _ in range(3)] == [1, 0, 0]
    assert phone.seconds(case) == ["B. Doctor"]


def test_an_answer_outlives_a_lost_network_and_is_sent_later(phone: Phone, reviewer: Phone) -> None:
    case = phone.case()
    phone.deliver(case)
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.NOW)
    phone.sync()
    given = reviewed(reviewer, case)
    keeping = SecondOpinions(reviewer.vault.parts.session)
    assert [one.id for one in keeping.answers()] == [given.id]
    assert phone.sync() == 0

    reviewer.sync()

    assert keeping.answers() == []
    assert phone.sync() == 1


def test_nobodys_answer_goes_out_under_somebody_elses_sign_in(
    phone: Phone, reviewer: Phone
) -> None:
    case = phone.case()
    phone.deliver(case)
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.TODAY)
    phone.sync()
    reviewed(reviewer, case, "B. Doctor", practitioner="Practitioner/12")
    reviewed(reviewer, case, "C. Doctor")
    with clinic_server(reviewer.vault) as server:
        plan = plan_for(server)
        send_answers(reviewer.vault, server, plan, lambda one: is_by(one, "Practitioner/13", "x"))
        assert len(SecondOpinions(reviewer.vault.parts.session).answers()) == 2
        send_answers(reviewer.vault, server, plan, lambda one: is_by(one, "", "C. Doctor"))
        (left,) = SecondOpinions(reviewer.vault.parts.session).answers()

    assert is_by(left, "Practitioner/12", "C. Doctor")
    phone.sync()
    assert phone.seconds(case) == ["C. Doctor"]


def test_a_correction_replaces_the_opinion_before_and_both_stay(
    phone: Phone, reviewer: Phone
) -> None:
    case = phone.case()
    phone.deliver(case)
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.NOW)
    phone.sync()
    given = reviewed(reviewer, case)
    reviewer.sync()
    phone.sync()
    (first,) = [one for one in phone.vault.opinions(case.id) if one.kind is OpinionKind.SECOND]
    later = replace(
        given,
        id=str(uuid4()),
        outcome=Outcome.CONFIRMS,
        follows=first.origin.split("/_history/")[0],
        at=given.at + timedelta(seconds=5),
    )
    answer(reviewer.vault, KeptAnswer(later.id, later.task, later.at, entries_of(later)))
    reviewer.sync()

    assert phone.sync() == 1

    both = [one for one in phone.vault.opinions(case.id) if one.kind is OpinionKind.SECOND]
    assert [one.opinion for one in both] == [Opinion.DISAGREES, Opinion.AGREES]
    assert both[1].replaces == first.id
    assert [one.opinion for one in in_force(both)] == [Opinion.AGREES]


def test_two_devices_and_a_reviewer_at_once_each_get_their_own_and_lose_nothing(
    phone: Phone, second: Phone, reviewer: Phone
) -> None:
    cases = {}
    for device in (phone, second):
        case = cases[id(device)] = device.case()
        device.deliver(case)
        ask(device.vault, case.id, AskReason.ASK_UNCERTAIN, Urgency.TODAY)
        device.sync()
    mine, theirs = cases[id(phone)], cases[id(second)]
    for case in (mine, theirs):
        reviewed(reviewer, case, "anna")
        reviewed(reviewer, case, "bela", outcome=Outcome.CONFIRMS)
    # The field changes its own label while the reviewer's answers are on their way.
    phone.vault.save(replace(phone.vault.case(mine.id), opinion=Opinion.AGREES))
    reviewer.sync()

    assert (phone.sync(), second.sync()) == (2, 2)

    for device, case in ((phone, mine), (second, theirs)):
        assert sorted(device.seconds(case)) == ["anna", "bela"]
    assert phone.vault.case(mine.id).opinion is Opinion.AGREES


def test_the_next_time_goes_on_from_the_servers_own_time(phone: Phone) -> None:
    case = phone.case()
    phone.deliver(case)
    ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.NOW)
    phone.sync()
    until = SecondOpinions(phone.vault.parts.session).answered_until()
    assert until is not None
    assert abs(until - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_deleted_case_makes_no_trouble_when_its_answer_comes(
    phone: Phone, reviewer: Phone
) -> None:
    gone, kept = phone.case(), phone.case()
    for case in (gone, kept):
        phone.deliver(case)
        ask(phone.vault, case.id, AskReason.ASK_CONFIRM, Urgency.NOW)
    phone.sync()
    for case in (gone, kept):
        reviewed(reviewer, case)
    reviewer.sync()
    phone.vault.destroy(gone.id)

    assert phone.sync() == 1
    assert phone.seconds(kept) == ["B. Doctor"]
