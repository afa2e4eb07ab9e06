"""No group crosses a border, whatever the data."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.recipe import SplitPlan
from training.splits import Part, Sample, assign_folds, assign_parts, merge_groups, read_boxes


@st.composite
def patients(draw: st.DrawFn) -> list[Sample]:
    """Twelve patients or more, with one to eight films each of either label."""
    films = draw(
        st.lists(st.lists(st.booleans(), min_size=1, max_size=8), min_size=12, max_size=40)
    )
    return [
        Sample(f"{patient}-{n}.jpg", "fracture" if broken else "normal", f"patient{patient}")
        for patient, own in enumerate(films)
        for n, broken in enumerate(own)
    ]


SAMPLES = patients()


@settings(max_examples=40)
@given(SAMPLES, st.integers(0, 5))
def test_a_group_is_in_one_part_only_and_every_part_is_filled(
    samples: list[Sample], seed: int
) -> None:
    parts = assign_parts(samples, SplitPlan(test_share=0.2, calibration_share=0.2, seed=seed))
    assert set(parts) == {sample.group for sample in samples}
    assert set(parts.values()) == set(Part)


@settings(max_examples=40)
@given(SAMPLES)
def test_the_same_seed_draws_the_same_split_in_any_order(samples: list[Sample]) -> None:
    plan = SplitPlan(test_share=0.2)
    assert assign_parts(samples, plan) == assign_parts(list(reversed(samples)), plan)


@settings(max_examples=40)
@given(SAMPLES, st.integers(2, 5))
def test_folds_share_no_group(samples: list[Sample], folds: int) -> None:
    assigned = assign_folds(samples, folds, seed=1)
    assert set(assigned) == {sample.group for sample in samples}
    assert set(assigned.values()) == set(range(folds))


def test_shares_are_kept_for_each_label() -> None:
    samples = [Sample(f"{n}", "rare" if n % 10 == 0 else "common", f"g{n}") for n in range(1000)]
    parts = assign_parts(samples, SplitPlan(test_share=0.2, calibration_share=0.25))
    found = Counter((s.label, parts[s.group]) for s in samples)
    assert found["rare", Part.TEST] == 20
    assert found["common", Part.TEST] == 180
    assert found["rare", Part.CALIBRATION] == 20


def test_named_test_groups_are_the_test() -> None:
    samples = [Sample(f"{n}", "a", f"fold{n % 4}") for n in range(40)]
    parts = assign_parts(samples, SplitPlan(test_groups=("fold3",), folds=3))
    assert parts == {
        "fold0": Part.TRAIN,
        "fold1": Part.TRAIN,
        "fold2": Part.TRAIN,
        "fold3": Part.TEST,
    }


def test_named_calibration_groups_are_the_calibration() -> None:
    samples = [Sample(f"{n}", "a", f"fold{n % 4}") for n in range(40)]
    plan = SplitPlan(test_groups=("fold3",), calibration_groups=("fold1",))
    parts = assign_parts(samples, plan)
    assert parts["fold1"] is Part.CALIBRATION
    assert parts["fold3"] is Part.TEST
    assert parts["fold0"] is parts["fold2"] is Part.TRAIN


def test_a_label_with_a_named_group_loses_no_second_one_to_a_share() -> None:
    few = [Sample(f"f{n}", "few", f"fold{n % 4}") for n in range(40)]
    many = [Sample(f"m{n}", "many", f"g{n}") for n in range(100)]
    named = SplitPlan(
        test_groups=("fold3",), calibration_groups=("fold1",), test_share=0.2, calibration_share=0.2
    )
    parts = assign_parts([*few, *many], named)
    assert parts["fold0"] is parts["fold2"] is Part.TRAIN
    counts = Counter(part for group, part in parts.items() if group.startswith("g"))
    assert counts == {Part.TRAIN: 64, Part.CALIBRATION: 16, Part.TEST: 20}


def test_refuses_test_groups_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="fold9"):
        assign_parts([Sample("a", "x", "fold1")], SplitPlan(test_groups=("fold9",)))


def test_refuses_too_few_groups() -> None:
    samples = [Sample("a", "x", "one"), Sample("b", "x", "one")]
    with pytest.raises(ValueError, match="more groups"):
        assign_parts(samples, SplitPlan(test_share=0.5))
    with pytest.raises(ValueError, match="1 groups"):
        assign_folds(samples, 3, seed=0)


def test_identical_pixels_join_their_groups_through_any_chain() -> None:
    samples = [Sample(name, "x", group) for name, group in zip("abcde", "PQRST", strict=True)]
    merged = merge_groups(samples, ["1", "1", "2", "3", "2"])
    groups = [sample.group for sample in merged]
    assert groups[0] == groups[1]
    assert groups[2] == groups[4]
    assert len(set(groups)) == 3
    chained = merge_groups([*samples, Sample("f", "x", "R")], ["1", "1", "2", "2", "3", "1"])
    assert len({sample.group for sample in chained[:4]}) == 1
    assert chained[4].group == "T"


@pytest.mark.parametrize("text", ["[[1, 2]]", "[[0.5, 0.5, 2, 0.1]]", "nonsense"])
def test_refuses_boxes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        read_boxes(text)


def test_reads_boxes() -> None:
    assert read_boxes("") == read_boxes(None) == ()
    assert read_boxes("[[0.5, 0.4, 0.1, 0.2]]") == ((0.5, 0.4, 0.1, 0.2),)
