"""A clock far ahead: what a person is told, who confirms it, and what is then taken for right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flet as ft
import pytest

from core.build import BUILT_ON
from storage.audit import Action
from storage.clock import Clock, ClockFlag
from storage.key_file import Role
from tests.ui.vaults import BEN, BENS_SECRET, CHEAP, first_start, front_of, room_at
from ui import clock_words
from ui.clock_desk import ClockDesk
from ui.components.frame import _strip
from ui.language import formats
from ui.root import screen_for
from ui.screens.clock import clock_screen
from ui.state import Place

BUILT = datetime(BUILT_ON.year, BUILT_ON.month, BUILT_ON.day, tzinfo=UTC)
AHEAD = BUILT + timedelta(days=700)


class Device:
    """A session on a device whose clock can be set."""

    def __init__(self, folder: Path, shows: datetime) -> None:
        self.shows = shows
        room = room_at(folder)
        room._clock = Clock(lambda: self.shows)
        self.front = front_of(room)
        self.state = self.front.state
        self.desk = ClockDesk(self.state, self.front)
        self.actions: Any = SimpleNamespace(
            clock=self.desk, front=self.front, hush=None, go=lambda _: None
        )

    def notices(self) -> list[str]:
        return [notice.code for notice in self.state.notices]

    def strip(self) -> str:
        return repr(_strip(self.state, self.actions))

    def screen(self) -> str:
        return repr(clock_screen(self.state, self.actions))


def signed_in(device: Device, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(device.front)
        await work()
        device.front.lock()
        assert device.front.closing
        await device.front.closing

    asyncio.run(run())


def test_a_supervisor_confirms_the_date_on_the_screen_and_records_go_by_it(tmp_path: Path) -> None:
    device = Device(tmp_path, AHEAD)

    async def work() -> None:
        assert device.notices() == ["clock_far_ahead"]
        assert clock_words.CHECK_DATE in device.strip()
        device.state.place = Place.CLOCK
        assert screen_for(device.state) is clock_screen
        assert device.strip() == "[]"
        await device.desk.look()
        shown = formats.moment(AHEAD)
        assert clock_words.DATE_IS_RIGHT.format(moment=shown) in device.screen()
        assert clock_words.FOR_GOOD in device.screen()
        drawn: Any = clock_screen(device.state, device.actions)
        spoken = [one for one in drawn.content.controls if isinstance(one, ft.Semantics)]
        assert len(spoken) == 3
        assert all(one.content and not one.tooltip for one in spoken)

        await device.desk.confirm()

        last = device.front.vault.log()[-1]
        assert last.action is Action.CLOCK_CONFIRMED
        assert timedelta() <= last.moment.known - AHEAD < timedelta(minutes=5)
        assert device.notices() == []
        assert device.state.told == clock_words.DATE_CONFIRMED
        assert clock_words.CLOCK_FINE in device.screen()

    signed_in(device, work)
    assert device.state.clock is None


def test_a_clinician_is_shown_both_times_and_cannot_confirm(tmp_path: Path) -> None:
    device = Device(tmp_path, AHEAD)

    async def work() -> None:
        device.front.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
        device.front.switch_user()
        assert device.front.closing
        await device.front.closing
        await device.front.look()
        people = {person.name: person.id for person in device.state.entrance.people}
        device.front.choose(people[BEN])
        await device.front.unlock(BENS_SECRET)
        await device.desk.look()

        assert clock_words.SUPERVISOR_CONFIRMS in device.screen()
        assert clock_words.DATE_IS_RIGHT.split("{")[0] not in device.screen()
        assert formats.moment(AHEAD) in device.screen()
        await device.desk.confirm()
        assert device.state.trouble
        assert device.state.trouble.code == "only_supervisors"
        assert device.notices() == ["clock_far_ahead"]
        assert device.front.vault.moment().flag is ClockFlag.FAR_AHEAD

    signed_in(device, work)


def test_what_was_seen_is_confirmed_and_not_what_the_clock_was_set_to_since(tmp_path: Path) -> None:
    device = Device(tmp_path, AHEAD)

    async def work() -> None:
        await device.desk.look()
        device.shows = AHEAD + timedelta(days=3650)
        await device.desk.confirm()

        moment = device.front.vault.moment()
        assert moment.flag is ClockFlag.FAR_AHEAD
        assert moment.known - AHEAD < timedelta(minutes=5)

    signed_in(device, work)


@pytest.mark.parametrize(
    ("off", "said"),
    [(timedelta(days=-2000), clock_words.CLOCK_IS_BEHIND), (timedelta(), clock_words.CLOCK_FINE)],
)
def test_there_is_nothing_to_confirm_about_a_clock_behind_or_right(
    tmp_path: Path, off: timedelta, said: str
) -> None:
    device = Device(tmp_path, BUILT + timedelta(days=1) + off)

    async def work() -> None:
        await device.desk.look()

        assert said in device.screen()
        assert clock_words.DATE_IS_RIGHT.split("{")[0] not in device.screen()
        assert (clock_words.CHECK_DATE in device.strip()) == bool(off)

    signed_in(device, work)
