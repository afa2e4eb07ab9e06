"""When nobody is there, the vault locks; when somebody is, it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from storage.lock_policy import LockTimes
from tests.ui.vaults import SECRET, first_start, front_of, room_at
from ui.auto_lock import AutoLock
from ui.front_desk import FrontDesk
from ui.state import Gate, LockedBy

IDLE, GRACE = 0.6, 0.2


class Session:
    """A front desk that locks soon."""

    def __init__(self, front: FrontDesk) -> None:
        self.front = front
        self.lock = AutoLock(front, lambda: LockTimes(idle=IDLE, grace=GRACE, own_window=2))

    @property
    def is_open(self) -> bool:
        return self.front.state.gate is Gate.OPEN


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(front_of(room_at(tmp_path)))


def signed_in(session: Session, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(session.front)
        await work()

    asyncio.run(run())


def test_without_a_touch_it_locks(session: Session) -> None:
    async def work() -> None:
        await asyncio.sleep(IDLE + 0.3)
        assert not session.is_open
        assert session.front.state.entrance.locked_by is LockedBy.TIME, "the lock says why"

    signed_in(session, work)


def test_whoever_does_something_is_not_locked_out(session: Session) -> None:
    async def work() -> None:
        for _ in range(8):
            await asyncio.sleep(IDLE / 4)
            assert session.lock.event_may_pass("scroll")
        assert session.is_open

    signed_in(session, work)


def test_what_the_client_does_by_itself_is_no_touch(session: Session) -> None:
    async def work() -> None:
        for _ in range(8):
            await asyncio.sleep(IDLE / 4)
            session.lock.event_may_pass("resize")
        assert not session.is_open

    signed_in(session, work)


def test_in_the_background_it_locks_after_the_grace_time(session: Session) -> None:
    async def work() -> None:
        session.lock.hidden()
        await asyncio.sleep(GRACE / 3)
        assert session.is_open, "a glance at a message costs no secret"
        await asyncio.sleep(GRACE + 0.3)
        assert not session.is_open

    signed_in(session, work)


def test_coming_back_in_time_goes_on(session: Session) -> None:
    async def work() -> None:
        session.lock.hidden()
        await asyncio.sleep(GRACE / 3)
        session.lock.shown()
        await asyncio.sleep(GRACE + 0.1)
        assert session.is_open

    signed_in(session, work)


def test_our_own_picker_does_not_count_as_the_background(session: Session) -> None:
    async def work() -> None:
        with session.lock.own_window():
            session.lock.hidden()
            await asyncio.sleep(GRACE * 2)
            assert session.is_open
        await asyncio.sleep(GRACE + 0.3)
        assert not session.is_open

    signed_in(session, work)


def test_a_tap_that_comes_after_the_time_is_up_locks_and_is_not_handled(session: Session) -> None:
    async def work() -> None:
        # As on a phone that stopped the timers in the background.
        session.lock._timer.cancel()
        await asyncio.sleep(IDLE + 0.1)
        assert session.is_open
        assert not session.lock.event_may_pass("click")
        assert not session.is_open

    signed_in(session, work)


def test_every_unlock_is_watched_anew(session: Session) -> None:
    async def work() -> None:
        await asyncio.sleep(IDLE + 0.3)
        await session.front.unlock(SECRET)
        assert session.is_open
        await asyncio.sleep(IDLE / 2)
        assert session.is_open
        await asyncio.sleep(IDLE + 0.3)
        assert not session.is_open

    signed_in(session, work)
