"""``make soak``: the long form of tests/soak, and the figures of docs/reliability.md.

python -m benchmarks.soak [--kills N] [--flips N] [--moves N] [--seed N] [--parts N] [--page]

The work is split into parts, each with a seed of its own; each says when it is done.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.soak.flipping import Found, flip, move_rows, prepare
from tests.soak.killing import Killed, kill_often

T = TypeVar("T", Killed, Found)
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
SYNC = "<!-- sync: begin -->"

TEXT = """# Reliability

What happens to the vault when a process dies at the wrong moment, or its files are damaged or
altered. This page is written by `make soak` (`benchmarks/soak.py --page`); a short form of the same
runs with every `make test` (`tests/soak`).

Run on {day}: {system}, Python {python}, SQLite {sqlite}, seeds {seeds}, in
{minutes:.0f} minutes beside other work (load {load:.0f} on {cores} cores at the end).

## Killed at random moments

A process of its own works on real files and is killed with signal 9 at a random moment within the
first {seconds} seconds of its work. Then the vault is opened and checked: every case that was
reported as kept is there and as it was kept, and so is every second opinion; none is there in part;
the list, the outbox and the audit log agree with the cases; the check of every seal finds nothing;
and the last backup that was reported as written can be restored.

| Killed during | Kills | Steps done before |
| --- | --- | --- |
{kills}

Cases lost, half kept or altered: **{kill_faults}**.

On a busy machine many die within their first step, as the last column tells; that is a moment to be
killed at like any other.

A kill ends the process, not the power. That a commit survives a power cut rests on SQLite's
`synchronous=FULL`, on the flushing of files and folders (`storage/durable.py`) and on a device
that tells the truth about flushing; no test here pulls a plug.

## Flipped bits

One random bit of one file is flipped in a fresh copy of a vault of {cases} cases. Then it is
opened, everything that it shows (cases, pictures, opinions, lines of the list, copies that wait,
receipts, settings) is compared with what was kept, and the check runs.

| File | Flips | Not opened | Named by the check | showing an earlier version | No effect |
| --- | --- | --- | --- | --- | --- |
{flips}

Shown altered, undetected or crashed: **{flip_faults}**.

*No effect*: the bit stands where nothing is kept (free space in the database file, bits of base 64
that mean nothing). *Showing an earlier version* counts among those that the check named: SQLite
drops what follows a damaged place of its write-ahead log, and the audit log names that at the next
unlock.

## Moved rows

Single rows of the database are deleted, exchanged with another, or put back as they were before an
edit, as someone could do who can write to the file. Of {drawn:,} draws, those that are not below
found nothing to change: a table of one row has none to exchange, and not every row was ever
edited.

| Change | Tries | Not opened | Named by the check | showing an earlier version |
| --- | --- | --- | --- | --- |
{moves}

Not detected: **{move_faults}**. A row put back is a genuine earlier version. An older case is not
shown and cannot be edited; an older line of the list is shown until the check is run.
"""


def main() -> int:
    """Run, print, and write the page when asked to; 1 when anything went wrong."""
    options = _options()
    started = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        running = [pool.submit(_part, *share) for share in zip(*_shares(options), strict=True)]
        for number, one in enumerate(as_completed(running), 1):
            counts = [each.faults for each in one.result()]
            said = f"part {number} of {len(running)}: {sum(map(len, counts))} faults"
            print(said, flush=True)
    parts = [one.result() for one in running]
    killed = _merged(Killed(), [part[0] for part in parts])
    flipped = _merged(Found(), [part[1] for part in parts])
    moved = _merged(Found(), [part[2] for part in parts])
    minutes = (time.perf_counter() - started) / 60
    _say("kills", killed.kills, killed.faults)
    _say("flips", flipped.changes, flipped.faults)
    _say("moves", moved.changes, moved.faults)
    if options.page:
        # What comes after is benchmarks.sync_soak's.
        rest = PAGE.read_text(encoding="utf-8").partition(SYNC)
        text = _page(killed, flipped, moved, options, minutes)
        PAGE.write_text(f"{text}\n{rest[1]}{rest[2]}".rstrip() + "\n", encoding="utf-8")
    return 1 if killed.faults or flipped.faults or moved.faults else 0


def _part(kills: int, flips: int, moves: int, seed: int) -> tuple[Killed, Found, Found]:
    """What one process does, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="outpost-soak-") as name:
        work = Path(name)
        killed = kill_often(work / "kill", kills, seed)
        (work / "vaults").mkdir()
        originals = prepare(work / "vaults")
        flipped = flip(originals, work / "flip", flips, seed)
        return killed, flipped, move_rows(originals, work / "move", moves, seed)


def _shares(options: argparse.Namespace) -> list[list[int]]:
    """Kills, flips, moves and the seed of each part."""
    count, totals = options.parts, (options.kills, options.flips, options.moves)
    split = [[total // count + (part < total % count) for part in range(count)] for total in totals]
    return [*split, [options.seed + part for part in range(count)]]


def _merged(into: T, parts: Iterable[T]) -> T:
    """The sums of all counters, and all faults."""
    for part in parts:
        for field in fields(into):
            total = getattr(into, field.name)
            setattr(into, field.name, total + getattr(part, field.name))
    return into


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--moves", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--parts", type=int, default=10, help="parts, each with its own seed")
    parser.add_argument("--page", action="store_true", help="write docs/reliability.md")
    return parser.parse_args()


def _page(
    killed: Killed, flipped: Found, moved: Found, options: argparse.Namespace, minutes: float
) -> str:
    from tests.soak.flipping import CASES
    from tests.soak.killing import SECONDS

    return TEXT.format(
        day=datetime.now(UTC).date(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        seeds=f"{options.seed} to {options.seed + options.parts - 1}",
        minutes=minutes,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        cores=os.cpu_count() or 1,
        drawn=options.moves,
        seconds=max(SECONDS.values()),
        cases=CASES,
        kills=_kill_rows(killed),
        kill_faults=len(killed.faults),
        flips=_rows(flipped, _FILES, harmless=True),
        flip_faults=len(flipped.faults),
        moves=_rows(moved, {}, harmless=False),
        move_faults=len(moved.faults),
    )


_FILES = {
    "log": "write-ahead log",
    "keys": "key file",
    "schema": "database: its description of the tables",
}
_STEPS = {
    "save": ("saving and editing", "done"),
    "rotate": ("changing the vault key", "rotated"),
    "recovery": ("making a new recovery key", "renewed"),
    "back_up": ("saving and backing up", "backed-up"),
    "migrate": ("bringing an old database up to date", "opened"),
}


def _kill_rows(killed: Killed) -> str:
    rows = []
    for activity, (name, step) in _STEPS.items():
        words = {"done": "cases kept"}.get(step, step.replace("-", " "))
        rows.append(f"| {name} | {killed.kills[activity]} | {killed.done[step]} {words} |")
    late = f"| (ended before the signal) | {killed.too_late} | |"
    return "\n".join([*rows, late, f"| **all** | **{killed.kills.total()}** | |"])


def _rows(found: Found, names: dict[str, str], *, harmless: bool) -> str:
    rows = []
    for kind in [*sorted(found.changes), ""]:
        counters = [found.changes, found.refused, found.named, found.older]
        counters += [found.harmless] if harmless else []
        counts = [counter[kind] if kind else counter.total() for counter in counters]
        name = names.get(kind, kind) or "**all**"
        rows.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(rows)


def _say(what: str, counts: Counter[str], faults: list[str]) -> None:
    print(f"{what}: {counts.total()}, faults: {len(faults)}", flush=True)
    for fault in faults[:20]:
        print(f"  {fault}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
