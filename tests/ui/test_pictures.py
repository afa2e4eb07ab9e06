"""What goes to the screen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from core.imaging.opening import open_study
from core.imaging.study import Frame, Rescale, Window
from core.reading.reader import Reader, Request
from core.reading.requirements import Answers
from tests.packs import BRIGHT, Kind, Place
from tests.ui.conftest import png
from ui.pictures import PREVIEW_SIDE, at_most, heat_picture, preview


def test_a_large_image_is_shown_smaller_and_in_shape() -> None:
    frame = Frame(np.zeros((1500, 3000), dtype=np.uint8))

    content, width, height = preview(frame)

    assert (width, height) == (PREVIEW_SIDE, PREVIEW_SIDE // 2)
    assert Image.open(io.BytesIO(content)).size == (width, height)


def test_a_large_image_loses_nothing_but_what_the_jpeg_loses() -> None:
    drawn = np.random.default_rng(1).normal(128, 12, (3000, 3000)).clip(0, 255).astype(np.uint8)
    careful = Image.fromarray(drawn).resize((PREVIEW_SIDE,) * 2, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    careful.save(stream, "JPEG", quality=88)

    content, _, _ = preview(Frame(drawn))

    def loss(jpeg: bytes) -> float:
        return float(np.std(np.asarray(Image.open(io.BytesIO(jpeg)), float) - np.asarray(careful)))

    assert loss(content) < 2 * loss(stream.getvalue())


def test_a_small_image_is_not_enlarged() -> None:
    assert preview(Frame(np.zeros((50, 80), dtype=np.uint8)))[1:] == (80, 50)


def test_a_colour_image_stays_in_colour() -> None:
    samples = np.zeros((64, 64, 3), dtype=np.uint8)
    samples[..., 0] = 200

    content, _, _ = preview(Frame(samples))

    red, green, _ = Image.open(io.BytesIO(content)).getpixel((32, 32))
    assert red > 150 > 50 > green


def test_a_ct_is_shown_in_the_models_window() -> None:
    samples = np.full((64, 64), 40, dtype=np.int16)
    samples[:, 32:] = 1000
    frame = Frame(samples, rescale=Rescale(unit="HU"))

    content, _, _ = preview(frame, Window(40, 80))

    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert 110 < shown[32, 8] < 145
    assert shown[32, 56] > 250


def test_the_heat_map_is_hot_where_the_finding_is_and_clear_elsewhere(reader: Reader) -> None:
    study = open_study(png(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}))
    reading = reader.read(study, Request(answers=Answers(body_part="HAND")))

    content = heat_picture(reading.frames[0], "fracture", 256, 256)

    assert content
    alpha = np.asarray(Image.open(io.BytesIO(content)))[..., 3]
    assert alpha.shape == (256, 256)
    assert alpha[128, 128] > 200
    assert alpha[10, 250] == 0


def test_where_nothing_speaks_for_a_finding_there_is_no_heat_map(reader: Reader) -> None:
    study = open_study(png(Kind.HAND_FILM))
    reading = reader.read(study, Request(answers=Answers(body_part="HAND")))

    assert heat_picture(reading.frames[0], "fracture", 256, 256) is None


def test_a_picture_is_made_small_enough_to_be_kept_and_left_alone_when_it_is() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (600, 800), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "JPEG", quality=95)
    content = stream.getvalue()

    small = at_most(content, 100_000)

    assert len(small) <= 100_000
    assert small.startswith(b"\xff\xd8")
    assert at_most(content, len(content)) == content
