"""Bad pictures are told from good ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.imaging.quality import BLOCKING, QualityProblem, judge_quality

Grey = npt.NDArray[np.uint8]


def textured(height: int = 400, width: int = 500) -> Grey:
    """Structures of several sizes with grain, as a radiograph has."""
    random = np.random.default_rng(3)
    image = np.zeros((height, width))
    for size in (4, 12, 40):
        coarse = Image.fromarray(random.random((size, size)).astype(np.float32))
        image += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    image += random.normal(0, 0.15, image.shape)
    image = (image - image.min()) / (image.max() - image.min())
    return (image * 255).astype(np.uint8)


def codes(grey: Grey) -> list[str]:
    return [problem.code for problem in judge_quality(grey)]


def test_finds_nothing_wrong_with_a_good_picture() -> None:
    assert codes(textured()) == []
    assert codes(textured(2000, 2500)) == []


def test_notices_a_small_picture() -> None:
    assert codes(textured(63, 500)) == ["too_small"]
    assert codes(textured(64, 500)) == []
    assert "500 x 63" in judge_quality(textured(63, 500))[0].text


def test_notices_an_empty_picture() -> None:
    for brightness in (0, 128, 255):
        assert codes(np.full((300, 300), brightness, np.uint8)) == ["empty"]
    grain = np.random.default_rng(0).integers(100, 104, (300, 300)).astype(np.uint8)
    assert codes(grain) == ["empty"]


def test_notices_a_small_and_empty_picture() -> None:
    assert codes(np.zeros((20, 20), np.uint8)) == ["too_small", "empty"]
    assert codes(np.zeros((1, 1), np.uint8)) == ["too_small", "empty"]


def test_notices_dark_and_bright_pictures() -> None:
    good = textured()
    assert codes((good * 0.14).astype(np.uint8)) == ["too_dark"]
    assert codes((190 + good * 0.25).astype(np.uint8)) == ["too_bright"]


def test_notices_a_blurred_picture_of_any_size_and_contrast() -> None:
    for height, radius in ((300, 6), (2000, 40)):
        good = Image.fromarray(textured(height, height))
        blurred = np.asarray(good.filter(ImageFilter.GaussianBlur(radius)))
        assert codes(blurred) == ["blurred"]
        assert codes((blurred // 2).astype(np.uint8)) == ["blurred"]


def test_blocks_reading_only_where_nothing_can_be_read() -> None:
    assert {"too_small", "empty"} == BLOCKING
    assert {problem.code for problem in QualityProblem} > BLOCKING


def test_says_how_to_get_a_better_picture() -> None:
    for problem in QualityProblem:
        assert problem.value.count(".") >= 2


def test_flags_less_than_one_in_a_hundred_real_images(shared_data: Path) -> None:
    flagged = looked_at = 0
    for folder in sorted(shared_data.glob("*/images")):
        if folder.parent.name == "not_supported":
            continue
        files = sorted(folder.iterdir())
        for path in files[:: max(1, len(files) // 60)]:
            with Image.open(path) as image:
                flagged += bool(judge_quality(np.asarray(image.convert("L"))))
            looked_at += 1
    assert looked_at > 300
    assert flagged < looked_at / 100
