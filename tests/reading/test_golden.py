"""Real images, real packs, known readings. A change here must be meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.analysis import Outcome, Status, analyze
from core.reading.pack import MODELS, PackShelf
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Unanswered
from core.reading.result import Verdict

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readings"
GOLDEN: dict[str, Any] = json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))
#: Processors and ONNX Runtime versions differ in the last digits of float32.
TOLERANCE = 2e-3


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(PackShelf(MODELS), threads=1)


def read(reader: Reader, path: Path) -> Outcome:
    request = Request(unanswered=Unanswered.ASSUME, experimental=Experimental.ON)
    return analyze([path], reader, request)


def check(outcome: Outcome, expected: dict[str, Any]) -> None:
    assert outcome.status is not Status.ERROR
    reading = outcome.reading
    assert reading is not None
    assert reading.route is not None
    assert reading.route.label == expected["route"]
    assert reading.verdict.value == expected["verdict"]
    assert list(reading.prediction_set) == expected["prediction_set"]
    assert dict(reading.probabilities) == pytest.approx(expected["probabilities"], abs=TOLERANCE)


@pytest.mark.parametrize("name", sorted(GOLDEN["fixtures"]))
def test_reads_the_fixture_as_it_was_read_before(reader: Reader, name: str) -> None:
    check(read(reader, FIXTURES / name), GOLDEN["fixtures"][name])


@pytest.mark.parametrize("name", sorted(GOLDEN["shared"]))
def test_reads_the_shared_image_as_it_was_read_before(
    reader: Reader, shared_data: Path, name: str
) -> None:
    check(read(reader, shared_data / name), GOLDEN["shared"][name])


def test_every_shared_golden_reading_of_a_tumour_is_right_when_it_is_confident() -> None:
    """The golden file itself must not enshrine a wrong confident answer."""
    for expected in [*GOLDEN["fixtures"].values(), *GOLDEN["shared"].values()]:
        if expected["verdict"] == Verdict.CONFIDENT.value:
            probabilities = expected["probabilities"]
            assert max(probabilities, key=probabilities.__getitem__) == expected["truth"]
