"""Two sessions, one vault: nobody is put out before a key proves right, and no try forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import recovery
from storage.audit import Action, Entry
from storage.failures import StorageError
from storage.slots import Device
from storage.store import OpenVault
from tests.ui.vaults import AMINA, SECRET, room_at
from ui.vault_room import VaultRoom


class Tab:
    """A session that someone looks at."""

    def __init__(self) -> None:
        self.put_out_times = 0

    def is_here(self) -> bool:
        return True

    def put_out(self, _: OpenVault) -> None:
        self.put_out_times += 1


@pytest.fixture
def room(tmp_path: Path) -> VaultRoom:
    room = room_at(tmp_path)
    room.folder.parent.mkdir()
    room.settle(Device(bytes(range(32)), key_store=True))
    return room


@pytest.fixture
def key(room: VaultRoom) -> str:
    """Makes the vault. Returns its recovery key."""
    return room.create(AMINA, SECRET)


def told(vault: OpenVault) -> list[tuple[Action, int]]:
    return [(entry.action, entry.count) for entry in vault.log() if _is_about_signing_in(entry)]


def _is_about_signing_in(entry: Entry) -> bool:
    return entry.action in (Action.UNLOCKED, Action.WRONG_TRIES)


def test_wrong_tries_in_a_second_tab_are_in_the_log(room: VaultRoom, key: str) -> None:
    first, second = Tab(), Tab()
    user = room.users()[0].id
    room.unlock(first, user, SECRET)
    for _ in range(4):
        with pytest.raises(StorageError, match="wrong_secret"):
            room.unlock(second, user, "wrong words one two three")
    assert first.put_out_times == 0

    vault = room.unlock(second, user, SECRET)
    assert first.put_out_times == 1
    assert told(vault) == [(Action.UNLOCKED, 0), (Action.UNLOCKED, 4)]
    third = room.unlock(first, user, SECRET)
    assert told(third)[2:] == [(Action.UNLOCKED, 0)]
    room.close(third)


def test_a_wrong_recovery_key_puts_nobody_out(room: VaultRoom, key: str) -> None:
    first, second = Tab(), Tab()
    vault = room.unlock(first, room.users()[0].id, SECRET)
    with pytest.raises(StorageError, match="recovery_key_not_ours"):
        room.recover(second, recovery.printed(bytes(20)))

    assert first.put_out_times == 0
    assert vault.user() is not None
    recovered = room.recover(second, key)
    assert first.put_out_times == 1
    assert recovered.user() is None
    room.close(recovered)
