"""The page of figures: each script keeps its own section of docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"


def machine() -> str:
    """What it ran on, and how busy that was: a figure from a busy machine is an upper bound."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"On {platform.machine()}, {cores} cores, Python {platform.python_version()}; "
        f"load {load:.1f} at the end, so other programs took part of it."
        if load > 1.5
        else f"On {platform.machine()}, {cores} cores, Python {platform.python_version()}."
    )


def is_first() -> bool:
    """Whether the system lets this run before whatever else there is to do (``chrt --rr 1``)."""
    return os.sched_getscheduler(0) in {os.SCHED_RR, os.SCHED_FIFO}


def write_section(name: str, text: str) -> None:
    """Replace what stands between the section's two marks."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(begin)[0], page.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
