"""Framing a picture before it is read: turned, cropped, straightened, and never mirrored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.imaging.film_corners import suggest_corners
from core.imaging.framed import FramedFrames, frame_once, frame_study, straightened_size
from core.imaging.framing import (
    PLAIN,
    WHOLE,
    Crop,
    Framing,
    Quad,
    document,
    from_document,
    is_film,
    turned_crop,
    turned_point,
)
from core.imaging.opening import open_study
from core.imaging.study import Frame, Rescale, Samples, Source, Study
from tests.imaging.dicom_files import dicom
from tests.imaging.film_photos import Scene, leaning, photograph

SQUARE = Quad((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEANING = Quad((0.2, 0.1), (0.85, 0.2), (0.8, 0.9), (0.1, 0.8))
KINDS = (np.uint8, np.uint16, np.int16)


def marked(dtype: type = np.uint8, height: int = 40, width: int = 60) -> Samples:
    """A picture whose four corners differ, so that every turn and every mirror shows."""
    samples = np.zeros((height, width), dtype=dtype)
    samples[:10, :10], samples[:10, -10:] = 200, 150
    samples[-10:, -10:], samples[-10:, :10] = 100, 50
    return samples


def corners_of(samples: Samples) -> tuple[int, ...]:
    """Clockwise from the top left."""
    return tuple(int(samples[y, x]) for y, x in ((3, 3), (3, -4), (-4, -4), (-4, 3)))


def study_of(samples: Samples) -> Study:
    return Study(source=Source.PICTURE, frames=(Frame(samples),))


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_moves_samples_clockwise_and_changes_none(dtype: type, quarters: int) -> None:
    frame = Frame(marked(dtype))

    turned = frame_once(frame, Framing(quarter_turns=quarters)).samples

    clockwise = (200, 150, 100, 50)
    assert corners_of(turned) == clockwise[-quarters:] + clockwise[:-quarters]
    assert turned.dtype == dtype
    assert sorted(turned.ravel()) == sorted(frame.samples.ravel())


@pytest.mark.parametrize("dtype", KINDS)
def test_cropping_keeps_the_very_samples_that_stood_there(dtype: type) -> None:
    samples = np.arange(40 * 60, dtype=dtype).reshape(40, 60)

    part = frame_once(Frame(samples), Framing(crop=Crop(0.25, 0.5, 0.75, 1.0))).samples

    assert part.dtype == dtype
    assert np.array_equal(part, samples[20:40, 15:45])


@pytest.mark.parametrize("dtype", KINDS)
def test_straightening_keeps_depth_and_type(dtype: type) -> None:
    limits = np.iinfo(dtype)
    ramp = np.linspace(limits.min, limits.max, 80).astype(dtype)
    samples = np.tile(ramp, (60, 1))

    found = frame_once(Frame(samples), Framing(corners=LEANING)).samples

    assert found.dtype == dtype
    if dtype is not np.uint8:
        assert len(np.unique(found)) > 256, "the depth was lost on the way"
    assert limits.min <= int(found.min()) < int(found.max()) <= limits.max


def test_hounsfield_units_survive_a_framing() -> None:
    samples = np.full((64, 64), 1064, dtype=np.int16)
    frame = Frame(samples, Rescale(1.0, -1024.0, "HU"))

    framed = frame_once(frame, Framing(LEANING, Crop(0.1, 0.1, 0.9, 0.9), 1))

    assert framed.rescale == frame.rescale
    assert set(np.unique(framed.samples)) == {1064}


def test_no_framing_mirrors_a_picture() -> None:
    film = marked(height=120, width=160)
    for framing in (Framing(SQUARE), Framing(LEANING), Framing(LEANING, WHOLE, 2)):
        seen = corners_of(frame_once(Frame(film), framing).samples)
        order = [value for value in seen if value in (200, 150, 100, 50)]
        at = order.index(200) if 200 in order else 0
        assert order[at:] + order[:at] == sorted(order, reverse=True)

    with pytest.raises(ValueError, match="not those of a film"):
        Quad((1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0))


def test_whole_corners_give_the_picture_back() -> None:
    samples = np.random.default_rng(3).integers(0, 255, (48, 48)).astype(np.uint8)

    assert np.array_equal(frame_once(Frame(samples), Framing(SQUARE)).samples, samples)


def test_padding_is_never_mixed_with_its_neighbours() -> None:
    samples = np.full((60, 60), 500, dtype=np.int16)
    samples[:20] = -2000
    frame = Frame(samples, padding=(-2000, -2000))

    found = frame_once(frame, Framing(LEANING)).samples

    assert set(np.unique(found)) == {-2000, 500}


def test_a_leaning_film_gets_its_own_shape_back() -> None:
    """Shapes of films that lean by up to 18 degrees, from their corners alone."""
    errors = []
    for seed in range(40):
        corners = leaning(np.random.default_rng(seed), 400 / 300, 1280, 960) / (1280, 960)
        points = [(float(x), float(y)) for x, y in corners]
        width, height = straightened_size(1280, 960, Quad(*points))
        errors.append(abs(width / height / (400 / 300) - 1))

    assert np.median(errors) < 0.02
    assert max(errors) < 0.06


def test_a_framed_series_decodes_only_what_is_asked_for() -> None:
    class Counted(tuple[Frame, ...]):
        asked = 0

        def __getitem__(self, index: object) -> Frame:  # type: ignore[override]
            Counted.asked += 1
            return super().__getitem__(index)  # type: ignore[index]

    frames = FramedFrames(Counted([Frame(marked())] * 30), Framing(quarter_turns=1))

    assert len(frames) == 30
    assert Counted.asked == 0
    assert frames[7].samples is frames[7].samples
    assert Counted.asked == 1
    assert len(frames[3:9]) == 6


def test_a_study_says_what_was_done_to_it() -> None:
    framing = Framing(LEANING, Crop(0.0, 0.0, 0.5, 0.5), 3)

    framed = frame_study(study_of(marked()), framing)

    assert [notice.code for notice in framed.notices] == ["straightened", "cropped", "turned"]
    assert framed.framing == framing
    assert frame_study(study_of(marked()), PLAIN).notices == ()


def test_a_dicom_series_is_framed_in_every_frame() -> None:
    stack = np.stack([marked()] * 3)
    study = open_study(dicom(stack, NumberOfFrames="3"))

    framed = frame_study(study, Framing(quarter_turns=1))

    assert [(f.width, f.height) for f in framed.frames] == [(40, 60)] * 3


points = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(st.tuples(points, points, points, points), st.integers(0, 3))
def test_whatever_passes_for_a_film_can_be_straightened(
    corners: tuple[tuple[float, float], ...], quarters: int
) -> None:
    if not is_film(corners):
        return
    framing = Framing(Quad(*corners), WHOLE, quarters)

    samples = frame_once(Frame(marked()), framing).samples

    assert min(samples.shape) >= 4
    assert max(samples.shape) <= 61, "straightening makes no picture larger than it was"


@given(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.05, 1), st.floats(0.05, 1))
def test_a_framing_is_the_same_after_it_was_written(
    left: float, top: float, wide: float, high: float
) -> None:
    crop = Crop(left, top, min(1.0, max(left + 0.06, wide)), min(1.0, max(top + 0.06, high)))
    framing = Framing(LEANING, crop, 2)

    assert from_document(json.loads(json.dumps(document(framing)))) == framing


@pytest.mark.parametrize("quarters", range(4))
def test_points_and_crops_turn_with_the_picture(quarters: int) -> None:
    samples = marked()
    crop = Crop(0.0, 0.0, 0.25, 0.5)

    first = frame_once(Frame(samples), Framing(crop=crop, quarter_turns=quarters)).samples
    turned = frame_once(Frame(samples), Framing(quarter_turns=quarters))
    second = frame_once(turned, Framing(crop=turned_crop(crop, quarters))).samples

    assert np.array_equal(first, second)
    x, y = turned_point((0.05, 0.05), quarters)
    height, width = turned.samples.shape
    assert turned.samples[int(y * height), int(x * width)] == 200


@pytest.mark.parametrize(
    "corners",
    [
        ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)),
        ((0.1, 0.1), (0.12, 0.1), (0.12, 0.9), (0.1, 0.9)),
        ((0.1, 0.1), (1.2, 0.1), (0.9, 0.9), (0.1, 0.9)),
        ((0.1, 0.1), (0.9, 0.12), (0.5, 0.11), (0.1, 0.9)),
    ],
    ids=["crossed", "thin", "outside", "folded"],
)
def test_corners_that_no_film_has_are_refused(corners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="film"):
        Quad(*corners)


def test_a_new_set_of_corners_forgets_the_old_crop() -> None:
    framing = replace(PLAIN, crop=Crop(0.2, 0.2, 0.8, 0.8)).straightened(LEANING)

    assert framing.crop == WHOLE
    assert framing.turned(-1).quarter_turns == 3


# The detector


def worst_corner(suggested: Quad, real: npt.NDArray[np.float64], width: int, height: int) -> float:
    """The farthest corner's error, as a share of the photo's diagonal."""
    off = (np.array(suggested.points) - real) * (width, height)
    return float(np.linalg.norm(off, axis=1).max() / np.hypot(width, height))


@pytest.mark.parametrize("scene", Scene)
def test_corners_of_photographed_films_are_found(shared_data: Path, scene: Scene) -> None:
    """Real films in made photographs; benchmarks/straightening.py measures many more."""
    films = sorted((shared_data / "chest_xray_child" / "images").iterdir())[:50:10]
    errors = []
    for seed, path in enumerate(films):
        with Image.open(path) as opened:
            film = np.asarray(opened.convert("L").reduce(3))
        photo = photograph(film, scene, seed, (360, 480))
        suggested = suggest_corners(photo.grey)
        assert suggested is not None
        errors.append(worst_corner(suggested, photo.corners, 480, 360))

    assert np.median(errors) < 0.01
    assert sum(error > 0.03 for error in errors) <= 1


def test_nothing_is_suggested_where_there_is_no_film() -> None:
    noise = np.random.default_rng(5).normal(120, 12, (480, 640)).clip(0, 255).astype(np.uint8)

    assert suggest_corners(noise) is None
    assert suggest_corners(np.full((480, 640), 90, np.uint8)) is None
    assert suggest_corners(np.full((4, 4), 90, np.uint8)) is None
