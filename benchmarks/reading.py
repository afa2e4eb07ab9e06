"""How much a reading costs beyond what it cannot do without.

    python -m benchmarks.reading            # prints a table in Markdown
    python -m benchmarks.reading --write    # and puts it into docs/benchmarks.md

The image is a fixture (FracAtlas, CC BY 4.0), enlarged to 1024 x 1024, so that router and pack
both run. Machines are shared and noisy: what counts is a ratio of medians within one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from core.analysis import analyze
from core.imaging.opening import open_study
from core.reading.preprocess import preprocess
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Unanswered

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
FIXTURE = ROOT / "tests" / "fixtures" / "readings" / "fracture_1.jpg"
REPEATS = 40
BEGIN, END = "<!-- reading: begin -->", "<!-- reading: end -->"


@dataclass(frozen=True)
class Row:
    """One figure, the goal it has, and whether it is met."""

    name: str
    value: str
    goal: str


def _interleaved_ms(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Medians of tasks done in turn, so that a noisy moment hits all of them alike."""
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(REPEATS):
        for name, task in tasks.items():
            started = time.perf_counter()
            task()
            spent[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(values) for name, values in spent.items()}


def warm_reading(image: Path, threads: int) -> list[Row]:
    """A whole warm reading beside Pillow's decode and a bare run of the pack's model."""
    reader = Reader(threads=threads)
    request = Request(unanswered=Unanswered.ASSUME, experimental=Experimental.ON)
    first = analyze([image], reader, request).reading
    if first is None or first.pack is None or not first.probabilities:
        raise SystemExit("the fixture was not read: nothing to measure")
    network = reader.network(first.pack.id)
    tensor = preprocess(open_study(image).frames[0], network.pack.manifest.input)

    def decode() -> None:
        with Image.open(image) as picture:
            picture.load()

    found = _interleaved_ms(
        {
            "reading": lambda: analyze([image], reader, request),
            "decode": decode,
            "model": lambda: network.run(tensor),
        }
    )
    ratio = found["reading"] / (found["decode"] + found["model"])
    pack = f"{first.pack.id} at {network.pack.manifest.input.width} px, {threads} thread(s)"
    parts = (
        f"{found['reading']:.1f} ms beside {found['decode']:.1f} + {found['model']:.1f} ms; {pack}"
    )
    return [Row("warm reading / (Pillow's decode + bare model)", f"{ratio:.2f} ({parts})", "1.6")]


def cold_analyze(image: Path) -> Row:
    """The command line from start to exit, one image, files already in the page cache."""
    command = [sys.executable, "main.py", "analyze", "--json", str(image)]
    spent = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        spent.append(time.perf_counter() - started)
    return Row("cold analyze of one image", f"{statistics.median(spent):.2f} s", "1.5 s")


def peak_memory(folder: Path) -> Row:
    """Peak resident memory of a process that reads a 12-megapixel JPEG from file to verdict."""
    path = folder / "twelve.jpg"
    with Image.open(FIXTURE) as picture:
        picture.convert("RGB").resize((4000, 3000)).save(path, quality=90)
    script = (
        "import re, sys; from pathlib import Path\n"
        "sys.argv = ['main.py', 'analyze', '--json', sys.argv[1]]\n"
        "import main; main.main()\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    megabytes = int(re.findall(r"\d+", done.stderr)[-1]) / 1024
    return Row("peak memory, 12-megapixel JPEG", f"{megabytes:.0f} MB", "300 MB")


def table(rows: list[Row]) -> str:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"ONNX Runtime {onnxruntime.__version__}, NumPy {np.__version__}"
    lines = ["| what | measured | goal, at most |", "| --- | --- | --- |"]
    lines += [f"| {row.name} | {row.value} | {row.goal} |" for row in rows]
    return "\n".join([*lines, "", f"On {machine}; {versions}. Medians of {REPEATS} (cold: 7)."])


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = folder / "film.png"
        with Image.open(FIXTURE) as picture:
            picture.convert("L").resize((1024, 1024)).save(image)
        rows = [*warm_reading(image, 1), *warm_reading(image, 2)]
        rows += [cold_analyze(image), peak_memory(folder)]
    text = table(rows)
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
