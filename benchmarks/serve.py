"""Many browsers at one served Outpost: each opens a tab and sees the lock; then each in its turn
signs in, reads an image and sees the verdict, while the others stay.

    python -m benchmarks.serve [--browsers 20]

Prints the medians and the longest of each step, how long the server's event loop was held (the
answer to a ping of the websocket protocol, which the loop itself gives), and what went wrong. The
exit status is 1 if anything did. A vault has one person at a time, so readings take turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, sync_playwright
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

import bootstrap
from tests.e2e.conftest import (
    _FLAGS,
    AMINA,
    DESKTOP,
    arrive,
    choose,
    free_port,
    make_vault,
    sees,
    tap,
    unlock,
    verdict,
)
from tests.packs import Kind, Place, build_shelf
from tests.ui.conftest import png

ROOT = Path(__file__).resolve().parents[1]
HELD_MS = 100
_PING_EVERY_S = 0.05


class Pulse(threading.Thread):
    """Pings the server all the time, and keeps how long each answer took, in milliseconds."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address, self._end = address, threading.Event()
        self.took: list[float] = []

    def run(self) -> None:
        port = self._address.rpartition(":")[2]
        address = f"ws://127.0.0.1:{port}/ws"
        with connect(address, origin=self._address, max_size=None) as line:  # type: ignore[arg-type]
            while not self._end.wait(_PING_EVERY_S):
                begun = time.perf_counter()
                try:
                    line.ping().wait(60)
                except WebSocketException:
                    return
                self.took.append((time.perf_counter() - begun) * 1000)

    def stop(self) -> None:
        self._end.set()
        self.join()


def timed(took: list[float], step: Callable[[], object]) -> None:
    begun = time.perf_counter()
    step()
    took.append(time.perf_counter() - begun)


def measure(address: str, browsers: int, picture: Path) -> tuple[dict[str, list[float]], int]:
    """Seconds of every step, and how many browsers met an error."""
    took: dict[str, list[float]] = {"page to lock": [], "sign in": [], "reading": []}
    failed = 0
    with sync_playwright() as playwright:
        program = bootstrap.browser()
        shown = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        pages = []
        for _ in range(browsers):
            timed(
                took["page to lock"],
                lambda: pages.append(arrive(shown, address, DESKTOP, "light")),
            )
        for page in pages:
            try:
                timed(took["sign in"], lambda page=page: enter(page))
                timed(took["reading"], lambda page=page: read(page, picture))
            except (AssertionError, Error) as error:
                failed += 1
                sys.stderr.write(f"{type(error).__name__}\n")
        shown.close()
    return took, failed


def enter(page: object) -> None:
    unlock(page, AMINA)
    sees(page, "Choose image")


def read(page: object, picture: Path) -> None:
    choose(page, picture)
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    verdict(page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=20)
    browsers = parser.parse_args().browsers
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make_vault(place / "vault")
        picture = place / "picture.png"
        picture.write_bytes(png(Kind.HAND_FILM, {Place.LEFT: 250}))
        port = free_port()
        command = [sys.executable, "main.py", "serve", "--vault", str(place / "vault")]
        server = subprocess.Popen(
            [*command, "--port", str(port), "--sessions", str(browsers + 1)],
            cwd=ROOT,
            env={**os.environ, "OUTPOST_MODELS": str(build_shelf(place / "models").folder)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            server.stdout.readline()
            pulse = Pulse(f"http://127.0.0.1:{port}")
            pulse.start()
            took, failed = measure(f"http://127.0.0.1:{port}", browsers, picture)
            pulse.stop()
        finally:
            server.terminate()
            server.wait(timeout=30)
    tell(browsers, took, pulse.took, failed)
    return int(failed > 0)


def tell(browsers: int, took: dict[str, list[float]], pulse: list[float], failed: int) -> None:
    print(f"{browsers} browsers, {os.cpu_count()} cores, {platform.platform()}")
    for step, seconds in took.items():
        if seconds:
            print(
                f"{step:14} median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"
            )
    held = sum(one > HELD_MS for one in pulse)
    print(
        f"event loop     {len(pulse)} pings, {held} over {HELD_MS} ms, longest {max(pulse):.0f} ms"
    )
    print(f"errors         {failed}")


if __name__ == "__main__":
    sys.exit(main())
