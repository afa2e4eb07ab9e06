"""Many tabs of one process: Flet's own sessions, on a loop whose turns are counted."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import flet as ft
import msgpack
import pytest
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page
from flet.messaging.connection import Connection
from flet.messaging.protocol import (
    Message,
    MessageAction,
    configure_encode_object_for_msgpack,
)
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from ui.drawing_turns import REST, DrawingTurns, draw_in_turn
from ui.serving_command import look_for_garbage

TABS = 6
_encode = configure_encode_object_for_msgpack(BaseControl)


@ft.observable
@dataclass
class Count:
    number: int = 0


@ft.component
def screen(count: Count) -> list[ft.View]:
    return [ft.View(controls=[ft.Text(f"{count.number}")])]


class Clock:
    """The number of the loop's present turn."""

    def __init__(self) -> None:
        self.turn = 0
        self._tick()

    def _tick(self) -> None:
        self.turn += 1
        asyncio.get_running_loop().call_soon(self._tick)


class Tab(Connection):
    """A tab with one number on its screen, and the turns in which it was sent a new screen."""

    def __init__(self, turns: DrawingTurns, clock: Clock) -> None:
        super().__init__()
        self.loop, self.pubsubhub = asyncio.get_running_loop(), PubSubHub()
        self._clock, self.count, self.drawn = clock, Count(), list[int]()
        self.session = Session(self)
        # Flet finds what has changed since it was last packed.
        msgpack.packb(self.session.get_page_patch(), default=_encode)
        draw_in_turn(self.session, turns)
        _context_page.set(self.session.page)
        self.session.page.render_views(screen, self.count)
        self.drawn.clear()

    def send_message(self, message: Message) -> None:
        msgpack.packb(message, default=_encode)
        if message.action is MessageAction.PATCH_CONTROL:
            self.drawn.append(self._clock.turn)

    def change(self) -> None:
        _context_page.set(self.session.page)
        self.count.number += 1


def with_tabs(see: Callable[[list[Tab]], Awaitable[None]]) -> None:
    """Let some tabs be opened, and wait until everything that they drew at first is there."""

    async def open_and_see() -> None:
        turns, clock = DrawingTurns(), Clock()
        tabs = [Tab(turns, clock) for _ in range(TABS)]
        await rounds(2 * REST * TABS)
        for tab in tabs:
            tab.drawn.clear()
        await see(tabs)
        for tab in tabs:
            tab.session.close()
        await rounds(2 * REST * TABS)

    asyncio.run(open_and_see())


async def rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_screens_are_drawn_in_the_order_in_which_they_changed_with_a_rest_between_them() -> None:
    async def see(tabs: list[Tab]) -> None:
        changed = [tabs[number] for number in (3, 0, 5, 1, 4, 2)]
        for tab in changed:
            tab.change()
        await rounds(2 * REST * TABS)

        assert [len(tab.drawn) for tab in tabs] == [1] * TABS
        turns = [tab.drawn[0] for tab in changed]
        assert all(later - former >= REST for former, later in pairwise(turns))

    with_tabs(see)


def test_a_screen_that_changes_again_while_it_waits_is_drawn_once() -> None:
    async def see(tabs: list[Tab]) -> None:
        for tab in tabs:
            tab.change()
        await rounds(3)  # The first has been drawn.
        assert tabs[0].drawn
        assert not tabs[-1].drawn
        tabs[-1].change()
        await rounds(2 * REST * TABS)

        assert len(tabs[-1].drawn) == 1

    with_tabs(see)


def test_the_only_screen_that_changes_is_drawn_at_once() -> None:
    async def see(tabs: list[Tab]) -> None:
        tabs[0].change()
        await rounds(3)

        assert len(tabs[0].drawn) == 1

    with_tabs(see)


def test_a_tab_that_is_closed_while_it_waits_keeps_nobody_waiting() -> None:
    async def see(tabs: list[Tab]) -> None:
        for tab in tabs:
            tab.change()
        await rounds(3)
        for tab in tabs[1:-1]:
            tab.session.close()
        await rounds(2 * REST)

        assert len(tabs[-1].drawn) == 1

    with_tabs(see)


def test_one_that_comes_late_waits_only_for_those_before_it() -> None:
    async def see(tabs: list[Tab]) -> None:
        for tab in tabs[:3]:
            tab.change()
        await rounds(REST * 4)
        tabs[3].change()
        await rounds(3)

        assert [len(tab.drawn) for tab in tabs[:4]] == [1] * 4

    with_tabs(see)


def test_what_comes_in_while_screens_wait_is_done_before_the_next_two_are_drawn() -> None:
    async def see(tabs: list[Tab]) -> None:
        for tab in tabs:
            tab.change()
        await rounds(3)
        first = [len(tab.drawn) for tab in tabs]

        await rounds(3)  # A tap passes through about so many turns before what it asks for begins.

        assert first == [1] + [0] * (TABS - 1)
        assert sum(len(tab.drawn) for tab in tabs) <= 2

    with_tabs(see)


def test_what_is_done_between_screens_shares_its_turn_with_none() -> None:
    async def see() -> None:
        clock, between = Clock(), list[int]()
        turns = DrawingTurns(lambda: between.append(clock.turn))
        tabs = [Tab(turns, clock) for _ in range(TABS)]
        await rounds(2 * REST * TABS)
        between.clear()
        for tab in tabs:
            tab.drawn.clear()
            tab.change()
        await rounds(2 * REST * TABS)

        drawn = {turn for tab in tabs for turn in tab.drawn}
        assert len(drawn) == len(between) == TABS
        assert not drawn & set(between)
        for tab in tabs:
            tab.session.close()
        await rounds(REST)

    asyncio.run(see())


@pytest.fixture
def searches() -> Iterator[Callable[[int], None]]:
    """Python's own searches among new objects, only when the test wants them."""

    def search(times: int) -> None:
        for _ in range(times):
            gc.collect(1)

    gc.disable()
    gc.collect()
    try:
        yield search
    finally:
        gc.enable()


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="from 3.14 on Python looks for garbage bit by bit itself"
)
def test_garbage_is_looked_for_between_screens_before_python_would(
    searches: Callable[[int], None],
) -> None:
    circle = Circle()
    gone = weakref.ref(circle)
    searches(2)  # Now it is among what is old.
    del circle

    look_for_garbage()
    assert gone() is not None

    searches(gc.get_threshold()[2] - 3)
    assert gone() is not None
    look_for_garbage()
    assert gone() is None
