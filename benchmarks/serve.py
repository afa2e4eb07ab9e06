"""Many tabs at one served Outpost: each sees the lock; then each in its turn signs in, reads an
image and is told the verdict, while the others stay.

    python -m benchmarks.serve [--tabs 20] [--write]

The tabs are no browsers but speak as one does (``benchmarks/hands.py``), so that what is measured
is the server: the time to draw a page belongs to another computer. A vault has one person at a
time, so readings take turns. The exit status is 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.hands import Hands, NotShown
from benchmarks.page import ROOT, machine, write_section
from tests.e2e.conftest import AMINA, free_port, make_vault
from tests.packs import Kind, Place, build_shelf
from tests.ui.conftest import png

HELD_MS = 100


def timed(took: list[float], step: Callable[[], object]) -> None:
    begun = time.perf_counter()
    step()
    took.append(time.perf_counter() - begun)


def measure(server: str, tabs: int, picture: bytes) -> tuple[dict[str, list[float]], int]:
    """Seconds of every step, and how many tabs met an error."""
    took: dict[str, list[float]] = {"tab to lock": [], "sign in": [], "reading": []}
    failed = 0
    with ExitStack() as stack:
        people: list[Hands] = []
        for _ in range(tabs):
            person = stack.enter_context(Hands(server))
            timed(took["tab to lock"], lambda person=person: person.sees("Unlock"))
            people.append(person)
        for person in people:
            try:
                timed(took["sign in"], lambda person=person: enter(person))
                timed(took["reading"], lambda person=person: read(person, picture))
            except (NotShown, OSError) as error:
                failed += 1
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
    return took, failed


def enter(person: Hands) -> None:
    person.type_secret(AMINA[1])
    person.tap("Unlock")
    person.sees("Choose image")


def read(person: Hands, picture: bytes) -> None:
    person.choose("Choose image", picture)
    person.sees("Read this image")
    person.tap("Read this image")
    person.sees("Which part of the body is it?")
    person.tap("Hand")
    person.sees("Confident")


def serve_and_measure(tabs: int) -> tuple[dict[str, list[float]], int, list[tuple[float, float]]]:
    """The steps, the errors, and every beat of the server's loop (``benchmarks/held.py``)."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make_vault(place / "vault")
        port = free_port()
        limits = ["--port", str(port), "--sessions", str(tabs + 1)]
        command = [
            sys.executable,
            "-m",
            "benchmarks.held",
            "serve",
            "--vault",
            str(place / "vault"),
        ]
        server = subprocess.Popen(
            [*command, *limits],
            cwd=ROOT,
            env={**os.environ, "OUTPOST_MODELS": str(build_shelf(place / "models").folder)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            server.stdout.readline()
            picture = png(Kind.HAND_FILM, {Place.LEFT: 250})
            took, failed = measure(f"127.0.0.1:{port}", tabs, picture)
        finally:
            server.send_signal(signal.SIGINT)
            told = server.communicate(timeout=60)[0]
    return took, failed, json.loads(told.splitlines()[-1])


def table(
    tabs: int, took: dict[str, list[float]], failed: int, beats: list[tuple[float, float]]
) -> str:
    """All of it, as Markdown."""
    lines = ["| what | median | longest |", "| --- | --- | --- |"]
    for step, seconds in took.items():
        lines.append(f"| {step} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |")
    for what, each in (("late", 0), ("held at work", 1)):
        found = [beat[each] for beat in beats]
        over = sum(one > HELD_MS for one in found)
        lines.append(
            f"| the loop, {what} | {statistics.median(found):.1f} ms "
            f"| {max(found):.0f} ms; {over} of {len(found)} beats over {HELD_MS} ms |"
        )
    return "\n".join([*lines, "", f"{tabs} tabs, {failed} errors. {machine()}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    took, failed, beats = serve_and_measure(options.tabs)
    text = table(options.tabs, took, failed, beats)
    print(text)
    if options.write:
        write_section("serving", text)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
