#!/usr/bin/env python3
"""Walk through Outpost as three people would, with a picture of every step to be looked at.

    .venv-test/bin/python docs/walkthroughs.py FOLDER [nurse] [radiographer] [reviewer]

A nurse in French on a phone, with a photo of a film; a radiographer at a desktop, with DICOM files
and a batch; a reviewer who is asked for a second opinion. docs/walkthroughs.md has what was noted.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import bootstrap  # noqa: E402
from core.imaging.framed import homography  # noqa: E402
from storage import device_file, device_secret, door  # noqa: E402
from tests.e2e import conftest as person  # noqa: E402
from tests.e2e.conftest import AMINA, make_vault, put, sees, served, tap  # noqa: E402
from tests.imaging.dicom_files import dicom  # noqa: E402
from tests.packs import BRIGHT, FAINT, Kind, Place, build_shelf, phantom  # noqa: E402
from ui import image_words, vault_words, words  # noqa: E402
from ui.language import Language, speaking  # noqa: E402

FILM = ROOT / "tests" / "fixtures" / "readings" / "fracture_1.jpg"
PHONE, DESKTOP = (360, 740), (1280, 800)
#: Few colours, so that the pictures stay small.
COLOURS = 64


class Walk:
    """One person's tab; every ``step`` is a picture."""

    def __init__(self, page: Any, folder: Path, name: str) -> None:
        self.page, self._folder, self._name, self._number = page, folder, name, 0

    def step(self, what: str) -> None:
        """What the person sees now."""
        self._number += 1
        self.page.wait_for_timeout(1500)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        path = self._folder / f"{self._name}_{self._number:02}_{what}.png"
        picture.quantize(COLOURS).save(path, optimize=True)

    def scroll(self, what: str, times: int) -> None:
        """Further down, as far as a person would go."""
        size = self.page.viewport_size
        self.page.mouse.move(size["width"] / 2, size["height"] * 0.7)
        for _ in range(times):
            self.page.mouse.wheel(0, size["height"] * 0.6)
            self.step(what)

    def lay_out(self, label: str, *paths: Path) -> None:
        """Choose files by the button of this name."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name=label).click()
        chooser.value.set_files([str(path) for path in paths])


def film_photo(film: Path) -> bytes:
    """A phone's photo of a film before a screen: leaning, with a lamp's glare and moire."""
    image = Image.open(film).convert("L")
    width, height = image.size
    size = (900, 1200)
    corners = [(120.0, 190.0), (800.0, 130.0), (850.0, 1010.0), (70.0, 1080.0)]
    frame = [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]
    back = homography(corners, frame).ravel()[:8].tolist()
    laid = image.transform(size, Image.Transform.PERSPECTIVE, tuple(back), Image.Resampling.BICUBIC)
    inside = Image.new("L", size, 0)
    ImageDraw.Draw(inside).polygon(corners, fill=255)
    table = Image.new("L", size, 205)
    grey = np.asarray(Image.composite(laid, table, inside), dtype=np.float64)
    down, across = np.mgrid[0 : size[1], 0 : size[0]]
    grey += 5 * np.sin(across * 0.9 + down * 0.13) * (np.asarray(inside) > 0)
    grey += 120 * np.exp(-(((across - 690) / 110) ** 2 + ((down - 330) / 80) ** 2))
    grey += np.random.default_rng(1).normal(0, 3, grey.shape)
    photo = np.stack([grey * tint for tint in (1.0, 0.98, 0.93)], -1).clip(0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(photo).filter(ImageFilter.GaussianBlur(0.7)).save(stream, "JPEG", quality=88)
    return stream.getvalue()


def opened(browser: Any, address: str, size: tuple[int, int], language: str) -> Any:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, color_scheme="light"
    )
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.on("pageerror", lambda error: print(f"broke in the page: {error}"))
    page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
    page.goto(address)
    person.listen(page)
    return page


def nurse(browser: Any, scratch: Path, folder: Path) -> None:
    """First start, then a photographed film, in French on a phone, with the packs we ship."""
    photo = scratch / "film.jpg"
    photo.write_bytes(film_photo(FILM))
    with (
        served(ROOT, ROOT / "models", scratch / "log.txt", scratch / "vault") as address,
        speaking(Language.FRENCH),
    ):
        page = opened(browser, address, PHONE, "fr")
        walk = Walk(page, folder, "nurse")
        first_start(walk)
        walk.lay_out(words.CHOOSE_IMAGE, photo)
        sees(page, image_words.CHECK_TITLE)
        walk.step("photo")
        walk.scroll("photo_below", 2)
        tap(page, image_words.STRAIGHTEN)
        sees(page, image_words.USE_IT)
        walk.step("corners")
        tap(page, image_words.USE_IT)
        sees(page, image_words.READ_IT)
        walk.step("straight")
        tap(page, image_words.READ_IT)
        person.verdict(page)
        walk.step("verdict_without_experimental")
        walk.scroll("verdict_below", 2)
        person.go(page, words.PACKS_TAB)
        page.get_by_role("switch", name=words.EXPERIMENTAL_SWITCH).wait_for()
        walk.step("models")
        tap(page, words.EXPERIMENTAL_SWITCH, role="switch")
        walk.step("models_switched")
        page.context.close()


def first_start(walk: Walk) -> None:
    """The welcome in the language that is spoken."""
    page = walk.page
    sees(page, vault_words.WELCOME)
    walk.step("language")
    tap(page, vault_words.NEXT)
    sees(page, words.WHAT_IT_IS_NOT_TEXT)
    walk.step("what_it_is")
    tap(page, vault_words.NEXT)
    put(page, vault_words.NAME, AMINA[0])
    put(page, vault_words.SECRET_PASSPHRASE, AMINA[1])
    put(page, vault_words.SECRET_AGAIN, AMINA[1])
    walk.step("who")
    tap(page, vault_words.MAKE)
    tap(page, vault_words.RECOVERY_WRITTEN, role="checkbox")
    walk.step("recovery_key")
    tap(page, vault_words.NEXT)
    walk.step("clinic")
    tap(page, vault_words.START)
    sees(page, words.CHOOSE_IMAGE)
    walk.step("home")


def radiographer(browser: Any, scratch: Path, folder: Path) -> None:
    """A CT series with its frames and windows, then several files at once."""
    frames = np.stack([phantom(Kind.HEAD_SLICE, {Place.MIDDLE: BRIGHT})] * 12).astype(np.int16)
    series = scratch / "series.dcm"
    header = {"RescaleSlope": "1", "RescaleIntercept": "-100", "RescaleType": "HU"}
    person_tags = {"PatientName": "Roe^Jane", "PatientAge": "040Y", "NumberOfFrames": "12"}
    series.write_bytes(dicom(frames * 4, **header, **person_tags))
    films = []
    for number, kind in enumerate((Kind.HAND_FILM, Kind.PHOTOGRAPH, Kind.HAND_FILM)):
        path = scratch / f"film_{number}.dcm"
        film = phantom(kind, {Place.MIDDLE: BRIGHT if number else FAINT})
        path.write_bytes(dicom(film, SeriesInstanceUID=f"1.2.3.{number}"))
        films.append(path)
    models = build_shelf(scratch / "models").folder
    make_vault(scratch / "vault")
    with served(ROOT, models, scratch / "log.txt", scratch / "vault") as address:
        page = opened(browser, address, DESKTOP, "en")
        walk = Walk(page, folder, "radiographer")
        person.unlock(page, AMINA)
        sees(page, "Choose image")
        walk.step("home")
        walk.lay_out("Choose image", series)
        sees(page, "Frame 7 of 12")
        walk.step("series")
        walk.scroll("series_below", 1)
        tap(page, "Bone")
        sees(page, "Window width: 2800 HU")
        walk.step("bone")
        tap(page, "Read this image")
        person.verdict(page)
        walk.step("verdict")
        walk.scroll("verdict_below", 2)
        tap(page, "New reading")
        tap(page, "Leave, and forget it")
        walk.lay_out("Choose image", *films)
        sees(page, "Which part of the body")
        walk.step("question_in_a_batch")
        tap(page, "Hand")
        page.wait_for_timeout(3000)
        if page.get_by_text("Which part of the body").count():
            tap(page, "Hand")
        sees(page, "3 images")
        walk.step("batch")
        tap(page, "Save all that were read")
        sees(page, "Saved in the vault.")
        walk.step("batch_saved")
        person.go(page, "History")
        walk.step("history")
        page.context.close()


def reviewer(browser: Any, scratch: Path, folder: Path) -> None:
    """Somebody asks; a reviewer looks first, then sees the reading, and answers."""
    from tests.e2e import test_review as asked
    from tests.interop.sekmet import sekmet

    models = build_shelf(scratch / "models").folder
    make_vault(scratch / "vault")
    device = device_file.read_device(device_secret.secret_file(scratch / "vault"))
    with sekmet(scratch) as server:
        entrance = door.Door(scratch / "vault", device)
        vault = entrance.unlock(entrance.users()[0].id, AMINA[1])
        asked.prepare(vault, server)
        vault.lock()
        asked.ask_at(server)
        with served(ROOT, models, scratch / "log.txt", scratch / "vault") as address:
            page = opened(browser, address, DESKTOP, "en")
            walk = Walk(page, folder, "reviewer")
            person.unlock(page, AMINA)
            sees(page, "Choose image")
            person.go(page, "More")
            walk.step("more")
            page.get_by_role("button", name=re.compile("^Reviews")).click()
            sees(page, "1 case waits for an opinion.")
            walk.step("list")
            page.get_by_role("button", name=re.compile("^Now: Confirm before we act")).click()
            sees(page, "What do you see?")
            walk.step("first_look")
            tap(page, "Fracture")
            sees(page, "You saw first: Fracture")
            walk.step("reading")
            tap(page, "Amend it")
            sees(page, "What is it?")
            walk.step("amend")
            tap(page, "No fracture")
            put(page, "A word to whoever asked", "A vessel.")
            walk.step("answer")
            tap(page, "Give this answer")
            sees(page, "Your answer is at the server.")
            walk.step("answered")
            person.go(page, "History")
            page.get_by_role("button", name=re.compile("^Confident")).first.click()
            sees(page, "B. Doctor: amends the reading")
            walk.step("in_the_field")
            page.context.close()


WALKS: dict[str, Callable[[Any, Path, Path], None]] = {
    "nurse": nurse,
    "radiographer": radiographer,
    "reviewer": reviewer,
}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, names = Path(sys.argv[1]), sys.argv[2:] or list(WALKS)
    folder.mkdir(parents=True, exist_ok=True)
    chromium = bootstrap.browser()
    if chromium is None:
        sys.exit(f"No browser to walk with: {bootstrap.browser_advice()}")
    flags = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for name in names:
            with tempfile.TemporaryDirectory() as scratch:
                WALKS[name](browser, Path(scratch), folder)
            print(f"{name}: done")
        browser.close()


if __name__ == "__main__":
    main()
