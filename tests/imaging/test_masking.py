"""Writing in the pixels becomes black in every frame, and nothing else changes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from core.errors import ImagingError
from core.imaging.lettering.boxes import Box, boxes_of, merged
from core.imaging.lettering.manifest import Rule
from core.imaging.masking import mask, preview
from core.imaging.opening import open_study
from core.imaging.rendering import render, to_grey
from tests.imaging.dicom_files import compressed, data_set, phantom, written
from tests.reporting.tools import conformance_errors

pytest.importorskip("dicomanonymizer", reason="dicom-anonymizer is not installed")

from core.imaging.deidentification.files import deidentify
from core.imaging.deidentification.identity import Replacement
from core.imaging.deidentification.masking import Decided, Masking
from core.imaging.deidentification.pictures import deidentify_picture

REPLACEMENT = Replacement(b"1" * 32, lambda _code: "P-1")
#: Reaches beyond the lower right corner of the pictures here.
BOXES = (Box(3, 4, 20, 10), Box(50, 30, 99, 99))
BY_A_PERSON = Masking(BOXES, Decided.BY_A_PERSON)
DEEP = phantom(40, 60)
#: Else the window is worked out from the samples, and all would look different without some.
WINDOW = {"WindowCenter": 32768, "WindowWidth": 65535}
BYTES = (DEEP >> 8).astype(np.uint8)


def inside(rows: int = 40, columns: int = 60) -> npt.NDArray[np.bool_]:
    covered = np.zeros((rows, columns), np.bool_)
    for box in BOXES:
        covered[box.top : box.bottom, box.left : box.right] = True
    return covered


def read(content: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(content))


def shown(content: bytes) -> list[npt.NDArray[np.uint8]]:
    return [to_grey(render(frame)) for frame in open_study(content).frames]


def check(before: bytes, after: bytes, tolerance: int = 0) -> None:
    """Black inside the boxes of every frame; outside, what was there before."""
    first, second = shown(before), shown(after)
    assert len(first) == len(second) > 0
    for old, new in zip(first, second, strict=True):
        covered = inside(*old.shape)
        assert (new[covered] == old.min()).all()
        outside = np.abs(old.astype(int) - new.astype(int))[~covered]
        assert outside.max() <= tolerance


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        ExplicitVRBigEndian,
    ],
)
def test_uncompressed_samples_are_masked_where_they_stand_and_keep_their_syntax(
    syntax: str,
) -> None:
    before = written(data_set(DEEP, **WINDOW), syntax)
    after = deidentify(before, REPLACEMENT, masking=BY_A_PERSON).content

    assert read(after).file_meta.TransferSyntaxUID == syntax
    check(before, after)
    kind = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
    old, new = (
        np.frombuffer(read(each).PixelData, kind).reshape(40, 60) for each in (before, after)
    )
    assert (old[~inside()] == new[~inside()]).all()


def test_every_frame_is_masked() -> None:
    frames = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]])
    before = written(data_set(frames[0], NumberOfFrames=3, **WINDOW))
    ds = read(before)
    ds.PixelData = frames.tobytes()
    before = written(ds)

    after = deidentify(before, REPLACEMENT, masking=BY_A_PERSON).content

    assert len(shown(after)) == 3
    check(before, after)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_black_is_what_the_screen_shows_as_black(photometric: str) -> None:
    before = written(data_set(DEEP, PhotometricInterpretation=photometric, **WINDOW))

    check(before, deidentify(before, REPLACEMENT, masking=BY_A_PERSON).content)


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_colour_is_masked_in_every_channel(photometric: str, planar: int) -> None:
    colour = np.stack([BYTES, BYTES.T.reshape(40, 60), 255 - BYTES], -1)
    stored = np.moveaxis(colour, -1, 0) if planar else colour
    ds = data_set(colour, PhotometricInterpretation=photometric, PlanarConfiguration=planar)
    ds.PixelData = np.ascontiguousarray(stored).tobytes()
    before = written(ds)

    after = deidentify(before, REPLACEMENT, masking=BY_A_PERSON).content

    new = np.asarray(open_study(after).frames[0].samples)
    assert new[inside()].max() <= 1
    old = np.asarray(open_study(before).frames[0].samples)
    assert (old[~inside()] == new[~inside()]).all()


@pytest.mark.parametrize("syntax", [RLELossless, JPEGBaseline8Bit])
def test_coded_frames_are_written_uncompressed(syntax: str, tmp_path: Path) -> None:
    samples = BYTES if syntax == JPEGBaseline8Bit else DEEP
    if syntax == RLELossless:
        ds = read(written(data_set(samples, **WINDOW)))
        ds.compress(RLELossless)
        before = written(ds, RLELossless)
    else:
        stream = io.BytesIO()
        Image.fromarray(samples).save(stream, "JPEG")
        before = compressed(samples, [stream.getvalue()], syntax)

    after = deidentify(before, REPLACEMENT, masking=BY_A_PERSON).content

    assert read(after).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert ("LossyImageCompression" in read(after)) == (syntax == JPEGBaseline8Bit)
    check(before, after)
    # Nothing that the file had not already: its kind wants more than these fixtures carry.
    kept = len(conformance_errors(deidentify(before, REPLACEMENT).content, tmp_path))
    assert len(conformance_errors(after, tmp_path)) <= kept


def test_coded_frames_that_would_fill_the_memory_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.BytesIO()
    Image.fromarray(BYTES).save(stream, "JPEG")
    before = compressed(BYTES, [stream.getvalue()] * 3, JPEGBaseline8Bit, NumberOfFrames=3)
    monkeypatch.setattr("core.imaging.deidentification.masked_pixels.MAX_FILE_BYTES", 7000)

    with pytest.raises(ImagingError) as refused:
        deidentify(before, REPLACEMENT, masking=BY_A_PERSON)

    assert refused.value.code == "file_too_large"


def test_what_was_done_is_stated_and_what_nobody_saw_is_not_vouched_for() -> None:
    before = written(data_set(DEEP, ImageType=["ORIGINAL", "PRIMARY"]))
    alone = deidentify(before, REPLACEMENT, masking=Masking(BOXES, Decided.BY_DETECTOR))
    seen = deidentify(before, REPLACEMENT, masking=BY_A_PERSON)

    codes = [item.CodeValue for item in read(seen.content).DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113101"]
    assert list(read(seen.content).ImageType) == ["DERIVED", "PRIMARY"]
    assert read(seen.content).BurnedInAnnotation == "NO"
    assert seen.notices == ()
    assert read(alone.content).get("BurnedInAnnotation") != "NO"
    assert [notice.code for notice in alone.notices] == ["look_at_the_masks"]


def test_without_boxes_the_pixels_and_the_syntax_stay() -> None:
    stream = io.BytesIO()
    Image.fromarray(BYTES).save(stream, "JPEG")
    before = compressed(BYTES, [stream.getvalue()], JPEGBaseline8Bit)

    after = deidentify(before, REPLACEMENT, masking=Masking((), Decided.BY_A_PERSON)).content

    assert read(after).file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert [i.CodeValue for i in read(after).DeidentificationMethodCodeSequence][1] == "113101"


def test_pixels_of_one_bit_are_refused_in_words() -> None:
    ds = data_set(BYTES, BitsAllocated=1, BitsStored=1, HighBit=0)
    ds.PixelData = np.packbits(BYTES > 99).tobytes()

    with pytest.raises(ImagingError) as refused:
        deidentify(written(ds), REPLACEMENT, masking=BY_A_PERSON)

    assert refused.value.code == "cannot_mask"


def test_a_picture_is_masked_and_nothing_of_what_was_there_is_left() -> None:
    stream = io.BytesIO()
    Image.fromarray(BYTES).save(stream, "PNG")

    done = deidentify_picture(stream.getvalue(), BY_A_PERSON)

    new = np.asarray(Image.open(io.BytesIO(done.content)))
    assert (new[inside()] == 0).all()
    assert (new[~inside()] == BYTES[~inside()]).all()


def test_a_mask_leaves_the_original_alone() -> None:
    kept = DEEP.copy()
    covered = mask(DEEP, BOXES)

    assert (kept == DEEP).all()
    assert (covered[inside()] == 0).all()


def test_a_preview_outlines_every_box() -> None:
    picture = np.asarray(Image.open(io.BytesIO(preview(BYTES, BOXES[:1]))))

    assert tuple(picture[4, 3]) == tuple(picture[9, 19]) == (255, 196, 0)
    assert tuple(picture[30, 30]) == (BYTES[30, 30],) * 3


RULE = Rule(cell=4, edge=0.3, certain=0.6, least_cells=3, margin=0.25)


def test_cells_that_touch_are_one_box_and_faint_or_tiny_ones_are_none() -> None:
    found = np.zeros((20, 30), np.float32)
    found[4, 3:9] = 0.9
    found[5, 9:12] = 0.4  # joined over a corner
    found[12:14, 3:9] = 0.5  # never certain
    found[17, 20] = 0.9  # one cell

    (box,) = boxes_of(found, RULE)

    assert box == Box(8, 12, 52, 28)
    (half,) = boxes_of(found, RULE, scale=0.5)
    assert (half.left, half.right) == (16, 104)


def test_a_ring_of_cells_is_one_piece() -> None:
    found = np.zeros((20, 20), np.float32)
    found[3:12, 3] = found[3:12, 11] = found[3, 3:12] = found[11, 3:12] = 0.9

    assert len(boxes_of(found, RULE)) == 1


def test_boxes_that_share_pixels_become_one() -> None:
    boxes = [Box(0, 0, 5, 5), Box(4, 4, 9, 9), Box(8, 8, 12, 12), Box(20, 0, 22, 2)]

    assert merged(boxes) == [Box(0, 0, 12, 12), Box(20, 0, 22, 2)]


@pytest.mark.parametrize("sides", [(5, 0, 5, 9), (0, 9, 4, 3), (-1, 0, 4, 4)])
def test_a_box_holds_at_least_one_pixel(sides: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="pixel"):
        Box(*sides)
