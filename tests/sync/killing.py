"""Bad networks and sudden deaths together: every case on the server once, every receipt true."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.sync.discovery import Json
from tests.storage.cases import enter
from tests.sync.fault_proxy import MIXES, FaultProxy, Weather, faulty

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Survived:
    """What one mix came to. ``faults`` says all that was wrong; ``peak_kb`` is the most memory
    that one of the phone's processes had."""

    mix: str = ""
    cases: int = 0
    kills: int = 0
    requests: int = 0
    happened: dict[str, int] = field(default_factory=dict)
    peak_kb: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


class Phone:
    """Runs ``tests.sync.client`` and kills its processes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, seconds: float) -> int:
        """Work for so long at most. The peak memory in kB when it was done, else 0: killed."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        child = int(self._line("pid"))
        killing = threading.Timer(seconds, _kill, [child])
        killing.start()
        peak = 0
        while (line := self._process.stdout.readline()) and not line.startswith("ended"):
            if line.startswith("done"):
                peak = int(line.split()[1])
        killing.cancel()
        killing.join()
        if not peak and line.split()[1:] != [str(int(signal.SIGKILL))]:
            raise AssertionError(f"the phone broke down by itself: {line}")
        return peak

    def _line(self, begins: str) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline().split()
        assert line and line[0] == begins, f"the phone said {line}"
        return line[1]

    def end(self) -> None:
        with self._process as process:
            process.kill()


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


@contextmanager
def phone() -> Iterator[Phone]:
    made = Phone()
    try:
        yield made
    finally:
        made.end()


def steady_lives(seconds: float, seed: int) -> Iterator[float]:
    """About so long each, and a little longer every time, so that a slow machine ends too."""
    draw = random.Random(seed)
    return (seconds * (0.5 + draw.random()) * (1 + count / 10) for count in itertools.count())


def growing_lives(seconds: float, seed: int) -> Iterator[float]:
    """From about so long half as long again every time: some end while it starts, some while it
    sends, on a fast machine and on a slow one."""
    draw = random.Random(seed)
    return (seconds * (0.5 + draw.random()) * 1.5**count for count in itertools.count())


def endure(
    phone: Phone, folder: Path, proxy: FaultProxy, weather: Weather, *, lives: Iterator[float]
) -> Survived:
    """Send what waits in a vault through a network, the phone being killed after each of ``lives``
    (seconds) until one is long enough.

    The vault is enrolled by the proxy's address already.
    """
    result = Survived()
    proxy.weather = weather
    for seconds in lives:
        if peak := phone.run(folder, seconds):
            result.peak_kb = peak
            break
        result.kills += 1
    weather.faults = ()
    result.happened = dict(weather.happened)
    result.requests = sum(weather.happened.values())
    result.bytes = proxy.bytes
    return result


def compare(folder: Path, reports: Iterable[Json], result: Survived) -> None:
    """Whether the server holds every case once, and every receipt is of what it holds."""
    vault = enter(folder)
    held: dict[str, list[str]] = {}
    for report in reports:
        for each in report["identifier"][1:]:
            case = str(each["value"]).removeprefix("urn:uuid:")
            held.setdefault(case, []).append(f"DiagnosticReport/{report['id']}")
    before = None
    while True:
        page = vault.cases(limit=500, before=before)
        for case in page.cases:
            result.cases += 1
            receipts = [each.resource for each in vault.receipts(case.id)]
            if len(held.get(case.id, [])) != 1:
                result.faults.append(f"{case.id}: {len(held.get(case.id, []))} times on the server")
            elif receipts != held[case.id]:
                result.faults.append(f"{case.id}: its receipts are {receipts}")
        if (before := page.next) is None:
            break
    if vault.outbox():
        result.faults.append(f"{len(vault.outbox())} still wait")
    result.faults += [f"vault: {each}" for each in vault.verify()]
    vault.lock()


__all__ = [
    "MIXES",
    "Phone",
    "Survived",
    "compare",
    "endure",
    "faulty",
    "growing_lives",
    "phone",
    "steady_lives",
]
