"""What a person in a browser waits for beyond the reading itself, what is drawn of a long history,
how long the event loop is held, and whether memory grows.

    python -m benchmarks.waiting [--times N] [--readings N] [--write]
    chrt --rr 1 python -m benchmarks.waiting ... as on a machine that has nothing else to do

A drawn film as a JPEG of about 3 MB, drawn packs, a vault with 1,000 cases, and a Chromium that
draws without a graphics card, at a phone's size. The server notes how long each reading took; the
rest of a wait is the app's, the browser's and Flet's. Between our first screens stand those of a
Flet app of one text, below which nobody can come. Memory is that of a process that reads with the
app's own reading desk, without a browser.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import bootstrap
from benchmarks import held, vault_cases
from benchmarks.hands import Hands
from benchmarks.page import ROOT, is_first, machine, write_section
from core.reading.reader import Reader
from storage import device_file, device_secret, door
from tests.e2e import conftest as person
from tests.packs import BRIGHT, Kind, Place, build_shelf, phantom

CASES, HELD_MS = 1000, 50
PHONE = {"width": 360, "height": 740}
FIRST, FLOOR, AGAIN, SHOWN, BEYOND, READING, HISTORY, SENT, LEAST = (
    "page accepted to the lock on the screen",
    "the same of a Flet app of one text",
    "the lock on the screen again, with the files that the browser has",
    "image chosen to image on the screen, to be checked",
    "last tap to verdict, without the reading",
    "the reading itself, by a drawn pack",
    f"tap to the history of {CASES:,} cases",
    "of the wait for the verdict, until the server has sent it",
    "a tap that changes one icon",
)
GOALS = {FIRST: "2000 ms", BEYOND: "300 ms"}
#: What a person who listens would do at once, and when the words came, by the page's own clock: a
#: question from outside would wait until the page is at rest.
LISTEN = """
const waits = setInterval(() => {
  const button = document.querySelector('flt-semantics-placeholder');
  if (button && !window.heard) { window.heard = true; button.click(); }
  const host = document.querySelector('flt-semantics-host');
  const said = host && (host.textContent + [...host.querySelectorAll('[aria-label]')]
    .map(one => one.ariaLabel).join(' '));
  if (said && said.includes('Outpost is locked')) {
    const page = performance.getEntriesByType('navigation')[0];
    window.waited = performance.now() - page.responseStart;
    clearInterval(waits);
  }
}, 8);
"""
#: The floor says the same words.
ONE_TEXT = """
import sys
import flet as ft
from ui import web_server

def main(page):
    page.add(ft.Text("Outpost is locked"))

web_server.serve(main, "127.0.0.1", int(sys.argv[1]), lambda at: print(at, flush=True))
"""


@dataclass
class Found:
    """Milliseconds of each wait; rows drawn; every beat of the loop; memory in megabytes."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    beats: list[tuple[float, float]] = field(default_factory=list)
    reading_beats: list[tuple[float, float]] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    size: int = 0

    def note(self, what: str, milliseconds: float) -> None:
        self.waits.setdefault(what, []).append(milliseconds)


# In a process of its own


def serve(folder: Path, notes: Path) -> None:
    """``main.py serve``: its loop watched, and how long every reading took in ``notes``."""
    import main
    from ui import web_server

    read, spans = Reader.read, []

    def timed(self: Reader, *given: Any, **more: Any) -> Any:
        started, first = time.perf_counter(), len(held._late)
        try:
            return read(self, *given, **more)
        finally:
            spans.append((first, len(held._late) + 1))
            with notes.open("a", encoding="utf-8") as stream:
                stream.write(f"{(time.perf_counter() - started) * 1000}\n")

    Reader.read = timed  # type: ignore[method-assign]
    web_server.serve = held.watched(web_server.serve)
    sys.argv = ["main.py", "serve", "--vault", str(folder), *sys.argv[1:]]
    main.main()
    during = [beat for first, last in spans for beat in held._late[first:last]]
    sys.stdout.write(f"\n{json.dumps([held._late, during])}\n")


def read_many(models: Path, image: Path, count: int) -> None:
    """Read the same film again and again, as one person does; print the memory after each."""
    from core.reading.pack import PackShelf
    from ui.reading_desk import ReadingDesk
    from ui.state import AppState, Stage

    state, reader = AppState(), Reader(PackShelf(models))
    desk = ReadingDesk(state, lambda: reader)
    content, memory = image.read_bytes(), []

    async def one() -> None:
        work = asyncio.ensure_future(desk.read([bytes(content)]))
        while state.stage is not Stage.ASKING and not work.done():
            await asyncio.sleep(0.005)
        desk.answer("HAND")
        await work
        if state.stage is not Stage.RESULT:
            raise SystemExit(f"no result but {state.stage}")
        desk.start_over()

    async def every() -> None:
        for _ in range(count):
            await one()
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    asyncio.run(every())
    sys.stdout.write(f"{json.dumps(memory)}\n")


# What is measured


def film() -> bytes:
    """A hand of the drawn packs as a phone's JPEG of about 3 MB."""
    grey = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})
    large = np.asarray(Image.fromarray(grey).resize((3000, 3000)), np.float64)
    noisy = large + np.random.default_rng(1).normal(0, 4, large.shape)
    stream = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def make_long_vault(folder: Path) -> None:
    """Amina's, with many cases that have codes."""
    person.make_vault(folder, keep_codes=True)
    device = device_file.read_device(device_secret.secret_file(folder))
    entrance = door.Door(folder, device)
    vault = entrance.unlock(entrance.users()[0].id, person.AMINA[1])
    vault_cases.fill(vault, 0, CASES)
    vault.lock()


@contextmanager
def served(folder: Path, models: Path, notes: Path, found: Found) -> Iterator[str]:
    """The app's address (host and port) while it runs; then its beats are in ``found``."""
    port = person.free_port()
    code = "import sys; from pathlib import Path; from benchmarks.waiting import serve; "
    code += "serve(Path(sys.argv.pop(1)), Path(sys.argv.pop(1)))"
    command = [sys.executable, "-c", code, str(folder), str(notes), "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "OUTPOST_MODELS": str(models)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[0]
    found.beats, found.reading_beats = json.loads(told.splitlines()[-1])


@contextmanager
def one_text() -> Iterator[str]:
    """The address of a Flet app of one text, which is served as ours is."""
    port = person.free_port()
    command = [sys.executable, "-c", ONE_TEXT, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def first_screen(page: Any, server: str) -> float:
    """Milliseconds from the first byte of the page until the lock can be heard."""
    page.goto(f"http://{server}", wait_until="commit")
    page.wait_for_function("window.waited", polling=100)
    return float(page.evaluate("window.waited"))


def look_in(browser: Any, server: str) -> float:
    """The first screen for somebody who was never there."""
    with browser.new_context(viewport=PHONE, color_scheme="light") as context:
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.set_default_timeout(90_000)
        return first_screen(page, server)


def since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def last_reading(notes: Path) -> float:
    return float(notes.read_text(encoding="utf-8").splitlines()[-1])


def visit(browser: Any, server: str, image: Path, notes: Path, found: Found) -> None:
    """One person's tab, from the address to the verdict, and to the history."""
    context = browser.new_context(viewport=PHONE, color_scheme="light")
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.set_default_timeout(90_000)
    found.note(FIRST, first_screen(page, server))
    page.wait_for_timeout(500)
    found.note(AGAIN, first_screen(page, server))
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    page.get_by_role("button", name="Show passphrase", exact=True).click()
    page.get_by_role("button", name="Hide passphrase", exact=True).wait_for(state="attached")
    found.note(LEAST, since(started))
    person.unlock(page, person.AMINA)
    person.sees(page, "Choose image")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose image").click()
    started = time.perf_counter()
    chooser.value.set_files(str(image))
    read = page.get_by_role("button", name="Read this image", exact=True)
    read.wait_for(state="attached")
    found.note(SHOWN, since(started))
    read.click()
    hand = page.get_by_role("button", name="Hand", exact=True)
    hand.wait_for(state="attached")
    page.wait_for_timeout(500)
    started = time.perf_counter()
    hand.click()
    page.locator('[flt-semantics-identifier="verdict"]').wait_for(state="attached")
    waited, reading = since(started), last_reading(notes)
    found.note(READING, reading)
    found.note(BEYOND, waited - reading)
    started = time.perf_counter()
    person.go(page, "History")
    rows = page.get_by_text(re.compile("KH-"))
    rows.first.wait_for(state="attached")
    found.note(HISTORY, since(started))
    page.wait_for_timeout(500)
    found.rows.append(rows.count())
    context.close()


def visit_unseen(server: str, picture: bytes, notes: Path, found: Found) -> None:
    """The same by a tab that draws nothing: what of the wait is the server's."""
    with Hands(server) as tab:
        tab.sees("Passphrase")
        tab.type_secret(person.AMINA[1])
        tab.tap("Unlock")
        tab.sees("Choose image")
        tab.choose("Choose image", picture)
        tab.sees("Read this image")
        tab.tap("Read this image")
        tab.sees("Which part of the body is it?")
        tab.listen(0.5)
        started = time.perf_counter()
        tab.tap("Hand")
        tab.sees("Confident")
        waited = since(started)
        found.note(SENT, waited - last_reading(notes))


def measure(times: int, readings: int) -> Found:
    """Everything."""
    from playwright.sync_api import sync_playwright

    found = Found()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        models, image, notes = folder / "models", folder / "film.jpg", folder / "notes.txt"
        models = build_shelf(models).folder
        make_long_vault(folder / "vault")
        image.write_bytes(film())
        found.size = image.stat().st_size
        with served(folder / "vault", models, notes, found) as server, one_text() as floor:
            for _ in range(times):
                visit_unseen(server, image.read_bytes(), notes, found)
            browser = playwright.chromium.launch(
                executable_path=bootstrap.browser(), args=["--no-sandbox", "--disable-gpu"]
            )
            for _ in range(times):
                found.note(FLOOR, look_in(browser, floor))
                visit(browser, server, image, notes, found)
            browser.close()
        code = "import sys; from pathlib import Path; from benchmarks.waiting import read_many; "
        code += "read_many(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))"
        told = subprocess.run(
            [sys.executable, "-c", code, str(models), str(image), str(readings)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found.memory = json.loads(told.splitlines()[-1])
    return found


def table(found: Found) -> str:
    """The section of docs/benchmarks.md."""
    lines = ["| what | median (lowest-highest) | goal, at most |", "| --- | --- | --- |"]
    for what in (FIRST, FLOOR, AGAIN, SHOWN, BEYOND, SENT, READING, HISTORY, LEAST):
        values = found.waits[what]
        told = f"{statistics.median(values):.0f} ms ({min(values):.0f}-{max(values):.0f})"
        lines.append(f"| {what} | {told} | {GOALS.get(what, '')} |")
    lines.append(f"| rows drawn of {CASES:,} cases | {max(found.rows)} | not all |")
    for when, beats in (
        ("all visits", found.beats),
        ("while an image is read", found.reading_beats),
    ):
        for what, each in (("late", 0), ("held at work", 1)):
            values = [beat[each] for beat in beats]
            over = sum(one > HELD_MS for one in values)
            told = f"longest {max(values):.0f} ms; {over} of {len(values)} beats over {HELD_MS} ms"
            lines.append(f"| the loop, {when}, {what} | {told} | {f'{HELD_MS} ms' * each} |")
    lines.append(memory_row(found.memory))
    beside = " These ran before all others (`chrt --rr 1`)." if is_first() else ""
    return "\n".join(
        [
            *lines,
            "",
            f"{len(found.rows)} visits of a phone's size, a JPEG of {found.size / 1e6:.1f} MB. "
            f"{machine()}{beside}",
        ]
    )


def memory_row(memory: list[float]) -> str:
    """Medians of the readings in the second, and in the last, tenth of the run."""
    tenth = max(1, len(memory) // 10)
    early, late = statistics.median(memory[tenth : 2 * tenth]), statistics.median(memory[-tenth:])
    told = f"{early:.0f} MB, then {late:.0f} MB"
    return f"| memory, early and late in {len(memory)} readings | {told} | flat |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--readings", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    wanted = parser.parse_args()
    text = table(measure(wanted.times, wanted.readings))
    sys.stdout.write(f"{text}\n")
    if wanted.write:
        write_section("waiting" if is_first() else "waiting, busy", text)


if __name__ == "__main__":
    main()
