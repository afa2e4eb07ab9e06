"""Nothing but pixels is left of a picture, wherever a file may have hidden something."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from core.errors import ImagingError
from core.imaging.deidentification.pictures import deidentify_picture
from core.imaging.opening import open_study
from tests.imaging.dicom_files import dicom, phantom

CANARY = b"ZZCANARY"
TEXT = CANARY.decode()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>ZZCANARY</dc:creator></x:xmpmeta>"
GREY = Image.fromarray((phantom(48, 64) >> 8).astype(np.uint8))
COLOUR = Image.merge("RGB", [GREY, GREY.transpose(Image.Transpose.ROTATE_180), GREY])


def saved(image: Image.Image, form: str, **save: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **save)
    return stream.getvalue()


def exif() -> bytes:
    """Names, a place, the camera, a comment, and a thumbnail that is a picture of its own."""
    tags = Image.Exif()
    for tag in ("ImageDescription", "Artist", "Copyright", "Make", "Model", "XPAuthor"):
        tags[getattr(ExifTags.Base, tag)] = TEXT
    inner = tags.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.UserComment] = CANARY
    inner[ExifTags.Base.MakerNote] = CANARY * 4
    inner[ExifTags.Base.BodySerialNumber] = TEXT
    place = tags.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSAreaInformation] = CANARY
    thumbnail = saved(GREY.resize((16, 16)), "JPEG", comment=CANARY)
    return tags.tobytes() + thumbnail


def iptc() -> bytes:
    """A Photoshop resource block with an IPTC record (by-line, 2:80)."""
    record = b"\x1c\x02\x50" + struct.pack(">H", len(CANARY)) + CANARY
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    return b"Photoshop 3.0\0" + block + b"\0" * (len(record) % 2)


def profile() -> bytes:
    """A colour profile whose description is a name."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = made.find(b"s\0R\0G\0B") if b"s\0R\0G\0B" in made else len(made) - 32
    made[at : at + len(CANARY)] = CANARY
    return bytes(made)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png() -> bytes:
    info = PngInfo()
    info.add_text("Author", TEXT)
    info.add_text("Comment", TEXT, zip=True)
    info.add_itxt("Patient", TEXT, lang="en", tkey=TEXT)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add(b"prIv", CANARY)
    info.add(b"caNv", CANARY, after_idat=True)
    whole = saved(COLOUR, "PNG", pnginfo=info, exif=exif(), icc_profile=profile())
    return whole + png_chunk(b"tEXt", b"After\0" + CANARY) + CANARY


def a_jpeg() -> bytes:
    whole = saved(
        COLOUR,
        "JPEG",
        exif=exif(),
        icc_profile=profile(),
        comment=CANARY,
        xmp=XMP,
        quality=95,
        extra=b"\xff\xed" + struct.pack(">H", len(iptc()) + 2) + iptc(),
    )
    # What a phone appends: a second picture, and a video.
    return whole + saved(GREY, "JPEG", comment=CANARY) + b"\0\0\0\x18ftypmp42" + CANARY


def a_webp() -> bytes:
    whole = saved(COLOUR, "WEBP", lossless=True, exif=exif(), xmp=XMP, icc_profile=profile())
    return whole + CANARY


def a_tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in (270, 271, 272, 305, 306, 315, 316, 33432, 42016):
        tags[tag] = TEXT
    tags[700], tags[33723], tags[34377], tags[65000] = XMP, iptc(), iptc(), CANARY
    for tag in (700, 33723, 34377, 65000):
        tags.tagtype[tag] = 1
    page = GREY.copy()
    second_page = Image.fromarray(np.frombuffer(CANARY * 128, np.uint8).reshape(32, 32))
    return saved(page, "TIFF", tiffinfo=tags, save_all=True, append_images=[second_page]) + CANARY


def a_gif() -> bytes:
    whole = saved(GREY.convert("P"), "GIF", comment=CANARY)
    block = b"\x21\xff\x0bXMP DataXMP" + bytes([len(CANARY)]) + CANARY + b"\0"
    return whole[:-1] + block + b";" + CANARY


def a_bmp() -> bytes:
    """With a gap between the header and the pixels, where the format allows one."""
    plain = saved(COLOUR, "BMP")
    at = struct.unpack_from("<I", plain, 10)[0]
    moved = plain[:10] + struct.pack("<I", at + len(CANARY)) + plain[14:at] + CANARY + plain[at:]
    return moved + CANARY


_MAKERS: dict[str, Callable[[], bytes]] = {
    "PNG": a_png,
    "JPEG": a_jpeg,
    "WebP": a_webp,
    "TIFF": a_tiff,
    "GIF": a_gif,
    "BMP": a_bmp,
}
#: Made once: a colour profile states when it was made.
PLANTED = {form: make() for form, make in _MAKERS.items()}


def chunks(png: bytes) -> list[bytes]:
    """The kinds of the chunks of a PNG, and what follows the last one."""
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        found.append(png[at + 4 : at + 8])
        at += 12 + length
        if found[-1] == b"IEND":
            found += [png[at:]] if png[at:] else []
            break
    return found


@pytest.mark.parametrize("form", PLANTED)
def test_nothing_but_pixels_is_left(form: str) -> None:
    whole = PLANTED[form]
    assert whole.count(CANARY) >= 2
    done = deidentify_picture(whole).content

    assert CANARY not in done
    assert TEXT.encode("utf-16-le") not in done
    assert CANARY not in zlib.decompress(done[done.index(b"IDAT") + 4 : done.index(b"IEND") - 8])
    assert set(chunks(done)) == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(io.BytesIO(done)) as opened:
        opened.load()
        assert opened.info == {}
        assert dict(opened.getexif()) == {}


@pytest.mark.parametrize("form", PLANTED)
def test_the_pixels_stay(form: str) -> None:
    whole = PLANTED[form]
    before = open_study(whole).frames[0].samples
    after = open_study(deidentify_picture(whole).content).frames[0].samples

    assert after.dtype == before.dtype
    assert (after == before).all()


def test_sixteen_bits_stay_sixteen_bits() -> None:
    deep = phantom(20, 30)
    done = deidentify_picture(saved(Image.fromarray(deep), "PNG")).content

    assert (open_study(done).frames[0].samples == deep).all()


def test_a_picture_that_lay_on_its_side_is_put_upright_without_its_exif() -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    done = deidentify_picture(saved(GREY, "PNG", exif=tags)).content
    turned = GREY.transpose(Image.Transpose.ROTATE_270)

    assert (open_study(done).frames[0].samples == np.asarray(turned)).all()


def test_says_that_the_picture_must_be_looked_at() -> None:
    codes = [each.code for each in deidentify_picture(a_tiff()).notices]

    assert codes == ["first_frame_only", "look_at_the_picture"]


def test_what_is_no_picture_is_refused_in_words(tmp_path: Path) -> None:
    for source, code in (
        (b"", "empty_file"),
        (dicom(phantom(8, 8)), "not_a_picture"),
        (b"%PDF-1.7 " + CANARY * 20, "not_a_picture"),
        (saved(COLOUR, "PNG")[:300], "truncated_picture"),
        (tmp_path / "none.png", "file_not_found"),
    ):
        with pytest.raises(ImagingError) as caught:
            deidentify_picture(source)
        assert caught.value.code == code
        assert TEXT not in str(caught.value)


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=60)
def test_whatever_is_changed_in_a_picture_only_our_error_is_raised(data: st.DataObject) -> None:
    content = bytearray(PLANTED[data.draw(st.sampled_from(sorted(PLANTED)))])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        done = deidentify_picture(bytes(content)).content
    except ImagingError as error:
        assert error.__cause__ is None
    else:
        assert set(chunks(done)) == {b"IHDR", b"IDAT", b"IEND"}
