"""Unsaved work comes back: another process, the same person, the same screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.imaging.framing import PLAIN, Crop, Framing
from core.reading.reader import Reader
from storage.vault import Opinion
from tests.packs import BRIGHT, Kind, Place
from tests.ui.conftest import png
from tests.ui.test_reading_desk import HAND, answering, series, until
from tests.ui.vaults import SECRET, first_start, front_of, room_at
from ui import unsaved_work
from ui.case_book import CaseBook
from ui.front_desk import FrontDesk
from ui.light_box import LightBox
from ui.reading_desk import ReadingDesk
from ui.state import AppState, Gate, Stage
from ui.unsaved_work import UnsavedWork


@dataclass
class Tab:
    """One session without a screen."""

    state: AppState
    front: FrontDesk
    desk: ReadingDesk
    box: LightBox
    book: CaseBook
    is_here: bool = True

    async def unlock(self) -> None:
        await self.front.look()
        self.front.choose(self.state.entrance.people[0].id)
        await self.front.unlock(SECRET)
        assert self.state.gate is Gate.OPEN

    async def check(self, *images: bytes) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self.desk.check(list(images), self.box.look))
        await until(lambda: self.state.stage is Stage.CHECKING and self.state.sheet)
        return task


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaved_work, "_EVERY_S", 0.02)


@pytest.fixture
def tab(tmp_path: Path, reader: Reader) -> Callable[[], Tab]:
    """``tab()``: a session of a process that has just been started."""

    def opened() -> Tab:
        state = AppState()
        front = front_of(room_at(tmp_path), state)
        desk = ReadingDesk(state, lambda: reader)

        def show() -> None:
            state.stage = Stage.CHECKING

        box = LightBox(state, show)
        found = Tab(state, front, desk, box, CaseBook(state, front, lambda: reader, desk.files_of))
        UnsavedWork(state, front, desk, box, lambda: found.is_here)
        return found

    return opened


async def kept(found: Tab, stage: Stage) -> None:
    """Wait until what is on the screen is in the vault."""
    drafts = found.front.vault.drafts

    def is_there() -> bool:
        draft = drafts.found()
        return draft is not None and draft.note.get("stage") == stage.name

    await until(is_there)
    await asyncio.sleep(0.1)


async def killed(found: Tab) -> None:
    """The process is gone: nobody is there, and its lock on the vault is let go of."""
    found.is_here = False
    found.front.lock()
    await until(lambda: found.front.closing is not None and found.front.closing.done())


def scenario(work: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def test_a_reading_comes_back_with_what_was_said_of_it(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        await answering(first.desk, first.state, first.desk.read([HAND]), "HAND")
        draft = first.state.case.draft
        draft.opinion, draft.note, draft.code = Opinion.DISAGREES, "a note", "AB-12"
        await kept(first, Stage.RESULT)
        before = first.state.case.result
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.stage is Stage.RESULT and second.state.told)

        case = second.state.case
        assert case.result == before, "read as before, and nothing asked again"
        assert (case.draft.opinion, case.draft.note) == (Opinion.DISAGREES, "a note")
        assert case.draft.code == "AB-12"
        assert "brought back" in second.state.told

    scenario(work)


def test_an_image_on_the_light_box_comes_back_framed(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        await first.check(HAND)
        framing = Framing(PLAIN.corners, Crop(0.0, 0.0, 0.5, 1.0), 1)
        await first.box.turn(1)
        await first.box.crop(framing.crop)
        await kept(first, Stage.CHECKING)
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.sheet and second.state.sheet.framing == framing)

        assert second.state.stage is Stage.CHECKING
        second.desk.cancel()

    scenario(work)


def test_a_framed_reading_comes_back_as_it_was_framed(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        task = await first.check(HAND)
        await first.box.turn(2)
        first.box.read()
        await task
        framing = first.state.case.reading.framing  # type: ignore[union-attr]
        assert framing.quarter_turns == 2
        first.state.case.draft.note = "so that it is worth keeping"
        await kept(first, Stage.RESULT)
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.stage is Stage.RESULT)

        assert second.state.case.reading
        assert second.state.case.reading.framing == framing

    scenario(work)


def test_a_saved_or_abandoned_reading_leaves_no_draft(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        only = tab()
        await first_start(only.front)
        drafts = only.front.vault.drafts
        await answering(only.desk, only.state, only.desk.read([HAND]), "HAND")
        await kept(only, Stage.RESULT)
        await only.book.save()
        await until(lambda: drafts.found() is None)

        await answering(only.desk, only.state, only.desk.read([HAND]), "HAND")
        await kept(only, Stage.RESULT)
        only.desk.start_over()
        await until(lambda: drafts.found() is None)
        await killed(only)

    scenario(work)


def test_only_the_unsaved_images_of_a_batch_come_back(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        other = png(Kind.HAND_FILM, {Place.LEFT: BRIGHT})
        reading = first.desk.read([HAND, other])
        await answering(first.desk, first.state, reading, "HAND", "HAND")
        first.desk.show(0)
        await first.book.save()
        first.desk.show_list()
        first.state.cases[1].draft.note = "the second one"
        await kept(first, Stage.LIST)
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.stage is Stage.RESULT)

        assert [case.draft.note for case in second.state.cases] == ["the second one"]

    scenario(work)


def test_what_another_tab_still_shows_is_not_brought_to_this_one(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first, second = tab(), tab()
        await first_start(first.front)
        await answering(first.desk, first.state, first.desk.read([HAND]), "HAND")
        await kept(first, Stage.RESULT)
        first.front.lock()
        await until(lambda: first.front.closing is not None and first.front.closing.done())

        await second.unlock()
        await asyncio.sleep(0.3)

        assert second.state.stage is Stage.HOME
        await killed(second)

    scenario(work)


def test_an_image_that_ends_the_process_is_not_brought_back_for_ever(
    tab: Callable[[], Tab],
) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        await answering(first.desk, first.state, first.desk.read([HAND]), "HAND")
        await kept(first, Stage.RESULT)
        drafts = first.front.vault.drafts
        draft = drafts.found()
        assert draft is not None
        first.state.cases = []
        await until(lambda: drafts.found() is None)
        drafts.begin(draft.groups)
        drafts.note({**draft.note, "tries": 3})
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.trouble)

        assert second.state.trouble
        assert second.state.trouble.code == "resume_failed"
        assert second.front.vault.drafts.found() is None
        await killed(second)

    scenario(work)


def test_a_clinic_that_wants_no_drafts_has_none(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        only = tab()
        await first_start(only.front)
        wanted = replace(only.state.settings, keep_drafts=False)
        only.front.vault.change_settings(wanted)
        only.state.settings = wanted
        await answering(only.desk, only.state, only.desk.read([HAND]), "HAND")
        await asyncio.sleep(0.3)

        assert only.front.vault.drafts.found() is None
        await killed(only)

    scenario(work)


def test_a_series_comes_back_frame_by_frame(tab: Callable[[], Tab]) -> None:
    async def work() -> None:
        first = tab()
        await first_start(first.front)
        await first.desk.read([series(Kind.HEAD_SLICE, 4, PatientAge="040Y")])
        await kept(first, Stage.RESULT)
        await killed(first)

        second = tab()
        await second.unlock()
        await until(lambda: second.state.stage is Stage.RESULT)

        assert second.state.case.result
        assert second.state.case.result.frames.startswith("4 of 4")

    scenario(work)
