"""What probabilities allow to be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reading.calibration import calibrated, distance, geometric_mean, prediction_set
from core.reading.decision import decide, decide_series, guidance_of, past_review, rank_frames
from core.reading.manifest import Calibration, Distribution, Manifest
from core.reading.preprocess import Placement
from core.reading.result import FrameReading, Urgency, Verdict
from tests.packs import build_shelf


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    shelf = build_shelf(tmp_path_factory.mktemp("decision") / "models")
    return {name: shelf.manifest(name) for name in ("limb", "brain")}


def frame(index: int, **probabilities: float) -> FrameReading:
    maps = np.zeros((len(probabilities), 2, 2), np.float32)
    return FrameReading(index, probabilities, 0.0, maps, Placement(0, 0, 8, 8), (8, 8))


def test_is_confident_when_one_label_is_left_and_above_its_level(
    manifests: dict[str, Manifest],
) -> None:
    decision = decide(manifests["limb"], {"no_fracture": 0.03, "fracture": 0.97})
    assert decision.verdict is Verdict.CONFIDENT
    assert decision.prediction_set == ("fracture",)
    assert [r.code for r in decision.reasons] == ["above_threshold"]


def test_is_uncertain_below_the_level_even_when_one_label_is_left(
    manifests: dict[str, Manifest],
) -> None:
    probabilities = {"glioma": 0.85, "meningioma": 0.08, "pituitary": 0.07}
    decision = decide(manifests["brain"], probabilities)
    assert decision.prediction_set == ("glioma",)
    assert decision.verdict is Verdict.UNCERTAIN
    assert [r.code for r in decision.reasons] == ["probability_low"]


def test_is_uncertain_when_two_labels_are_left(manifests: dict[str, Manifest]) -> None:
    decision = decide(manifests["limb"], {"no_fracture": 0.6, "fracture": 0.4})
    assert decision.verdict is Verdict.UNCERTAIN
    assert decision.prediction_set == ("no_fracture", "fracture")
    assert "no fracture, fracture" in decision.reasons[0].text


def test_an_uncertain_reading_is_guided_by_the_graver_finding(
    manifests: dict[str, Manifest],
) -> None:
    manifest = manifests["limb"]
    guidance = guidance_of(manifest, decide(manifest, {"no_fracture": 0.6, "fracture": 0.4}))
    assert guidance is not None
    assert (guidance.key, guidance.urgency) == ("fracture", Urgency.SOON)


def test_an_uncertain_normal_does_not_reassure(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["limb"]
    normal = decide(manifest, {"no_fracture": 0.97, "fracture": 0.03})
    for doubtful in (
        replace(normal, verdict=Verdict.UNCERTAIN),
        replace(normal, verdict=Verdict.UNCERTAIN, prediction_set=()),
    ):
        guidance = guidance_of(manifest, doubtful)
        assert guidance is not None
        assert guidance.key == "fracture"


def test_says_when_nothing_fits(manifests: dict[str, Manifest]) -> None:
    strict = replace(manifests["limb"], minimum_probability={"no_fracture": 0.7, "fracture": 0.7})
    decision = decide(strict, {"no_fracture": 0.55, "fracture": 0.45})
    assert decision.verdict is Verdict.UNCERTAIN
    assert decision.prediction_set == ()
    assert "nothing_fits" in {r.code for r in decision.reasons}


def test_a_finding_that_was_never_reliable_is_never_confident(
    manifests: dict[str, Manifest],
) -> None:
    silent = replace(manifests["limb"], confident_from={"no_fracture": None, "fracture": 0.9})
    decision = decide(silent, {"no_fracture": 1.0, "fracture": 0.0})
    assert decision.verdict is Verdict.UNCERTAIN
    assert [r.code for r in decision.reasons] == ["finding_never_confident"]


def test_a_confident_normal_is_guided_as_normal(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["limb"]
    guidance = guidance_of(manifest, decide(manifest, {"no_fracture": 0.97, "fracture": 0.03}))
    assert guidance is not None
    assert guidance.key == "no_fracture"


def test_of_equally_grave_findings_the_more_probable_guides(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["brain"]
    probabilities = {"glioma": 0.2, "meningioma": 0.5, "pituitary": 0.3}
    guidance = guidance_of(manifest, decide(manifest, probabilities))
    assert guidance is not None
    assert guidance.key == "meningioma"


def test_one_diseased_slice_is_not_outvoted(manifests: dict[str, Manifest]) -> None:
    healthy = [frame(n, no_fracture=0.99, fracture=0.01) for n in range(9)]
    decision = decide_series(
        manifests["limb"], [*healthy, frame(9, no_fracture=0.02, fracture=0.98)]
    )
    assert decision.finding == "fracture"


def test_a_series_is_never_confidently_normal(manifests: dict[str, Manifest]) -> None:
    decision = decide_series(
        manifests["limb"], [frame(n, no_fracture=0.99, fracture=0.01) for n in range(9)]
    )
    assert decision.verdict is Verdict.UNCERTAIN
    assert "series_not_validated" in {r.code for r in decision.reasons}


def test_frames_that_disagree_are_told(manifests: dict[str, Manifest]) -> None:
    frames = [
        frame(0, glioma=0.9, meningioma=0.05, pituitary=0.05),
        frame(1, glioma=0.1, meningioma=0.8, pituitary=0.1),
    ]
    decision = decide_series(manifests["brain"], frames)
    assert "frames_disagree" in {r.code for r in decision.reasons}
    assert sum(decision.probabilities.values()) == pytest.approx(1)


def test_the_most_abnormal_frame_comes_first(manifests: dict[str, Manifest]) -> None:
    frames = [frame(n, no_fracture=1 - p, fracture=p) for n, p in enumerate([0.2, 0.9, 0.4])]
    assert [f.index for f in rank_frames(manifests["limb"], frames)] == [1, 2, 0]


def test_a_pack_past_its_review_says_so(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["limb"]
    assert past_review(manifest, manifest.review_by) is None
    overdue = past_review(manifest, date(2100, 1, 1))
    assert overdue is not None
    assert "2099-12-31" in overdue.text


LOGITS = st.lists(st.floats(-50, 50), min_size=3, max_size=3)


@given(LOGITS, st.floats(0.1, 10))
def test_calibrated_probabilities_sum_to_one_and_keep_their_order(
    logits: list[float], temperature: float
) -> None:
    found = calibrated(np.array(logits), Calibration(temperature, np.zeros(3)))
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    assert found[int(np.argmax(logits))] == found.max()


def test_temperature_softens_and_bias_shifts() -> None:
    logits = np.array([2.0, 0.0])
    sharp = calibrated(logits, Calibration(1.0, np.zeros(2)))[0]
    soft = calibrated(logits, Calibration(4.0, np.zeros(2)))[0]
    shifted = calibrated(logits, Calibration(1.0, np.array([-2.0, 0.0])))[0]
    assert sharp == pytest.approx(1 / (1 + np.exp(-2)))
    assert soft == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert shifted == pytest.approx(0.5)


@given(st.dictionaries(st.sampled_from("abc"), st.floats(0, 1), min_size=3, max_size=3))
def test_a_prediction_set_holds_what_reaches_its_own_threshold(p: dict[str, float]) -> None:
    minimum = {"a": 0.1, "b": 0.5, "c": 0.0}
    kept = prediction_set(p, minimum)
    assert set(kept) == {label for label in p if p[label] >= minimum[label]}
    assert list(kept) == sorted(kept, key=lambda label: (-p[label], label))


def test_distance_is_to_the_nearest_centre_in_that_centres_limits() -> None:
    centres, limits = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([1.0, 4.0])
    distribution = Distribution(centres, limits, 1.25)
    assert distance(np.array([3.0, 4.0]), distribution) == pytest.approx(np.sqrt(32.5) / 4)
    assert distance(np.array([1.0, 0.0]), distribution) == pytest.approx(1 / np.sqrt(2))
    assert distance(np.array([10.0, 2.0]), distribution) == pytest.approx(2 / np.sqrt(2) / 4)


def test_the_geometric_mean_of_equal_frames_is_that_frame() -> None:
    assert geometric_mean([[0.7, 0.3], [0.7, 0.3]]) == pytest.approx([0.7, 0.3])
    assert geometric_mean([[0.9, 0.1], [0.1, 0.9]]) == pytest.approx([0.5, 0.5])


def test_guidance_is_word_for_word_that_of_the_clinical_facts(shared_data: Path) -> None:
    from core.reading.guidance import guidance_for, known_keys, standing_sentence

    facts = (shared_data.parent / "facts" / "clinical.md").read_text(encoding="utf-8")
    assert standing_sentence() in facts
    for key in known_keys():
        guidance = guidance_for(key)
        row = next(line for line in facts.splitlines() if line.startswith("|") and key in line)
        assert guidance.text in row
        assert guidance.source in row
        assert guidance.urgency.value in row
        assert (guidance.escalation or "") in row
