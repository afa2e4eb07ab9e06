"""A served Outpost: several people signed in to one vault, each in a tab of their own."""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.reading.reader import Reader
from storage.audit import Action
from storage.failures import StorageError
from storage.key_file import Role
from storage.vault import Opinion
from tests.ui.test_case_book import HAND
from tests.ui.test_reading_desk import answering
from tests.ui.vaults import AMINA, BEN, BENS_SECRET, CHEAP, SECRET, first_start, front_of, room_at
from ui.case_book import CaseBook
from ui.front_desk import FrontDesk
from ui.locked_sync_desk import LockedSyncDesk
from ui.office import Office
from ui.reading_desk import ReadingDesk
from ui.serving import Gatehouse, Limits
from ui.shared_room import SharedVaultRoom
from ui.state import Gate, LockedBy, Place
from ui.sync_conditions import Conditions


class Clinic:
    """A room, and the tabs that were opened in it."""

    def __init__(self, folder: Path) -> None:
        self.room = SharedVaultRoom(folder / "clinic" / "vault", lambda: CHEAP)
        self.recovery_key = ""

    async def begin(self) -> FrontDesk:
        """Amina is in, and Ben may come."""
        amina = front_of(self.room)
        self.recovery_key = await first_start(amina)
        amina.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
        return amina

    async def tab(self, name: str = "", secret: str = "") -> FrontDesk:
        """A new tab, in which somebody may sign in."""
        front = front_of(self.room)
        await front.look()
        if name:
            await sign_in(front, name, secret)
        return front


async def sign_in(front: FrontDesk, name: str, secret: str) -> None:
    front.choose(next(one.id for one in front.state.entrance.people if one.name == name))
    await front.unlock(secret)


async def until(so: Callable[[], bool]) -> None:
    """However slow the machine is."""
    async with asyncio.timeout(60):
        while not so():
            await asyncio.sleep(0.01)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def together(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def user(front: FrontDesk) -> str:
    signed_in = front.vault.user()
    return signed_in.name if signed_in else ""


def test_two_people_are_in_at_once_and_each_is_themselves(clinic: Clinic) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)

        assert (amina.state.gate, ben.state.gate) == (Gate.OPEN, Gate.OPEN)
        assert (user(amina), user(ben)) == (AMINA, BEN)
        assert ben.state.person
        assert (ben.state.person.name, ben.state.person.supervisor) == (BEN, False)
        arrived = [entry.user for entry in ben.vault.log() if entry.action is Action.UNLOCKED]
        assert len(set(arrived)) == 2

    together(both)


def test_a_tab_that_looks_at_the_lock_is_not_told_who_is_in(clinic: Clinic) -> None:
    async def look() -> None:
        await clinic.begin()
        other = await clinic.tab()
        assert other.state.gate is Gate.LOCKED
        assert not other.state.entrance.held

    together(look)


def test_a_persons_second_tab_locks_their_first_and_nobody_elses(clinic: Clinic) -> None:
    async def three() -> None:
        amina = await clinic.begin()
        first = await clinic.tab(BEN, BENS_SECRET)
        second = await clinic.tab()
        await sign_in(second, BEN, "no words that anybody knows")
        assert first.state.gate is Gate.OPEN, "a wrong secret puts out nobody"
        await sign_in(second, BEN, BENS_SECRET)
        await until(lambda: first.state.gate is Gate.LOCKED)

        assert (user(amina), user(second)) == (AMINA, BEN)
        with pytest.raises(StorageError, match="locked"):
            _ = first.vault

    together(three)


def test_locking_a_tab_locks_only_that_one_and_the_last_one_closes_the_vault(
    clinic: Clinic, tmp_path: Path
) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)
        amina.lock()
        assert amina.closing
        await amina.closing
        assert user(ben) == BEN

        elsewhere = front_of(room_at(tmp_path))
        await elsewhere.look()
        await sign_in(elsewhere, AMINA, SECRET)
        said = elsewhere.state.entrance.failure
        assert said
        assert said.code == "open_elsewhere", "another process is refused all the while"

        ben.lock()
        assert ben.closing
        await ben.closing
        await sign_in(elsewhere, AMINA, SECRET)
        assert user(elsewhere) == AMINA

    together(both)


def test_whoever_is_removed_sees_the_lock_at_once(clinic: Clinic) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)
        assert ben.state.person
        office = Office(amina.state, amina, clinic.room, hand_out)
        await office.remove_user(ben.state.person.id, BEN)
        await until(lambda: ben.state.gate is Gate.LOCKED)
        await until(lambda: [one.name for one in ben.state.entrance.people] == [AMINA])

        assert ben.state.person is None
        assert ben.state.entrance.locked_by is LockedBy.ACCESS, "the lock says why"
        assert user(amina) == AMINA

    together(both)


async def hand_out(_: str, __: bytes) -> bool:
    return True


def test_whoever_is_removed_while_coming_in_does_not_get_in(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the unlocking and the first screen, where the settings are read."""

    async def both() -> None:
        from ui import front_desk

        amina = await clinic.begin()
        bens = next(one.id for one in amina.vault.users() if one.name == BEN)
        settings = front_desk._settings

        def slowly(vault: object) -> object:
            found = settings(vault)  # type: ignore[arg-type]
            amina.vault.remove_user(bens)
            return found

        ben = await clinic.tab()
        monkeypatch.setattr(front_desk, "_settings", slowly)
        await sign_in(ben, BEN, BENS_SECRET)

        assert ben.state.gate is Gate.LOCKED
        assert ben.state.person is None
        with pytest.raises(StorageError, match="locked"):
            _ = ben.vault

    together(both)


def test_settings_that_one_decides_are_the_others_too(clinic: Clinic) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)
        former: list[int] = []
        ben.decided.append(lambda settings: former.append(settings.lock_when_idle))
        office = Office(amina.state, amina, clinic.room, hand_out)
        await office.decide(lock_when_idle=60)
        await until(lambda: bool(former))

        assert ben.state.settings.lock_when_idle == 60
        assert former == [300]

    together(both)


def test_two_supervisors_who_decide_at_once_undo_nothing(clinic: Clinic) -> None:
    """The second one's screen does not know yet what the first one decided."""

    async def both() -> None:
        amina = await clinic.begin()
        amina.vault.add_user("Zawadi", Role.SUPERVISOR, BENS_SECRET, CHEAP)
        zawadi = await clinic.tab("Zawadi", BENS_SECRET)
        old = zawadi.state.settings
        await Office(amina.state, amina, clinic.room, hand_out).decide(clinic_name="Clinic")
        zawadi.state.settings = old
        await Office(zawadi.state, zawadi, clinic.room, hand_out).decide(device_name="Tablet")

        kept = amina.vault.settings()
        assert (kept.clinic_name, kept.device_name) == ("Clinic", "Tablet")

    together(both)


def test_a_case_that_another_judged_meanwhile_is_not_judged_over(
    clinic: Clinic, reader: Reader
) -> None:
    """Both have it on their screens. The second one is told, opens it again and may then."""

    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)
        desk = ReadingDesk(amina.state, lambda: reader)
        hers = CaseBook(amina.state, amina, lambda: reader, desk.files_of)
        his = CaseBook(ben.state, ben, lambda: reader, lambda _: ())
        await answering(desk, amina.state, desk.read([HAND]), "HAND")
        await hers.save()
        case_id = amina.state.case.id
        ben.state.place = Place.HISTORY
        await his.open(case_id)
        amina.state.case.draft.opinion = Opinion.AGREES
        await hers.save()

        assert ben.state.kept
        ben.state.kept.draft.opinion = Opinion.NOT_SURE
        await his.save()
        assert ben.state.trouble
        assert ben.state.trouble.code == "case_changed"
        kept = amina.vault.case(case_id)
        assert (kept.opinion, kept.labelled_by) == (Opinion.AGREES, amina.state.person.id)

        await his.open(case_id)
        ben.state.kept.draft.opinion = Opinion.NOT_SURE
        await his.save()
        kept = amina.vault.case(case_id)
        assert (kept.opinion, kept.labelled_by) == (Opinion.NOT_SURE, ben.state.person.id)

    together(both)


def test_sign_ins_at_the_same_moment_all_come_in(clinic: Clinic) -> None:
    async def many() -> None:
        amina = await clinic.begin()
        names = [f"Nurse {number}" for number in range(8)]
        for name in names:
            amina.vault.add_user(name, Role.CLINICIAN, BENS_SECRET, CHEAP)
        tabs = [await clinic.tab() for _ in names]
        amina.lock()
        await asyncio.gather(
            *(sign_in(tab, name, BENS_SECRET) for tab, name in zip(tabs, names, strict=True))
        )
        assert [user(tab) for tab in tabs] == names

    together(many)


def test_the_printed_key_comes_in_beside_others_under_no_name(clinic: Clinic) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        other = await clinic.tab()
        await other.recover(clinic.recovery_key)

        assert other.state.person
        assert other.state.person.id == ""
        assert user(amina) == AMINA

    together(both)


def test_erasing_puts_out_everybody_else(clinic: Clinic) -> None:
    async def both() -> None:
        amina = await clinic.begin()
        ben = await clinic.tab(BEN, BENS_SECRET)
        receipt = await asyncio.to_thread(clinic.room.erase, amina, lambda: True)
        await until(lambda: ben.state.gate is Gate.WELCOME)

        assert "keys.json" in receipt.files
        assert not ben.state.entrance.people, "nobody is left to unlock as"
        assert amina.state.gate is Gate.OPEN, "her own desk shows the receipt"

    together(both)


def test_nothing_is_sent_behind_the_lock_while_others_are_in(clinic: Clinic) -> None:
    """The sync key is not taken along by whoever leaves first."""

    async def both() -> None:
        amina = await clinic.begin()
        amina.vault.change_settings(replace(amina.vault.settings(), sync_while_locked=True))
        ben = await clinic.tab(BEN, BENS_SECRET)
        asked, done = [], threading.Event()

        async def told() -> Conditions:
            return Conditions()

        def outbox(vault: object) -> object:
            asked.append(vault)
            raise AssertionError

        desk = LockedSyncDesk(ben.state, ben, lambda: None, told, outbox)  # type: ignore[arg-type]
        desk._stop()
        ben.closing_down.append(lambda _: done.set())
        ben.lock()
        assert ben.closing
        await ben.closing
        assert done.is_set()
        assert not asked
        assert user(amina) == AMINA

    together(both)


def test_the_gate_is_answered_for_while_the_room_is_busy(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked on the event loop, which erasing needs: else both would wait for ever."""
    from ui import logs, serving_command, web_server

    built: list[Gatehouse] = []

    def keep(*_: object, guard: Callable[[object], Gatehouse], **__: object) -> None:
        built.append(guard(None))

    monkeypatch.setattr(web_server, "serve", keep)
    monkeypatch.setattr(logs, "write_kinds_only", lambda: None)
    options = argparse.Namespace(listen="127.0.0.1", port=1, name=[])
    serving_command._serve(options, Limits(), clinic.room)
    answered = threading.Event()
    asking = threading.Thread(
        target=lambda: (built[0]._is_ready(), answered.set()),
        daemon=True,
    )
    with clinic.room._entering, clinic.room._mutex:
        asking.start()
        assert answered.wait(30)
