"""A pack's watch over its images: quiet while they are usual, and soon awake when they change."""

from __future__ import annotations

import numpy as np

from core.reading.drift import (
    CHANGED,
    IMAGES_TO_A_FALSE_ALARM,
    USUAL,
    drift,
    is_unlike_training,
)
from core.reading.result import Reading, Verdict
from core.reading.sentences import ReadingReason


def run_length(share: float, streams: int, most: int) -> float:
    """The mean number of images until the first alarm; streams without one count as ``most``."""
    found = []
    for seed in range(streams):
        unlike = np.random.default_rng(seed).random(most) < share
        total = worst = 0.0
        steps = np.where(unlike, np.log(CHANGED / USUAL), np.log((1 - CHANGED) / (1 - USUAL)))
        for number, step in enumerate(steps, 1):
            total = max(0.0, total + float(step))
            worst = number
            if total >= np.log(IMAGES_TO_A_FALSE_ALARM):
                break
        assert drift(unlike[: int(worst)].tolist()).alarm is bool(
            total >= np.log(IMAGES_TO_A_FALSE_ALARM)
        )
        found.append(worst)
    return float(np.mean(found))


def test_usual_images_raise_a_false_alarm_less_than_once_in_a_thousand() -> None:
    assert run_length(USUAL, streams=30, most=6000) > IMAGES_TO_A_FALSE_ALARM


def test_a_change_is_noticed_within_a_hundred_images_and_a_large_one_within_thirty() -> None:
    assert run_length(CHANGED, streams=60, most=3000) < 100
    assert run_length(0.3, streams=60, most=3000) < 30


def test_an_alarm_ends_after_enough_usual_images() -> None:
    strange, usual = [True] * 30, [False] * 80

    assert drift(strange).alarm
    assert drift([*strange, *usual[:20]]).alarm
    assert not drift([*strange, *usual]).alarm


def test_counts_what_it_saw() -> None:
    found = drift([False, True, False])

    assert (found.images, found.unlike, found.alarm) == (3, 1, False)
    assert drift([]).evidence == 0


def test_knows_an_unlike_image_by_its_reasons() -> None:
    far = Reading(verdict=Verdict.UNCERTAIN, reasons=(ReadingReason.DIFFERS_FROM_TRAINING.say(),))
    near = Reading(verdict=Verdict.UNCERTAIN, reasons=(ReadingReason.NOTHING_FITS.say(),))

    assert is_unlike_training(far)
    assert not is_unlike_training(near)
