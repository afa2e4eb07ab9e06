"""The image before it is read, and looked at closely after."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.imaging.framing import Crop, Framing, Quad
from core.imaging.rendering import BONE
from core.reading.reader import Reader
from tests.imaging.dicom_files import dicom
from tests.imaging.film_photos import Scene, photograph
from tests.packs import BRIGHT, Kind, Place, phantom
from tests.ui.test_reading_desk import HAND, answering, series, until
from ui.close_up import CloseUps
from ui.image_desk import ImageDesk
from ui.light_box import LightBox
from ui.reading_desk import ReadingDesk
from ui.screens.check import _crop, _part, _quad, _shown
from ui.sheet import Tool
from ui.state import AppState, Stage


class Table:
    """Desks without a screen."""

    def __init__(self, reader: Reader) -> None:
        self.state = AppState()
        self.desk = ReadingDesk(self.state, lambda: reader)
        self.box = LightBox(self.state, self._show)
        self.close_ups = CloseUps(self.state, lambda: reader, self.desk.study_of)

    def _show(self) -> None:
        self.state.stage = Stage.CHECKING

    async def lay(self, *images: bytes) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self.desk.check(list(images), self.box.look))
        await until(lambda: self.state.stage is Stage.CHECKING or task.done())
        return task


@pytest.fixture
def table(reader: Reader) -> Table:
    return Table(reader)


def run(work: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def photo() -> bytes:
    """A colour photo of a film that lies askew."""
    film = np.asarray(Image.fromarray(phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})))
    made = photograph(film.repeat(3, 0).repeat(3, 1), Scene.LIGHT_BOX, 3, (480, 640)).grey
    tinted = np.stack([made, made, made // 2 + made // 3], axis=-1)
    stream = io.BytesIO()
    Image.fromarray(tinted).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def test_one_image_waits_on_the_light_box_until_it_may_be_read(table: Table) -> None:
    async def work() -> None:
        task = await table.lay(HAND)
        sheet = table.state.sheet
        assert sheet
        assert sheet.problems == ()
        assert (sheet.view.shown.width, sheet.view.shown.height) == (256, 256)
        table.box.read()
        await answering(table.desk, table.state, task, "HAND")

        assert table.state.stage is Stage.RESULT
        assert table.state.sheet is None

    run(work)


def test_several_images_are_read_at_once(table: Table) -> None:
    async def work() -> None:
        reading = table.desk.check([HAND, HAND], table.box.look)
        await answering(table.desk, table.state, reading, "HAND", "HAND")

        assert table.state.stage is Stage.LIST

    run(work)


def test_quality_is_told_before_the_reading(table: Table) -> None:
    async def work() -> None:
        stream = io.BytesIO()
        Image.fromarray(np.full((300, 300), 250, np.uint8)).save(stream, "PNG")
        await table.lay(stream.getvalue())

        assert table.state.sheet
        assert [problem.code for problem in table.state.sheet.problems] == ["empty"]
        table.desk.cancel()

    run(work)


def test_identity_in_the_file_is_told_by_kind(table: Table) -> None:
    async def work() -> None:
        file = dicom(phantom(Kind.HEAD_SLICE), PatientName="Canary^Jane", StudyDate="20260101")
        await table.lay(file)

        assert table.state.sheet
        assert len(table.state.sheet.removed.counts) == 3
        assert "Canary" not in repr(table.state.sheet)
        table.desk.cancel()

    run(work)


def test_a_film_that_lies_askew_is_noticed_and_can_be_straightened(table: Table) -> None:
    async def work() -> None:
        task = await table.lay(photo())
        sheet = table.state.sheet
        assert sheet
        assert sheet.askew
        assert sheet.suggested
        await table.box.begin(Tool.STRAIGHTEN)
        assert table.state.sheet
        assert table.state.sheet.bare
        await table.box.straighten(sheet.suggested)
        shown = table.state.sheet.view.shown
        assert abs(shown.width / shown.height - 1) < 0.05, "the film is square"
        table.box.read()
        await answering(table.desk, table.state, task, "HAND")

        case = table.state.case
        assert case.reading
        assert case.reading.framing.corners == sheet.suggested
        assert case.result
        assert any("straightened" in reason for reason in case.result.reasons)

    run(work)


def test_turning_and_cropping_add_up_and_can_be_undone(table: Table) -> None:
    async def work() -> None:
        await table.lay(HAND)
        await table.box.turn(1)
        await table.box.crop(Crop(0.0, 0.0, 0.5, 1.0))
        assert table.state.sheet
        assert table.state.sheet.framing == Framing(None, Crop(0.0, 0.0, 0.5, 1.0), 1)
        assert (table.state.sheet.view.shown.width, table.state.sheet.view.shown.height) == (
            256,
            128,
        )
        await table.box.undo()
        assert table.state.sheet.framing.is_plain
        table.desk.cancel()
        await until(lambda: table.state.sheet is None)

        assert table.state.stage is Stage.HOME

    run(work)


def test_a_refused_image_read_all_the_same_keeps_its_framing(table: Table) -> None:
    async def work() -> None:
        unknown = np.rot90(phantom(Kind.NOTHING_KNOWN, {Place.MIDDLE: BRIGHT}))
        stream = io.BytesIO()
        Image.fromarray(unknown.copy()).save(stream, "PNG")
        task = await table.lay(stream.getvalue())
        await table.box.turn(1)
        table.box.read()
        await task
        await answering(table.desk, table.state, table.desk.override("limb"), "HAND")

        assert table.state.case.reading
        assert table.state.case.reading.framing.quarter_turns == 1

    run(work)


def test_a_series_is_looked_through_frame_by_frame(table: Table) -> None:
    async def work() -> None:
        task = await table.lay(series(Kind.HEAD_SLICE, 12, PatientAge="040Y"))
        sheet = table.state.sheet
        assert sheet
        assert sheet.view.total == 12
        assert not sheet.can_straighten, "a scan has no perspective"
        await table.box.show_frame(3)
        await table.box.show_strip(8)
        assert table.state.sheet
        assert table.state.sheet.view.frame == 3
        assert table.state.sheet.view.strip
        assert table.state.sheet.view.strip.first == 8
        table.box.read()
        await task

        case = table.state.case
        assert case.picture
        assert case.picture.adjustable
        assert len(case.picture.tops) == 5
        assert case.picture.contour

    run(work)


def test_the_frames_that_decided_are_shown_with_their_heat_maps(table: Table) -> None:
    async def work() -> None:
        await table.desk.read([series(Kind.HEAD_SLICE, 12, PatientAge="040Y")])
        case = table.state.case
        assert case.reading
        told = {frame.index for frame in case.reading.frames}
        quiet = next(index for index in range(12) if index not in told)
        await table.close_ups.show_frame(case, case.reading.frames[1].index)
        assert table.state.close_up
        assert table.state.close_up.heat
        assert table.state.close_up.contour
        await table.close_ups.show_frame(case, quiet)
        assert table.state.close_up.heat is None
        before = table.state.close_up.view.shown.image
        await table.close_ups.set_window(case, BONE)

        assert table.state.close_up.view.shown.image != before
        assert table.state.trouble is None
        table.desk.start_over()
        assert table.state.close_up is None, "nothing of an image stays after it was left"

    run(work)


def test_a_file_that_is_gone_is_told_in_words(table: Table, tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "hand.png"
        path.write_bytes(HAND)
        await answering(table.desk, table.state, table.desk.read([path]), "HAND")
        path.unlink()
        await table.close_ups.begin(table.state.case)

        assert table.state.trouble
        assert table.state.trouble.code == "file_not_found"
        assert table.state.close_up is None

    run(work)


def test_a_folder_is_read_series_by_series(table: Table, tmp_path: Path) -> None:
    class Window:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    async def work() -> None:
        (tmp_path / "a.png").write_bytes(HAND)
        (tmp_path / "b.png").write_bytes(HAND)
        (tmp_path / "notes.txt").write_text("no image")
        images = ImageDesk(table.state, table.desk, table.box, Window, lambda: None)
        await answering(table.desk, table.state, images.read_folder(tmp_path), "HAND", "HAND")

        assert len(table.state.cases) == 2

    run(work)


LEANING = Quad((0.2, 0.1), (0.85, 0.2), (0.8, 0.9), (0.1, 0.8))


@pytest.mark.parametrize("turns", range(4))
def test_corners_on_a_turned_picture_are_those_of_the_picture_as_it_was_opened(turns: int) -> None:
    shown = _shown(LEANING.points, turns)

    left, right = (shown[0][0] + shown[3][0]) / 2, (shown[1][0] + shown[2][0]) / 2
    assert left < right, "the first corner is at the top left of what is seen"
    assert shown[0][1] < shown[3][1]
    back = _quad(shown, turns)
    assert np.allclose(back.points, LEANING.points)
    crop = Crop(0.1, 0.2, 0.5, 0.9)
    again = _crop(_part(crop, turns), turns)
    assert np.allclose(
        [again.left, again.top, again.right, again.bottom],
        [crop.left, crop.top, crop.right, crop.bottom],
    )
