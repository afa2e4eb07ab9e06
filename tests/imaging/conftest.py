"""Files to open, written on the spot: synthetic, with no person in them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.imaging.dicom_files import phantom


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Write a picture and return its path: ``picture("a.png", array_or_image, **save)``."""

    def write(name: str, content: npt.NDArray[np.generic] | Image.Image, **save: object) -> Path:
        image = content if isinstance(content, Image.Image) else Image.fromarray(content)
        path = tmp_path / name
        image.save(path, **save)
        return path

    return write


@pytest.fixture
def grey() -> npt.NDArray[np.uint8]:
    """A phantom of 96 x 128 pixels, 8 bits: brighter to the right, a disc in it."""
    return (phantom(96, 128) >> 8).astype(np.uint8)


def encoded(array: npt.NDArray[np.generic], form: str, **save: object) -> bytes:
    """A picture as bytes."""
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, form, **save)
    return stream.getvalue()
