"""What the list of cases costs, at 1,000, 10,000 and 100,000 cases.

    python -m benchmarks.vault_history            # prints a table in Markdown
    python -m benchmarks.vault_history --write    # and puts it into docs/benchmarks.md

Every size is measured in a process of its own, several times, on the same vault, filled further
each time. The goals are for 100,000 cases. The files are in the page cache; a phone that was
just switched on reads them from its card first.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.page import ROOT, machine, write_section
from benchmarks.vault_cases import START, enter, fill, make
from core.reading.result import Verdict
from storage.history import Filter
from storage.vault import Opinion

SIZES = (1_000, 10_000, 100_000)
REPEATS = 5
FILTERS = {
    "verdict and opinion": Filter(
        verdicts=frozenset({Verdict.UNCERTAIN}), opinions=frozenset({Opinion.DISAGREES})
    ),
    "part of a code that one case has": Filter(text="KH-000017"),
    "a code that no case has": Filter(text="none such"),
    "a day, and a pack": Filter(
        packs=frozenset({"head_ct"}), since=START, until=START + timedelta(days=1)
    ),
}
GOALS = {
    "unlock to first page": "1000 ms",
    "next page": "50 ms",
    "later filter": "300 ms",
    "memory": "200 MB",
}


def _resident_megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _ms(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    return (time.perf_counter() - started) * 1000


def measure(folder: Path) -> dict[str, float]:
    """One process: unlock, pages, the first filter, later filters, opened cases, memory."""
    before = _resident_megabytes()
    started = time.perf_counter()
    vault = enter(folder)
    page = vault.history()
    found = {"unlock to first page": (time.perf_counter() - started) * 1000}
    spent = []
    for _ in range(20):
        if page.next is None:
            break
        at = page.next
        spent.append(_ms(lambda at=at: vault.history(before=at)))
        page = vault.history(before=at)
    found["next page"] = max(spent)
    found["first filter"] = _ms(lambda: vault.history(FILTERS["a code that no case has"]))
    found["later filter"] = max(
        _ms(lambda wanted=wanted: vault.history(wanted)) for wanted in FILTERS.values()
    )
    found["next page after it"] = _ms(lambda: vault.history(before=page.next))
    found["first opened case"] = _ms(lambda: vault.case(page.lines[0].id))
    found["next opened case"] = _ms(lambda: vault.case(page.lines[1].id))
    found["memory"] = _resident_megabytes() - before
    vault.lock()
    return found


def _in_own_process(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.vault_history", "--measure", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(found: dict[int, list[dict[str, float]]]) -> str:
    names = list(next(iter(found.values()))[0])
    head = " | ".join(f"{size:,} cases" for size in found)
    lines = [f"| what | {head} | goal, at most |", f"| --- |{' --- |' * len(found)} --- |"]
    for name in names:
        unit = "MB" if name == "memory" else "ms"
        cells = []
        for runs in found.values():
            values = sorted(run[name] for run in runs)
            cells.append(
                f"{values[len(values) // 2]:.0f} {unit} ({values[0]:.0f}-{values[-1]:.0f})"
            )
        lines.append(f"| {name} | {' | '.join(cells)} | {GOALS.get(name, '')} |")
    note = f"Median (lowest-highest) of {REPEATS} processes. {machine()}"
    return "\n".join([*lines, "", note])


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest size to measure")
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    found: dict[int, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "vault"
        make(folder)
        done = 0
        for size in (size for size in SIZES if size <= arguments.most):
            vault = enter(folder)
            fill(vault, done, size)
            vault.lock()
            done = size
            found[size] = [_in_own_process(folder) for _ in range(REPEATS)]
    text = table(found)
    print(text)
    if arguments.write:
        write_section("vault history", text)


if __name__ == "__main__":
    main()
