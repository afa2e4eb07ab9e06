"""Waiting for what a desk does by itself, however slow the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], bool]) -> None:
    """Look again and again, for half a minute. Raises AssertionError when it does not come."""
    for _ in range(1500):
        if happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")
