#!/usr/bin/env python3
"""Take the pictures of the app in docs/pictures, with synthetic packs and drawn phantoms.

    .venv-test/bin/python docs/pictures.py [FOLDER]

Every screen from the first start on, at the width of a phone, a tablet and a desktop, light and
dark. Look at them: a green test says nothing about whether a clinician can read the page.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import bootstrap  # noqa: E402
from tests.e2e.conftest import (  # noqa: E402
    AMINA,
    DESKTOP,
    PHONE,
    TABLET,
    arrive,
    choose,
    go,
    put,
    sees,
    served,
    tap,
    verdict,
)
from tests.packs import BRIGHT, FAINT, Kind, Place, build_shelf  # noqa: E402
from tests.ui.conftest import png  # noqa: E402

SIZES = {"phone": PHONE, "tablet": TABLET, "desktop": DESKTOP, "phone_whole": (360, 2700)}
SCHEMES = ("light", "dark")
MAIN = {"home", "question", "confident", "uncertain", "refused", "about", "case", "history"}
#: Which screens are kept; on a phone, all. ``phone_whole`` is a phone too tall to need scrolling.
KEPT = {
    "tablet": MAIN,
    "desktop": MAIN | {"insights"},
    "phone_whole": {"judged", "refused", "case", "copy", "insights", "vault", "help"},
}
#: Few colours, so that the pictures stay small.
COLOURS = 64

Shoot = Callable[[str], None]


def tour(page: Any, shoot: Shoot, images: dict[str, Path]) -> None:
    """Through every screen, from the first start on."""
    first_start(page, shoot)
    settings(page, shoot)
    reading(page, shoot, images)
    keeping(page, shoot)
    several(page, shoot, images)
    office(page, shoot)


def first_start(page: Any, shoot: Shoot) -> None:
    sees(page, "Welcome to Outpost")
    shoot("language")
    tap(page, "Next")
    sees(page, "No regulator has approved it.")
    shoot("welcome")
    tap(page, "Next")
    sees(page, "Who are you?")
    put(page, "Your name", AMINA[0])
    put(page, "Passphrase", AMINA[1])
    put(page, "The same again", AMINA[1])
    shoot("user")
    tap(page, "Make the vault")
    sees(page, "Write this recovery key down")
    tap(page, "I have written it down", role="checkbox")
    shoot("recovery_key")
    tap(page, "Next")
    put(page, "Clinic (may stay empty)", "Kasese health centre")
    put(page, "This device (may stay empty)", "Tablet 2")
    shoot("clinic")
    tap(page, "Start reading")
    sees(page, "Choose image")
    shoot("home")


def settings(page: Any, shoot: Shoot) -> None:
    to_more(page, shoot, "Settings")
    sees(page, "What is kept")
    shoot("settings")
    tap(page, "Never")  # so that every tour sees the same
    sees(page, "Saved.")


def reading(page: Any, shoot: Shoot, images: dict[str, Path]) -> None:
    go(page, "Models")
    sees(page, "Signature verified")
    shoot("models")
    go(page, "Read")
    choose(page, images["refused"])
    verdict(page)
    shoot("refused")
    tap(page, "New reading")
    choose(page, images["text"])
    sees(page, "Code: text_file")
    shoot("failure")
    tap(page, "Choose another image")
    choose(page, images["uncertain"])
    sees(page, "Which part of the body")
    tap(page, "Hand")
    verdict(page)
    shoot("uncertain")
    tap(page, "New reading")
    sees(page, "Leave without saving?")
    shoot("leaving")
    tap(page, "Leave, and forget it")
    choose(page, images["confident"])
    sees(page, "Which part of the body")
    shoot("question")
    tap(page, "Hand")
    verdict(page)
    shoot("confident")


def keeping(page: Any, shoot: Shoot) -> None:
    tap(page, "Disagree")
    tap(page, "No fracture")
    put(page, "Note (may stay empty)", "An old break, seen on last year's film.")
    put(page, "Patient code (may stay empty)", "AB 12")
    shoot("judged")
    tap(page, "Save case")
    sees(page, "Saved in the vault.")
    shoot("saved")
    tap(page, "New reading")
    sees(page, "Recent cases")
    shoot("home_recent")
    go(page, "History")
    tap(page, "Filters")
    sees(page, "Agreement")
    shoot("history")
    page.get_by_role("button", name=re.compile("^Confident: fracture")).click()
    sees(page, "What happened")
    shoot("case")
    tap(page, "Plain text")
    sees(page, "The patient is named by the pseudonym only.")
    shoot("copy")


def several(page: Any, shoot: Shoot, images: dict[str, Path]) -> None:
    go(page, "Read")
    choose(page, images["refused"], images["confident"], images["text"])
    sees(page, "Which part of the body")
    tap(page, "Hand")
    sees(page, "3 images")
    shoot("list")
    tap(page, "Save all that were read")
    sees(page, "Saved in the vault.")
    tap(page, "New reading")
    sees(page, "Choose image")


def office(page: Any, shoot: Shoot) -> None:
    to_more(page, shoot, "Users")
    sees(page, "Add a user")
    shoot("users")
    to_more(page, shoot, "Audit log")
    tap(page, "Check log and vault")
    sees(page, "All is as it was left")
    shoot("audit")
    for title, seen, screen in (
        ("Insights", "How often clinicians agreed", "insights"),
        ("Vault and backups", "Erase this vault", "vault"),
        ("Self-test", "Try again", "self_test"),
        ("Report a problem", "Save the report", "problem"),
        ("Help", "Tap a question", "help"),
    ):
        to_more(page, shoot, title)
        sees(page, seen)
        shoot(screen)
    to_more(page, shoot, "Settings")
    tap(page, "Every case")
    sees(page, "Saved.")
    to_more(page, shoot, "About Outpost")
    sees(page, "drawn phantoms")
    shoot("about")
    tap(page, "Lock")
    sees(page, "Outpost is locked")
    shoot("lock")


def to_more(page: Any, shoot: Shoot, title: str) -> None:
    go(page, "More")
    sees(page, "Audit log")
    shoot("more")
    page.get_by_role("button", name=re.compile(f"^{title}")).click()


def shooter(page: Any, folder: Path, size: str, scheme: str) -> Shoot:
    def shoot(screen: str) -> None:
        if screen not in KEPT.get(size, {screen}):
            return
        page.mouse.move(1, 200)  # away from buttons, whose hints would cover something
        page.wait_for_timeout(1500)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(COLOURS).save(folder / f"{screen}_{size}_{scheme}.png", optimize=True)

    return shoot


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    chromium = bootstrap.browser()
    if chromium is None:
        sys.exit(f"No browser to take pictures with: {bootstrap.browser_advice()}")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        models = build_shelf(Path(scratch, "models")).folder
        images = draw(Path(scratch))
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for size_name, size in SIZES.items():
            for scheme in SCHEMES:
                vault = Path(scratch, f"{size_name}-{scheme}", "vault")
                with served(ROOT, models, Path(scratch, "log"), vault) as address:
                    page = arrive(browser, address, size, scheme)
                    tour(page, shooter(page, folder, size_name, scheme), images)
                    page.context.close()
                print(f"{size_name} {scheme}: done")
        browser.close()


def draw(folder: Path) -> dict[str, Path]:
    """What the tour chooses."""
    contents = {
        "confident": png(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}),
        "uncertain": png(Kind.HAND_FILM, {Place.MIDDLE: FAINT}),
        "refused": png(Kind.PHOTOGRAPH),
        "text": b"A letter, not an image.",
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.png"
        paths[name].write_bytes(content)
    return paths


if __name__ == "__main__":
    main()
