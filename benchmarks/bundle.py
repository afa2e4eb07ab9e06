"""How soon the first screen stands there, and what the bundle weighs.

    python -m benchmarks.bundle [--write]

The first screen is that of ``main.py`` served to a browser on this computer, from the start of the
process until the welcome has been sent: what a window or a phone adds is not in it.
"""

from __future__ import annotations

import argparse
import os
import resource
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.page import ROOT, machine, write_section
from tests.tab import hear, tab
from ui.web_server import free_port

REPEATS = 5
PATIENCE_S = 120
#: What a bare Flet app of one text costs, beside which ours is set.
BARE = "import flet as ft; from ui.web_server import serve; import sys; port = int(sys.argv[1]); "
BARE += "serve(lambda page: page.add(ft.Text('Welcome to Outpost')), '127.0.0.1', port, "
BARE += "lambda address: print(address, flush=True))"


def seconds_to_the_first_screen(command: list[str], folder: Path, port: int) -> float:
    """One start of a fresh process, files already in the page cache."""
    here = {"FLET_FORCE_WEB_SERVER": "1", "FLET_SERVER_IP": "127.0.0.1"}
    place = {"OUTPOST_VAULT": str(folder / "vault"), "FLET_SERVER_PORT": str(port)}
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **here, **place}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            while str(port) not in process.stdout.readline():
                assert process.poll() is None, "it did not start"
            with tab(f"127.0.0.1:{port}") as line:
                hear(line, b"Welcome to Outpost", PATIENCE_S)
                return time.perf_counter() - begun
        finally:
            process.terminate()


def worked() -> float:
    """Seconds of processor that children which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_screen() -> list[str]:
    """Ours and a bare Flet app in turn, so that a noisy moment hits both alike. The processor's
    part is of the whole process, which ends right after."""
    spent: dict[str, list[tuple[float, float]]] = {"Outpost": [], "a Flet app of one text": []}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(REPEATS):
            for what, each in spent.items():
                port = free_port("127.0.0.1")
                program = ["main.py"] if what == "Outpost" else ["-c", BARE, str(port)]
                before = worked()
                took = seconds_to_the_first_screen([sys.executable, *program], Path(name), port)
                each.append((took, worked() - before))
    lines = ["| to the first screen | median | of it the processor |", "| --- | --- | --- |"]
    for what, each in spent.items():
        wall, work = (statistics.median(part) for part in zip(*each, strict=True))
        lines.append(f"| {what} | {wall:.1f} s | {work:.2f} s |")
    return lines


def main() -> None:
    """Measure, print, and with ``--write`` keep the tables in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    write = parser.parse_args().write
    weights = runpy.run_path(str(ROOT / "packaging" / "sizes.py"))["table"](ROOT)
    start = "\n".join([*first_screen(), "", f"Medians of {REPEATS}. {machine()}"])
    print(weights, start, sep="\n\n")
    if write:
        write_section("sizes", weights)
        write_section("first screen", start)


if __name__ == "__main__":
    main()
