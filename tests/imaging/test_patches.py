"""What a person made black stays where it is while the picture is cropped and turned."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.framed import frame_once
from core.imaging.framing import Crop, Framing
from core.imaging.masking import mask
from core.imaging.patches import Patch, as_laid, as_shown, covered, patch_of
from core.imaging.study import Frame

PATCH = Patch(0.2, 0.4, 0.5, 0.6)
FRAMINGS = [
    Framing(quarter_turns=1),
    Framing(quarter_turns=3),
    Framing(crop=Crop(0.1, 0.2, 0.9, 0.8)),
    Framing(crop=Crop(0.1, 0.2, 0.9, 0.8), quarter_turns=2),
    Framing(crop=Crop(0.0, 0.0, 0.6, 1.0), quarter_turns=1),
]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_patch_shown_on_the_framed_picture_covers_the_same_pixels(framing: Framing) -> None:
    samples = np.full((200, 100), 200, np.uint8)
    before = frame_once(Frame(mask(samples, [PATCH.box(100, 200)])), framing).samples
    framed = frame_once(Frame(samples), framing).samples
    height, width = framed.shape
    after = mask(framed, [each.box(width, height) for each in as_shown([PATCH], framing)])

    # Growing to whole pixels may add a row or a column, and takes none away.
    assert (after[before == 0] == 0).all()
    assert int((after != before).sum()) <= 2 * (width + height)
    assert (before == 0).any()


@pytest.mark.parametrize("framing", FRAMINGS)
def test_what_is_drawn_on_the_screen_comes_back_to_the_screen(framing: Framing) -> None:
    [again] = as_shown(as_laid([PATCH], framing), framing)

    assert [again.left, again.top, again.right, again.bottom] == pytest.approx(
        [PATCH.left, PATCH.top, PATCH.right, PATCH.bottom]
    )


def test_what_was_cropped_away_is_not_shown_and_what_is_cut_is_cut() -> None:
    framing = Framing(crop=Crop(0.4, 0.0, 1.0, 1.0))

    assert as_shown([Patch(0.0, 0.0, 0.3, 0.3)], framing) == ()
    [cut] = as_shown([PATCH], framing)
    assert (cut.left, cut.top) == (0.0, 0.4)
    assert cut.right == pytest.approx(1 / 6)


def test_a_picture_is_black_under_its_patches_and_carries_nothing_else() -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "canary"
    noise = np.random.default_rng(1).integers(90, 255, (160, 240), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "JPEG", quality=95, exif=exif, comment=b"canary")
    done = covered(stream.getvalue(), [PATCH])
    found = np.asarray(Image.open(io.BytesIO(done)))
    box = PATCH.box(240, 160)

    assert b"canary" in stream.getvalue()
    assert b"canary" not in done
    # JPEG blurs the edge of a block a little.
    assert int(found[box.top + 8 : box.bottom - 8, box.left + 8 : box.right - 8].max()) < 4
    assert int(found[: box.top - 8].min()) > 20


@pytest.mark.parametrize("edges", [(0.5, 0, 0.5, 1), (0, 0.2, 1, 0.1), (-0.1, 0, 1, 1)])
def test_a_patch_that_holds_nothing_or_reaches_outside_is_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="inside the picture"):
        Patch(*edges)


def test_pixels_and_shares_agree() -> None:
    box = PATCH.box(100, 200)

    assert (box.left, box.top, box.right, box.bottom) == (20, 80, 50, 120)
    assert patch_of(box, 100, 200) == PATCH
