"""The outline of the hottest region."""

from __future__ import annotations

import numpy as np

from core.reading.contour import hottest_region, outline
from core.reading.explanation import hottest_point


def two_hills(height: int = 60, width: int = 80) -> np.ndarray:
    """A high hill on the left, a lower one on the right that is still above half of the peak."""
    y, x = np.mgrid[0:height, 0:width]
    left = np.exp(-((x - 20) ** 2 + (y - 30) ** 2) / 60)
    right = 0.8 * np.exp(-((x - 60) ** 2 + (y - 30) ** 2) / 60)
    return (left + right).astype(np.float32)


def test_the_region_is_the_hill_of_the_peak_alone() -> None:
    heat = two_hills()

    region = hottest_region(heat)

    assert region[hottest_point(heat)]
    assert not region[30, 60], "hot too, but elsewhere"
    assert (heat[region] >= 0.5 * heat.max()).all()
    radius = np.sqrt(region.sum() / np.pi)
    assert abs(radius - np.sqrt(60 * np.log(2))) < 0.7


def test_a_flat_map_has_no_region() -> None:
    assert not hottest_region(np.zeros((20, 20), np.float32)).any()


def test_a_region_may_have_any_shape() -> None:
    heat = np.zeros((30, 30), np.float32)
    heat[5, 5:25] = heat[5:25, 24] = heat[24, 5:25] = 0.9
    heat[5, 5] = 1.0

    assert hottest_region(heat).sum() == (heat > 0).sum()


def test_the_line_runs_inside_the_region_and_leaves_its_middle_free() -> None:
    region = hottest_region(two_hills(240, 320).repeat(1, axis=0))
    region[:] = False
    region[40:200, 60:260] = True

    drawn = outline(region)

    assert drawn.shape == (240, 320, 4)
    assert not drawn[~region].any(), "nothing outside"
    assert not drawn[100:140, 120:200].any(), "nothing in the middle"
    assert (drawn[..., 0] == 255).any(), "a white line"
    assert drawn[40, 100, 3] > 0, "with a dark rim"


def test_a_region_at_the_edge_of_the_picture_is_closed_there() -> None:
    region = np.zeros((100, 100), bool)
    region[:50, :50] = True

    assert outline(region)[0, 25, 3] > 0
