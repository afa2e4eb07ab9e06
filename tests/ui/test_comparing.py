"""Two studies of one patient, found by pseudonym and put side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from core.reading.reader import Reader
from storage.audit import Action
from tests.packs import BRIGHT, Kind, Place
from tests.ui.conftest import png
from tests.ui.test_reading_desk import answering
from tests.ui.vaults import first_start, front_of, room_at
from ui.case_book import CaseBook
from ui.comparing import Comparing
from ui.reading_desk import ReadingDesk
from ui.state import AppState


async def saved(desk: ReadingDesk, book: CaseBook, state: AppState, code: str, at: Place) -> str:
    """Read and save an image of a patient. The case's id."""
    image = png(Kind.HAND_FILM, {at: BRIGHT})
    await answering(desk, state, desk.read([image]), "HAND")
    state.case.draft.code = code
    await book.save()
    case_id = state.case.id
    desk.start_over()
    return case_id


def test_only_other_cases_of_the_same_patient_are_offered(tmp_path: Path, reader: Reader) -> None:
    async def work() -> None:
        state = AppState()
        front = front_of(room_at(tmp_path), state)
        desk = ReadingDesk(state, lambda: reader)
        book = CaseBook(state, front, lambda: reader, desk.files_of)
        comparing = Comparing(state, front, lambda: reader)
        await first_start(front)
        first = await saved(desk, book, state, "AB-12", Place.MIDDLE)
        await saved(desk, book, state, "CD-34", Place.LEFT)
        second = await saved(desk, book, state, "ab 12", Place.RIGHT)
        await book.open(second)

        await comparing.look()
        assert state.others
        assert [line.id for line in state.others.lines] == [first]
        await comparing.with_case(first)

        both = state.compared
        assert both
        assert (both.earlier.id, both.later.id) == (first, second)
        assert both.earlier.picture
        assert both.is_of(state.kept)
        viewed = [entry.row for entry in front.vault.log() if entry.action is Action.VIEWED]
        assert viewed == [second, first], "the log knows who looked at what"
        await book.open(second)
        assert not both.is_of(state.kept), "another look at the case begins with the case"
        front.lock()
        assert state.others is None
        assert state.compared is None
        if front.closing:
            await front.closing

    run(work)


def test_a_case_without_a_patient_has_nothing_to_compare(tmp_path: Path, reader: Reader) -> None:
    async def work() -> None:
        state = AppState()
        front = front_of(room_at(tmp_path), state)
        desk = ReadingDesk(state, lambda: reader)
        book = CaseBook(state, front, lambda: reader, desk.files_of)
        comparing = Comparing(state, front, lambda: reader)
        await first_start(front)
        await saved(desk, book, state, "", Place.LEFT)
        only = await saved(desk, book, state, "", Place.MIDDLE)
        await book.open(only)

        await comparing.look()

        assert state.others is None
        front.lock()
        if front.closing:
            await front.closing

    run(work)


def run(work: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]
