"""From a chosen file to a result, with a real reader and no screen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.reading.reader import Reader
from core.reading.result import Verdict
from storage.failures import StorageError, StorageFailure
from tests.imaging.dicom_files import dicom
from tests.packs import BRIGHT, FAINT, Kind, Place, phantom
from tests.ui.conftest import png
from ui.reading_desk import MAX_IMAGES, ReadingDesk
from ui.state import AppState, Stage

HAND = png(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})


@pytest.fixture
def state() -> AppState:
    return AppState()


@pytest.fixture
def desk(state: AppState, reader: Reader) -> ReadingDesk:
    return ReadingDesk(state, lambda: reader)


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.005)


async def answering(desk: ReadingDesk, state: AppState, work: Awaitable[Any], *said: Any) -> None:
    """Do the work, and answer each question as it comes."""
    task = asyncio.ensure_future(work)
    for answer in said:
        await until(lambda: state.stage is Stage.ASKING or task.done())
        assert state.stage is Stage.ASKING, "nothing was asked"
        asked = state.question
        desk.answer(answer)
        await until(lambda asked=asked: state.question is not asked or state.stage != Stage.ASKING)
    await task


def series(kind: Kind, count: int, **more: Any) -> bytes:
    """A multi-frame DICOM file of phantoms."""
    frames = np.stack([phantom(kind, {Place.MIDDLE: BRIGHT})] * count)
    return dicom(frames, NumberOfFrames=str(count), **more)


def test_an_image_is_opened_asked_about_and_read(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), "HAND"))

    assert state.stage is Stage.RESULT
    assert state.case.result
    assert state.case.result.verdict is Verdict.CONFIDENT
    assert state.case.picture
    assert state.case.picture.heat


def test_an_open_question_makes_the_reading_uncertain(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), None))

    assert state.case.result
    assert state.case.result.verdict is Verdict.UNCERTAIN
    assert any("left open" in reason for reason in state.case.result.reasons)


def test_another_body_part_is_refused_in_words(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), "ANOTHER PART"))

    assert state.case.result
    assert state.case.result.verdict is Verdict.REJECTED
    assert "(another part)" in state.case.result.reasons[0]


@pytest.mark.parametrize("kind", [Kind.PHOTOGRAPH, Kind.NOTHING_KNOWN])
def test_nothing_is_asked_about_an_image_that_is_refused(
    desk: ReadingDesk, state: AppState, kind: Kind
) -> None:
    asyncio.run(desk.read([png(kind)]))

    assert state.stage is Stage.RESULT
    assert state.case.result
    assert state.case.result.verdict is Verdict.REJECTED


def test_experimental_models_stay_silent_until_switched_on(
    desk: ReadingDesk, state: AppState
) -> None:
    lung = png(Kind.LUNG_FRAME, {Place.MIDDLE: BRIGHT})

    asyncio.run(desk.read([lung]))
    assert state.case.result
    assert state.case.result.verdict is Verdict.REJECTED

    state.experimental = True
    asyncio.run(desk.read([lung]))
    assert state.case.result.verdict is Verdict.CONFIDENT
    assert state.case.result.model
    assert state.case.result.model.experimental


def test_a_refused_image_can_be_read_with_another_model(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(desk.read([png(Kind.PHOTOGRAPH, {Place.MIDDLE: BRIGHT})]))
    asyncio.run(answering(desk, state, desk.override("limb"), "HAND"))

    assert state.stage is Stage.RESULT
    assert state.case.result
    assert state.case.result.verdict is not Verdict.CONFIDENT
    assert state.case.result.probabilities
    assert any("a photograph" in reason for reason in state.case.result.refused_before)


def test_a_file_that_is_no_image_becomes_a_sentence(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(desk.read([b"just some text, whatever its name says"]))

    assert state.stage is Stage.FAILED
    assert state.failure
    assert state.failure.code == "text_file"


def test_choosing_nothing_changes_nothing(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(desk.read([]))

    assert state.stage is Stage.HOME


def test_several_images_become_a_list_with_the_bad_one_in_it(
    desk: ReadingDesk, state: AppState
) -> None:
    faint = png(Kind.HAND_FILM, {Place.MIDDLE: FAINT})
    work = desk.read([HAND, b"not an image at all", faint])

    asyncio.run(answering(desk, state, work, "HAND", "HAND"))

    assert state.stage is Stage.LIST
    assert [case.failure.code if case.failure else "" for case in state.cases] == [
        "",
        "text_file",
        "",
    ]
    desk.show(2)
    assert state.stage is Stage.RESULT
    assert state.case.result
    assert state.case.result.verdict is Verdict.UNCERTAIN


def test_a_question_in_a_batch_shows_which_image_it_is_about(
    desk: ReadingDesk, state: AppState
) -> None:
    def asked(*images: bytes) -> bool:
        asyncio.run(answering(desk, state, desk.read(list(images)), *["HAND"] * len(images)))
        assert state.question
        return state.question.picture is not None

    assert asked(HAND, png(Kind.HAND_FILM, {Place.MIDDLE: FAINT}))
    assert not asked(HAND), "one alone was seen a moment ago"


def test_too_many_images_are_refused_before_any_is_opened(
    desk: ReadingDesk, state: AppState
) -> None:
    asyncio.run(desk.read([HAND] * (MAX_IMAGES + 1)))

    assert state.failure
    assert state.failure.code == "too_many_images"


def test_a_series_moves_the_bar_and_is_never_confident(desk: ReadingDesk, state: AppState) -> None:
    seen: list[tuple[int, int]] = []

    def note(changed: AppState, _: str | None) -> None:
        seen.append((changed.progress.read, changed.progress.total))

    state.subscribe(note)
    file = series(Kind.HEAD_SLICE, 8, PatientAge="040Y")

    asyncio.run(desk.read([file]))

    assert state.case.result
    assert state.case.result.verdict is Verdict.UNCERTAIN
    assert state.case.result.frames.endswith("of 8 frames read")
    assert state.case.picture
    assert state.case.picture.frame_note.endswith("of 8")
    assert any(0 < read < total for read, total in seen)


def test_the_event_loop_goes_on_while_an_image_is_read(desk: ReadingDesk, state: AppState) -> None:
    async def ticking() -> float:
        worst, work = 0.0, asyncio.ensure_future(desk.read([file]))
        while not work.done():
            started = time.monotonic()
            await asyncio.sleep(0.01)
            worst = max(worst, time.monotonic() - started)
        return worst

    file = series(Kind.HEAD_SLICE, 8, PatientAge="040Y")
    started = time.monotonic()
    worst = asyncio.run(ticking())

    assert state.stage is Stage.RESULT
    assert worst < max(0.3, 0.5 * (time.monotonic() - started))


def test_cancelling_goes_home_at_once_and_nothing_comes_after(
    desk: ReadingDesk, state: AppState
) -> None:
    async def cancelled() -> None:
        work = asyncio.ensure_future(desk.read([series(Kind.HEAD_SLICE, 40, PatientAge="040Y")]))
        await until(lambda: state.progress.read > 0)
        desk.cancel()
        assert state.stage is Stage.HOME
        await work

    asyncio.run(cancelled())

    assert state.stage is Stage.HOME
    assert state.cases == []
    assert state.failure is None


def test_a_question_can_be_cancelled(desk: ReadingDesk, state: AppState) -> None:
    async def cancelled() -> None:
        work = asyncio.ensure_future(desk.read([HAND]))
        await until(lambda: state.stage is Stage.ASKING)
        desk.cancel()
        await work

    asyncio.run(cancelled())

    assert state.stage is Stage.HOME
    assert state.question is None


def test_a_cancelled_reading_does_not_disturb_the_next(desk: ReadingDesk, state: AppState) -> None:
    async def both() -> None:
        first = asyncio.ensure_future(desk.read([series(Kind.HEAD_SLICE, 20, PatientAge="040Y")]))
        await until(lambda: state.stage is Stage.READING)
        desk.cancel()
        await answering(desk, state, desk.read([HAND]), "HAND")
        await first

    asyncio.run(both())

    assert state.stage is Stage.RESULT
    assert len(state.cases) == 1
    assert state.case.result
    assert state.case.result.summary == "The model finds: fracture."


def test_an_unexpected_error_becomes_one_sentence_and_the_log_names_nothing(
    state: AppState, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("patient Jane Roe, /home/jane/film.png")

    desk = ReadingDesk(state, Broken)  # type: ignore[arg-type]
    with caplog.at_level(logging.DEBUG):
        asyncio.run(desk.read([HAND]))

    assert state.stage is Stage.FAILED
    assert state.failure
    assert state.failure.code == "unexpected_error"
    assert "RuntimeError" in caplog.text
    assert "Jane" not in caplog.text + state.failure.text


def test_the_state_holds_no_file_name(desk: ReadingDesk, state: AppState, tmp_path: Path) -> None:
    path = tmp_path / "Jane_Roe_1970.png"
    path.write_bytes(HAND)

    asyncio.run(answering(desk, state, desk.read([path]), "HAND"))

    held = [repr(getattr(state, field.name)) for field in fields(AppState)]
    assert "Jane" not in "".join(held)


def test_starting_over_forgets_everything(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), "HAND"))
    desk.start_over()

    assert state.stage is Stage.HOME
    assert state.cases == []
    assert desk._chosen.origins == []


# First impressions, batches, and leaving


def test_in_a_share_of_readings_the_clinician_is_asked_first(
    state: AppState, reader: Reader
) -> None:
    desk = ReadingDesk(state, lambda: reader, lambda: True)

    asyncio.run(answering(desk, state, desk.read([HAND]), "HAND"))
    assert state.stage is Stage.IMPRESSION
    desk.see("no_fracture")

    assert state.stage is Stage.RESULT
    assert state.case.draft.own_impression == "no_fracture"


def test_nobody_is_asked_first_about_a_refusal_or_about_several_images(
    state: AppState, reader: Reader
) -> None:
    desk = ReadingDesk(state, lambda: reader, lambda: True)

    asyncio.run(answering(desk, state, desk.read([HAND]), "ANOTHER PART"))
    assert state.case.result
    assert state.case.result.verdict is Verdict.REJECTED
    assert state.case.result.labels
    assert state.stage is Stage.RESULT
    asyncio.run(answering(desk, state, desk.read([HAND, HAND]), "HAND", "HAND"))
    assert state.stage is Stage.LIST


def test_several_images_stand_in_a_queue_while_they_are_read(
    desk: ReadingDesk, state: AppState
) -> None:
    seen: list[list[bool]] = []

    def note(changed: AppState, _: str | None) -> None:
        seen.append([case.is_waiting for case in changed.cases])

    state.subscribe(note)
    work = desk.read([HAND, b"not an image at all", png(Kind.PHOTOGRAPH)])
    asyncio.run(answering(desk, state, work, "HAND"))

    assert [True, True, True] in seen
    assert [False, False, True] in seen
    assert not any(case.is_waiting for case in state.cases)


def test_stopping_a_batch_keeps_what_was_read(desk: ReadingDesk, state: AppState) -> None:
    async def stopped() -> None:
        work = asyncio.ensure_future(desk.read([png(Kind.PHOTOGRAPH), HAND, HAND]))
        await until(lambda: state.stage is Stage.ASKING)
        desk.stop_batch()
        await work

    asyncio.run(stopped())

    assert state.stage is Stage.LIST
    assert state.cases[0].result
    assert [case.failure.code for case in state.cases[1:] if case.failure] == ["not_read"] * 2


def test_leaving_something_unsaved_is_asked_about(desk: ReadingDesk, state: AppState) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), "HAND"))

    desk.leave()
    assert state.stage is Stage.LEAVING
    desk.stay()
    assert state.stage is Stage.RESULT
    assert state.case.result


def test_leaving_a_refusal_that_nobody_said_anything_of_is_not_asked_about(
    desk: ReadingDesk, state: AppState
) -> None:
    asyncio.run(desk.read([png(Kind.PHOTOGRAPH)]))
    state.case.draft.note = "a parrot"
    desk.leave()
    assert state.stage is Stage.LEAVING

    desk.stay()
    state.case.draft.note = ""
    desk.leave()
    assert state.stage is Stage.HOME


def test_one_persons_readings_are_put_aside_for_another_and_taken_up_again(
    desk: ReadingDesk, state: AppState
) -> None:
    asyncio.run(answering(desk, state, desk.read([HAND]), "HAND"))
    state.case.draft.note = "mine"

    parked = desk.park()
    assert parked
    assert state.stage is Stage.HOME
    assert state.cases == []
    desk.take_up(parked)

    assert state.stage is Stage.RESULT
    assert state.case.draft.note == "mine"
    asyncio.run(answering(desk, state, desk.override("limb")))
    assert state.case.result


def test_what_is_under_way_is_given_up_when_another_person_comes(
    desk: ReadingDesk, state: AppState
) -> None:
    async def parked() -> None:
        work = asyncio.ensure_future(desk.read([HAND]))
        await until(lambda: state.stage is Stage.ASKING)
        assert desk.park() is None
        await work

    asyncio.run(parked())

    assert state.stage is Stage.HOME


def test_a_phones_copy_of_a_film_stays_while_its_reading_is_put_aside(
    desk: ReadingDesk, state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLET_PLATFORM", "android")
    monkeypatch.setenv("FLET_APP_STORAGE_CACHE", str(tmp_path))
    copy = tmp_path / "film.png"
    copy.write_bytes(HAND)
    asyncio.run(answering(desk, state, desk.read([copy]), "HAND"))

    parked = desk.park()
    assert copy.exists()
    assert parked
    desk.take_up(parked)
    desk.start_over()
    assert not copy.exists()


def test_the_files_of_an_image_are_known_until_one_starts_over(
    desk: ReadingDesk, state: AppState, tmp_path: Path
) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(HAND)
    asyncio.run(answering(desk, state, desk.read([path]), "HAND"))

    assert desk.files_of(0) == [path]
    desk.start_over()
    assert desk.files_of(0) == []


def test_a_reading_that_could_not_be_kept_is_not_begun(
    state: AppState, reader: Reader, tmp_path: Path
) -> None:
    """The vault's own check is tried in tests/storage; here, that it is asked, and first."""
    film = tmp_path / "film.png"
    film.write_bytes(HAND)
    asked: list[list[Path]] = []

    def full(files: Sequence[Path]) -> None:
        asked.append(list(files))
        raise StorageError(StorageFailure.LOW_SPACE, megabytes=65)

    desk = ReadingDesk(state, lambda: reader, check_space=full)
    asyncio.run(desk.read([film]))

    assert asked == [[film]]
    assert state.stage is Stage.FAILED
    assert state.failure is not None
    assert state.failure.code == "low_space"
    assert state.cases == []
