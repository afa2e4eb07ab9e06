"""Example maps are chosen by rule, not by eye."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="not installed: make test-training runs this")
pytest.importorskip("onnx", reason="onnx is not installed: make test-training runs this")

from training.examples import choose
from training.metrics import Answers


def answers(sure: list[float], said: list[int], groups: list[str]) -> Answers:
    shown = np.array(
        [[p, 1 - p] if n == 0 else [1 - p, p] for p, n in zip(sure, said, strict=True)]
    )
    count = len(sure)
    return Answers(
        shown,
        np.zeros(count, dtype=int),
        np.array(groups),
        np.ones((count, 2), dtype=bool),
        np.zeros(count, dtype=bool),
    )


def test_shows_the_surest_the_middle_and_the_least_sure_right_answers() -> None:
    given = answers([0.6, 0.99, 0.7, 0.9, 0.8], [0] * 5, list("abcde"))
    assert choose(given, 0) == ([1, 4, 0], [])


def test_shows_the_surest_wrong_answers_and_one_of_each_patient() -> None:
    given = answers([0.99, 0.98, 0.9, 0.8, 0.7, 0.6], [1] * 6, ["a", "a", "b", "c", "d", "e"])
    assert choose(given, 0) == ([], [0, 2, 3])
    assert choose(given, 1) == ([], [])
