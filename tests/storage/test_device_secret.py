"""The device secret lives in the key store, or in a file where passphrases are demanded."""

from __future__ import annotations

import asyncio
import base64
import shutil
from pathlib import Path

import pytest

from storage import biometrics, device_file
from storage.device_secret import (
    NAME,
    destroy_device,
    make_device,
    read_device,
    secret_file,
)
from storage.door import Door, create
from storage.failures import StorageError, StorageFailure
from tests.storage.cases import CHEAP

PIN = "274915"


class Store:
    """A key store in memory, that can be made to fail in every way that platforms do."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.broken = self.forgetful = self.clinging = False

    async def get(self, name: str, /) -> str | None:
        self.answer()
        return self.kept.get(name)

    async def set(self, name: str, text: str, /) -> None:
        self.answer()
        if not self.forgetful:
            self.kept[name] = text

    async def remove(self, name: str, /) -> None:
        self.answer()
        if not self.clinging:
            self.kept.pop(name, None)

    def answer(self) -> None:
        if self.broken:
            raise StorageError(StorageFailure.KEY_STORE_FAILED)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def test_the_secret_is_made_once_and_kept_in_the_store(vault: Path, store: Store) -> None:
    made = asyncio.run(make_device(vault, store))

    assert made.key_store
    assert asyncio.run(read_device(vault, store)) == made
    assert asyncio.run(make_device(vault, store)) == made
    assert base64.b64decode(store.kept[NAME]) == made.secret
    assert not secret_file(vault).exists()


def test_copied_files_without_the_key_store_do_not_open_with_the_right_pin(
    vault: Path, store: Store, tmp_path: Path
) -> None:
    device = asyncio.run(make_device(vault, store))
    create(vault, "Amina", PIN, device, CHEAP)
    user = Door(vault, device).users()[0]
    Door(vault, device).unlock(user.id, PIN).lock()
    everything = Path(shutil.copytree(tmp_path, tmp_path.with_name("stolen")))
    thief = Store()

    with pytest.raises(StorageError, match="device_secret_lost"):
        asyncio.run(read_device(everything / "vault", thief))
    door = Door(everything / "vault", asyncio.run(make_device(everything / "vault", thief)))
    assert door.users() == []
    with pytest.raises(StorageError, match="wrong_secret"):
        door.unlock(user.id, PIN)
    found = b"".join(path.read_bytes() for path in everything.rglob("*") if path.is_file())
    assert device.secret not in found
    assert base64.b64encode(device.secret) not in found


@pytest.mark.parametrize("text", [None, "", "no base 64 é", "c2hvcnQ="])
def test_a_lost_or_damaged_secret_is_said_and_not_replaced(
    vault: Path, store: Store, text: str | None
) -> None:
    if text is not None:
        store.kept[NAME] = text
    with pytest.raises(StorageError, match="device_secret_lost"):
        asyncio.run(read_device(vault, store))

    assert store.kept.get(NAME) == text


def test_a_store_that_does_not_answer_is_not_taken_for_an_empty_one(
    vault: Path, store: Store
) -> None:
    asyncio.run(make_device(vault, store))
    store.broken = True
    with pytest.raises(StorageError, match="key_store_failed"):
        asyncio.run(read_device(vault, store))


@pytest.mark.parametrize("fault", ["broken", "forgetful", "absent"])
def test_without_a_store_that_works_a_file_holds_it_and_no_pin_is_taken(
    vault: Path, store: Store, fault: str
) -> None:
    setattr(store, fault, True)
    given = None if fault == "absent" else store
    device = asyncio.run(make_device(vault, given))

    assert not device.key_store
    assert asyncio.run(read_device(vault, given)) == device
    assert device_file.read_device(secret_file(vault)) == device
    with pytest.raises(StorageError, match="pin_needs_key_store"):
        create(vault, "Amina", PIN, device, CHEAP)


def test_a_destroyed_secret_is_nowhere(vault: Path, store: Store) -> None:
    asyncio.run(make_device(vault, store))
    asyncio.run(make_device(vault.with_name("other"), None))
    for path in (vault, vault.with_name("other")):
        assert asyncio.run(destroy_device(path, store))
        assert not asyncio.run(destroy_device(path, store))
        with pytest.raises(StorageError, match="device_secret_lost"):
            asyncio.run(read_device(path, store))

    assert store.kept == {}


def test_a_store_that_clings_to_the_secret_stops_the_erasing(vault: Path, store: Store) -> None:
    asyncio.run(make_device(vault, store))
    store.clinging = True
    with pytest.raises(StorageError, match="key_store_failed"):
        asyncio.run(destroy_device(vault, store))


def test_a_fingerprint_opens_the_vault_for_its_owner_until_the_secret_changes(
    vault: Path, store: Store
) -> None:
    device = asyncio.run(make_device(vault, store))
    create(vault, "Amina", PIN, device, CHEAP)
    door = Door(vault, device)
    user = door.users()[0]
    opened = door.unlock(user.id, PIN)
    asyncio.run(biometrics.remember(store, user.id, opened.opening_key(PIN)))
    opened.lock()
    key = asyncio.run(biometrics.recall(store, user.id))
    opened = door.unlock_with_key(user.id, key)
    assert opened.user() == user
    opened.change_secret(PIN, "995173", CHEAP)
    opened.lock()

    with pytest.raises(StorageError, match="wrong_secret"):
        door.unlock_with_key(user.id, key)
    asyncio.run(biometrics.forget(store, user.id))
    with pytest.raises(StorageError, match="no_fingerprint"):
        asyncio.run(biometrics.recall(store, user.id))
