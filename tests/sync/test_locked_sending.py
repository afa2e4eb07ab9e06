"""Sending while the vault is locked: only where the clinic allows it, and only what the key of the
outbox can tell."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.reading.reader import Reader
from core.sync.worker import Phase, Progress
from storage.door import Door
from storage.store import OpenVault
from storage.sync_quarantine import Quarantine
from storage.vault import Opinion
from tests.packs import build_shelf
from tests.storage.cases import PHONE, enter
from tests.sync.patience import until
from tests.sync.small_server import SmallServer, Wishes, serving
from tests.sync.vaults import allow, copied, enrolled, filled, fresh, one_pass, passes
from tests.ui.vaults import SECRET, first_start, front_of, room_at
from ui import locked_sync_desk
from ui.front_desk import FrontDesk
from ui.locked_sending import LockedSending, take_along
from ui.locked_sync_desk import LockedSyncDesk
from ui.state import Gate
from ui.sync_conditions import Conditions


@pytest.fixture
def vault(tmp_path: Path) -> OpenVault:
    return filled(tmp_path / "vault", 3)


def locked(vault: OpenVault) -> LockedSending:
    """The vault is locked, and this goes on sending."""
    taken = take_along(vault)
    assert taken is not None
    outbox = Door(vault.folder, PHONE).locked_outbox(vault)
    vault.lock()
    return LockedSending(taken, outbox, lambda reading: None, lambda seconds: False)


def met(vault: OpenVault, server: SmallServer, **settings: object) -> None:
    """Enrolled, and allowed to go on while locked."""
    enrolled(vault, server.address)
    allow(vault, sync_while_locked=True, **settings)


def last_of(sending: LockedSending) -> Progress:
    return list(sending.run())[-1]


def reports(server: SmallServer) -> int:
    return server.count("DiagnosticReport")


def test_what_waits_is_sent_though_the_vault_is_locked(vault: OpenVault) -> None:
    with serving() as server:
        met(vault, server)
        sending = locked(vault)
        last = last_of(sending)

        assert (last.phase, last.sent, last.waiting) == (Phase.DONE, 3, 0)
        assert reports(server) == 3
        vault = enter(vault.folder)
        held = {f"DiagnosticReport/{each['id']}" for each in server.all("DiagnosticReport")}
        cases = vault.cases().cases
        assert {vault.receipts(each.id)[0].resource for each in cases} == held
        assert (vault.outbox(), vault.verify()) == ([], [])
        made = server.created
        assert one_pass(passes(vault)).phase is Phase.DONE
        assert server.created == made + 1, "the mark, and nothing twice"
        vault.lock()


def test_a_report_says_the_same_whether_the_vault_was_locked_or_open(
    vault: OpenVault, tmp_path: Path
) -> None:
    """Also a correction: it names the report before it."""
    with serving() as server, serving() as other:
        met(vault, server)
        allow(vault, sync_while_locked=True)
        one_pass(passes(vault))
        first = vault.cases().cases[0]
        other_view = Opinion.AGREES if first.opinion is not Opinion.AGREES else Opinion.NOT_SURE
        vault.save(replace(first, opinion=other_view, right_label=None, labelled_by=None))
        vault.save(fresh(9))
        open_copy = copied(vault.folder, tmp_path / "copy")
        last_of(locked(vault))
        opened = enter(open_copy)
        enrolled(opened, other.address)
        one_pass(passes(opened))
        opened.lock()

        for told in other.all("DiagnosticReport"):
            same = [
                each
                for each in server.all("DiagnosticReport")
                if each["identifier"] == told["identifier"]
            ]
            assert [each["issued"] for each in same] == [told["issued"]]
        assert any("extension" in each for each in server.all("DiagnosticReport"))


def test_nothing_is_taken_along_unless_the_clinic_allows_it(vault: OpenVault) -> None:
    with serving() as server:
        enrolled(vault, server.address)

        assert take_along(vault) is None


def test_no_key_is_kept_where_nothing_waits(vault: OpenVault) -> None:
    with serving() as server:
        met(vault, server)
        one_pass(passes(vault))

        assert take_along(vault) is None


def test_results_with_an_image_that_is_sent_wait_for_the_vault(vault: OpenVault) -> None:
    stream = io.BytesIO()
    Image.new("L", (64, 48), 90).save(stream, "JPEG")
    shown = replace(fresh(7), picture_checked=True)
    vault.save(shown, review_copy=stream.getvalue())
    with serving() as server:
        met(vault, server, send_images=True)
        assert last_of(locked(vault)).sent == 3
        vault = enter(vault.folder)
        assert [case.id for _, case in vault.outbox()] == [shown.id]
        one_pass(passes(vault))

        assert (reports(server), server.count("Binary") > 0) == (4, True)
        vault.lock()


def test_what_the_server_refuses_is_left_for_who_signs_in(vault: OpenVault) -> None:
    bad = vault.outbox()[0][1].id
    poison = Wishes(
        poison=lambda each: "no" if bad in str(each.get("identifier")) else "", partial=True
    )
    with serving(poison) as server:
        met(vault, server)
        assert last_of(locked(vault)).sent == 2
        vault = enter(vault.folder)
        assert Quarantine(vault.parts.session).all() == []
        one_pass(passes(vault))

        assert [each.case_id for each in Quarantine(vault.parts.session).all()] == [bad]
        vault.lock()


def test_a_vault_that_was_copied_and_is_used_elsewhere_sends_nothing(
    vault: OpenVault, tmp_path: Path
) -> None:
    with serving() as server:
        met(vault, server)
        one_pass(passes(vault))
        vault.save(fresh(8))
        second = copied(vault.folder, tmp_path / "copy")
        sending = locked(vault)
        elsewhere = enter(second)
        one_pass(passes(elsewhere))
        elsewhere.lock()
        made = server.created

        with pytest.raises(Exception, match="sync_vault_copied"):
            last_of(sending)
        assert server.created == made


def test_after_forgetting_nothing_can_be_sent(vault: OpenVault) -> None:
    with serving() as server:
        met(vault, server)
        sending = locked(vault)
        sending.forget()

        with pytest.raises(Exception, match="locked"):
            last_of(sending)
        assert reports(server) == 0


# In the app


def begun(folder: Path, work: Callable[[FrontDesk], Awaitable[None]]) -> None:
    """A session after its first start, with three cases that wait."""
    reader = Reader(build_shelf(folder / "models"), threads=1)

    async def told() -> Conditions:
        return Conditions(on_mobile_data=False, battery=80)

    async def run() -> None:
        room = room_at(folder / "vault")
        front = front_of(room)
        LockedSyncDesk(front.state, front, lambda: reader, told, room.locked_outbox)
        await first_start(front)
        for number in range(3):
            front.vault.save(fresh(number))
        try:
            await work(front)
        finally:
            front.lock()
            if front.closing:
                await front.closing

    asyncio.run(run())


def test_the_app_goes_on_sending_behind_its_lock_and_lets_go_of_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_sync_desk, "LOOK_S", 0.02)

    async def work(front: FrontDesk) -> None:
        with serving(Wishes(busy=[])) as server:
            met(front.vault, server)
            front.lock()
            await until(lambda: reports(server) == 3)
            await until(lambda: not front.state.sync.goes_on_locked)

            assert front.state.gate is Gate.LOCKED
            await front.unlock(SECRET)
            assert front.state.gate is Gate.OPEN
            assert front.vault.outbox() == []

    begun(tmp_path, work)


def test_signing_in_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locked_sync_desk, "LOOK_S", 0.02)

    async def work(front: FrontDesk) -> None:
        with serving() as server:
            met(front.vault, server)
        front.lock()  # The server is away: it tries again and again.
        await until(lambda: front.state.sync.goes_on_locked)
        await front.unlock(SECRET)

        assert front.state.gate is Gate.OPEN
        await until(lambda: not front.state.sync.goes_on_locked)
        assert len(front.vault.outbox()) == 3

    begun(tmp_path, work)
