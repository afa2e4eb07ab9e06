"""Cases in a real vault, without a screen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.reading.reader import Reader
from core.reading.result import Verdict
from storage.audit import Action
from storage.history import Filter
from storage.key_file import Role
from storage.vault import Opinion
from tests.packs import BRIGHT, Kind
from tests.packs import Place as Where
from tests.ui.conftest import png
from tests.ui.test_reading_desk import answering
from tests.ui.vaults import BEN, BENS_SECRET, CHEAP, SECRET, first_start, front_of, room_at
from ui import case_book, history_filter
from ui.case_book import CaseBook
from ui.front_desk import FrontDesk
from ui.history_filter import filter_for
from ui.reading_desk import ReadingDesk
from ui.state import AppState, Gate, Place, Stage, Wanted

HAND = png(Kind.HAND_FILM, {Where.MIDDLE: BRIGHT})


@dataclass
class Clinic:
    state: AppState
    front: FrontDesk
    desk: ReadingDesk
    book: CaseBook

    async def read(self) -> None:
        await answering(self.desk, self.state, self.desk.read([HAND]), "HAND")

    async def save(self, code: str = "") -> str:
        """Read the film and keep it. Returns the case's id."""
        self.state.place = Place.READ
        await self.read()
        self.state.case.draft.code = code
        await self.book.save()
        return self.state.case.id


@pytest.fixture
def clinic(tmp_path: Path, reader: Reader) -> Clinic:
    state = AppState()
    front = front_of(room_at(tmp_path), state)
    desk = ReadingDesk(state, lambda: reader)
    return Clinic(state, front, desk, CaseBook(state, front, lambda: reader, desk.files_of))


@pytest.fixture
def within(clinic: Clinic) -> Callable[[Callable[[], Awaitable[None]]], None]:
    """Run something after Amina has signed in."""

    def run(work: Callable[[], Awaitable[None]]) -> None:
        async def signed_in() -> None:
            await first_start(clinic.front)
            await work()

        asyncio.run(signed_in())

    return run


Within = Callable[[Callable[[], Awaitable[None]]], None]


def test_a_reading_is_saved_with_what_the_clinician_said(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        await clinic.read()
        assert clinic.state.unsaved == 1
        draft = clinic.state.case.draft
        draft.opinion, draft.right_label = Opinion.DISAGREES, "no_fracture"
        draft.note, draft.code, draft.own_impression = " Old break ", "AB 12", "no_fracture"
        await clinic.book.save()

        assert clinic.state.unsaved == 0
        kept = clinic.front.vault.case(clinic.state.case.id)
        assert (kept.opinion, kept.right_label) == (Opinion.DISAGREES, "no_fracture")
        assert (kept.note, kept.own_impression) == ("Old break", "no_fracture")
        assert kept.pseudonym == clinic.front.vault.pseudonym("ab-12")
        assert kept.code is None, "the clinic keeps no codes unless it says so"
        assert kept.saved_by == clinic.state.person.id
        copy = clinic.front.vault.review_copy(kept.id)
        assert copy
        assert copy.startswith(b"\xff\xd8")

    within(work)


def test_the_right_label_goes_with_disagreeing_only(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        await clinic.read()
        draft = clinic.state.case.draft
        draft.opinion, draft.right_label = Opinion.AGREES, "no_fracture"
        await clinic.book.save()

        kept = clinic.front.vault.case(clinic.state.case.id)
        assert kept.right_label is None
        assert kept.label == "fracture"

    within(work)


def test_a_code_without_letters_is_refused_in_words(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        await clinic.read()
        clinic.state.case.draft.code = " - "
        await clinic.book.save()

        assert clinic.state.trouble
        assert clinic.state.trouble.code == "code_without_letters"
        assert clinic.state.unsaved == 1
        assert not clinic.state.busy

    within(work)


def test_saving_again_corrects_the_same_case(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        case_id = await clinic.save("AB 12")
        clinic.state.case.draft.note = "Seen by the surgeon"
        assert clinic.state.unsaved == 1
        await clinic.book.save()

        assert [one.id for one in clinic.front.vault.history().lines] == [case_id]
        kept = clinic.front.vault.case(case_id)
        assert kept.note == "Seen by the surgeon"
        assert kept.pseudonym == clinic.front.vault.pseudonym("AB12")
        assert clinic.front.vault.review_copy(case_id), "the picture stays"

    within(work)


def test_a_kept_case_is_shown_as_it_was_and_corrected(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        case_id = await clinic.save("AB 12")
        shown = clinic.state.case
        clinic.desk.start_over()
        await clinic.book.open(case_id)

        kept = clinic.state.kept
        assert kept
        assert kept.result
        assert kept.result.summary == shown.result.summary
        assert kept.picture
        assert kept.picture.heat == shown.picture.heat, "the heat map is drawn from the reading"
        assert [event.text for event in clinic.state.timeline] == [
            "Case saved, Amina",
            "Case looked at, Amina",
        ]
        kept.draft.opinion = Opinion.NOT_SURE
        await clinic.book.save()

        assert clinic.front.vault.case(case_id).opinion is Opinion.NOT_SURE
        assert "Case corrected, Amina" in [event.text for event in clinic.state.timeline]

    within(work)


def test_a_label_names_whoever_gave_it(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        case_id = await clinic.save()
        ben = clinic.front.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
        clinic.front.switch_user()
        await asyncio.sleep(0.3)
        clinic.front.choose(ben.id)
        await clinic.front.unlock(BENS_SECRET)
        await clinic.book.open(case_id)
        clinic.state.kept.draft.opinion = Opinion.AGREES
        await clinic.book.save()

        kept = clinic.front.vault.case(case_id)
        assert kept.labelled_by == ben.id
        assert kept.saved_by != ben.id

    within(work)


def test_only_one_page_of_the_history_is_drawn_and_all_can_be_reached(
    clinic: Clinic, within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_book, "PAGE", 2)

    async def work() -> None:
        saved = [await clinic.save() for _ in range(5)][::-1]
        seen = []
        await clinic.book.refresh()
        while True:
            history = clinic.state.history
            assert len(history.lines) <= 2
            seen += [line.id for line in history.lines]
            if not history.has_older:
                break
            await clinic.book.older()
        assert seen == saved
        assert clinic.state.history.number == 3
        await clinic.book.newer()
        assert [line.id for line in clinic.state.history.lines] == saved[2:4]
        await clinic.book.newer()
        await clinic.book.newer()
        assert [line.id for line in clinic.state.history.lines] == saved[:2]

    within(work)


def test_a_patient_is_found_by_the_clinics_own_code(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        found = await clinic.save("AB 12")
        await clinic.save("CD 34")
        await clinic.book.want(text="ab-12")
        assert [line.id for line in clinic.state.history.lines] == [found]
        await clinic.book.want(text="ab-13")
        assert clinic.state.history.lines == ()
        await clinic.book.want_everything()
        assert len(clinic.state.history.lines) == 2

    within(work)


def test_a_deleted_case_is_gone_and_the_log_keeps_who_and_why(
    clinic: Clinic, within: Within
) -> None:
    async def work() -> None:
        case_id = await clinic.save()
        await clinic.book.open(case_id)
        await clinic.book.destroy("test")

        assert clinic.state.case_id == ""
        assert clinic.state.history.lines == ()
        last = clinic.front.vault.log()[-1]
        assert (last.action, last.row, last.detail) == (Action.DESTROYED, case_id, "test")
        await clinic.book.open(case_id)
        assert clinic.state.trouble
        assert clinic.state.trouble.code == "no_such_case"

    within(work)


def test_nothing_of_the_vault_stays_in_memory_behind_the_lock(
    clinic: Clinic, within: Within
) -> None:
    async def work() -> None:
        case_id = await clinic.save("AB 12")
        clinic.desk.start_over()
        await clinic.book.refresh()
        await clinic.book.open(case_id)
        clinic.front.lock()
        assert clinic.state.gate is Gate.LOCKED
        assert clinic.state.recent == ()
        assert clinic.state.history.lines is None
        assert clinic.state.kept is None
        assert clinic.state.timeline == ()
        assert clinic.state.case_id == case_id, "where one was is remembered"

    within(work)


def test_what_was_looked_up_before_the_lock_is_not_shown_after_it(
    clinic: Clinic, within: Within
) -> None:
    """In the thread that looks it up, the lock comes in between."""

    async def work() -> None:
        case_id = await clinic.save("AB 12")
        vault, loop = clinic.front.vault, asyncio.get_running_loop()

        def locked_before(look: Callable[..., Any]) -> Callable[..., Any]:
            async def lock() -> None:
                clinic.front.lock()

            def looked(*given: Any, **named: Any) -> Any:
                found = look(*given, **named)
                asyncio.run_coroutine_threadsafe(lock(), loop).result()
                return found

            return looked

        vault.users = locked_before(vault.users)  # type: ignore[method-assign]
        await clinic.book.refresh()
        assert clinic.state.gate is Gate.LOCKED
        assert clinic.state.history.lines is None

        await clinic.front.unlock(SECRET)
        vault = clinic.front.vault
        vault.receipts = locked_before(vault.receipts)  # type: ignore[method-assign]
        await clinic.book.open(case_id)
        assert clinic.state.gate is Gate.LOCKED
        assert clinic.state.kept is None

    within(work)


def test_an_unsaved_reading_outlives_the_lock(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        await clinic.read()
        clinic.state.case.draft.note = "typed before the lock"
        clinic.front.lock()
        await clinic.front.unlock(SECRET)
        assert clinic.state.stage is Stage.RESULT
        await clinic.book.save()
        assert clinic.front.vault.case(clinic.state.case.id).note == "typed before the lock"

    within(work)


def test_saving_while_the_vault_is_locked_loses_nothing_and_is_said(
    clinic: Clinic, within: Within
) -> None:
    async def work() -> None:
        await clinic.read()
        clinic.front.vault.lock()
        await clinic.book.save()
        assert clinic.state.trouble
        assert clinic.state.trouble.code == "locked"
        assert clinic.state.unsaved == 1

    within(work)


def test_saving_all_ends_at_the_lock_and_the_rest_stays_unsaved(
    clinic: Clinic, within: Within
) -> None:
    async def work() -> None:
        photograph = png(Kind.PHOTOGRAPH, {Where.MIDDLE: BRIGHT})
        await clinic.desk.read([photograph, photograph])
        for case in clinic.state.cases:
            case.draft.note = "a photograph, and worth keeping"
        vault, loop = clinic.front.vault, asyncio.get_running_loop()
        save = vault.save

        async def lock() -> None:
            clinic.front.lock()

        def saved(*given: Any, **named: Any) -> Any:
            done = save(*given, **named)
            asyncio.run_coroutine_threadsafe(lock(), loop).result()
            return done

        vault.save = saved  # type: ignore[method-assign]
        await clinic.book.save_all()

        assert [case.is_unsaved for case in clinic.state.cases] == [False, True]

    within(work)


def test_an_overridden_refusal_is_in_the_log(clinic: Clinic, within: Within) -> None:
    async def work() -> None:
        photograph = png(Kind.PHOTOGRAPH, {Where.MIDDLE: BRIGHT})
        await clinic.desk.read([photograph])
        await answering(clinic.desk, clinic.state, clinic.desk.override("limb"), "HAND")
        await clinic.book.save()
        assert clinic.front.vault.log()[-1].action is Action.OVERRIDDEN

    within(work)


def test_a_damaged_case_is_counted_and_the_others_are_listed(
    clinic: Clinic, within: Within, tmp_path: Path
) -> None:
    async def work() -> None:
        whole = await clinic.save()
        damaged = await clinic.save()
        clinic.front.lock()
        await clinic.front.closing
        with sqlite3.connect(tmp_path / "clinic" / "vault" / "vault.db") as db:
            db.execute("UPDATE summaries SET body = x'00' WHERE id = ?", [damaged])
        db.close()
        await clinic.front.unlock(SECRET)
        await clinic.book.refresh()
        assert [line.id for line in clinic.state.history.lines] == [whole]
        assert clinic.state.history.damaged == 1

    within(work)


# Filters

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def test_nothing_wanted_lets_everything_through() -> None:
    assert filter_for(Wanted(), NOW) == Filter()


def test_every_filter_is_handed_on() -> None:
    wanted = Wanted("uncertain", "disagrees", "limb", "u1", history_filter.TODAY, " ab ")

    assert filter_for(wanted, NOW) == Filter(
        verdicts=frozenset({Verdict.UNCERTAIN}),
        opinions=frozenset({Opinion.DISAGREES}),
        packs=frozenset({"limb"}),
        users=frozenset({"u1"}),
        since=datetime(2026, 11, 23, tzinfo=UTC),
        text="ab",
    )
    assert wanted.count() == 5


def test_cases_without_opinion_or_model_can_be_asked_for() -> None:
    wanted = Wanted(opinion=history_filter.NONE, pack=history_filter.NONE)

    assert filter_for(wanted, NOW) == Filter(opinions=frozenset({None}), packs=frozenset({None}))


@pytest.mark.parametrize(("time", "days"), [(history_filter.WEEK, 6), (history_filter.MONTH, 29)])
def test_a_week_and_a_month_begin_at_midnight(time: str, days: int) -> None:
    since = filter_for(Wanted(time=time), NOW).since

    assert since == datetime(2026, 11, 23, tzinfo=UTC) - timedelta(days=days)
