"""Writing in a picture: covered by mouse and keyboard before it is read and before it leaves."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.e2e.conftest import DESKTOP, lay_out, sees, sync_api, tap, verdict
from tests.packs import BRIGHT, Kind, Place, phantom

#: Where the name stands, in shares of the picture.
LEFT, TOP, RIGHT, BOTTOM = 0.08, 0.06, 0.75, 0.16


@pytest.fixture(scope="module")
def named(written: Callable[..., Path]) -> Path:
    """A film that the synthetic packs read, with a name drawn in it, which is no one's."""
    film = Image.fromarray(phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})).resize((512, 512))
    face = ImageFont.load_default(34)
    ImageDraw.Draw(film).text((44, 34), "AMINA K. 0471", fill=235, font=face)
    stream = io.BytesIO()
    film.save(stream, "PNG")
    return written("named.png", stream.getvalue())


def ink(picture: np.ndarray) -> int:
    """Bright pixels where the name stands."""
    height, width = picture.shape
    part = picture[int(TOP * height) : int(BOTTOM * height), int(LEFT * width) : int(RIGHT * width)]
    return int((part > 190).sum())


def press(page: Any, name: str, times: int = 1) -> None:
    """By keyboard alone."""
    page.get_by_role("button", name=name, exact=True).first.focus()
    for _ in range(times):
        page.keyboard.press("Enter")
        page.wait_for_timeout(100)


def covers(page: Any, count: int) -> dict[str, float]:
    """Where the picture with so many covers lies on the screen."""
    name = f"The picture with {count} cover" + ("" if count == 1 else "s")
    picture = page.get_by_role("img", name=name, exact=True)
    sync_api.expect(picture).to_be_attached()
    found: dict[str, float] = picture.bounding_box()
    for _ in range(40):  # until what moved lies still
        page.wait_for_timeout(1000)
        before, found = found, picture.bounding_box()
        if found == before:
            return found
    pytest.fail("the picture does not lie still")


def given(page: Any, folder: Path) -> np.ndarray:
    """The picture as it leaves."""
    with page.expect_download() as taken:
        tap(page, "Save the file")
    path = folder / "taken.jpg"
    taken.value.save_as(path)
    return np.asarray(Image.open(path).convert("L"))


def test_a_name_is_shown_covered_corrected_and_gone_from_what_leaves(
    visit: Callable[..., Any], named: Path, tmp_path: Path
) -> None:
    page = visit(DESKTOP)
    lay_out(page, named)
    sees(page, re.compile(r"Writing was found in \d place"))
    tap(page, "Cover writing")
    found = page.get_by_role("button", name=re.compile("^Cover (this|these) "))
    sync_api.expect(found).to_be_attached()
    at = covers(page, 1)
    page.mouse.move(at["x"] + 0.3 * at["width"], at["y"] + 0.7 * at["height"])
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(
            at["x"] + (0.3 + 0.04 * step) * at["width"],
            at["y"] + (0.7 + 0.02 * step) * at["height"],
        )
        page.wait_for_timeout(40)
    page.mouse.up()
    sees(
        page, re.compile("Cover 2: begins (29|30|31) % from the left and (69|70|71) % from the top")
    )
    press(page, "Take this cover away")
    sees(page, "Cover this 1 place")
    press(page, "Add a cover")
    sees(page, "Cover these 2 places")
    press(page, "Move down", 3)
    sees(page, "Cover 2: begins 30 % from the left and 50 % from the top")
    press(page, "Take this cover away")
    sees(page, "Cover this 1 place")
    press(page, "Cover this 1 place")
    sees(page, "You covered 1 place.")

    tap(page, "Read this image")
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    verdict(page)
    tap(page, "Save case")
    sees(page, "Saved in the vault.")
    tap(page, "Picture")
    # It may take the edge of a cover for writing; what was covered is what counts.
    sees(page, re.compile("Outpost finds (no )?writing"))

    assert ink(np.asarray(Image.open(named))) > 300
    assert ink(given(page, tmp_path)) == 0


def test_a_picture_that_nobody_looked_at_is_looked_at_before_it_leaves(
    visit: Callable[..., Any], named: Path, tmp_path: Path
) -> None:
    page = visit()
    # Two at once are read without being looked at.
    lay_out(page, named, named)
    for _ in range(2):
        sees(page, "Which part of the body is it?")
        tap(page, "Hand")
    page.get_by_role("button", name=re.compile("fracture", re.I)).first.click()
    verdict(page)
    tap(page, "Save case")
    sees(page, "Saved in the vault.")
    tap(page, "Picture")
    sees(page, "Nobody has looked at this picture for writing yet.")
    assert not page.get_by_role("button", name="Save the file", exact=True).count()
    tap(page, "Look for writing")
    page.get_by_role("button", name=re.compile("^Cover (this|these) ")).click()
    sees(page, "The picture was looked at, and is kept as you see it.")
    tap(page, "Picture")

    assert ink(given(page, tmp_path)) == 0
