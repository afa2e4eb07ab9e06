"""The small picture that is kept with a case."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.review_copy import LARGEST_BYTES, LARGEST_SIDE, review_copy
from core.imaging.study import Frame, Rescale, Window


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@pytest.mark.parametrize("shape", [(300, 200), (3000, 2000), (2000, 3000, 3), (400, 4000)])
def test_it_is_small_and_keeps_its_shape(shape: tuple[int, ...]) -> None:
    samples = np.full(shape, 90, np.uint8)
    image = opened(review_copy(Frame(samples)))

    assert image.format == "JPEG"
    assert max(image.size) <= LARGEST_SIDE
    assert image.width / image.height == pytest.approx(shape[1] / shape[0], rel=0.01)
    assert image.mode == ("RGB" if len(shape) == 3 else "L")


def test_a_picture_of_noise_is_made_to_fit_too() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2048, 2048, 3), dtype=np.uint8)
    jpeg = review_copy(Frame(noise))

    assert 0 < len(jpeg) <= LARGEST_BYTES
    assert opened(jpeg).width >= 256


def test_a_small_picture_is_not_enlarged_and_hardly_changed() -> None:
    rows = np.linspace(0, 255, 200, dtype=np.float32)
    samples = np.tile(rows, (100, 1)).astype(np.uint8)
    image = opened(review_copy(Frame(samples)))

    assert image.size == (200, 100)
    assert np.abs(np.asarray(image).astype(int) - samples).max() <= 4


def test_the_window_is_applied_to_hounsfield_units_only() -> None:
    samples = np.array([[0, 40, 80] * 40] * 100, np.int16)
    window = Window(40, 1)
    hounsfield = opened(review_copy(Frame(samples, rescale=Rescale(unit="HU")), window))
    other = opened(review_copy(Frame(samples), window))

    assert np.asarray(hounsfield).max() > 250
    assert np.asarray(hounsfield).tobytes() != np.asarray(other).tobytes()
