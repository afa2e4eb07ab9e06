"""What looking for writing costs at 1024 pixels, and beside what it cannot do without.

    python -m benchmarks.lettering

The picture is a fixture (FracAtlas, CC BY 4.0) enlarged to 1024 x 1024. Machines are shared and
noisy: medians and quartiles of one run, with one thread and with the app's own choice, and as a
ratio to one reading's network on the same picture.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.imaging.lettering.detector import Detector, open_detector
from core.reading.inference import Network
from core.reading.pack import PackShelf
from core.reading.preprocess import fit, normalise

FIXTURE = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "readings" / "fracture_1.jpg"
SIDE, REPEATS = 1024, 30


def milliseconds(work: Callable[[], object]) -> list[float]:
    """Each of ``REPEATS`` runs, after three that warm up."""
    spent = []
    for number in range(REPEATS + 3):
        started = time.perf_counter()
        work()
        if number >= 3:
            spent.append((time.perf_counter() - started) * 1000)
    return spent


def line(name: str, spent: list[float]) -> str:
    low, middle, high = statistics.quantiles(spent, n=4)
    return f"| {name} | {middle:.0f} | {low:.0f} to {high:.0f} | {min(spent):.0f} |\n"


def main() -> None:
    with Image.open(FIXTURE) as opened:
        grey = np.asarray(opened.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    one: Detector = open_detector(threads=1)
    several: Detector = open_detector()
    network = Network(PackShelf().open("fracture_xray"), threads=1)
    spec = network.pack.manifest.input
    tensor = normalise(fit(grey, spec), spec)
    write = sys.stdout.write
    write("| 1024 x 1024 pixels | median ms | quartiles | least |\n| --- | --- | --- | --- |\n")
    alone = milliseconds(lambda: one.find(grey))
    write(line("find writing, one thread", alone))
    write(line("find writing, all threads", milliseconds(lambda: several.find(grey))))
    beside = milliseconds(lambda: network.run(tensor))
    write(line(f"a reading's network at {spec.height} x {spec.width}, one thread", beside))
    ratio = statistics.median(alone) / statistics.median(beside)
    write(f"\nRatio of the medians, one thread each: {ratio:.1f}\n")


if __name__ == "__main__":
    main()
