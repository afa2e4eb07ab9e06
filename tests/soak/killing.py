"""kill -9 at random moments: nothing that was kept is lost, none is half kept, the log is whole."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.backup import restore
from storage.door import Door
from storage.store import OpenVault
from tests.fixtures.vaults.make_first import IDS
from tests.soak.victim import ACTIVITIES
from tests.storage.cases import PHONE, case, enter, make, plain

ROOT = Path(__file__).resolve().parents[2]
FIRST = ROOT / "tests" / "fixtures" / "vaults" / "first"
#: Killed at a random moment within so many seconds of work: enough for a few rounds of it. The
#: work of ``migrate`` is opening the vault; that of the others begins after it.
SECONDS = {"save": 0.25, "rotate": 0.25, "recovery": 0.25, "back_up": 0.5, "migrate": 0.15}
#: After so many kills a vault is put away, since checking it takes longer the more it holds.
ROUNDS = 25
#: What checking a vault takes on an idle machine; on a busy one, everything is given more time.
CHECK_SECONDS = 0.3


@dataclass
class Expected:
    """What may be found in a vault: the last note that was surely kept of each case, and those
    that were being saved when the process died; and ``said``, the second opinions that surely were.
    Every case has the same reading."""

    kept: dict[str, str] = field(default_factory=dict)
    begun: dict[str, set[str]] = field(default_factory=dict)
    backed_up: dict[str, str] = field(default_factory=dict)
    said: set[tuple[str, str]] = field(default_factory=set)
    reading: Any = field(default_factory=lambda: plain(case().reading))

    def heard(self, lines: list[str]) -> Counter[str]:
        """Take in what a killed process had told."""
        for line in lines:
            said, *about = line.split()
            if said == "begin":
                self.begun.setdefault(about[0], set()).add(about[1])
            elif said == "done":
                self.kept[about[0]] = about[1]
                self.begun[about[0]].discard(about[1])
            elif said == "said":
                self.said.add((about[0], about[1]))
            elif said == "backed-up":
                self.backed_up = dict(self.kept)
        return Counter(line.split()[0] for line in lines)

    def faults(self, found: dict[str, str]) -> list[str]:
        """What is wrong with the cases in a vault. Then they are what is expected next time."""
        wrong = [
            f"case {one}: lost or old"
            for one, note in self.kept.items()
            if found.get(one) not in {note, *self.begun.get(one, ())}
        ]
        wrong += [
            f"case {one}: unknown"
            for one, note in found.items()
            if one not in self.kept and note not in self.begun.get(one, ())
        ]
        self.kept, self.begun = dict(found), {}
        return wrong


@dataclass
class Killed:
    """How many processes were killed at what, what they had done, and all that was wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    too_late: int = 0
    faults: list[str] = field(default_factory=list)


def kill_often(work: Path, kills: int, seed: int) -> Killed:
    """Kill so many processes in all, each activity as often as the others."""
    draw, result = random.Random(seed), Killed()
    for number, activity in enumerate(ACTIVITIES):
        share = (kills - number + len(ACTIVITIES) - 1) // len(ACTIVITIES)
        while share:
            rounds = min(share, ROUNDS)
            share -= rounds
            kill_at(activity, work, rounds, draw, result)
    return result


def kill_at(activity: str, work: Path, rounds: int, draw: random.Random, result: Killed) -> None:
    """One vault, and so many processes that die at it one after the other."""
    with _emptied(work):
        folder, backup = work / "vault", work / "backup"
        expected, recovery_key = Expected(), ""
        if activity != "migrate":
            recovery_key = make(folder)
            _fill(folder, expected)
        victim, pace = _Victim(activity, folder, backup), 1.0
        for _ in range(rounds):
            if activity == "migrate":
                expected = _first(folder)
            then = _Victim(activity, folder, backup)
            seconds = draw.uniform(0, SECONDS[activity] * pace)
            lines, died = victim.run(seconds, opened=activity != "migrate")
            victim = then
            result.kills[activity] += died
            result.too_late += not died
            result.done.update(expected.heard(lines))
            started = time.perf_counter()
            result.faults += [f"{activity}: {fault}" for fault in _checked(folder, expected)]
            pace = max(1.0, (time.perf_counter() - started) / CHECK_SECONDS)
            result.faults += _backup_faults(backup, work / "restored", recovery_key, expected)
        victim.end()


class _Victim:
    """A process, started early so that it has imported everything when its turn comes."""

    def __init__(self, activity: str, folder: Path, backup: Path) -> None:
        command = [sys.executable, "-m", "tests.soak.victim", activity, str(folder), str(backup)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, seconds: float, *, opened: bool) -> tuple[list[str], bool]:
        """Let it work so long, counted from when the vault was open or was to be opened, and
        kill it. What it said, and whether it was still alive."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise ValueError("no pipes")
        if process.stdout.readline() != "ready\n":
            raise ValueError("the process did not start")
        process.stdin.write("go\n")
        process.stdin.flush()
        if opened and process.stdout.readline() != "opened\n":
            raise ValueError("the vault did not open")
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        with process:
            lines = process.stdout.read().splitlines(keepends=True)
        if process.returncode not in {0, -signal.SIGKILL}:
            raise ValueError(f"the process ended by itself, with {process.returncode}")
        # A line that was cut off tells nothing.
        return [line.strip() for line in lines if line.endswith("\n")], process.returncode != 0

    def end(self) -> None:
        with self._process as process:
            process.kill()


@contextmanager
def _emptied(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(work)


def _fill(folder: Path, expected: Expected) -> None:
    vault = enter(folder)
    for number in range(5):
        one = case(f"{number:016x}")
        vault.save(one)
        expected.kept[one.id] = one.note
    vault.lock()


def _first(folder: Path) -> Expected:
    """A fresh vault of the first version of the database, and what is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FIRST, folder)
    notes = dict(zip(IDS, ("note a, edited", "note b"), strict=True))
    return Expected(kept=notes, reading=_first_reading(folder.with_name("undisturbed")))


def _first_reading(folder: Path) -> Any:
    """The reading in that vault, when nobody is killed. It had fewer fields."""
    shutil.copytree(FIRST, folder)
    vault = enter(folder)
    try:
        return plain(vault.cases().cases[0].reading)
    finally:
        vault.lock()
        shutil.rmtree(folder)


def _checked(folder: Path, expected: Expected) -> list[str]:
    vault = enter(folder)
    try:
        return _vault_faults(vault, expected)
    finally:
        vault.lock()


def _vault_faults(vault: OpenVault, expected: Expected) -> list[str]:
    page = vault.cases(limit=100_000)
    wrong = [f"{fault.kind.value} {fault.table}" for fault in vault.verify()]
    wrong += [f"case {one}: damaged" for one in page.damaged]
    wrong += [
        f"case {one.id}: altered" for one in page.cases if plain(one.reading) != expected.reading
    ]
    wrong += [f"case {one.id}: another copy waits" for one in _stale(vault)]
    lines = vault.history(limit=100_000).lines
    if [line.id for line in lines] != [one.id for one in page.cases]:
        wrong.append("the list differs from the cases")
    wrong += [f"case {case_id}: an opinion lost" for case_id, _ in expected.said - _said(vault)]
    return wrong + expected.faults({one.id: one.note for one in page.cases})


def _said(vault: OpenVault) -> set[tuple[str, str]]:
    """Every second opinion: on which case, and its note."""
    cases = vault.cases(limit=100_000).cases
    return {(one.id, given.note) for one in cases for given in vault.opinions(one.id)}


def _stale(vault: OpenVault) -> list[object]:
    """Cases whose newest copy in the outbox is not the case as it is."""
    newest = {one.id: one for _, one in vault.outbox()}
    cases = {one.id: one for one in vault.cases(limit=100_000).cases}
    return [cases[i] for i, one in newest.items() if i not in cases or cases[i].note != one.note]


def _backup_faults(backup: Path, folder: Path, key: str, expected: Expected) -> list[str]:
    if not backup.exists():
        return ["backup: lost"] if expected.backed_up else []
    restore(backup, folder, key)
    vault = Door(folder, PHONE).recover(key)
    try:
        found = {one.id: one.note for one in vault.cases(limit=100_000).cases}
        lost = [one for one in expected.backed_up if one not in found]
        wrong = [f"backup: {fault.kind.value} {fault.table}" for fault in vault.verify()]
        return wrong + [f"backup: case {one} lost" for one in lost]
    finally:
        vault.lock()
        shutil.rmtree(folder)
