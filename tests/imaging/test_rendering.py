"""Windows against the standard's pseudo-code, and properties that must always hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from core.imaging.rendering import PRESETS, apply_window, natural_window, render, to_grey
from core.imaging.study import Frame, Rescale, VoiFunction, VoiTable, Window

LINEAR, EXACT, SIGMOID = VoiFunction.LINEAR, VoiFunction.LINEAR_EXACT, VoiFunction.SIGMOID


@pytest.mark.parametrize(
    ("window", "values", "expected"),
    [
        # PS3.3 C.11.2.1.2.1, with ymin 0 and ymax 255, worked by hand.
        # c 40, w 80: black up to 0, white above 79.
        (Window(40, 80), [-500, 0, 0.5, 39.5, 79, 79.1, 500], [0, 0, 1.61, 127.5, 255, 255, 255]),
        # The standard's own example: c 2048, w 4096 covers 0 to 4095.
        (Window(2048, 4096), [0, 2047.5, 4095], [0, 127.5, 255]),
        # w 1 is a step between c - 0.5 and above.
        (Window(100, 1), [99, 99.5, 99.6, 100], [0, 0, 255, 255]),
        # C.11.2.1.3.2: black up to c - w/2, white above c + w/2.
        (Window(40, 80, EXACT), [-1, 0, 20, 40, 80, 81], [0, 0, 63.75, 127.5, 255, 255]),
        # C.11.2.1.3.1: 255 / (1 + exp(-4 (x - c) / w)).
        (Window(40, 80, SIGMOID), [-1e9, 20, 40, 60, 1e9], [0, 68.58, 127.5, 186.42, 255]),
    ],
)
def test_agrees_with_the_standard(
    window: Window, values: list[float], expected: list[float]
) -> None:
    bright = apply_window(np.array(values, dtype=np.float32), window) * 255
    assert np.allclose(bright, expected, atol=0.01)


def test_looks_values_up_in_a_table_and_holds_its_ends() -> None:
    table = VoiTable(-5, np.array([0.1, 0.4, 0.9], dtype=np.float32))
    bright = apply_window(np.array([-99, -5, -4, -3, 99], dtype=np.float32), table)
    assert np.allclose(bright, [0.1, 0.1, 0.4, 0.9, 0.9])


samples_of = st.sampled_from([np.uint8, np.uint16, np.int16]).flatmap(
    lambda kind: st_numpy.arrays(kind, st.tuples(st.integers(1, 12), st.integers(1, 12)))
)
windows = st.builds(
    Window,
    st.floats(-5_000, 70_000, width=32),
    st.floats(0.5, 70_000, width=32),
    st.sampled_from(VoiFunction),
)
rescales = st.builds(Rescale, st.floats(0.125, 20, width=32), st.floats(-2_000, 2_000, width=32))


@given(samples_of, windows, rescales)
def test_brighter_samples_are_never_shown_darker(
    samples: npt.NDArray[np.uint16], window: Window, rescale: Rescale
) -> None:
    shown = render(Frame(samples, rescale, window))
    assert shown.dtype == np.uint8
    assert shown.shape == samples.shape
    order = np.argsort(samples, axis=None)
    assert (np.diff(shown.ravel()[order].astype(int)) >= 0).all()


@given(samples_of, st.none() | windows, rescales)
def test_inversion_is_the_complement(
    samples: npt.NDArray[np.uint16], window: Window | None, rescale: Rescale
) -> None:
    plain = render(Frame(samples, rescale, window))
    inverted = render(Frame(samples, rescale, window, inverted=True))
    assert np.array_equal(inverted, 255 - plain)


@given(samples_of, windows, st.booleans(), st.none() | st.just((-3, 40)))
def test_a_large_frame_is_shown_as_a_small_one(
    samples: npt.NDArray[np.uint16],
    window: Window,
    inverted: bool,
    padding: tuple[int, int] | None,
) -> None:
    """Large frames go through a table of all values, small ones do not."""
    small = render(Frame(samples, voi=window, inverted=inverted, padding=padding))
    large = np.tile(samples, (280 // samples.shape[0] + 1, 280 // samples.shape[1] + 1))
    shown = render(Frame(large, voi=window, inverted=inverted, padding=padding))
    assert np.array_equal(shown[: samples.shape[0], : samples.shape[1]], small)


@example(np.array([[-1, 32767]], dtype=np.int16))
@given(samples_of)
def test_the_natural_window_lies_within_the_samples_and_uses_every_brightness(
    samples: npt.NDArray[np.uint16],
) -> None:
    frame = Frame(samples.astype(np.int16, copy=False), Rescale(2, -7))
    window = natural_window(frame)
    values = frame.samples.astype(np.float64) * 2 - 7
    bottom, top = window.center - window.width / 2, window.center + window.width / 2
    assert window.width > 0
    assert values.min() - 1e-6 <= bottom <= top <= values.max() + 1e-6
    if window.width >= 1:
        shown = render(frame, window)
        assert (shown[values < bottom - 0.5] == 0).all()
        assert (shown[values > top + 0.5] == 255).all()
        # Half a percent at each end lies outside, and one sample that the percentile cuts.
        assert (values < bottom - 0.5).mean() <= 0.005 + 1 / values.size
        assert (values > top + 0.5).mean() <= 0.005 + 1 / values.size


def test_shows_8_bits_without_a_window_untouched() -> None:
    samples = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert render(Frame(samples)) is samples
    assert np.array_equal(render(Frame(samples, inverted=True)), 255 - samples)


def test_shows_padding_black_whichever_way_round() -> None:
    samples = np.array([[-2000, 0], [40, 79]], dtype=np.int16)
    for inverted in (False, True):
        frame = Frame(samples, voi=Window(40, 80), padding=(-2000, -1900), inverted=inverted)
        assert render(frame)[0, 0] == 0
    assert render(frame)[0, 1] == 255


def test_leaves_padding_out_of_the_natural_window() -> None:
    samples = np.full((50, 50), -2000, dtype=np.int16)
    samples[20:30, 20:30] = np.arange(100).reshape(10, 10)
    window = natural_window(Frame(samples, padding=(-2000, -2000)))
    assert window.center - window.width / 2 > -5


def test_a_window_given_overrides_the_frame_s_own() -> None:
    samples = np.array([[10, 90]], dtype=np.int16)
    assert render(Frame(samples, voi=Window(500, 10)), Window(50, 100)).tolist() == [[26, 232]]


def test_the_presets_are_the_ones_radiologists_use() -> None:
    assert (PRESETS["brain"].center, PRESETS["brain"].width) == (40, 80)
    assert set(PRESETS) == {"brain", "subdural", "bone", "lung", "soft_tissue"}


def test_turns_colour_into_luma() -> None:
    colour = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], dtype=np.uint8)
    assert to_grey(colour).tolist() == [[76, 150, 29, 9]]
    grey = np.zeros((3, 3), dtype=np.uint8)
    assert to_grey(grey) is grey
