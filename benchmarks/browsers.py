"""Many people in real browsers at one served Outpost, all in one vault: each signs in, opens an
image and is asked what part of the body it shows; then they answer one after the other, as fast
as one hand can, so that their readings fall together; and each saves what they were told.

    python -m benchmarks.browsers [--tabs 20] [--write]

The browsers draw on the server's own processors, which no clinic's do: what is measured is whether
everybody gets their own, and how long the server's loop is held, not how long a person waits. The
exit status is 1 if anything went wrong: an error, a page that broke, or a case in the vault that
is missing, or under another's name.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import bootstrap
from benchmarks.page import machine, write_section
from benchmarks.serve import HELD_MS, SECRET, beats_of, served, wrong_in
from tests.e2e import conftest as hands
from tests.packs import Kind, Place
from tests.ui.conftest import png

#: Twenty pages on two cores: what takes a second alone takes longer.
PATIENCE_MS = 180_000


@contextmanager
def browser() -> Iterator[Any]:
    hands.WAIT_MS = PATIENCE_MS
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=bootstrap.browser(), args=hands._FLAGS)
        yield opened
        opened.close()


class Crowd:
    """The pages, by the name of whoever sits before each."""

    def __init__(self, names: list[str]) -> None:
        self.pages: dict[str, Any] = dict.fromkeys(names)
        self.took: dict[str, list[float]] = {}
        self.failed: list[str] = []

    def each(self, what: str, step: Callable[[str, Any], object]) -> None:
        """One after the other; whoever fails is left behind, and counted."""
        for name, page in list(self.pages.items()):
            begun = time.perf_counter()
            try:
                step(name, page)
            except Exception as error:  # noqa: BLE001 - it is counted, and the others go on
                self.failed.append(f"{name}, {what}: {type(error).__name__}: {error}")
                del self.pages[name]
            self.took.setdefault(what, []).append(time.perf_counter() - begun)


def measure(opened: Any, address: str, names: list[str], picture: Path) -> Crowd:
    crowd = Crowd(names)

    def come(name: str, _: Any) -> None:
        page = hands.arrive(opened, address, hands.PHONE, "light")
        crowd.pages[name] = page
        page.set_default_timeout(PATIENCE_MS)

    def sign_in(name: str, page: Any) -> None:
        hands.unlock(page, (name, SECRET))
        hands.sees(page, "Choose image")

    def open_image(name: str, page: Any) -> None:
        hands.choose(page, picture)
        hands.sees(page, "Which part of the body is it?")

    crowd.each("page to lock", come)
    crowd.each("sign in", sign_in)
    crowd.each("image to question", open_image)
    begun = time.perf_counter()
    crowd.each("answer", lambda name, page: answer(page))
    answered = time.perf_counter() - begun
    crowd.each("verdict, after all answered", lambda name, page: hands.sees(page, "Confident"))
    crowd.took["all answered"] = [answered]
    crowd.took["all verdicts"] = [time.perf_counter() - begun]
    crowd.each("save", lambda name, page: save(page))
    crowd.failed += hands._broken
    return crowd


def answer(page: Any) -> None:
    """Without a look at whether the page draws just now: nobody waits for another."""
    page.get_by_role("button", name="Hand", exact=True).first.evaluate("button => button.click()")


def save(page: Any) -> None:
    hands.tap(page, "Save case")
    hands.sees(page, "Saved in the vault.")


def serve_and_measure(tabs: int) -> tuple[Crowd, int, list[tuple[float, float]]]:
    """The steps, what is wrong in the vault, and every beat of the server's loop."""
    names = [f"Nurse {chr(ord('A') + number)}" for number in range(tabs)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        picture = place / "hand.png"
        picture.write_bytes(png(Kind.HAND_FILM, {Place.LEFT: 250}))
        with served(place, names) as (port, server):
            with browser() as opened:
                crowd = measure(opened, f"http://127.0.0.1:{port}", names, picture)
            beats = beats_of(server)
        wrong = wrong_in(place / "vault", names, 1)
    return crowd, wrong, beats


def table(tabs: int, crowd: Crowd, wrong: int, beats: list[tuple[float, float]]) -> str:
    """All of it, as Markdown."""
    lines = ["| what | median | longest |", "| --- | --- | --- |"]
    for step, seconds in crowd.took.items():
        lines.append(f"| {step} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |")
    found = [held for _, held in beats]
    over = sum(one > HELD_MS for one in found)
    lines.append(
        f"| the loop, held at work | {statistics.median(found):.1f} ms "
        f"| {max(found):.0f} ms; {over} of {len(found)} beats over {HELD_MS} ms |"
    )
    told = f"{tabs} pages of Chromium in one vault, {len(crowd.failed) + wrong} errors"
    told += "." if crowd.failed or wrong else ", every case under its own name."
    return "\n".join([*lines, "", f"{told} {machine()}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    crowd, wrong, beats = serve_and_measure(options.tabs)
    for failure in crowd.failed:
        sys.stderr.write(f"{failure}\n")
    text = table(options.tabs, crowd, wrong, beats)
    print(text)
    if options.write:
        write_section("browsers", text)
    return int(bool(crowd.failed or wrong))


if __name__ == "__main__":
    sys.exit(main())
