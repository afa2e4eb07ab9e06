"""Pictures open upright, in the right depth, and say what a person should know."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import ImagingError
from core.imaging.opening import open_study
from core.imaging.rendering import render
from core.imaging.study import Source, Study
from tests.imaging.conftest import encoded
from tests.imaging.dicom_files import phantom

Picture = Callable[..., Path]


def codes(study: Study) -> list[str]:
    return [notice.code for notice in study.notices]


def code_of(origin: Path | bytes) -> str:
    with pytest.raises(ImagingError) as caught:
        open_study(origin)
    return caught.value.code


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.gif", "a.tif", "a.webp"])
def test_opens_lossless_pictures_sample_for_sample(
    picture: Picture, grey: np.ndarray, name: str
) -> None:
    study = open_study(picture(name, grey, **({"lossless": True} if "webp" in name else {})))
    assert study.source is Source.PICTURE
    assert np.array_equal(study.frames[0].samples, grey)
    assert study.frames[0].samples.dtype == np.uint8
    assert study.notices == ()


def test_opens_a_jpeg_nearly_as_it_was(picture: Picture, grey: np.ndarray) -> None:
    samples = open_study(picture("a.jpg", grey, quality=95)).frames[0].samples
    assert np.abs(samples.astype(int) - grey).mean() < 2


def test_opens_a_picture_from_bytes(grey: np.ndarray) -> None:
    assert np.array_equal(open_study(encoded(grey, "PNG")).frames[0].samples, grey)


def test_believes_the_content_and_not_the_name(picture: Picture, grey: np.ndarray) -> None:
    path = picture("a.png", grey)
    wrong = path.rename(path.with_suffix(".jpg"))
    assert np.array_equal(open_study(wrong).frames[0].samples, grey)


def test_keeps_all_16_bits_of_a_png(picture: Picture) -> None:
    deep = phantom(80, 100)
    study = open_study(picture("a.png", deep))
    frame = study.frames[0]
    assert frame.samples.dtype == np.uint16
    assert np.array_equal(frame.samples, deep)
    assert frame.voi is None
    assert codes(study) == ["window_computed"]


def test_shows_a_16_bit_png_that_uses_few_values(picture: Picture) -> None:
    dim = (phantom(80, 100) >> 8).astype(np.uint16)
    shown = render(open_study(picture("a.png", dim)).frames[0])
    assert shown.max() > 240
    assert shown.min() < 15


def test_opens_a_tiff_of_signed_16_bits(picture: Picture) -> None:
    deep = (phantom(80, 100).astype(np.int32) - 20_000).astype(np.int32)
    samples = open_study(picture("a.tif", deep)).frames[0].samples
    assert samples.dtype == np.int16
    assert np.array_equal(samples, deep)


def test_refuses_floating_point_pictures(picture: Picture) -> None:
    path = picture("a.tif", phantom(80, 100).astype(np.float32))
    assert code_of(path) == "picture_depth_unsupported"


def test_keeps_colour_and_drops_it_where_there_is_none(picture: Picture, grey: np.ndarray) -> None:
    in_colour = np.stack([grey, grey // 2, 255 - grey], axis=-1)
    assert np.array_equal(open_study(picture("colour.png", in_colour)).frames[0].samples, in_colour)
    equal = np.stack([grey] * 3, axis=-1)
    assert np.array_equal(open_study(picture("equal.png", equal)).frames[0].samples, grey)
    one_dot = equal.copy()
    one_dot[17, 33] = (255, 0, 0)
    assert open_study(picture("dot.png", one_dot)).frames[0].samples.ndim == 3


def test_opens_palette_one_bit_and_cmyk_pictures(picture: Picture, grey: np.ndarray) -> None:
    palette = Image.fromarray(np.stack([grey, grey // 2, grey], axis=-1)).quantize(16)
    samples = open_study(picture("p.png", palette)).frames[0].samples
    assert np.array_equal(samples, np.asarray(palette.convert("RGB")))
    black_white = Image.fromarray(grey).convert("1")
    samples = open_study(picture("1.png", black_white)).frames[0].samples
    assert set(np.unique(samples)) == {0, 255}
    red = Image.new("RGB", (96, 96), (200, 30, 40)).convert("CMYK")
    samples = open_study(picture("c.jpg", red, quality=95)).frames[0].samples
    assert np.abs(samples[48, 48].astype(int) - (200, 30, 40)).max() < 12


def test_lays_transparency_on_black_and_says_so(picture: Picture, grey: np.ndarray) -> None:
    opacity = np.full_like(grey, 255)
    opacity[:, :40] = 0
    study = open_study(picture("a.png", np.stack([grey, opacity], axis=-1)))
    samples = study.frames[0].samples
    assert samples[:, :40].max() == 0
    assert np.array_equal(samples[:, 40:], grey[:, 40:])
    assert codes(study) == ["transparency_dropped"]


def test_does_not_mention_transparency_that_hides_nothing(
    picture: Picture, grey: np.ndarray
) -> None:
    opaque = np.stack([grey, np.full_like(grey, 255)], axis=-1)
    study = open_study(picture("a.png", opaque))
    assert codes(study) == []
    assert np.array_equal(study.frames[0].samples, grey)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_turns_a_picture_upright(
    picture: Picture, grey: np.ndarray, orientation: int, name: str
) -> None:
    # How a camera held that way would have stored the upright picture.
    stored = {
        1: grey,
        2: grey[:, ::-1],
        3: grey[::-1, ::-1],
        4: grey[::-1, :],
        5: grey.T,
        6: np.rot90(grey, 1),
        7: grey[::-1, ::-1].T,
        8: np.rot90(grey, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    path = picture(name, np.ascontiguousarray(stored), exif=exif)
    samples = open_study(path).frames[0].samples
    assert samples.shape == grey.shape
    assert np.abs(samples.astype(int) - grey).mean() < 3


def test_opens_a_picture_with_senseless_exif(grey: np.ndarray) -> None:
    data = encoded(grey, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 40)
    assert open_study(data).frames[0].samples.shape == grey.shape


def test_opens_the_first_frame_of_an_animation_and_says_so(
    tmp_path: Path, grey: np.ndarray
) -> None:
    frames = [Image.fromarray(grey), Image.fromarray(255 - grey), Image.fromarray(grey // 2)]
    for name in ("a.gif", "a.png", "a.tif"):
        path = tmp_path / name
        frames[0].save(path, save_all=True, append_images=frames[1:])
        study = open_study(path)
        assert np.array_equal(study.frames[0].samples, grey), name
        assert codes(study) == ["first_frame_only"], name


def test_opens_a_huge_jpeg_at_half_size_and_says_so() -> None:
    data = encoded(np.full((4100, 4000), 90, np.uint8), "JPEG")
    study = open_study(data)
    assert study.frames[0].samples.shape == (2050, 2000)
    assert codes(study) == ["opened_smaller"]
    assert "2000 x 2050" in study.notices[0].text


def png_claiming(width: int, height: int, *extra: bytes) -> bytes:
    """A small PNG file whose header claims any size. ``extra``: chunks after the header."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"\0" * 1000)
    more = b"".join(chunk(body[:4], body[4:]) for body in extra)
    ending = chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + more + ending


@pytest.mark.parametrize("size", [(8001, 8001), (10_000, 9_000), (60_000, 60_000)])
def test_refuses_a_decompression_bomb_before_decoding(size: tuple[int, int]) -> None:
    assert code_of(png_claiming(*size)) == "too_many_pixels"


def test_refuses_a_bomb_in_a_text_chunk() -> None:
    bomb = b"zTXtComment\0\0" + zlib.compress(b"A" * 50_000_000)
    assert code_of(png_claiming(90, 90, bomb)) == "hidden_text_too_large"


def test_refuses_a_jpeg_of_countless_passes(grey: np.ndarray) -> None:
    data = encoded(grey, "JPEG", progressive=True)
    last_scan = data.rindex(b"\xff\xda")
    scan = data[last_scan:-2]
    assert code_of(data[:-2] + scan * 200 + data[-2:]) == "too_many_scans"
    assert open_study(data).frames[0].samples.shape == grey.shape


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_says_when_a_picture_is_cut_short(form: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300)).astype(np.uint8)
    data = encoded(noise, form)
    assert code_of(data[: len(data) // 2]) in {"truncated_picture", "damaged_picture"}
    if form in ("PNG", "JPEG", "BMP"):
        assert code_of(data[: len(data) // 2]) == "truncated_picture"


def test_says_when_a_picture_is_damaged(grey: np.ndarray) -> None:
    data = bytearray(encoded(grey, "PNG"))
    data[20] ^= 0xFF  # inside the header, whose checksum is then wrong
    assert code_of(bytes(data)) == "damaged_picture"


def test_survives_every_cut_and_flip_of_small_pictures(grey: np.ndarray) -> None:
    random = np.random.default_rng(1)
    for form in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
        whole = encoded(grey[:40, :40], form)
        for _ in range(60):
            broken = bytearray(whole[: int(random.integers(1, len(whole) + 1))])
            for at in random.integers(0, len(broken), 3):
                broken[at] = int(random.integers(0, 256))
            try:
                study = open_study(bytes(broken))
            except ImagingError:
                continue
            assert study.frames[0].samples.ndim in (2, 3)


def run_without(removal: str, file: Path) -> str:
    """Open ``file`` in a Python from which ``removal`` took a part of Pillow: its error's text."""
    script = (
        f"{removal}\n"
        "import sys\nfrom pathlib import Path\n"
        "from core.errors import ImagingError\n"
        "from core.imaging.opening import open_study\n"
        "try:\n    open_study(Path(sys.argv[1]))\n"
        "except ImagingError as error:\n    print(error.code, '|', error.text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout.strip()


def test_says_when_this_device_has_no_webp(picture: Picture, grey: np.ndarray) -> None:
    removal = "import sys; sys.modules['PIL._webp'] = None"
    assert run_without(removal, picture("a.webp", grey)) == (
        "picture_kind_not_on_device | This picture is a WebP file, which this device cannot open. "
        "Save it as JPEG or PNG and try again."
    )
    assert run_without("", picture("b.webp", grey)) == ""


def test_says_when_this_device_has_no_tiff(picture: Picture, grey: np.ndarray) -> None:
    removal = "from PIL import Image; del Image.core.libtiff_decoder, Image.core.libtiff_encoder"
    packed = picture("a.tif", grey, compression="tiff_lzw")
    assert run_without(removal, packed).startswith("picture_kind_not_on_device | This picture is a")
    assert run_without("", packed) == ""
    # Pillow's own Python reads TIFF that is not compressed.
    assert run_without(removal, picture("b.tif", grey)) == ""


def test_says_when_this_device_has_no_jpeg_2000(picture: Picture, grey: np.ndarray) -> None:
    removal = "from PIL import Image; del Image.core.jpeg2k_decoder, Image.core.jpeg2k_encoder"
    path = picture("a.jp2", grey)
    assert "JPEG 2000" in run_without(removal, path)
    assert run_without("", path) == ""


def test_reads_a_12_megapixel_photo_in_little_memory(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    path = tmp_path / "photo.jpg"
    Image.fromarray(noise).resize((4000, 3000)).save(path, quality=85)
    script = (
        "import re, sys\nfrom pathlib import Path\n"
        "from core.imaging.opening import open_study\n"
        "assert open_study(Path(sys.argv[1])).frames[0].samples.shape == (3000, 4000, 3)\n"
        # Not ru_maxrss: it starts from the peak of the process that started this one.
        "status = Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])\n"
    )
    if sys.platform != "linux":
        pytest.skip("peak memory is measured on Linux")
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(done.stdout) < 200 * 1024  # kilobytes; leaves 100 MB for ONNX Runtime


def test_does_not_load_pydicom_for_a_picture(picture: Picture, grey: np.ndarray) -> None:
    removal = "import sys; sys.modules['pydicom'] = None"
    assert run_without(removal, picture("a.png", grey)) == ""
