"""What the whole reader, router and packs as they are on board, says of images from elsewhere.

    python -m benchmarks.refusals DATA            # prints a table in Markdown
    python -m benchmarks.refusals DATA --write    # and puts it into docs/benchmarks.md

DATA is a folder of sets, each with a manifest.csv and images/ (docs/data.md). Every image is read
as ``main.py analyze`` reads it: experimental packs on, unanswered questions assumed, so that
nothing but the models refuses. Each is read twice: as it is, and reduced and re-encoded at random,
so that size and sharpness cannot tell the sets apart.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.page import ROOT, machine, write_section
from core.analysis import analyze
from core.reading.pack import PackShelf
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Unanswered

#: Images of a source, drawn at random with one seed.
LIMIT = 80
AS_THE_COMMAND_LINE = Request(unanswered=Unanswered.ASSUME, experimental=Experimental.ON)
#: Sets that no pack learned from: what no pack may read with confidence.
NEVER_TRAINED = (
    ("not_supported", ("ImageNet sample", "HAM10000")),
    ("other_medical", ("OAI knee", "MIAS", "SARS-CoV-2 CT", "Br35H", "adult CXR, mixed sources")),
    ("chest_xray_adult_external", ()),
)


@dataclass(frozen=True)
class Source:
    """Images of one kind from one place."""

    name: str
    files: tuple[Path, ...]


def sources(data: Path) -> Iterator[Source]:
    """The never-trained sources under ``data``, each cut to ``LIMIT`` images."""
    for folder, wanted in NEVER_TRAINED:
        by_name: dict[str, list[Path]] = defaultdict(list)
        with (data / folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                source = row.get("source", "")
                if not wanted or source in wanted:
                    name = f"{source}: {row['label']}" if source else f"{folder}: {row['label']}"
                    by_name[name].append(data / folder / "images" / row["file"])
        for name, files in by_name.items():
            chosen = random.Random(0).sample(sorted(files), min(LIMIT, len(files)))
            yield Source(name, tuple(chosen))


def reduced(path: Path, folder: Path, number: int) -> Path:
    """A copy at 64 to 448 px on the longest side, JPEG of quality 50 to 95, in grey."""
    rng = random.Random(number)
    with Image.open(path) as opened:
        image = opened.convert("L")
    longest = math.exp(rng.uniform(math.log(64), math.log(448)))
    image.thumbnail((longest, longest))
    target = folder / f"{number}.jpg"
    image.save(target, quality=rng.randint(50, 95))
    return target


def verdicts(reader: Reader, files: tuple[Path, ...]) -> Counter[str]:
    """How many of the files were read with each verdict; a file that could not be read because of
    its quality counts as rejected."""
    counts: Counter[str] = Counter()
    for file in files:
        reading = analyze([file], reader, AS_THE_COMMAND_LINE).reading
        counts[reading.verdict.value if reading else "rejected"] += 1
    return counts


def table(data: Path) -> str:
    """The table in Markdown."""
    reader = Reader(PackShelf(ROOT / "models"))
    lines = [
        "| never trained on | images | rejected | uncertain | confident | matched: confident |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for source in sources(data):
            plain = verdicts(reader, source.files)
            copies = tuple(reduced(f, Path(folder), n) for n, f in enumerate(source.files))
            matched = verdicts(reader, copies)
            total.update(images=len(source.files), confident=plain["confident"])
            total.update(matched=matched["confident"])
            lines.append(
                f"| {source.name} | {len(source.files)} | {plain['rejected']} "
                f"| {plain['uncertain']} | {plain['confident']} | {matched['confident']} |"
            )
    lines.append(f"| all | {total['images']} | | | {total['confident']} | {total['matched']} |")
    names = reader.shelf.names()
    packs = ", ".join(f"{name} {reader.shelf.manifest(name).version}" for name in names)
    return "\n".join([*lines, "", f"Packs on board: {packs}. {machine()}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = table(options.data)
    print(text)
    if options.write:
        write_section("refusals", text)


if __name__ == "__main__":
    main()
