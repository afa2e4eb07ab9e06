"""A number of spoilt files, opened in worker processes that may hang, swell or die."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What no file may cost: CPU seconds, and megabytes of the process's memory.
MAX_SECONDS, MAX_MEGABYTES = 10.0, 1000
#: Wall-clock seconds without a word after which a worker is taken for hanging, on any machine.
_SILENCE_S = 40.0
#: How often that may pass while the worker has hardly had the processor.
_PATIENCE = 10


@dataclass
class Findings:
    """What came of a campaign. ``faults`` name the case by its number, so that it can be made
    again."""

    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: int = 0


def campaign(
    count: int,
    *,
    seed: int = 1,
    first: int = 0,
    shared: Path | None = None,
    target: str = "everything",
    silence: float = _SILENCE_S,
    told: Callable[[Findings], None] = lambda _: None,
) -> Findings:
    """Open ``count`` spoilt files from case ``first`` on; a worker that ends early is replaced."""
    found, following, last = Findings(), first, first + count
    while following < last:
        following = _one_worker(found, (target, seed, following, last, shared), silence, told)
    return found


def _one_worker(
    found: Findings,
    work: tuple[str, int, int, int, Path | None],
    silence: float,
    told: Callable[[Findings], None],
) -> int:
    """Run one worker to its end, however that comes; the number of the case to go on with."""
    target, seed, first, last, shared = work
    command = [sys.executable, "-m", "tests.fuzz.worker", target, str(seed), str(first), str(last)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, str(shared or "")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    held, following, waited, spent = b"", first, 0.0, 0.0
    try:
        while True:
            ready, _, _ = select.select([process.stdout], [], [], silence)
            if not ready:
                waited += silence
                worked = _processor_seconds(process.pid) - spent
                if worked < MAX_SECONDS and waited < _PATIENCE * silence:
                    continue  # the machine is busy with others
                found.faults.append(f"case {following}: no answer in {silence:.0f} s")
                return following + 1
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            if not chunk:
                break
            waited, spent = 0.0, _processor_seconds(process.pid)
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                following = _noted(found, line.decode()) + 1
            told(found)
            if found.largest > MAX_MEGABYTES:
                found.largest = 0  # a new worker begins anew
                return following
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if following < last:
        found.faults.append(f"case {following}: the process died ({process.returncode})")
        return following + 1
    return following


def _processor_seconds(process: int) -> float:
    """What a process has had of the processor (proc(5)); much, where that cannot be told."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 1e9
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _noted(found: Findings, line: str) -> int:
    number, said, seconds, megabytes = line.split()
    found.done += 1
    found.outcomes[said] += 1
    found.slowest = max(found.slowest, float(seconds))
    found.largest = max(found.largest, int(megabytes))
    if said.startswith("!"):
        found.faults.append(f"case {number}: raised {said[1:]}")
    if float(seconds) > MAX_SECONDS:
        found.faults.append(f"case {number}: took {seconds} s of the processor")
    if int(megabytes) > MAX_MEGABYTES:
        found.faults.append(f"case {number}: took {megabytes} MB")
    return int(number)


def summary(found: Findings, begun: float) -> str:
    outcomes = ", ".join(f"{name} {count}" for name, count in found.outcomes.most_common())
    return (
        f"{found.done} files in {time.monotonic() - begun:.0f} s; slowest {found.slowest:.2f} s; "
        f"most memory {found.largest} MB; faults {len(found.faults)}\n{outcomes}\n"
        + "".join(f"{fault}\n" for fault in found.faults)
    )
