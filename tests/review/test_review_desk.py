"""The reviewer's desk with a real vault and a real server, and no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.reading.reader import Reader
from core.sync.enrolment import Enrolment
from core.sync.opinions import pull
from core.sync.opinions_given import OTHER, Outcome
from core.sync.server import FhirServer
from core.sync.writing import Plan
from storage.sync_enrolment import SyncEnrolment
from tests.packs import build_shelf
from tests.review.test_opinions import asked
from tests.ui.vaults import AMINA, first_start, front_of, room_at
from ui import review_words
from ui.review_desk import ReviewDesk
from ui.review_views import ReviewStep, ReviewView
from ui.state import AppState


class Office:
    """A reviewer's device."""

    def __init__(self, folder: Path) -> None:
        self.state = AppState()
        self.front = front_of(room_at(folder), self.state)
        reader = Reader(build_shelf(folder / "models"), threads=1)
        self.launched: list[str] = []

        def run(work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
            raise AssertionError("nothing is loaded by itself here")

        async def launch(address: str) -> None:
            self.launched.append(address)

        self.desk = ReviewDesk(self.state, self.front, lambda: reader, run, launch)

    def enrol(self, address: str) -> None:
        SyncEnrolment(self.front.vault.parts.session).enrol(Enrolment(endpoint=address))

    def work(self, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await first_start(self.front)
            await work()

        asyncio.run(run())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def key_of(state: AppState, name: str) -> str:
    return next(line.key for line in state.review.lines or () if line.key == name)


def test_a_device_that_is_not_enrolled_never_says_that_nobody_waits(office: Office) -> None:
    async def work() -> None:
        await office.desk.refresh()

        assert office.state.trouble is not None
        assert office.state.trouble.code == "sync_not_enrolled"
        assert not office.state.review.reached

    office.work(work)


def test_an_answer_that_cannot_be_sent_is_kept_and_goes_out_later(
    office: Office, clinic: str, server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)

    async def work() -> None:
        office.enrol(clinic)
        await office.desk.refresh()
        await office.desk.open(key_of(office.state, task.name))
        # No picture was sent, so there is nothing to be asked about first.
        assert office.state.review.step is ReviewStep.REVEALED
        office.desk.see(OTHER)
        office.enrol("http://127.0.0.1:9")
        await office.desk.answer(Outcome.AMENDS, "no_fracture", " A vessel. ")
        assert office.state.told == review_words.KEPT
        assert office.state.review.unsent == 1
        assert not office.state.review.reached
        assert pull(server, [report.case_id]) == []

        office.enrol(clinic)
        await office.desk.refresh()
        assert office.state.review.unsent == 0

    office.work(work)

    (found,) = pull(server, [report.case_id])
    assert (found.label, found.first_impression, found.note) == ("no_fracture", OTHER, "A vessel.")
    assert found.reviewer_name == AMINA


def test_a_second_answer_of_the_same_person_names_the_first(
    office: Office, clinic: str, server: FhirServer, plan: Plan
) -> None:
    report, task = asked(server, plan)

    async def work() -> None:
        office.enrol(clinic)
        await office.desk.refresh()
        key = key_of(office.state, task.name)
        await office.desk.open(key)
        tasks = dict(office.desk._desk.tasks)
        await office.desk.answer(Outcome.AMENDS, "no_fracture", "")
        office.desk._desk.tasks = tasks
        await office.desk.open(key)
        await office.desk.answer(Outcome.CONFIRMS, "", "")

    office.work(work)

    first, second = pull(server, [report.case_id])
    assert first.resource in second.follows
    assert (second.outcome, second.label) == (Outcome.CONFIRMS, "fracture")


def test_a_case_that_comes_after_the_lock_is_shown_to_nobody(
    office: Office, clinic: str, server: FhirServer, plan: Plan
) -> None:
    _, task = asked(server, plan)

    async def work() -> None:
        office.enrol(clinic)
        await office.desk.refresh()
        reader, loop = office.desk._reader, asyncio.get_running_loop()

        async def lock() -> None:
            office.front.lock()

        def late() -> Reader:
            asyncio.run_coroutine_threadsafe(lock(), loop).result()
            return reader()

        office.desk._reader = late
        await office.desk.open(key_of(office.state, task.name))

        assert office.state.review.shown is None
        assert office.desk._desk.open is None

    office.work(work)


def test_nothing_of_a_review_stays_behind_the_lock(
    office: Office, clinic: str, server: FhirServer, plan: Plan
) -> None:
    _, task = asked(server, plan)

    async def work() -> None:
        office.enrol(clinic)
        await office.desk.refresh()
        await office.desk.open(key_of(office.state, task.name))
        office.front.lock()

        assert office.state.review.shown is None
        assert office.state.review.lines is ReviewView().lines
        assert office.desk._desk.open is None

    office.work(work)


def test_a_server_without_a_sign_in_for_people_offers_none(
    office: Office, clinic: str, server: FhirServer, plan: Plan
) -> None:
    async def work() -> None:
        office.enrol(clinic)
        await office.desk.refresh()

        assert not office.state.review.can_sign_in
        await office.desk.sign_in("outpost")
        assert office.launched == []
        assert office.state.trouble is not None

    office.work(work)
