"""Seconds that pass whatever the device's clock is set to, asleep or awake.

``time.monotonic`` stands still on Linux and Android while the device sleeps. What has to end with
time (an unlocked vault, a wait after wrong tries) needs a measure that goes on.
"""

from __future__ import annotations

import time


def seconds() -> float:
    """Seconds since some moment in the past. Only differences mean something."""
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):
        # Windows, where ``monotonic`` goes on by itself, and systems that know no such clock.
        return time.monotonic()
