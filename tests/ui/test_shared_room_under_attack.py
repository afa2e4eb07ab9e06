"""What an attacker found in the shared room: each a way to lock out another, or to stay in."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from storage.failures import StorageError
from storage.key_file import Role
from tests.ui.test_shared_room import Clinic, clinic, sign_in, together
from tests.ui.vaults import AMINA, BEN, BENS_SECRET, CHEAP, SECRET, front_of
from ui.front_desk import FrontDesk
from ui.shared_room import SharedVaultRoom
from ui.state import Gate

__all__ = ["clinic"]  # The fixture.

CLARA, CLARAS = "Clara", "violet carpet eleven moss gate"


async def lock(front: FrontDesk) -> None:
    if front.state.gate is Gate.OPEN:
        front.lock()
    if front.closing is not None:
        await front.closing


def test_a_persons_second_tab_leaves_whoever_is_in_their_first_one_now(clinic: Clinic) -> None:
    """Ben locks, and closing takes its time; Clara signs in in his tab, and Ben in another."""

    async def go() -> None:
        amina = await clinic.begin()
        amina.vault.add_user(CLARA, Role.CLINICIAN, CLARAS, CHEAP)
        one = await clinic.tab(BEN, BENS_SECRET)
        closed = threading.Event()
        one.closing_down.append(lambda _: closed.wait(20) and None)
        one.lock()
        bens = one.closing
        await sign_in(one, CLARA, CLARAS)
        claras = one.vault
        two = await clinic.tab(BEN, BENS_SECRET)
        await asyncio.sleep(0)
        closed.set()
        assert bens is not None
        await bens

        assert one.state.gate is Gate.OPEN
        assert not claras.is_locked
        for front in (amina, two, one):
            await lock(front)
        assert claras.parts.session.ground.is_over

    together(go)


def test_a_first_start_that_was_left_at_its_recovery_key_is_closed(clinic: Clinic) -> None:
    async def go() -> None:
        first = front_of(clinic.room)
        await first.look()
        await first.begin(AMINA, SECRET)
        vault = first.vault
        vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)

        first.lock()
        await lock(first)
        await lock(await clinic.tab(BEN, BENS_SECRET))

        assert vault.parts.session.ground.is_over

    together(go)


def test_nothing_is_sent_behind_the_lock_once_somebody_came_in_in_another_tab(
    clinic: Clinic,
) -> None:
    async def go() -> None:
        amina = await clinic.begin()
        amina.vault.alter_settings(lambda now: replace(now, sync_while_locked=True))
        outbox = clinic.room.locked_outbox(amina.vault)
        await lock(amina)
        assert outbox.count() == 0
        again = await clinic.tab(AMINA, SECRET)
        again.vault.alter_settings(lambda now: replace(now, sync_while_locked=False))
        await lock(again)

        with pytest.raises(StorageError):
            outbox.count()

    together(go)


def test_a_tab_that_comes_while_another_erases_holds_up_nobody(clinic: Clinic) -> None:
    erasing, looked = threading.Event(), threading.Event()

    class Room(SharedVaultRoom):
        def has_vault(self) -> bool:
            there = super().has_vault()
            if looked.is_set():
                erasing.wait(5)  # The answer is there, and the loop has not come to it yet.
            return there

    clinic.room = Room(clinic.room.folder, lambda: CHEAP)

    async def go() -> None:
        amina = await clinic.begin()
        other, loop = front_of(clinic.room), asyncio.get_running_loop()

        async def destroy() -> bool:
            return True

        def destroyed() -> bool:
            erasing.set()
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result()
            return asyncio.run_coroutine_threadsafe(destroy(), loop).result()

        looked.set()
        looking = asyncio.ensure_future(other.look())
        await asyncio.sleep(0)
        await asyncio.to_thread(clinic.room.erase, amina, destroyed)
        await looking

    _ends(go)


def _ends(work: Any) -> None:
    """Within a time that only a deadlock outlasts."""
    over = threading.Event()

    def run() -> None:
        together(work)
        over.set()

    threading.Thread(target=run, daemon=True).start()
    assert over.wait(30), "the loop and the eraser wait for each other"
