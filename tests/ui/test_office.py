"""Users, the log and the settings, with a real vault and no screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from storage.key_file import Role
from storage.log_export import check_log
from tests.ui.vaults import AMINA, BEN, BENS_SECRET, SECRET, first_start, front_of, room_at
from ui import office as desk
from ui.office import Office
from ui.screens.audit import audit_screen
from ui.state import AppState, Gate


class Clinic:
    def __init__(self, folder: Path) -> None:
        self.state = AppState()
        room = room_at(folder)
        self.front = front_of(room, self.state)
        self.handed: dict[str, bytes] = {}
        self.office = Office(self.state, self.front, room, self.hand_out)

    async def hand_out(self, name: str, content: bytes) -> bool:
        self.handed[name] = content
        return True

    async def become_ben(self) -> None:
        """Ben is added, and signs in."""
        await self.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN)
        ben = next(one for one in self.state.office.people if one.name == BEN)
        self.front.switch_user()
        await asyncio.sleep(0.3)
        self.front.choose(ben.id)
        await self.front.unlock(BENS_SECRET)

    @property
    def trouble(self) -> str:
        return self.state.trouble.code if self.state.trouble else ""


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def signed_in(clinic: Clinic, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(clinic.front)
        await work()

    asyncio.run(run())


def test_a_supervisor_adds_and_removes_users(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN)
        people = clinic.state.office.people
        assert [(one.name, one.supervisor) for one in people] == [(AMINA, True), (BEN, False)]
        assert clinic.state.told == "Ben can sign in now."
        await clinic.office.remove_user(people[1].id, BEN)
        assert [one.name for one in clinic.state.office.people] == [AMINA]

    signed_in(clinic, work)


def test_a_form_opened_before_the_users_are_found_stays_open(clinic: Clinic) -> None:
    async def work() -> None:
        coming = asyncio.create_task(clinic.office.show_users())
        await asyncio.sleep(0)
        clinic.office.do(desk.ADDING)
        await coming
        assert clinic.state.office.doing == desk.ADDING
        assert [one.name for one in clinic.state.office.people] == [AMINA]
        await clinic.office.show_users()  # To come anew closes it.
        assert clinic.state.office.doing == ""

    signed_in(clinic, work)


def test_the_users_found_meanwhile_do_not_say_that_the_vault_has_done_its_work(
    clinic: Clinic,
) -> None:
    async def work() -> None:
        adding = asyncio.create_task(clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN))
        await asyncio.sleep(0)
        assert clinic.state.busy
        await clinic.office.show_users()
        assert clinic.state.busy or adding.done()
        await adding
        assert not clinic.state.busy

    signed_in(clinic, work)


def test_a_second_tap_adds_nobody_twice(clinic: Clinic) -> None:
    async def work() -> None:
        clinic.office.do(desk.ADDING)
        await asyncio.gather(
            clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN),
            clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN),
        )
        assert [one.name for one in clinic.state.office.people] == [AMINA, BEN]
        assert (clinic.trouble, clinic.state.told) == ("", "Ben can sign in now.")
        assert clinic.state.office.doing == ""

    signed_in(clinic, work)


def test_a_refused_user_leaves_the_form_open(clinic: Clinic) -> None:
    async def work() -> None:
        clinic.office.do(desk.ADDING)
        await clinic.office.add_user("", BENS_SECRET, Role.CLINICIAN)
        assert clinic.trouble == "name_missing"
        assert clinic.state.office.doing == desk.ADDING

    signed_in(clinic, work)


def test_a_clinician_may_not_and_is_told_whom_to_ask(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.become_ben()
        await clinic.office.add_user("Chi", "eleven twelve five six ten", Role.SUPERVISOR)
        assert clinic.trouble == "only_supervisors"
        await clinic.office.decide(keep_codes=True)
        assert clinic.trouble == "only_supervisors"
        assert not clinic.state.settings.keep_codes
        await clinic.office.new_recovery_key()
        assert clinic.trouble == "only_supervisors"
        assert clinic.state.office.recovery_key == ""

    signed_in(clinic, work)


def test_a_weak_secret_for_someone_else_is_refused_too(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.add_user(BEN, "123456", Role.CLINICIAN)
        assert clinic.trouble == "pin_needs_key_store"

    signed_in(clinic, work)


def test_one_changes_ones_own_secret_and_signs_in_with_it(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.change_secret("not the present one", BENS_SECRET)
        assert clinic.trouble == "wrong_secret"
        await clinic.office.change_secret(SECRET, BENS_SECRET)
        assert clinic.trouble == ""
        clinic.front.lock()
        await clinic.front.unlock(BENS_SECRET)
        assert clinic.state.gate is Gate.OPEN

    signed_in(clinic, work)


def test_a_new_recovery_key_is_shown_once_and_is_the_one_that_opens(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.new_recovery_key()
        printed = clinic.state.office.recovery_key
        clinic.office.do("")
        assert clinic.state.office.recovery_key == ""
        clinic.front.lock()
        await clinic.front.recover(printed)
        assert clinic.state.gate is Gate.OPEN

    signed_in(clinic, work)


def test_the_log_is_paged_newest_first_and_names_people(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PAGE", 2)

    async def work() -> None:
        await clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN)
        await clinic.office.show_log()
        view = clinic.state.office
        assert len(view.log) == 2
        assert view.log[0].text == "User added, Amina, Ben"
        assert view.has_older
        number, digest = clinic.front.vault.head()
        actions: Any = SimpleNamespace(office=clinic.office)
        assert view.head == (number, digest)
        drawn = repr(audit_screen(clinic.state, actions))
        assert str(number) in drawn
        assert f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}" in drawn
        clinic.office.turn_to(2)
        assert clinic.state.office.log[-1].text.startswith("Vault made")

    signed_in(clinic, work)


def test_someone_removed_keeps_their_name_in_the_log(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.add_user(BEN, BENS_SECRET, Role.CLINICIAN)
        ben = next(one for one in clinic.state.office.people if one.name == BEN)
        await clinic.office.remove_user(ben.id, BEN)
        await clinic.office.show_log()
        assert any(event.text == "User removed, Amina, Ben" for event in clinic.state.office.log)

    signed_in(clinic, work)


def test_the_check_says_that_all_is_well(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.verify()
        assert clinic.state.office.verdict.startswith("All is as it was left")
        assert clinic.state.office.faults == ()

    signed_in(clinic, work)


def test_the_check_names_what_was_tampered_with(clinic: Clinic) -> None:
    import sqlite3

    async def work() -> None:
        await clinic.office.decide(clinic_name="Kasese")
        clinic.front.lock()
        await clinic.front.closing
        folder = clinic.office._room.folder
        db = sqlite3.connect(folder / "vault.db")
        with db:
            db.execute("UPDATE audit SET body = x'00' WHERE number = 2")
        db.close()
        await clinic.front.unlock(SECRET)
        await clinic.office.verify()
        assert clinic.state.office.faults == ("audit 2: altered or damaged",)

    signed_in(clinic, work)


def test_the_exported_log_can_be_checked_by_others(clinic: Clinic, tmp_path: Path) -> None:
    async def work() -> None:
        await clinic.office.export_log()
        path = tmp_path / "handed.jsonl"
        path.write_bytes(clinic.handed[desk.LOG_FILE])
        assert check_log(path).altered == ()
        assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["signature"]

    signed_in(clinic, work)


def test_settings_are_kept_over_a_lock(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.decide(keep_codes=True, lock_when_idle=120)
        clinic.front.lock()
        await clinic.front.unlock(SECRET)
        assert clinic.state.settings.keep_codes
        assert clinic.state.settings.lock_when_idle == 120

    signed_in(clinic, work)


def test_the_clinics_name_is_kept_from_the_first_start(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.introduce(" Kasese ", "")
        assert clinic.front.vault.settings().clinic_name == "Kasese"

    signed_in(clinic, work)


def test_nothing_of_it_stays_behind_the_lock(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.show_users()
        await clinic.office.show_log()
        clinic.front.lock()
        assert clinic.state.office.people == ()
        assert clinic.state.office.log is None
        assert clinic.office._log == []

    signed_in(clinic, work)


def test_what_the_check_came_to_is_handed_out(clinic: Clinic) -> None:
    async def work() -> None:
        await clinic.office.verify()
        await clinic.office.export_check()
        report = clinic.handed[desk.CHECK_FILE].decode()
        assert "All is as it was left" in report
        assert f"log: {clinic.front.vault.head()[0]} entries" in report
        assert AMINA not in report

    signed_in(clinic, work)
