"""Figures against values worked out by hand or known from the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("scipy", reason="scipy is not installed: make test-training runs these")

from training import metrics
from training.metrics import Answers, auc, figure, predictive_values, sensitivity_at, wilson


def answers(
    top: list[float], labels: list[int], confident: list[bool] | None = None, groups: int = 0
) -> Answers:
    second = np.array(top)
    count = len(top)
    names = np.array([f"g{n % groups if groups else n}" for n in range(count)])
    probabilities = np.stack([1 - second, second], 1)
    chosen = np.array(confident if confident is not None else [True] * count)
    return Answers(probabilities, np.array(labels), names, probabilities >= 0.2, chosen)


def test_auc_counts_pairs_and_halves_ties() -> None:
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75
    assert auc(np.array([0.5, 0.5]), np.array([False, True])) == 0.5
    assert math.isnan(auc(np.array([0.5, 0.6]), np.array([True, True])))


def test_disease_called_normal_counts_confident_answers_only() -> None:
    given = answers([0.1, 0.1, 0.9, 0.9], [1, 1, 1, 0], [True, False, True, True])
    assert metrics.disease_called_normal(0)(given) == pytest.approx(1 / 3)
    assert metrics.right_when_confident(given) == pytest.approx(1 / 3)
    assert metrics.right_when_positive(0)(given) == pytest.approx(1 / 2)
    assert metrics.answered(given) == 0.75
    assert metrics.answered_of(1)(given) == pytest.approx(2 / 3)


def test_calibration_error_is_the_gap_between_said_and_true() -> None:
    given = answers([0.8] * 100, [1] * 60 + [0] * 40)
    assert metrics.calibration_error(given, bins=1) == pytest.approx(0.2)
    assert metrics.calibration_error(answers([1.0] * 50, [1] * 50)) == pytest.approx(0)


def test_conformal_coverage_is_the_share_of_kept_truths() -> None:
    given = answers([0.1, 0.5, 0.9, 0.95], [1, 1, 1, 0])
    assert metrics.conformal_coverage(given) == 0.5
    assert metrics.conformal_coverage_of(1)(given) == pytest.approx(2 / 3)


def test_sensitivity_at_a_specificity() -> None:
    scores = np.array([*np.linspace(0, 0.9, 10), 0.95, 0.85, 0.2])
    positive = np.array([False] * 10 + [True] * 3)
    assert sensitivity_at(scores, positive, 0.9) == pytest.approx(2 / 3)
    assert sensitivity_at(scores, positive, 1.0) == pytest.approx(1 / 3)


def test_predictive_values_follow_bayes() -> None:
    ppv, npv = predictive_values(0.9, 0.9, 0.1)
    assert ppv == pytest.approx(0.5)
    assert npv == pytest.approx(0.81 / 0.82)


def test_wilson_matches_the_published_interval() -> None:
    low, high = wilson(81, 263)  # Newcombe, Statistics in Medicine 1998, table I
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == (0.0, 1.0)


def test_bootstraps_over_groups_when_there_are_enough() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.5).astype(int)
    right = np.where(rng.random(400) < 0.9, labels, 1 - labels).astype(float)
    many = figure(answers(list(right), list(labels), groups=100), metrics.accuracy)
    few = figure(answers(list(right), list(labels), groups=5), metrics.accuracy)
    assert many.method == "bootstrap over groups"
    assert "not patients" in few.method
    assert many.value is not None
    assert many.interval is not None
    assert many.interval[0] < many.value < many.interval[1]


def test_says_when_there_was_nothing_to_measure() -> None:
    nobody = answers([0.9, 0.1], [1, 0], [False, False])
    assert figure(nobody, metrics.right_when_confident).value is None


def test_all_or_nothing_gets_an_interval_that_admits_what_was_never_seen() -> None:
    perfect = figure(answers([0.9] * 40, [1] * 40), metrics.accuracy)
    assert perfect.interval is not None
    assert perfect.interval[1] == 1.0
    assert perfect.interval[0] == pytest.approx(wilson(40, 40)[0])
    assert perfect.method == "Wilson over groups"
    # Of 40 images only the 10 diseased ones count.
    labels = [1] * 10 + [0] * 30
    none = figure(answers([0.9] * 10 + [0.1] * 30, labels), metrics.disease_called_normal(0))
    assert none.interval is not None
    assert none.interval[1] == pytest.approx(wilson(0, 10)[1])
    assert none.interval[1] > 0.2
