"""The order of slices, in any patient position."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.imaging.dicom.geometry import Place, slice_order

angles = st.tuples(*[st.floats(-3.1, 3.1)] * 3)
points = st.tuples(*[st.floats(-500, 500)] * 3)


def rotation(about: tuple[float, float, float]) -> np.ndarray:
    a, b, c = about
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turned: np.ndarray = x @ y @ z
    return turned


def stack(
    count: int, about: tuple[float, float, float], origin: tuple[float, float, float], gap: float
) -> list[Place]:
    """A stack in any orientation; instance numbers run the wrong way on purpose."""
    turned = rotation(about)
    row, column, normal = turned[:, 0], turned[:, 1], turned[:, 2]
    orientation = (*row.tolist(), *column.tolist())
    places = []
    for n in range(count):
        position = np.array(origin) + normal * gap * n
        places.append(Place(tuple(position.tolist()), orientation, float(count - n)))
    return places


@given(st.integers(2, 20), angles, points, st.floats(0.1, 10), st.randoms(use_true_random=False))
def test_finds_the_order_along_the_normal_from_any_shuffle(
    count: int,
    about: tuple[float, float, float],
    origin: tuple[float, float, float],
    gap: float,
    random: object,
) -> None:
    places = stack(count, about, origin, gap)
    shuffled = list(range(count))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    order = slice_order([places[i] for i in shuffled])
    assert [shuffled[i] for i in order] == list(range(count))


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_orders_by_number_when_any_position_is_missing(numbers: list[float]) -> None:
    places = [Place((0, 0, -n), (1, 0, 0, 0, 1, 0), n) for n in numbers]
    places[-1] = Place(None, (1, 0, 0, 0, 1, 0), numbers[-1])
    assert [numbers[i] for i in slice_order(places)] == sorted(numbers)


@given(st.integers(0, 30))
def test_keeps_the_given_order_when_nothing_is_stated(count: int) -> None:
    assert slice_order([Place(None, None, None)] * count) == list(range(count))


def test_orders_equal_positions_by_number() -> None:
    orientation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    places = [Place((0, 0, z), orientation, n) for z, n in [(5, 2), (0, 4), (5, 1), (0, 3)]]
    assert slice_order(places) == [3, 1, 2, 0]


def test_orders_by_number_when_every_slice_states_the_same_place() -> None:
    orientation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    places = [Place((0, 0, 0), orientation, n) for n in (3, 1, 2)]
    assert slice_order(places) == [1, 2, 0]
