"""Sync in the app: it sends by itself while the vault is open, and says only what is so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.reading.reader import Reader
from core.sync.enrolment import Enrolment, code_of
from storage.key_file import Role
from storage.settings import Settings
from tests.packs import build_shelf
from tests.sync.patience import until
from tests.sync.small_server import Wishes, serving
from tests.sync.vaults import fresh
from tests.ui.vaults import BEN, BENS_SECRET, CHEAP, first_start, front_of, room_at
from ui import sync_desk
from ui.front_desk import FrontDesk
from ui.shared_room import SharedVaultRoom
from ui.sync_conditions import Conditions, held_back
from ui.sync_desk import SyncDesk
from ui.sync_views import Held

KNOWN = Conditions(on_mobile_data=False, battery=80)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(build_shelf(tmp_path_factory.mktemp("packs") / "models"), threads=1)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_desk, "LOOK_S", 0.02)


def begun(
    folder: Path, reader: Reader, told: Conditions, work: Callable[..., Awaitable[None]]
) -> None:
    """A session after its first start, and what is done in it."""

    async def run() -> None:
        front = front_of(room_at(folder))
        copied: list[str] = []

        async def ask() -> Conditions:
            return told

        async def copy(text: str) -> None:
            copied.append(text)

        desk = SyncDesk(front.state, front, lambda: reader, ask, copy)
        await first_start(front)
        try:
            await work(front, desk)
        finally:
            front.lock()
            if front.closing:
                await front.closing

    asyncio.run(run())


def test_what_is_saved_is_sent_by_itself_while_the_vault_is_open(
    tmp_path: Path, reader: Reader
) -> None:
    async def work(front: FrontDesk, desk: SyncDesk) -> None:
        with serving() as server:
            await desk.enrol(code_of(Enrolment(endpoint=server.address)))
            assert front.state.trouble is None
            front.vault.save(fresh(1))
            await until(lambda: server.count("DiagnosticReport") == 1)
            await until(lambda: bool(front.state.sync.last_sync))

            assert front.state.sync.waiting == 0
            assert front.state.sync.failure is None
            front.lock()
            assert front.state.sync.address == ""

    begun(tmp_path, reader, KNOWN, work)


def test_two_people_in_one_vault_send_each_result_once_and_are_told_of_no_trouble(
    tmp_path: Path, reader: Reader
) -> None:
    """Each of them has a sync of their own, and they meet at every turn."""

    async def run() -> None:
        room = SharedVaultRoom(tmp_path / "clinic" / "vault", lambda: CHEAP)
        amina, ben = front_of(room), front_of(room)

        async def ask() -> Conditions:
            return KNOWN

        async def copy(_: str) -> None:
            raise AssertionError

        desks = [SyncDesk(one.state, one, lambda: reader, ask, copy) for one in (amina, ben)]
        await first_start(amina)
        amina.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
        with serving() as server:
            await desks[0].enrol(code_of(Enrolment(endpoint=server.address)))
            await ben.look()
            ben.choose(next(one.id for one in ben.state.entrance.people if one.name == BEN))
            await ben.unlock(BENS_SECRET)
            for number in range(6):
                (amina, ben)[number % 2].vault.save(fresh(number))
            syncs = [lambda one=one: one.state.sync for one in (amina, ben)]
            await until(lambda: server.count("DiagnosticReport") == 6)
            await until(lambda: all(sync().waiting == 0 for sync in syncs))
            await until(lambda: all(sync().failure is None for sync in syncs))
            assert amina.state.trouble is None
            assert ben.state.trouble is None
            for front in (amina, ben):
                front.lock()
                assert front.closing
                await front.closing
        assert server.count("DiagnosticReport") == 6

    asyncio.run(run())


def test_what_a_server_refuses_is_shown_with_its_words_and_can_be_sent_again_or_dropped(
    tmp_path: Path, reader: Reader
) -> None:
    async def work(front: FrontDesk, desk: SyncDesk) -> None:
        wishes = Wishes(poison=lambda each: "not in my house")
        with serving(wishes) as server:
            await desk.enrol(code_of(Enrolment(endpoint=server.address)))
            wishes.updates = False
            for number in range(2):
                front.vault.save(fresh(number))
            await until(lambda: len(front.state.sync.refused) == 2)
            first, second = front.state.sync.refused
            assert "not in my house" in first.words
            assert front.state.sync.waiting == 0

            wishes.poison = lambda each: ""
            await desk.retry(first.number)
            await until(lambda: server.count("DiagnosticReport") == 1)
            desk.ask_why(second.number)
            await desk.drop(second.number, "test_case")
            assert front.state.sync.refused == ()
            assert front.state.sync.dropping == 0

    begun(tmp_path, reader, KNOWN, work)


def test_on_mobile_data_it_waits_unless_a_person_asks(tmp_path: Path, reader: Reader) -> None:
    async def work(front: FrontDesk, desk: SyncDesk) -> None:
        wanted = replace(front.vault.settings(), sync_on_mobile_data=False)
        front.vault.change_settings(wanted)
        front.state.settings = wanted
        with serving() as server:
            await desk.enrol(code_of(Enrolment(endpoint=server.address)))
            front.vault.save(fresh(1))
            await until(lambda: front.state.sync.held is Held.MOBILE_DATA)
            assert server.count("DiagnosticReport") == 0

            await desk.send_now()
            assert server.count("DiagnosticReport") == 1
            assert "1" in front.state.told

    begun(tmp_path, reader, replace(KNOWN, on_mobile_data=True), work)


def test_a_server_that_cannot_be_reached_is_said_and_nothing_is_called_sent(
    tmp_path: Path, reader: Reader
) -> None:
    async def work(front: FrontDesk, desk: SyncDesk) -> None:
        with serving() as server:
            await desk.enrol(code_of(Enrolment(endpoint=server.address)))
            await until(lambda: bool(front.state.sync.last_sync))
        front.vault.save(fresh(1))
        await until(lambda: front.state.sync.failure is not None)
        view = front.state.sync

        assert view.failure is not None
        assert view.failure.code == "sync_unreachable"
        assert (view.waiting, view.sent) == (1, 0)
        assert view.oldest

    begun(tmp_path, reader, KNOWN, work)


def test_a_code_that_is_none_is_said_and_not_kept(tmp_path: Path, reader: Reader) -> None:
    async def work(front: FrontDesk, desk: SyncDesk) -> None:
        for code, said in (("", "code_missing"), ("OUTPOST1-x", "sync_code_invalid")):
            await desk.enrol(code)
            assert front.state.trouble is not None
            assert front.state.trouble.code == said
        await desk.look()
        assert front.state.sync.address == ""

    begun(tmp_path, reader, KNOWN, work)


@pytest.mark.parametrize(
    ("told", "hour", "held"),
    [
        (KNOWN, 12, Held.NO),
        (Conditions(), 12, Held.NO),
        (replace(KNOWN, on_mobile_data=True), 12, Held.MOBILE_DATA),
        (replace(KNOWN, battery=20), 12, Held.BATTERY),
        (KNOWN, 5, Held.HOURS),
        (KNOWN, 22, Held.HOURS),
        (KNOWN, 21, Held.NO),
    ],
)
def test_the_clinics_settings_say_when_a_sync_begins_by_itself(
    told: Conditions, hour: int, held: Held
) -> None:
    settings = Settings(
        sync_on_mobile_data=False, sync_above_battery=20, sync_from_hour=6, sync_until_hour=22
    )

    assert held_back(settings, told, datetime(2026, 12, 1, hour, 30, tzinfo=UTC)) is held
