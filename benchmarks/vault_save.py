"""What saving a case costs beyond what no safe storage can do without.

    python -m benchmarks.vault_save            # prints a table in Markdown
    python -m benchmarks.vault_save --write    # and puts it into docs/benchmarks.md

A save is set beside writing as many bytes to a file of the same folder and flushing it, done in
turn with it, so that a slow moment of the card hits both alike. Percentiles, because a clinician
waits for every one of them. The processor's time of a save, which other programs take no part of,
stands beside it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.page import machine, write_section
from benchmarks.vault_cases import case, enter, fill, make, picture
from storage.store import OpenVault
from storage.vault import Opinion

REPEATS = 400
FULL = 20_000


def _ms(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    return (time.perf_counter() - started) * 1000


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def _bytes_of_a_save(folder: Path, vault: OpenVault, review_copy: bytes | None) -> int:
    """What one save adds to SQLite's write-ahead log, on an average of a few."""
    log = folder / "vault.db-wal"
    vault._session.forget_the_log()
    for number in range(4):
        vault.save(case(number), review_copy=review_copy)
    return log.stat().st_size // 4


def _write_and_flush(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def measure(folder: Path, vault: OpenVault, name: str, review_copy: bytes | None) -> str:
    """One row of the table, of new cases: three of four have a label."""
    size = _bytes_of_a_save(folder, vault, review_copy)
    cases = [case(number) for number in range(REPEATS)]
    saves = (lambda one=one: vault.save(one, review_copy=review_copy) for one in cases)
    return _row(name, size, saves, folder.with_name("bare"))


def measure_labelling(folder: Path, vault: OpenVault, name: str) -> str:
    """One row of the table, of kept cases that are given another label."""
    kept = [vault.save(case(number), review_copy=picture()) for number in range(REPEATS + 4)]
    labelled = [replace(one, opinion=Opinion.DISAGREES, right_label="other") for one in kept]
    vault._session.forget_the_log()
    for one in labelled[:4]:
        vault.save(one)
    size = (folder / "vault.db-wal").stat().st_size // 4
    saves = (lambda one=one: vault.save(one) for one in labelled[4:])
    return _row(name, size, saves, folder.with_name("bare"))


def _row(name: str, size: int, saves: Iterable[Callable[[], object]], bare_file: Path) -> str:
    content = os.urandom(size)
    spent, worked = [], []
    for save in saves:
        begun = time.process_time()
        saving = _ms(save)
        worked.append((time.process_time() - begun) * 1000)
        spent.append((saving, _ms(lambda: _write_and_flush(bare_file, content))))
    bare_file.unlink()
    saves_ms, bare = ([pair[side] for pair in spent] for side in (0, 1))
    beside = [f"{_percentile(bare, percent):.1f}" for percent in (50, 95)]
    both = [f"{_percentile(saves_ms, percent):.1f}" for percent in (50, 95)]
    beyond = [
        f"{_percentile(saves_ms, percent) - _percentile(bare, percent):.1f}" for percent in (50, 95)
    ]
    cells = " | ".join(f"{median} / {high} ms" for median, high in (both, beside, beyond))
    work = f"{_percentile(worked, 50):.1f} / {_percentile(worked, 95):.1f} ms"
    return f"| {name} | {size // 1000} kB | {cells} | 15 ms | {work} |"


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    write = parser.parse_args().write
    lines = [
        "| a save | bytes | median / p95 | bare write and flush | beyond it | goal, p95 at most "
        "| of the processor |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "vault"
        make(folder)
        vault = enter(folder)
        lines.append(measure(folder, vault, "without a picture", None))
        lines.append(measure(folder, vault, "with a review copy of 120 kB", picture()))
        fill(vault, 0, FULL)
        vault.prepare_history()
        lines.append(measure(folder, vault, f"the same, {FULL:,} cases before it", picture()))
        lines.append(measure_labelling(folder, vault, "another label, among these"))
        vault.lock()
    text = "\n".join([*lines, "", f"{REPEATS} saves each. {machine()}"])
    print(text)
    if write:
        write_section("vault save", text)


if __name__ == "__main__":
    main()
