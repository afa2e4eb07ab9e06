"""What was chosen is shown beside what it was chosen against, fairly."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: make test-training runs this")

from training.alternatives import compare_calibrations, spread
from training.calibration import fit_temperature
from training.splits import Sample


def overconfident(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    labels = np.arange(count) % 2
    evidence = rng.normal(0, 1, count) + (labels * 2 - 1)
    # By Bayes' rule the log odds of two unit normals, one to each side of 0, are 2 x: three times
    # that is too sure.
    logits = np.stack([-3 * evidence, 3 * evidence], 1).astype(np.float32)
    return logits, labels


def test_a_temperature_takes_back_what_is_too_sure() -> None:
    logits, labels = overconfident(6000)
    assert fit_temperature(logits, labels).temperature == pytest.approx(3, rel=0.1)


def test_calibrations_are_judged_on_groups_that_they_were_not_fitted_on() -> None:
    logits, labels = overconfident()
    groups = [f"patient{number // 3}" for number in range(len(labels))]
    found = {(c.method, c.metric): c for c in compare_calibrations(logits, labels, groups)}
    errors = {m: c.value for (m, what), c in found.items() if what == "expected calibration error"}
    assert errors["temperature"] < errors["none"] / 2
    assert all(c.images == 600 and c.groups == 200 for c in found.values())
    # One group for each label: the half that judges has a label that the other half never saw, so
    # a calibration fitted on the same images would look far better than it is.
    likely = "negative log likelihood"
    by_label = [f"patient{label}" for label in labels]
    alone = {(c.method, c.metric): c for c in compare_calibrations(logits, labels, by_label)}
    chosen = ("temperature with bias (chosen)", likely)
    assert alone[chosen].value > 2 * found[chosen].value


def test_the_calibration_that_a_pack_has_is_the_one_named_chosen() -> None:
    logits, labels = overconfident()
    # Two of three images show the first class.
    kept = np.flatnonzero((labels == 0) | (np.arange(len(labels)) % 4 == 1))
    groups = [str(number) for number in kept]

    def chosen(equal_prior: bool) -> dict[str, float]:
        found = compare_calibrations(logits[kept], labels[kept], groups, equal_prior)
        return {c.method: c.value for c in found if c.metric == "negative log likelihood"}

    common, equal = chosen(False), chosen(True)
    as_if = "temperature with bias, as if every class were equally common (chosen)"
    assert "temperature with bias (chosen)" in common
    assert not any("equally" in method for method in common)
    assert [method for method in equal if method.endswith("(chosen)")] == [as_if]
    # It fits these images less, because it is made for others.
    assert equal[as_if] > common["temperature with bias (chosen)"]


def test_a_large_set_is_sampled_evenly_and_a_small_one_whole() -> None:
    samples = [Sample(f"{n}.png", "a", str(n)) for n in range(1000)]
    drawn = spread(samples, 5)
    assert [sample.file for sample in drawn] == [
        "0.png",
        "250.png",
        "500.png",
        "749.png",
        "999.png",
    ]
    assert spread(samples[:3], 5) == samples[:3]
