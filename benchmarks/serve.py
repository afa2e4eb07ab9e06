"""Many people at one served Outpost, each in a tab of their own and all in one vault: each sees
the lock; each in their turn signs in, reads an image, is told the verdict and saves it; then all
of them read and save another at the same moment.

    python -m benchmarks.serve [--tabs 20] [--photographs] [--write]
    chrt --rr 1 python -m benchmarks.serve ... as on a machine that has nothing else to do

``--photographs``: of a phone, 3 MB each, instead of small pictures. The tabs are no browsers but
speak as one does (``benchmarks/hands.py``), so that what is measured is the server: the time to
draw a page belongs to another computer. The exit status is 1 if anything went wrong: an error, or
a case in the vault that is missing, or under another's name.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.hands import Hands, NotShown
from benchmarks.page import ROOT, is_first, machine, write_section
from benchmarks.waiting import film
from storage import device_file, device_secret
from storage.door import Door
from tests.e2e.conftest import AMINA, free_port, make_vault
from tests.packs import Kind, Place, build_shelf
from tests.ui.conftest import png
from ui import vault_words

HELD_MS = 100
SECRET = "six seven eight nine ten"


def timed(took: list[float], step: Callable[[], object]) -> None:
    begun = time.perf_counter()
    step()
    took.append(time.perf_counter() - begun)


def measure(server: str, names: list[str], picture: bytes) -> tuple[dict[str, list[float]], int]:
    """Seconds of every step, and how many times somebody met an error."""
    steps = ("tab to lock", "sign in", "reading, in turn", "saving, in turn")
    together = ("reading, all at once", "saving, all at once")
    took: dict[str, list[float]] = {step: [] for step in (*steps, *together)}
    failed = 0

    def goes(work: Callable[[], None]) -> None:
        nonlocal failed
        try:
            work()
        except (NotShown, OSError) as error:
            failed += 1
            sys.stderr.write(f"{type(error).__name__}: {error}\n")

    with ExitStack() as stack:
        people: list[Hands] = []
        for _ in names:
            person = stack.enter_context(Hands(server))
            timed(took["tab to lock"], lambda person=person: person.sees(vault_words.WHO))
            people.append(person)

        def begin(person: Hands, name: str) -> None:
            timed(took["sign in"], lambda: enter(person, name))
            timed(took["reading, in turn"], lambda: read(person, picture))
            timed(took["saving, in turn"], lambda: save(person))

        def go_on(person: Hands) -> None:
            person.tap("New reading")
            person.sees("Choose image")
            timed(took["reading, all at once"], lambda: read(person, picture))
            timed(took["saving, all at once"], lambda: save(person))

        for person, name in zip(people, names, strict=True):
            goes(lambda person=person, name=name: begin(person, name))
        with ThreadPoolExecutor(len(people)) as threads:
            list(threads.map(lambda person: goes(lambda: go_on(person)), people))
    return took, failed


def enter(person: Hands, name: str) -> None:
    person.tap(name)
    person.sees("Passphrase")
    person.type_secret(SECRET)
    person.tap("Unlock")
    person.sees("Choose image")


def save(person: Hands) -> None:
    person.tap("Save case")
    person.sees("Saved in the vault.")


def wrong_in(vault: Path, names: list[str], each: int) -> int:
    """How many people have not so many cases under their name, and how much the vault's own check
    finds."""
    door = Door(vault, device_file.read_device(device_secret.secret_file(vault)))
    ids = {user.name: user.id for user in door.users()}
    opened = door.unlock(ids[AMINA[0]], AMINA[1])
    saved = [case.saved_by for case in opened.cases(limit=10_000).cases]
    faults = len(opened.verify())
    opened.lock()
    return faults + sum(saved.count(ids[name]) != each for name in names)


def read(person: Hands, picture: bytes) -> None:
    person.choose("Choose image", picture)
    person.sees("Read this image")
    person.tap("Read this image")
    person.sees("Which part of the body is it?")
    person.tap("Hand")
    person.sees("Confident")


@contextmanager
def served(place: Path, names: list[str]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port and the process of a clinic's server, whose vault lies in ``place`` and lets these
    people in. Told to stop, it prints the beats of its loop (``benchmarks/held.py``)."""
    make_vault(place / "vault", *((name, SECRET) for name in names))
    port = free_port()
    limits = ["--port", str(port), "--sessions", str(len(names) + 1)]
    vault = ["--vault", str(place / "vault")]
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.held", "serve", *vault, *limits],
        cwd=ROOT,
        env={**os.environ, "OUTPOST_MODELS": str(build_shelf(place / "models").folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield port, server
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def beats_of(server: subprocess.Popen[str]) -> list[tuple[float, float]]:
    """Stops the server. Every beat of its loop: how late it was and how long held, in ms."""
    server.send_signal(signal.SIGINT)
    beats: list[tuple[float, float]] = json.loads(
        server.communicate(timeout=60)[0].splitlines()[-1]
    )
    return beats


def serve_and_measure(
    tabs: int, picture: bytes
) -> tuple[dict[str, list[float]], int, list[tuple[float, float]]]:
    """The steps, the errors, and every beat of the server's loop."""
    names = [f"Nurse {number + 1}" for number in range(tabs)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with served(place, names) as (port, server):
            took, failed = measure(f"127.0.0.1:{port}", names, picture)
            beats = beats_of(server)
        failed += wrong_in(place / "vault", names, 2)
    return took, failed, beats


def table(
    tabs: int,
    picture: bytes,
    took: dict[str, list[float]],
    failed: int,
    beats: list[tuple[float, float]],
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
    told = f"{tabs} people in one vault, {failed} errors"
    told += "." if failed else ", every case under its own name."
    told += f" Pictures of {len(picture) / 1e6:.2f} MB. {machine()}"
    told += " These ran before all others (`chrt --rr 1`)." if is_first() else ""
    return "\n".join([*lines, "", told])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=20)
    parser.add_argument("--photographs", action="store_true", help="pictures of 3 MB")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    picture = film() if options.photographs else png(Kind.HAND_FILM, {Place.LEFT: 250})
    took, failed, beats = serve_and_measure(options.tabs, picture)
    text = table(options.tabs, picture, took, failed, beats)
    print(text)
    if options.write:
        write_section("serving, photographs" if options.photographs else "serving", text)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
