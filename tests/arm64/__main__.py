"""The packs on the phone's kind of processor: ``make test-arm64``.

    python -m tests.arm64            # compares, prints a table, exits with 1 on a disagreement
    python -m tests.arm64 --write    # and puts the table into docs/benchmarks.md
    python -m tests.arm64 --data DATA    # reads the golden images of DATA (docs/data.md) too

Every golden fixture and some phantoms are read by every pack on board, here and under Debian's
arm64 Python in qemu-user, by one script with the phone's versions. Where that system cannot be
had the comparison is skipped, and says so; in CI that is a failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.page import write_section
from bootstrap import ROOT, say
from core.errors import PackError
from core.reading.pack import PackShelf
from core.reading.reader import Reader
from tests.arm64.agreement import Agreement, compare, section
from tests.arm64.images import lay_out
from tests.arm64.system import FOLDER, NotHad, System, provide

SCRIPT = Path(__file__).with_name("readings.py")
NAME = "x86-64 and arm64"
#: What each side said stays here, to look into a disagreement.
LAST = FOLDER / "last"
#: Seconds to wait for a pack that does not open, for somebody may be just replacing it.
PATIENCE, PAUSE = 120, 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.arm64", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--data", type=Path, help="read the golden images of DATA too")
    options = parser.parse_args()
    begun = time.monotonic()
    try:
        system = provide()
    except NotHad as reason:
        say(f"SKIPPED {NAME}: {reason}")
        return 1 if os.environ.get("CI") == "true" else 0
    say(f"The arm64 system is ready after {time.monotonic() - begun:.0f} s.")
    try:
        with tempfile.TemporaryDirectory(prefix="outpost-arm64-") as folder:
            here, there = both(system, Path(folder), options.data)
    except (PackError, subprocess.CalledProcessError) as failure:
        say(f"FAILED {NAME}: {failure}")
        return 1
    agreement = compare(here, there)
    table = section(agreement, here, there)
    sys.stdout.write(f"{table}\n")
    if agreement.disagreements:
        return loudly(agreement)
    if options.write:
        write_section(NAME, table)
    return 0


def loudly(agreement: Agreement) -> int:
    for sentence in agreement.disagreements:
        say(f"DISAGREES {sentence}")
    say(f"FAILED {NAME}: {len(agreement.disagreements)} disagreements.")
    return 1


def both(system: System, folder: Path, data: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The readings of this processor and of arm64, of one copy of code, packs and images: what
    somebody edits meanwhile must not look like a disagreement."""
    images = folder / "images"
    images.mkdir()
    lay_out(images, data)
    shutil.copytree(ROOT / "core", folder / "core", ignore=shutil.ignore_patterns("__pycache__"))
    script = Path(shutil.copy(SCRIPT, folder))
    models = copy_packs(folder / "models")
    given = [str(models), str(images), date.today().isoformat()]
    begun = time.monotonic()
    LAST.mkdir(parents=True, exist_ok=True)
    here, there = LAST / "here.json", LAST / "there.json"
    subprocess.run([sys.executable, "-s", script, *given, here], cwd=folder, check=True)
    native = time.monotonic() - begun
    system.run(script, *given, str(there))
    emulated = time.monotonic() - begun - native
    say(f"Read in {native:.0f} s here, and in {emulated:.0f} s on the emulated processor.")
    return json.loads(here.read_text("utf-8")), json.loads(there.read_text("utf-8"))


def copy_packs(target: Path) -> Path:
    """A copy of the packs on board, each of which opens. Raises ``PackError`` when one does not
    even after a while."""
    until = time.monotonic() + PATIENCE
    while True:
        shutil.rmtree(target, ignore_errors=True)
        try:
            shutil.copytree(ROOT / "models", target)
            reader = Reader(PackShelf(target), threads=1)
            for name in reader.shelf.names():
                reader.network(name)
        except (PackError, shutil.Error, FileNotFoundError) as failure:
            if time.monotonic() > until:
                raise
            say(f"Waiting for the packs: {failure}")
            time.sleep(PAUSE)
        else:
            return target


if __name__ == "__main__":
    sys.exit(main())
