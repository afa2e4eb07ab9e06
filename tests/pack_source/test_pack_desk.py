"""Packs as a person in the app looks for them, installs them and goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.reading.pack import PackShelf
from core.reading.reader import Reader
from storage.audit import Action
from storage.key_file import Role
from tests.pack_source.conftest import Publisher
from tests.pack_source.folder_on_the_net import Folder
from tests.ui.vaults import BEN, BENS_SECRET, CHEAP, first_start, front_of, room_at
from ui import pack_words
from ui.pack_desk import PackDesk
from ui.reader_source import ReaderSource
from ui.state import AppState


class Clinic:
    def __init__(self, folder: Path, shelf: PackShelf) -> None:
        self.state = AppState()
        self.front = front_of(room_at(folder), self.state)
        self.source = ReaderSource(shelf.folder, shelf.installed)
        self.desk = PackDesk(self.state, self.front, self.source)

    def version(self, pack: str = "limb") -> str:
        found = {view.id: view.version for view in self.state.packs or ()}
        return found[pack].removeprefix("Version ")

    def logged(self) -> list[tuple[str, str]]:
        log = self.front.vault.log()
        return [(each.row, each.detail) for each in log if each.action is Action.PACK_INSTALLED]


@pytest.fixture
def clinic(tmp_path: Path, shelf: PackShelf) -> Clinic:
    return Clinic(tmp_path, shelf)


def signed_in(clinic: Clinic, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(clinic.front)
        await work()

    asyncio.run(run())


def test_a_newer_pack_is_found_installed_logged_and_put_back(
    clinic: Clinic, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.0.2")

    async def work() -> None:
        await clinic.desk.load()
        assert clinic.version() == "0.0.1"
        before: Reader = clinic.source()
        await clinic.desk.look(folder.address)
        offers = clinic.state.pack_work.offers
        assert offers is not None
        assert [(offer.pack, offer.version) for offer in offers] == [("limb", "0.0.2")]

        await clinic.desk.fetch(folder.address, "limb")
        assert clinic.state.trouble is None
        assert clinic.version() == "0.0.2"
        assert clinic.source() is not before
        assert {view.id for view in clinic.state.packs or () if view.can_go_back} == {"limb"}

        await clinic.desk.go_back("limb")
        assert clinic.version() == "0.0.1"
        assert clinic.state.told == pack_words.WENT_BACK.format(
            title="Fracture on limb films", version="0.0.1"
        )
        assert clinic.logged() == [("limb", "0.0.2"), ("limb", "0.0.1")]

    signed_in(clinic, work)


def test_a_pack_comes_from_a_file_that_a_browser_hands_over(
    clinic: Clinic, publisher: Publisher
) -> None:
    publisher.release("limb", "0.0.2")
    (file,) = publisher.out.rglob("limb*0.0.2*.outpostpack")

    async def work() -> None:
        await clinic.desk.install(b"no pack at all")
        assert clinic.state.trouble is not None
        assert clinic.state.trouble.code == "pack_file_unreadable"
        await clinic.desk.install(file.read_bytes())
        assert clinic.version() == "0.0.2"
        assert clinic.logged() == [("limb", "0.0.2")]

    signed_in(clinic, work)


def test_a_clinician_installs_nothing(clinic: Clinic, folder: Folder) -> None:
    async def work() -> None:
        ben = clinic.front.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
        clinic.front.switch_user()
        await asyncio.sleep(0.3)
        clinic.front.choose(ben.id)
        await clinic.front.unlock(BENS_SECRET)
        await clinic.desk.look(folder.address)

        assert clinic.state.trouble is not None
        assert clinic.state.trouble.code == "only_supervisors"
        assert folder.asked == []

    signed_in(clinic, work)


def test_checking_again_says_how_many_cannot_be_used(clinic: Clinic, shelf: PackShelf) -> None:
    async def work() -> None:
        await clinic.desk.check()
        assert clinic.state.told == pack_words.CHECKED
        model = shelf.folder / "limb" / "model.onnx"
        model.write_bytes(model.read_bytes() + b" ")
        await clinic.desk.check()
        assert clinic.state.told == "1 model cannot be used. Its card says why."

    signed_in(clinic, work)
