"""A clinician's way through the app."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.reading.guidance import guidance_for, standing_sentence
from tests.e2e.conftest import (
    DESKTOP,
    PHONE,
    TABLET,
    WAIT_MS,
    all_text,
    at_size,
    choose,
    go,
    sees,
    sync_api,
    tap,
    verdict,
)
from tests.imaging.dicom_files import dicom
from tests.packs import BRIGHT, FAINT, Kind, Place, phantom

Visit = Callable[..., Any]
Drawn = Callable[..., Path]
MIDDLE = Place.MIDDLE


@pytest.fixture(scope="module")
def long_series(written: Callable[..., Path]) -> Path:
    """A series that takes a few seconds to read."""
    frames = np.stack([phantom(Kind.HEAD_SLICE, {MIDDLE: BRIGHT})] * 40)
    return written("series.dcm", dicom(frames, NumberOfFrames="40", PatientAge="040Y"))


def test_a_picture_is_chosen_asked_about_and_read(visit: Visit, drawn: Drawn) -> None:
    page = visit()

    choose(page, drawn("Jane_Roe.png", Kind.HAND_FILM, {MIDDLE: BRIGHT}))
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")

    assert "Confident" in verdict(page)
    assert "The model finds: fracture." in verdict(page)
    text = all_text(page)
    assert "Fracture: > 99 %" in text
    assert guidance_for("fracture").text in text
    assert "Urgency: soon; urgent if open" in text
    assert guidance_for("fracture").source in text
    assert standing_sentence() in text
    assert "Images of people" in text, "what the model is not for"
    assert "Not saved: until you save it or leave it" in text
    assert "Jane" not in page.content()
    assert page.get_by_role("img", name="Heat map over the image").count() == 1


def test_an_unanswered_question_leaves_the_reading_uncertain(visit: Visit, drawn: Drawn) -> None:
    page = visit()

    choose(page, drawn("brain.png", Kind.BRAIN_SLICE, {MIDDLE: BRIGHT}))
    sees(page, "Has a tumour already been seen?")
    tap(page, "Not known")

    assert "Uncertain" in verdict(page)
    sees(page, "left open")


def test_an_answer_that_the_model_was_not_made_for_is_refused(visit: Visit, drawn: Drawn) -> None:
    page = visit()

    choose(page, drawn("brain2.png", Kind.BRAIN_SLICE, {MIDDLE: BRIGHT}))
    sees(page, "Has a tumour already been seen?")
    tap(page, "No")

    assert "Refused" in verdict(page)
    assert "%" not in all_text(page)


def test_a_refused_image_can_be_read_all_the_same_and_says_so(visit: Visit, drawn: Drawn) -> None:
    page = visit(TABLET)
    choose(page, drawn("photo.png", Kind.PHOTOGRAPH, {MIDDLE: BRIGHT}))
    assert "Refused" in verdict(page)
    assert "%" not in all_text(page), "a refusal shows no probability"
    sees(page, "Outpost has no model for such images")

    tap(page, "Read with: Fracture on limb films")
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")

    assert "Uncertain" in verdict(page)
    text = all_text(page)
    assert "Outpost had refused this image" in text
    assert "This looks like a photograph" in text
    assert "Fracture: > 99 %" in text


def test_a_file_that_is_no_image_gets_a_sentence_and_a_way_back(
    visit: Visit, written: Callable[..., Path]
) -> None:
    page = visit()

    choose(page, written("report.png", b"Patient: Jane Roe. This is a letter, not an image."))
    sees(page, "This file holds text, not an image, whatever its name says.")
    sees(page, "Code: text_file")
    tap(page, "Choose another image")

    sees(page, "Choose image")


def test_a_reading_moves_on_while_the_app_answers_and_can_be_cancelled(
    visit: Visit, long_series: Path
) -> None:
    page = visit()
    choose(page, long_series)
    sees(page, "Reading the image")

    started = time.monotonic()
    go(page, "Models")
    sees(page, "Models on this device")
    assert time.monotonic() - started < 3, "the app did not answer while it was reading"

    go(page, "Read")
    sees(page, "Reading the image")
    tap(page, "Cancel")
    sees(page, "Choose image")
    time.sleep(1)
    assert "Refused" not in all_text(page)


def test_a_series_says_how_many_frames_were_read(visit: Visit, long_series: Path) -> None:
    page = visit(DESKTOP)
    choose(page, long_series)

    assert "Uncertain" in verdict(page)
    text = all_text(page)
    assert "of 40 frames read" in text
    assert "Frame " in text


def test_several_images_become_a_list_to_pick_from(visit: Visit, drawn: Drawn) -> None:
    page = visit()
    choose(
        page,
        drawn("one.png", Kind.PHOTOGRAPH),
        drawn("two.png", Kind.NOTHING_KNOWN, {MIDDLE: FAINT}),
    )
    sees(page, "2 images")

    page.get_by_role("button", name="Image 2: Refused").click()

    assert "Refused" in verdict(page)
    tap(page, "Back to the list")
    sees(page, "2 images")


def test_a_photo_is_taken_and_read(visit: Visit) -> None:
    page = visit()
    tap(page, "Take a photo")
    shutter = page.get_by_role("button", name="Take picture", exact=True)
    sync_api.expect(shutter).to_be_enabled(timeout=20_000)

    shutter.click()
    sees(page, "Check the image")
    tap(page, "Take the photo again")
    sync_api.expect(shutter).to_be_enabled(timeout=20_000)
    shutter.click()
    tap(page, "Read this image")

    # The browser's pretended camera shows a green test card.
    assert "Refused" in verdict(page)


def test_the_about_page_says_what_it_is_not(visit: Visit) -> None:
    page = visit()
    go(page, "More")
    page.get_by_role("button", name=re.compile("^About Outpost")).click()
    for size in (PHONE, DESKTOP):
        assert at_size(page, size, sticking_out) == []
        sees(page, "No regulator has approved it.")
        sees(page, "Reviewed by: nobody yet")
        sees(page, "To test Outpost with drawn phantoms (fracture on limb films).")
        sees(page, "Images of people")
        sees(page, "Apache License 2.0")


def test_an_experimental_model_speaks_only_when_switched_on(visit: Visit, drawn: Drawn) -> None:
    page = visit()
    film = drawn("lung.png", Kind.LUNG_FRAME, {MIDDLE: BRIGHT})
    choose(page, film)
    assert "Refused" in verdict(page)
    tap(page, "New reading")

    go(page, "Models")
    sees(page, "Signature verified")
    tap(page, "Use experimental models", role="switch")
    go(page, "Read")
    choose(page, film)

    assert "Confident" in verdict(page)
    sees(page, "This model is experimental. Do not act on it alone.")


def test_the_heat_map_is_switched_off_and_made_stronger(visit: Visit, drawn: Drawn) -> None:
    page = visit()
    choose(page, drawn("brain3.png", Kind.BRAIN_SLICE, {MIDDLE: BRIGHT}))
    sees(page, "Has a tumour already been seen?")
    tap(page, "Yes, a tumour was seen")
    verdict(page)
    heat = page.get_by_role("img", name="Heat map over the image")
    sync_api.expect(heat).to_have_count(1)
    slider = page.get_by_role("slider")
    slider.focus()
    page.wait_for_timeout(1000)
    before = page.screenshot()  # with what shows that the slider has the keys

    for _ in range(8):
        # A browser that is busy drawing loses a key now and then; a person presses again.
        slider.press("ArrowRight")
        page.wait_for_timeout(1000)
        if page.screenshot() != before:
            break
    else:
        raise AssertionError("the slider changes nothing in the picture")

    tap(page, "Heat map", role="switch")
    sync_api.expect(heat).to_have_count(0)


def test_nothing_sticks_out_sideways(visit: Visit, drawn: Drawn) -> None:
    page = visit(DESKTOP)
    choose(page, drawn("wide.png", Kind.HAND_FILM, {MIDDLE: FAINT}))
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    verdict(page)

    out = {size[0]: at_size(page, size, sticking_out) for size in (DESKTOP, TABLET, PHONE)}

    assert out == {1280: [], 768: [], 360: []}


def sticking_out(page: Any) -> list[str]:
    """What lies beyond the left or the right edge."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('flt-semantics, h1, h2')]
            .map(node => [node.ariaLabel || node.innerText, node.getBoundingClientRect()])
            .filter(([, box]) => box.left < -1 || box.right > window.innerWidth + 1)
            .map(([text]) => text)"""
    )
    return [str(each) for each in found]


# So tall that nothing is cut off: what is half in sight counts as half as high.
TALL = ((1280, 3000), (360, 4000))


def test_whatever_can_be_tapped_is_at_least_48_high_and_has_a_name(
    visit: Visit, drawn: Drawn
) -> None:
    page = visit(TALL[-1])
    small = [at_size(page, size, too_small) for size in TALL]
    choose(page, drawn("taps.png", Kind.HAND_FILM, {MIDDLE: FAINT}))
    sees(page, "Which part of the body is it?")
    small += [at_size(page, size, too_small) for size in TALL]
    tap(page, "Hand")
    verdict(page)
    small += [at_size(page, size, too_small) for size in TALL]

    assert small == [[]] * 6


def too_small(page: Any) -> list[str]:
    """Buttons, switches and tabs that are too low, or that have no name."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('[role=button], [role=switch], [role=tab]')]
            .map(node => [node.ariaLabel || node.innerText,
                          node.getBoundingClientRect().height])
            .filter(([name, height]) => !name || height < 47.5)
            .map(([name, height]) => `${name || 'nameless'}: ${height}`)"""
    )
    return [str(item) for item in found]


def test_the_device_says_whether_it_is_light_or_dark(visit: Visit) -> None:
    def brightness(scheme: str) -> float:
        page = visit(PHONE, scheme)
        for _ in range(100):  # until something is painted
            shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
            if shot.std() > 5:
                return float(shot.mean())
            page.wait_for_timeout(100)
        pytest.fail("nothing was painted")

    assert brightness("light") > 180
    assert brightness("dark") < 80


def test_the_keyboard_reaches_the_button_that_chooses_an_image(visit: Visit, drawn: Drawn) -> None:
    page = visit()
    film = drawn("keys.png", Kind.PHOTOGRAPH)

    focused = "document.activeElement.innerText"
    for name in ("Signed in: Amina. Lock and switch user", "Lock", "Choose image"):
        page.keyboard.press("Tab")
        page.wait_for_function(f"{focused} === '{name}'")
    chosen: list[Any] = []
    page.on("filechooser", lambda chooser: chosen.append(chooser))
    for _ in range(20):  # the browser's focus becomes Flutter's a moment later
        page.keyboard.press("Enter")
        page.wait_for_timeout(1000)
        if chosen:
            break
    chosen[0].set_files(str(film))
    read_it = page.get_by_role("button", name="Read this image")
    sync_api.expect(read_it).to_be_attached(timeout=WAIT_MS)
    read_it.focus()
    page.keyboard.press("Enter")

    assert "Refused" in verdict(page)


def test_the_server_wrote_no_traceback_and_no_name(server_log: Path, address: str) -> None:
    """Runs last in this file: what all the tests above left behind."""
    log = server_log.read_text(encoding="utf-8", errors="replace")

    assert "Traceback" not in log
    assert "Jane" not in log
