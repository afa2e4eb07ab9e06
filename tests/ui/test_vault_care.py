"""Backups, keys and erasing, with a real vault and no screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.reading.reader import Reader
from storage import device_secret
from storage.audit import Action
from tests.ui.test_case_book import Clinic
from tests.ui.vaults import AMINA, SECRET, first_start, front_of, room_at
from ui import care_words
from ui.care_views import ERASING
from ui.case_book import CaseBook
from ui.reading_desk import ReadingDesk
from ui.state import AppState, Gate
from ui.vault_care import VaultCare

OWN_PASSPHRASE = "mango kettle thirty lamp river"


class Desk:
    """One device: its session, and a place to which files are handed."""

    def __init__(self, folder: Path, reader: Reader, *, asks_for_places: bool = False) -> None:
        self.state, self.folder = AppState(), folder
        folder.mkdir(exist_ok=True)
        self.room = room_at(folder)
        self.front = front_of(self.room, self.state)
        desk = ReadingDesk(self.state, lambda: reader)
        book = CaseBook(self.state, self.front, lambda: reader, desk.files_of)
        self.clinic = Clinic(self.state, self.front, desk, book)
        self.handed: dict[str, bytes] = {}
        self.care = VaultCare(
            self.state,
            self.front,
            self.room,
            self.take,
            self.place_for if asks_for_places else None,
            self.destroy_device,
        )

    async def take(self, name: str, content: bytes) -> bool:
        self.handed[name] = content
        return True

    async def place_for(self, name: str) -> Path | None:
        return self.folder / name

    async def destroy_device(self) -> bool:
        return await device_secret.destroy_device(self.room.folder, None)

    @property
    def trouble(self) -> str:
        return self.state.trouble.code if self.state.trouble else ""


@pytest.fixture
def desk(tmp_path: Path, reader: Reader) -> Desk:
    return Desk(tmp_path / "first", reader)


def signed_in(desk: Desk, work: Callable[[str], Awaitable[None]]) -> None:
    async def run() -> None:
        await work(await first_start(desk.front))

    asyncio.run(run())


def test_a_backup_goes_to_another_device_and_brings_its_cases(
    desk: Desk, tmp_path: Path, reader: Reader
) -> None:
    other = Desk(tmp_path / "second", reader)

    async def work(recovery_key: str) -> None:
        case_id = await desk.clinic.save("AB 12")
        await desk.care.back_up("", originals=False)
        assert desk.state.told == care_words.BACKED_UP
        (backup,) = desk.handed.values()

        await other.front.look()
        other.care.begin_restore()
        assert other.state.gate is Gate.RESTORE
        await other.care.chose(backup)
        assert other.state.care.file_bytes == len(backup)
        await other.care.restore("not the key", "Chi", SECRET)
        assert other.trouble == "backup_secret_wrong"
        assert other.state.gate is Gate.RESTORE
        await other.care.restore(recovery_key, "Chi", SECRET)

        assert other.state.gate is Gate.OPEN
        assert other.state.person is not None
        assert other.state.person.name == "Chi"
        assert other.front.vault.case(case_id).pseudonym
        assert not list(Path(other.folder).rglob("*.backup"))

    signed_in(desk, work)


def test_a_backup_is_opened_by_its_own_passphrase_and_merged(
    tmp_path: Path, reader: Reader
) -> None:
    desk = Desk(tmp_path / "first", reader, asks_for_places=True)
    other = Desk(tmp_path / "second", reader)

    async def work(_: str) -> None:
        case_id = await desk.clinic.save()
        await desk.care.back_up("too short", originals=False)
        assert desk.trouble == "passphrase_too_short"
        assert not list(desk.folder.glob("*.backup"))
        await desk.care.back_up(OWN_PASSPHRASE, originals=False)
        (backup,) = desk.folder.glob("*.backup")

        await first_start(other.front)
        await other.care.chose(backup)
        await other.care.take_over(OWN_PASSPHRASE)
        assert other.state.care.said == ("1 case came in.",)
        assert other.front.vault.case(case_id)
        await other.care.chose(backup)
        await other.care.take_over(OWN_PASSPHRASE)
        assert other.state.care.said == ("0 cases came in.", "1 case was here already.")

    signed_in(desk, work)


def test_the_bar_moves_while_a_backup_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float | None] = []
    change = desk.care._change

    def watched(**changes: object) -> None:
        seen.append(changes.get("share"))  # type: ignore[arg-type]
        change(**changes)

    async def work(_: str) -> None:
        monkeypatch.setattr(desk.care, "_change", watched)
        await desk.care.back_up("", originals=False)

    signed_in(desk, work)
    shares = [share for share in seen if share is not None]
    assert shares
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_keys_and_pseudonyms_are_changed_and_logged(desk: Desk) -> None:
    async def work(_: str) -> None:
        case_id = await desk.clinic.save("AB 12")
        before = desk.front.vault.pseudonym("AB 12")
        await desk.care.rotate()
        assert desk.state.told == care_words.ROTATED
        await desk.care.begin_new_pseudonyms()

        assert desk.front.vault.pseudonym("AB 12") != before
        assert desk.front.vault.case(case_id).pseudonym == before
        actions = [entry.action for entry in desk.front.vault.log()]
        assert {Action.ROTATED, Action.SITE_KEY_REPLACED} <= set(actions)
        assert desk.front.vault.verify() == []

    signed_in(desk, work)


def test_a_second_tap_changes_the_keys_once(desk: Desk) -> None:
    async def work(_: str) -> None:
        vault = desk.front.vault
        before = len(vault.log())
        await asyncio.gather(desk.care.rotate(), desk.care.rotate())
        actions = [entry.action for entry in vault.log()[before:]]
        assert actions == [Action.ROTATION_BEGUN, Action.ROTATED]
        assert desk.state.trouble is None

    signed_in(desk, work)


def test_erasing_asks_for_the_secret_and_leaves_a_receipt(desk: Desk) -> None:
    forgotten: list[bool] = []
    desk.care.erased.append(lambda: forgotten.append(True))

    async def work(_: str) -> None:
        await desk.clinic.save()
        await desk.care.begin_erasing()
        assert (desk.state.care.doing, desk.state.care.waiting) == (ERASING, 1)
        await desk.care.erase("nothing like it at all")
        assert desk.trouble == "wrong_secret"
        assert desk.state.gate is Gate.OPEN
        assert desk.room.has_vault()

        await desk.care.erase(SECRET)
        assert desk.state.gate is Gate.ERASED
        assert desk.state.person is None
        assert forgotten == [True]
        receipt = json.loads(desk.state.care.receipt)
        assert receipt["device_secret_destroyed"] is True
        assert "vault.db" in receipt["files"]
        assert AMINA not in desk.state.care.receipt
        assert not device_secret.secret_file(desk.room.folder).exists()
        await desk.care.save_receipt()
        assert [json.loads(content) for content in desk.handed.values()] == [receipt]

        await desk.care.start_anew()
        assert desk.state.gate is Gate.WELCOME
        await first_start(desk.front)
        assert desk.front.vault.history().lines == ()

    signed_in(desk, work)


def test_whoever_came_with_the_recovery_key_erases_with_it(desk: Desk) -> None:
    async def work(recovery_key: str) -> None:
        desk.front.lock()
        assert desk.front.closing is not None
        await desk.front.closing
        await desk.front.recover(recovery_key)
        await desk.care.erase(recovery_key)

        assert desk.state.gate is Gate.ERASED

    signed_in(desk, work)
