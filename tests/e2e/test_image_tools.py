"""An image before it is read and looked at closely, by finger, by mouse and by keyboard."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import (
    AMINA,
    DESKTOP,
    PHONE,
    all_text,
    arrive,
    choose,
    environment,
    free_port,
    go,
    lay_out,
    listen,
    make_vault,
    put,
    sees,
    sync_api,
    tap,
    unlock,
    verdict,
    wait_for,
    watched,
)
from tests.imaging.dicom_files import dicom
from tests.imaging.film_photos import Scene, photograph
from tests.packs import BRIGHT, Kind, Place, phantom

Visit = Callable[..., Any]
Drawn = Callable[..., Path]
CHECKED, EDITED = "The image as it will be read", "The image with its corners"


@pytest.fixture(scope="module")
def photo(written: Callable[..., Path]) -> Path:
    """A colour photo of a film on a light box, not straight."""
    film = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}).repeat(3, 0).repeat(3, 1)
    made = photograph(film, Scene.LIGHT_BOX, 3, (480, 640)).grey
    stream = io.BytesIO()
    Image.fromarray(np.stack([made, made, made // 2 + made // 3], -1)).save(stream, "JPEG")
    return written("photo.jpg", stream.getvalue())


@pytest.fixture(scope="module")
def scan(written: Callable[..., Path]) -> Path:
    """A CT series of 12 frames with somebody's name in its header."""
    frames = np.stack([phantom(Kind.HEAD_SLICE, {Place.MIDDLE: BRIGHT})] * 12).astype(np.int16)
    return written(
        "scan.dcm",
        dicom(
            frames * 4,
            NumberOfFrames="12",
            PatientName="Canary^Jane",
            PatientAge="040Y",
            StudyDate="20260101",
            RescaleSlope="1",
            RescaleIntercept="-100",
            RescaleType="HU",
        ),
    )


def box(page: Any, name: str) -> dict[str, float]:
    """Where a picture lies on the screen."""
    picture = page.get_by_role("img", name=name, exact=True)
    sync_api.expect(picture).to_be_attached()
    found: dict[str, float] = picture.bounding_box()
    return found


def shape(page: Any) -> float:
    """Width over height of the image as it will be read."""
    found = box(page, CHECKED)
    return found["width"] / found["height"]


def until_shape(page: Any, wanted: float, off: float = 0.06) -> None:
    for _ in range(100):
        if abs(shape(page) - wanted) < off:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the image is {shape(page):.2f} wide for its height, and not {wanted:.2f}")


def drag_by_finger(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger, in steps, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(40)

    touch("touchStart", *start)
    for step in range(1, 11):
        share = step / 10
        touch("touchMove", *(a + (b - a) * share for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


def test_a_photographed_film_is_straightened_and_the_reading_says_so(
    visit: Visit, photo: Path
) -> None:
    page = visit()
    lay_out(page, photo)
    sees(page, "This looks like a photo of a film that does not lie straight.")
    tap(page, "Straighten")
    sees(page, "The corners were suggested by Outpost")
    tap(page, "Use this")
    until_shape(page, 1.0)
    tap(page, "Turn right")
    tap(page, "Turn left")

    tap(page, "Read this image")
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")

    assert "The model finds: fracture." in verdict(page)
    sees(page, "The film in the photo was straightened by the user")


def test_a_finger_on_a_corner_moves_the_corner_and_not_the_page(
    browser: Any, address: str, drawn: Drawn
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    try:
        page = watched(context.new_page())
        page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        page.goto(address)
        listen(page)
        unlock(page, AMINA)
        lay_out(page, drawn("finger.png", Kind.HAND_FILM))
        sees(page, "Check the image")
        tap(page, "Crop")
        picture = box(page, EDITED)
        right, bottom = picture["x"] + picture["width"], picture["y"] + picture["height"]

        drag_by_finger(page, (right, bottom), (right, bottom - picture["height"] / 2))

        assert box(page, EDITED)["y"] == pytest.approx(picture["y"], abs=1), "the page scrolled"
        tap(page, "Use this")
        # A little less than the half: a finger must move some way before it is a drag.
        until_shape(page, 1.75, 0.3)
    finally:
        context.close()


def test_corners_are_moved_by_keyboard_alone(visit: Visit, drawn: Drawn) -> None:
    page = visit(DESKTOP)
    lay_out(page, drawn("keys.png", Kind.HAND_FILM))
    sees(page, "Check the image")

    def press(name: str, times: int = 1) -> None:
        page.get_by_role("button", name=name, exact=True).first.focus()
        for _ in range(times):
            page.keyboard.press("Enter")
            page.wait_for_timeout(100)

    press("Crop")
    sees(page, "Crop the image")
    press("Bottom right corner")
    press("Move left", 20)
    press("Use this")

    until_shape(page, 0.8)
    press("As it was")
    until_shape(page, 1.0)


def test_a_series_is_looked_through_before_and_after(visit: Visit, scan: Path) -> None:
    page = visit(DESKTOP)
    lay_out(page, scan)
    sees(page, "Frame 7 of 12")
    sees(page, "Patient (name, number, birth date and more): 2")
    assert "Canary" not in page.content()
    tap(page, "Bone")
    sees(page, "Window width: 2800 HU")
    tap(page, "Frame: more")
    sees(page, "Frame 8 of 12")

    tap(page, "Read this image")
    assert "Uncertain" in verdict(page)
    tap(page, "Show frame 2")
    sees(page, "Window level:")
    tap(page, "Later frames")
    tap(page, "Show frame 12")
    sees(page, "No heat map for this frame")
    tap(page, "Enlarge")
    sync_api.expect(page.get_by_role("button", name="Make it small again")).to_be_attached()
    page.wait_for_timeout(1000)
    large = box(page, "The image")
    tap(page, "Make it small again")
    sees(page, "What to do next")
    page.wait_for_timeout(1000)

    assert large["height"] > 1.1 * box(page, "The image")["height"]


def test_what_another_program_copied_is_pasted_and_nothing_is_said_to_be_nothing(
    visit: Visit, drawn: Drawn
) -> None:
    page = visit()
    assert page.get_by_role("button", name="Choose a folder").count() == 0
    sees(page, "A browser cannot open a folder")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('a letter')")
    tap(page, "Paste an image")
    sees(page, "There is no image on the clipboard.")
    copied = drawn("copied.png", Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}).read_bytes()
    page.evaluate(
        """async bytes => {
            const image = new Blob([new Uint8Array(bytes)], {type: 'image/png'})
            await navigator.clipboard.write([new ClipboardItem({'image/png': image})])
        }""",
        list(copied),
    )

    tap(page, "Paste an image")

    sees(page, "Check the image")
    assert shape(page) == pytest.approx(1, abs=0.05)


def test_two_studies_of_one_patient_stand_side_by_side(visit: Visit, drawn: Drawn) -> None:
    page = visit(DESKTOP)
    for name, blob in (("first.png", {Place.MIDDLE: BRIGHT}), ("second.png", {})):
        choose(page, drawn(name, Kind.HAND_FILM, blob))
        sees(page, "Which part of the body is it?")
        tap(page, "Hand")
        verdict(page)
        put(page, "Patient code (may stay empty)", "CMP-1")
        tap(page, "Save case")
        sees(page, "Saved in the vault.")
        tap(page, "New reading")
    go(page, "History")
    page.get_by_role("button", name=re.compile("No fracture", re.I)).first.click()
    sees(page, "Other studies of this patient")
    tap(page, "Look for other studies")
    page.get_by_role("button", name=re.compile("^Compare with")).first.click()
    sees(page, "Earlier:")

    text = all_text(page)
    assert "The model finds: fracture." in text
    assert "The model finds: no fracture." in text
    assert "Outpost does not compare the images itself" in text
    tap(page, "Back to the case")
    sees(page, "What happened")


@pytest.fixture
def kept_place(repo: Path, models: Path, tmp_path: Path) -> Iterator[Callable[[], tuple[str, Any]]]:
    """``start()``: the app as a process of its own on one vault, and its address."""
    make_vault(tmp_path / "vault", keep_drafts=True)
    running: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[str, Any]:
        port, log = free_port(), tmp_path / "log.txt"
        command = [sys.executable, "-c", "from ui.app import open_app; open_app()"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=repo,
                env=environment(models, port, tmp_path / "vault"),
                stdout=output,
                stderr=output,
            )
        running.append(process)
        wait_for(port, process, log)
        return f"http://127.0.0.1:{port}", process

    yield start
    for process in running:
        process.kill()
        process.wait()


def until_noted(page: Any, folder: Path) -> None:
    """Wait until the draft has a note, and has had the same for five seconds (one is written every
    second): it is sealed, so nobody can see what it says."""
    found, since = b"", 0
    for _ in range(400):
        before, found = found, b"".join(path.read_bytes() for path in folder.glob("*.note"))
        since = since + 1 if found and found == before else 0
        if since == 50:
            return
        page.wait_for_timeout(100)
    pytest.fail("the draft was not kept")


def test_a_killed_process_returns_to_the_unsaved_reading(
    browser: Any, kept_place: Callable[[], tuple[str, Any]], drawn: Drawn, tmp_path: Path
) -> None:
    address, process = kept_place()
    page = arrive(browser, address, PHONE, "light")
    unlock(page, AMINA)
    sees(page, "Choose image")
    choose(page, drawn("unsaved.png", Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}))
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    verdict(page)
    put(page, "Note (may stay empty)", "seen before the power went")
    until_noted(page, tmp_path / "vault" / "drafts")
    process.kill()
    process.wait()
    page.context.close()
    drafts = list((tmp_path / "vault" / "drafts").iterdir())
    assert len(drafts) == 2
    assert not any(b"power went" in path.read_bytes() for path in drafts)

    address, _ = kept_place()
    page = arrive(browser, address, PHONE, "light")
    try:
        unlock(page, AMINA)
        sees(page, "Your unsaved reading was brought back")
        assert "The model finds: fracture." in verdict(page)
        field = page.get_by_role("textbox", name="Note (may stay empty)", exact=True)
        field.focus()  # Only then does Flutter tell what stands in it.
        sync_api.expect(field).to_have_value("seen before the power went", timeout=20_000)
    finally:
        page.context.close()
