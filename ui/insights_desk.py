"""Counting the kept cases for the charts. Slow: in a thread, a page at a time."""

from __future__ import annotations

import asyncio

from storage.clock import device_time
from storage.insights import Insights, insights
from ui.front_desk import FrontDesk
from ui.read_case import CANNOT_SAY
from ui.state import AppState, Place
from ui.troubles import statement_of


class InsightsDesk:
    """One session's counts. Nothing of them stays behind the lock."""

    def __init__(self, state: AppState, front: FrontDesk) -> None:
        self._state, self._front = state, front
        front.locked.append(self._forget)

    async def load(self) -> None:
        """Count anew. Whoever leaves the page meanwhile is not waited for."""
        state, vault = self._state, self._front.vault
        state.insights, state.trouble = None, None

        def count() -> Insights | None:
            return insights(
                vault,
                today=device_time().date(),
                no_views=frozenset({CANNOT_SAY}),
                go_on=lambda: state.place is Place.INSIGHTS,
            )

        try:
            found = await asyncio.to_thread(count)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
        else:
            state.insights = found

    def _forget(self) -> None:
        self._state.insights = None
