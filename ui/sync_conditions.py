"""Whether a sync may begin by itself now: the clinic's settings, and what the device tells."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import flet as ft

from storage.settings import Settings
from ui.sync_views import Held

_PATIENCE_S = 3.0


@dataclass(frozen=True)
class Conditions:
    """What the device tells of itself; None where it does not. ``battery`` is in percent."""

    on_mobile_data: bool | None = None
    battery: int | None = None

    @property
    def are_known(self) -> bool:
        return self.on_mobile_data is not None and self.battery is not None


def held_back(settings: Settings, told: Conditions, now: datetime) -> Held:
    """Why a sync must wait. What the device does not tell holds nothing back. A person who asks for
    a sync is not held back."""
    if not settings.sync_from_hour <= now.hour < settings.sync_until_hour:
        return Held.HOURS
    if told.on_mobile_data and not settings.sync_on_mobile_data:
        return Held.MOBILE_DATA
    if told.battery is not None and told.battery <= settings.sync_above_battery:
        return Held.BATTERY
    return Held.NO


class Device:
    """Asks the platform, in one session."""

    def __init__(self, page: ft.Page) -> None:
        # A browser's answers are about the browser's own machine, and not about the one that sends.
        self._asks = not page.web
        self._network = ft.Connectivity() if self._asks else None
        self._battery = ft.Battery() if self._asks else None

    async def told(self) -> Conditions:
        """What the platform says within a moment."""
        mobile: bool | None = None
        percent: int | None = None
        with suppress(Exception):  # A platform that cannot tell has many ways to say so.
            if self._network:
                kinds = await asyncio.wait_for(self._network.get_connectivity(), _PATIENCE_S)
                better = {ft.ConnectivityType.WIFI, ft.ConnectivityType.ETHERNET}
                mobile = ft.ConnectivityType.MOBILE in kinds and not better & set(kinds)
        with suppress(Exception):
            if self._battery:
                percent = await asyncio.wait_for(self._battery.get_battery_level(), _PATIENCE_S)
        return Conditions(mobile, percent)
