"""Heat maps in the image's own geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reading.explanation import class_map, colour, heat_map, hottest_point, overlay
from core.reading.preprocess import InputSpec, place
from core.reading.result import FrameReading

SPEC = InputSpec(height=256, width=256, mean=0.0, std=1.0)


def reading(maps: np.ndarray, width: int, height: int) -> FrameReading:
    at = place(width, height, SPEC)
    return FrameReading(0, {"a": 0.9, "b": 0.1}, 0.0, maps, at, (256, 256))


def test_shows_what_speaks_for_one_class_whatever_speaks_against_another() -> None:
    maps = np.zeros((2, 8, 8), np.float32)
    maps[0, 2, 3], maps[1, 5, 5], maps[1, 7, 0] = 4.0, 9.0, -30.0
    frame = reading(maps, 256, 256)
    assert np.unravel_index(class_map(frame, "a").argmax(), (8, 8)) == (2, 3)
    assert class_map(frame, "a")[7, 0] == 0
    assert np.unravel_index(class_map(frame, "b").argmax(), (8, 8)) == (5, 5)


def test_a_map_in_which_nothing_stands_out_has_no_heat() -> None:
    maps = np.stack([np.full((8, 8), -3.0), np.full((8, 8), 7.0)]).astype(np.float32)
    assert class_map(reading(maps, 256, 256), "a").max() == 0
    assert class_map(reading(maps, 256, 256), "b").max() == 0


def test_the_cooler_half_of_a_map_has_no_heat() -> None:
    maps = np.stack([np.arange(64.0).reshape(8, 8), np.zeros((8, 8))]).astype(np.float32)
    shown = class_map(reading(maps, 256, 256), "a")
    assert (shown[:4] == 0).all()
    assert (shown[5:] > 0).all()


def test_heat_does_not_depend_on_what_is_added_to_all_maps() -> None:
    maps = np.random.default_rng(0).normal(0, 5, (2, 8, 8)).astype(np.float32)
    plain, shifted = reading(maps, 256, 256), reading(maps + 10, 256, 256)
    assert np.allclose(class_map(plain, "a"), class_map(shifted, "a"), atol=1e-5)


@given(st.integers(0, 7), st.integers(0, 7), st.sampled_from([(400, 200), (200, 400), (256, 256)]))
def test_the_peak_is_where_it_was_in_the_image(
    row: int, column: int, size: tuple[int, int]
) -> None:
    width, height = size
    maps = np.zeros((2, 8, 8), np.float32)
    maps[0, row, column] = 5.0
    frame = reading(maps, width, height)
    at = frame.placement
    x = ((column + 0.5) * 32 - at.left) / at.width * width
    y = ((row + 0.5) * 32 - at.top) / at.height * height
    if not (24 < x < width - 24 and 24 < y < height - 24):
        return  # in the margin, or cut by the edge
    heat = heat_map(frame, "a", (height, width))
    found_row, found_column = hottest_point(heat)
    assert abs(found_row - y) <= height / at.height * 18
    assert abs(found_column - x) <= width / at.width * 18


def test_the_peak_of_a_broad_finding_is_in_its_middle_not_at_its_upper_edge() -> None:
    maps = np.zeros((2, 8, 8), np.float32)
    maps[0, 2:5, 3:6] = 5.0
    heat = heat_map(reading(maps, 256, 256), "a", (256, 256))
    row, column = hottest_point(heat)
    assert (heat == heat.max()).sum() <= 4
    assert 64 + 16 <= row < 160 - 16
    assert 96 + 16 <= column < 192 - 16


def test_heat_stays_between_0_and_1() -> None:
    maps = np.random.default_rng(0).normal(0, 5, (2, 8, 8)).astype(np.float32)
    heat = heat_map(reading(maps, 300, 200), "a", (200, 300))
    assert heat.min() >= 0
    assert heat.max() <= 1


def test_no_heat_leaves_the_image_as_it_is() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (50, 60)).astype(np.uint8)
    shown = np.asarray(overlay(grey, np.zeros((50, 60), np.float32)))
    assert np.array_equal(shown, np.dstack([grey] * 3))


def test_more_heat_covers_more_and_opacity_scales_it() -> None:
    heat = np.array([[0.0, 0.5, 1.0]], np.float32)
    full, half = colour(heat, 1.0)[0, :, 3], colour(heat, 0.5)[0, :, 3]
    assert list(full) == sorted(full)
    assert full[0] == 0
    assert full[2] == 255
    assert half[2] == 128


def test_says_when_a_class_does_not_exist() -> None:
    with pytest.raises(ValueError, match="not in list"):
        class_map(reading(np.zeros((2, 8, 8), np.float32), 256, 256), "c")
