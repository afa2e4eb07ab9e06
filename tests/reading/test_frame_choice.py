"""Which frames there is time for."""

from __future__ import annotations

import math

import pytest

from core.reading.frame_choice import strided


@pytest.mark.parametrize("budget_s", [math.inf, 1e300, 10.0])
def test_a_budget_that_pays_for_all_leaves_none_out(budget_s: float) -> None:
    assert strided(range(30), 0.1, budget_s) == list(range(30))


def test_a_small_budget_spreads_the_frames_over_the_series() -> None:
    assert strided(range(100), 0.5, 2.6) == [0, 25, 50, 74, 99]


@pytest.mark.parametrize("budget_s", [0.0, 0.1])
def test_the_first_and_the_last_are_always_read(budget_s: float) -> None:
    assert strided(range(100), 1.0, budget_s) == [0, 99]
