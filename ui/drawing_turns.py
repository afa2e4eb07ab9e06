"""Whose screen is drawn next, where many tabs share one process.

Flet draws every screen that has changed in one turn of the event loop. One takes about ten
milliseconds; of twenty people who are told their verdicts at the same moment each waited for all,
and so did whoever only tapped. Here screens are drawn one by one, in the order in which they
changed, and what came meanwhile is heard in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from flet.messaging.session import Session

#: Turns of the loop between two screens: a message that comes in passes through about as many
#: before whatever it asks for is begun.
REST = 4


class DrawingTurns:
    """Made once for a process, and shared by its sessions. Only for the event loop's thread.

    ``between`` is called after each screen, in another turn of the loop than any screen.
    """

    def __init__(self, between: Callable[[], None] = lambda: None) -> None:
        self._between = between
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._rest = 0

    async def come(self) -> None:
        """Returns at once where nobody has just drawn, and else in the order of asking."""
        loop = asyncio.get_running_loop()
        if self._rest:
            mine = loop.create_future()
            self._waiting.append(mine)
            await mine
            return
        self._rest = REST
        loop.call_soon(self._go_round, loop)

    def _go_round(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called in each turn of the loop until nobody waits."""
        self._rest -= 1
        if self._rest == REST // 2:
            self._between()
        if not self._rest and self._call_next():
            self._rest = REST
        if self._rest:
            loop.call_soon(self._go_round, loop)

    def _call_next(self) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # Else its tab was closed while it waited.
                turn.set_result(None)
                return True
        return False


class _ChangedAndInTurn(asyncio.Event):
    """What Flet's sessions wait for before they draw. What changes while they wait for their turn
    is drawn with the rest."""

    def __init__(self, turns: DrawingTurns) -> None:
        super().__init__()
        self._turns = turns

    async def wait(self) -> Literal[True]:
        await super().wait()
        await self._turns.come()
        return True


def draw_in_turn(session: Session, turns: DrawingTurns) -> None:
    """To be called before the session draws its first screen."""
    session._Session__updates_ready = _ChangedAndInTurn(turns)  # type: ignore[attr-defined]
