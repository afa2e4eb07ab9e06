"""Writing in a picture: shown before the reading and before it leaves, corrected, made black."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flet as ft
import numpy as np
import pytest
from PIL import Image

from core.imaging.framing import Crop, Framing, Quad
from core.imaging.lettering import finding
from core.imaging.lettering.detector import open_detector
from core.imaging.opening import open_study
from core.imaging.patches import Patch
from core.reading.reader import Reader
from tests.terminal.test_masking_commands import WRITTEN, film
from tests.ui.test_sharing import Desk, signed_in
from ui import masking_words
from ui.case_documents import Form
from ui.components.arrows import arrows
from ui.components.mask_board import at, drawn, grown, moved
from ui.language import Language, speaking
from ui.light_box import LightBox
from ui.sheet import Tool
from ui.state import Stage
from ui.writing import Masks, Search, masks_document, masks_from_document, writing_in_study

MINE = Patch(0.6, 0.7, 0.8, 0.8)


class Room(Desk):
    """The same with a light box."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        super().__init__(folder, reader)
        self.box = LightBox(self.state, self._show)

    def _show(self) -> None:
        self.state.stage = Stage.CHECKING

    async def lay(self, picture: bytes) -> asyncio.Task[None]:
        """On the light box, until what is written in it was looked for."""
        task = asyncio.ensure_future(self.clinic.desk.check([picture], self.box.look))
        while not (self.state.sheet and self.state.sheet.writing.search is not Search.UNDER_WAY):
            assert not task.done()
            await asyncio.sleep(0.02)
        return task

    async def keep_it(self, task: asyncio.Task[None]) -> str:
        self.box.read()
        await task
        await self.clinic.book.save()
        assert self.state.trouble is None
        return self.state.case.id

    def kept(self) -> np.ndarray:
        copy = self.clinic.front.vault.review_copy(self.state.case.id)
        assert copy is not None
        return np.asarray(Image.open(io.BytesIO(copy)).convert("L"))


@pytest.fixture
def room(tmp_path: Path, reader: Reader) -> Room:
    return Room(tmp_path, reader)


def named() -> bytes:
    """A picture with a name drawn in it, which is no one's."""
    stream = io.BytesIO()
    Image.fromarray(film()).save(stream, "PNG")
    return stream.getvalue()


def ink(picture: np.ndarray) -> int:
    left, top, right, bottom = WRITTEN
    return int((picture[top:bottom, left:right] > 180).sum())


def test_what_is_found_is_shown_before_the_reading_and_black_in_what_is_kept(room: Room) -> None:
    async def work() -> None:
        task = await room.lay(named())
        sheet = room.state.sheet
        assert sheet
        assert sheet.writing.search is Search.DONE
        assert any(each.holds(0.4, 0.18) for each in sheet.patches)
        case_id = await room.keep_it(task)

        kept = room.kept()
        assert ink(film()) > 200
        assert ink(kept) == 0
        # Elsewhere it is as it was, but for JPEG.
        assert np.abs(kept[150:].astype(int) - film()[150:]).max() < 30
        # Seen by a person, and so it may leave.
        assert await room.given(case_id, Form.PICTURE)

    signed_in(room, work)


def test_a_person_takes_a_box_away_and_adds_another(room: Room) -> None:
    async def work() -> None:
        task = await room.lay(named())
        await room.box.begin(Tool.MASK)
        assert room.state.sheet
        assert room.state.sheet.bare is room.state.sheet.view.shown
        room.box.mask([MINE])
        await room.keep_it(task)
        kept = room.kept()
        height, width = kept.shape

        assert ink(kept) > 200
        assert int(kept[int(0.73 * height), int(0.62 * width) : int(0.78 * width)].max()) < 12

    signed_in(room, work)


def test_covers_stay_in_place_while_the_picture_is_turned_and_cropped(room: Room) -> None:
    async def work() -> None:
        task = await room.lay(named())
        room.box.mask([MINE])
        await room.box.turn(1)
        await room.box.crop(Crop(0.5, 0.5, 1.0, 1.0))
        sheet = room.state.sheet
        assert sheet
        [shown] = sheet.patches
        # A quarter turn clockwise of (0.2, 0.4)-(0.6, 0.6), which is what the crop made of it.
        assert [shown.left, shown.top, shown.right, shown.bottom] == pytest.approx(
            [0.4, 0.2, 0.6, 0.6]
        )
        await room.box.straighten(Quad((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
        assert room.state.sheet
        assert not room.state.sheet.writing.corrected, "another picture, and other places"
        await room.keep_it(task)

    signed_in(room, work)


def test_who_reads_before_the_search_ends_has_not_looked(room: Room) -> None:
    async def work() -> None:
        task = asyncio.ensure_future(room.clinic.desk.check([named()], room.box.look))
        while room.state.sheet is None:
            await asyncio.sleep(0)
        assert room.state.sheet.masks is None
        case_id = await room.keep_it(task)
        await room.sharing.save(case_id, Form.PDF)

        assert ink(room.kept()) > 200
        assert room.state.trouble is not None
        assert room.state.trouble.code == "not_looked_at"

    signed_in(room, work)


def test_a_kept_picture_is_looked_at_before_it_leaves_and_covered_for_good(room: Room) -> None:
    async def work() -> None:
        await room.clinic.desk.read([named()])
        await room.clinic.book.save()
        await room.masking.begin(room.state.case.id)
        shown = room.state.kept_picture
        assert shown
        assert shown.is_of(room.state.case.id)
        assert shown.writing.found >= 1
        assert ink(room.kept()) > 200
        await room.masking.keep(shown.writing.patches)

        assert room.state.trouble is None
        assert ink(room.kept()) == 0
        left = room.state.kept_picture
        assert left
        assert not left.is_open
        assert left.writing.found == 0, "the card can say that nothing is left"
        kept = room.state.case.kept
        assert kept
        assert kept.picture_checked
        file = await room.given(room.state.case.id, Form.PICTURE)
        assert ink(np.asarray(Image.open(io.BytesIO(file)).convert("L"))) == 0

    signed_in(room, work)


def test_who_looks_after_the_delivery_is_told_when_the_picture_goes(room: Room) -> None:
    async def work() -> None:
        await room.clinic.desk.read([named()])
        await room.clinic.book.save()
        vault = room.clinic.front.vault
        [(number, case)] = vault.parts.outgoing.waiting()
        vault.parts.outgoing.settle(number, None)
        room.state.settings = replace(room.state.settings, send_images=True)
        await room.masking.begin(case.id)
        await room.masking.keep(())
        assert room.state.told == masking_words.AFTER_DELIVERY

        await room.masking.begin(case.id)
        await room.masking.keep(())
        assert room.state.told == masking_words.KEPT_COVERED

    signed_in(room, work)


def test_what_a_person_left_visible_is_told_before_it_leaves(room: Room) -> None:
    async def work() -> None:
        await room.clinic.desk.read([named()])
        await room.clinic.book.save()
        await room.masking.begin(room.state.case.id)
        await room.masking.keep(())

        assert room.state.kept_picture
        assert room.state.kept_picture.writing.found >= 1

    signed_in(room, work)


def test_without_its_detector_the_app_says_so_and_a_person_still_covers(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "detector_on_board", lambda: open_detector(tmp_path / "none"))

    async def work() -> None:
        task = await room.lay(named())
        assert room.state.sheet
        assert room.state.sheet.writing.search is Search.FAILED
        room.box.mask([Patch(0.1, 0.1, 0.75, 0.26)])
        await room.keep_it(task)

        assert ink(room.kept()) == 0

    signed_in(room, work)


def test_nothing_of_a_kept_picture_stays_behind_the_lock(room: Room) -> None:
    async def work() -> None:
        await room.clinic.desk.read([named()])
        await room.clinic.book.save()
        await room.masking.begin(room.state.case.id)
        room.clinic.front.lock()

        assert room.state.kept_picture is None

    signed_in(room, work)


def test_covers_are_kept_with_unsaved_work() -> None:
    masks = Masks((MINE,), 3)

    assert masks_from_document(masks_document(masks)) == masks
    assert masks_from_document(None) is None
    with pytest.raises(ValueError, match="inside"):
        masks_from_document({"patches": [[0, 0, 2, 1]], "frame": 0})


@pytest.mark.parametrize(
    ("work", "wanted"),
    [
        (lambda: drawn((0.8, 0.9), (0.2, 0.1)), Patch(0.2, 0.1, 0.8, 0.9)),
        (lambda: drawn((0.5, 0.5), (0.502, 0.9)), None),
        (lambda: drawn((0.9, 0.9), (1.4, 1.2)), Patch(0.9, 0.9, 1.0, 1.0)),
        (lambda: moved(Patch(0.1, 0.1, 0.3, 0.3), -0.5, 0.2), Patch(0.0, 0.3, 0.2, 0.5)),
        (lambda: grown(Patch(0.1, 0.1, 0.3, 0.3), 0.2, -0.1), Patch(0.1, 0.1, 0.5, 0.2)),
        (lambda: grown(Patch(0.5, 0.5, 1.0, 1.0), 0.1, 0.1), Patch(0.4, 0.4, 1.0, 1.0)),
    ],
)
def test_covers_are_drawn_moved_and_grown_inside_the_picture(
    work: Callable[[], Patch | None], wanted: Patch | None
) -> None:
    done = work()
    if wanted is None or done is None:
        assert done is wanted
        return
    assert [done.left, done.top, done.right, done.bottom] == pytest.approx(
        [wanted.left, wanted.top, wanted.right, wanted.bottom]
    )


def test_the_smallest_cover_under_the_finger_is_the_one_that_is_meant() -> None:
    covers = [Patch(0.0, 0.0, 0.9, 0.9), Patch(0.2, 0.2, 0.4, 0.4)]

    assert at(covers, 0.3, 0.3) == 1
    assert at(covers, 0.6, 0.6) == 0
    assert at(covers, 0.95, 0.95) is None


def test_a_detector_that_breaks_ends_the_search_and_a_person_still_covers(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def find(self, picture: np.ndarray) -> list[object]:
            raise RuntimeError("as ONNX Runtime says it")

    monkeypatch.setattr(finding, "detector_on_board", Broken)

    framed = writing_in_study(open_study(named()), Framing(), 0)
    assert framed.search is Search.FAILED

    async def work() -> None:
        await room.clinic.desk.read([named()])
        await room.clinic.book.save()
        await room.masking.begin(room.state.case.id)
        shown = room.state.kept_picture
        assert shown
        assert shown.is_open
        assert shown.writing.search is Search.FAILED
        await room.masking.keep([Patch(0.1, 0.1, 0.75, 0.26)])

        assert room.state.trouble is None
        assert ink(room.kept()) == 0

    signed_in(room, work)


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.ARABIC])
def test_an_arrow_to_the_left_stands_left_and_moves_to_the_left(language: Language) -> None:
    moves: list[tuple[int, int]] = []
    with speaking(language):
        row = arrows(lambda across, down: moves.append((across, down)))
    assert isinstance(row, ft.Row)
    # From right to left Flutter lays the row the other way round, and mirrors these two icons.
    mirrors = {
        ft.Icons.ARROW_BACK: ft.Icons.ARROW_FORWARD,
        ft.Icons.ARROW_FORWARD: ft.Icons.ARROW_BACK,
    }
    drawn_row = row.controls[::-1] if language.right_to_left else row.controls
    icons = [button.icon.icon for button in drawn_row]
    if language.right_to_left:
        icons = [mirrors.get(icon, icon) for icon in icons]
    for button in drawn_row:
        button.on_click()

    assert (icons[0], icons[-1]) == (ft.Icons.ARROW_BACK, ft.Icons.ARROW_FORWARD)
    assert moves == [(-1, 0), (0, -1), (0, 1), (1, 0)]
