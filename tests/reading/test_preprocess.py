"""One way from pixels to the network's input, for training and the app."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.imaging.study import Frame, Rescale, Window
from core.reading.preprocess import (
    Denoising,
    InputSpec,
    ResizePolicy,
    fit,
    normalise,
    place,
    preprocess,
)

SPEC = InputSpec(height=64, width=96, mean=127.0, std=128.0)
SIDES = st.integers(4, 3000)


@given(SIDES, SIDES, st.integers(32, 512), st.integers(32, 512))
def test_a_letterboxed_image_keeps_its_shape_and_touches_two_sides(
    width: int, height: int, columns: int, rows: int
) -> None:
    spec = InputSpec(height=rows, width=columns, mean=0.0, std=1.0)
    at = place(width, height, spec)
    assert at.left >= 0 and at.left + at.width <= columns
    assert at.top >= 0 and at.top + at.height <= rows
    assert at.width == columns or at.height == rows
    scale = min(columns / width, rows / height)
    assert abs(at.width - width * scale) <= 1
    assert abs(at.height - height * scale) <= 1
    assert abs(at.left - (columns - at.width - at.left)) <= 1


@given(SIDES, SIDES)
def test_a_stretched_image_fills_the_rectangle(width: int, height: int) -> None:
    spec = InputSpec(height=64, width=96, mean=0.0, std=1.0, resize=ResizePolicy.STRETCH)
    at = place(width, height, spec)
    assert (at.left, at.top, at.width, at.height) == (0, 0, 96, 64)


@settings(max_examples=30)
@given(st.integers(4, 300), st.integers(4, 300), st.integers(0, 255))
def test_a_flat_image_stays_flat_and_its_margins_are_the_pad(
    width: int, height: int, tone: int
) -> None:
    spec = InputSpec(height=64, width=96, mean=0.0, std=1.0, pad_value=7)
    fitted = fit(np.full((height, width), tone, np.uint8), spec)
    at = place(width, height, spec)
    inside = fitted[at.top : at.top + at.height, at.left : at.left + at.width]
    assert (inside == tone).all()
    outside = np.ones(fitted.shape, bool)
    outside[at.top : at.top + at.height, at.left : at.left + at.width] = False
    assert (fitted[outside] == 7).all()


def test_normalises_brightness_to_float32_with_two_leading_ones() -> None:
    tensor = normalise(np.array([[0, 127, 255]], np.uint8), SPEC)
    assert tensor.shape == (1, 1, 1, 3)
    assert tensor.dtype == np.float32
    assert tensor[0, 0, 0] == pytest.approx([-127 / 128, 0.0, 1.0])


def test_reduces_with_antialiasing() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (640, 480))
    fitted = fit(stripes, SPEC)
    assert abs(float(fitted[10:50, 20:70].mean()) - 127.5) < 2
    assert float(fitted[10:50, 20:70].std()) < 3


def test_a_window_is_applied_to_hounsfield_units_only() -> None:
    spec = InputSpec(height=64, width=64, mean=0.0, std=1.0, window=Window(40, 80))
    stored = np.full((64, 64), 40, np.int16)
    ct = Frame(stored, Rescale(1.0, 0.0, "HU"), voi=Window(-600, 1500))
    other = Frame(stored, Rescale(), voi=Window(1000, 2000))
    assert preprocess(ct, spec)[0, 0, 0, 0] == pytest.approx(128, abs=2)
    assert preprocess(other, spec)[0, 0, 0, 0] == pytest.approx(5, abs=2)


def test_denoising_removes_single_specks() -> None:
    specks = np.full((64, 64), 100, np.uint8)
    specks[::8, ::8] = 255
    spec = InputSpec(height=64, width=64, mean=0.0, std=1.0, denoising=Denoising.MEDIAN_3)
    assert (fit(specks, spec)[1:-1, 1:-1] == 100).all()


def test_a_colour_frame_becomes_grey_by_luma() -> None:
    green = np.zeros((64, 64, 3), np.uint8)
    green[..., 1] = 255
    spec = InputSpec(height=64, width=64, mean=0.0, std=1.0)
    expected = np.asarray(Image.fromarray(green).convert("L"))[0, 0]
    assert preprocess(Frame(green), spec)[0, 0, 5, 5] == expected == 150
