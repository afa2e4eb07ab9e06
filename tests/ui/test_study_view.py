"""A study as it is looked at: stored samples through a window, never stretched, never mirrored."""

from __future__ import annotations

import asyncio
import io
import threading

import numpy as np
import pytest
from PIL import Image

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure
from core.imaging.rendering import BONE, BRAIN, PRESETS
from core.imaging.study import Frame, Rescale, Samples, Source, Study, Window
from ui.components.window_controls import dragged
from ui.latest import Latest
from ui.study_view import (
    LARGE_SIDE,
    STRIP_LENGTH,
    StudyViewer,
    range_of,
    reduced,
    window_of,
    within,
)

HOUNSFIELD = Rescale(1.0, -1000.0, "HU")


def pixels(image: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(image)) as opened:
        return np.asarray(opened.convert("L")).astype(int)


def study(*samples: Samples, rescale: Rescale = HOUNSFIELD) -> Study:
    frames = tuple(Frame(one, rescale) for one in samples)
    return Study(source=Source.DICOM, frames=frames)


def ramp(height: int = 100, width: int = 200) -> Samples:
    """From -1000 HU on the left to 1000 HU on the right, a bright bar at the top."""
    samples = np.tile(np.linspace(0, 2000, width), (height, 1)).astype(np.int16)
    samples[:10] = 2000
    return samples


def test_a_window_is_applied_to_hounsfield_units_and_not_to_what_was_shown() -> None:
    viewer = StudyViewer(study(ramp()), BRAIN)
    begun = viewer.begin()

    brain = pixels(begun.shown.image)[60]
    bone = pixels(viewer.windowed(begun, BONE).shown.image)[60]

    # 40 HU, the middle of the brain window, stands at 104 of 200; 80 HU is white, 0 HU black.
    assert brain[100] < 40
    assert abs(brain[104] - 128) < 40
    assert brain[109] > 215
    assert 20 < bone[104] < 120, "a bone window still shows grey there"


def test_going_back_shows_what_was_shown_first() -> None:
    viewer = StudyViewer(study(ramp()), BRAIN)
    begun = viewer.begin()

    back = viewer.windowed(viewer.windowed(begun, BONE), None)

    assert back.shown.image == begun.shown.image
    assert back.window is None


def test_a_frame_keeps_its_shape_and_its_sides() -> None:
    samples = ramp(3000, 1000)
    samples[:, :100] = 0
    samples[2500:, 900:] = 2000

    begun = StudyViewer(study(samples), BONE).begin()

    assert (begun.shown.width, begun.shown.height) == (341, 1024)
    shown = pixels(begun.shown.image)
    assert shown[500, 10] < 20, "left is left"
    assert shown[1000, 330] > 150, "and below is below"


def test_more_pixels_are_shown_when_it_is_enlarged() -> None:
    viewer = StudyViewer(study(ramp(3000, 3000)), BONE)

    large = viewer.sized(viewer.begin(), LARGE_SIDE)

    assert (large.shown.width, large.shown.height) == (2048, 2048)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_reducing_keeps_type_and_units(dtype: type) -> None:
    samples = np.full((400, 600), 200, dtype=dtype)

    small = reduced(Frame(samples, HOUNSFIELD), 100)

    assert small.samples.dtype == dtype
    assert small.samples.shape == (67, 100)
    assert set(np.unique(small.samples)) == {200}
    assert small.rescale == HOUNSFIELD


def test_a_strip_has_one_page_of_small_frames_around_the_one_shown() -> None:
    viewer = StudyViewer(study(*[ramp(20, 20)] * 50))

    begun = viewer.begin()

    assert begun.strip is not None
    assert begun.strip.first == 24
    assert len(begun.strip.thumbnails) == STRIP_LENGTH
    later = viewer.frame(begun, 49)
    assert later.strip is not None
    assert (later.strip.first, len(later.strip.thumbnails)) == (48, 2)
    same = viewer.frame(begun, 25)
    assert same.strip is begun.strip, "not drawn again on the same page"


def test_a_damaged_frame_leaves_a_gap_in_the_strip() -> None:
    class Torn(tuple[Frame, ...]):
        def __getitem__(self, index: object) -> Frame:  # type: ignore[override]
            if index == 1:
                raise ImagingError(ImagingFailure.DAMAGED_FRAME, number=2)
            return super().__getitem__(index)  # type: ignore[index]

    torn = Study(source=Source.DICOM, frames=Torn([Frame(ramp(20, 20), HOUNSFIELD)] * 4))

    begun = StudyViewer(torn).begin(0)

    assert begun.strip is not None
    assert [small is None for small in begun.strip.thumbnails] == [False, True, False, False]


def test_only_grey_has_a_window_to_set() -> None:
    assert range_of(Frame(np.zeros((8, 8, 3), np.uint8))) is None
    eight = range_of(Frame(np.zeros((8, 8), np.uint8)))
    assert eight is not None
    assert (eight.lowest, eight.highest) == (0, 255)
    hounsfield = range_of(Frame(np.zeros((8, 8), np.int16), HOUNSFIELD))
    assert hounsfield is not None
    for window in PRESETS.values():
        assert within(hounsfield, window) == window, "every preset is within reach"


def test_dragging_sideways_is_width_and_down_is_level() -> None:
    view = StudyViewer(study(ramp()), BRAIN).begin()

    wider = dragged(view, 50, 0, 200, 100)
    higher = dragged(view, 0, 50, 200, 100)

    assert window_of(view) == BRAIN
    assert (wider.width > BRAIN.width, wider.center) == (True, BRAIN.center)
    assert (higher.width, higher.center > BRAIN.center) == (BRAIN.width, True)
    assert dragged(view, -10_000, 0, 200, 100).width > 0


def test_only_the_newest_of_many_wishes_is_worked_off() -> None:
    done: list[int] = []
    started = threading.Event()

    async def wishes() -> None:
        latest = Latest()

        def work(number: int) -> int:
            started.wait(5)
            return number

        tasks = [
            asyncio.ensure_future(latest.do(lambda n=n: work(n), done.append)) for n in range(20)
        ]
        await asyncio.sleep(0.05)
        started.set()
        await asyncio.gather(*tasks)

    asyncio.run(wishes())

    assert done == [0, 19]


def test_a_window_outlives_a_step_to_the_next_frame() -> None:
    viewer = StudyViewer(study(ramp(), ramp()), BRAIN)

    stepped = viewer.frame(viewer.windowed(viewer.begin(0), Window(0, 10)), 1)

    assert stepped.window == Window(0, 10)
    assert stepped.frame == 1
