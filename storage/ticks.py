"""Seconds that pass whatever the device's clock is set to, asleep or awake.

``time.monotonic`` stands still on Linux and Android while the device sleeps. What has to end with
time (an unlocked vault, a wait after wrong tries) needs a measure that goes on.
"""

from __future__ import annotations

import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """A name of the time since the device was started; empty where the system gives none."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def since(then: float, then_boot: str, now: float, now_boot: str) -> float:
    """From which tick on (as ``seconds`` counts them now) time has passed for sure since an
    earlier tick, which another process took: never earlier than it was.

    Ticks count from the device's start. After a restart of it at least all ticks of now have
    passed; and where nothing names the starts, those since the earlier tick have in either case.
    """
    known = bool(then_boot and now_boot)
    if known and then_boot == now_boot:
        return min(then, now)
    return 0.0 if known or then > now else then


def seconds() -> float:
    """Seconds since some moment in the past. Only differences mean something."""
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):
        # Windows, where ``monotonic`` goes on by itself, and systems that know no such clock.
        return time.monotonic()
