"""An erased vault is gone, its keys first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage import key_file
from storage.door import create
from storage.erasing import erase
from storage.failures import StorageError, StorageFailure
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    vault.save(case())
    vault.lock()
    return tmp_path / "vault"


def test_nothing_is_left_and_the_receipt_says_what_there_was(folder: Path) -> None:
    vault_id = key_file.read(folder / "keys.json").vault_id
    (folder / "originals").mkdir()
    (folder / "originals" / "sealed").write_bytes(b"sealed")
    receipt = erase(folder, lambda: True)

    assert [path.name for path in folder.iterdir()] == ["vault.lock"]
    names = ("attempts.json", "keys.json", "log-head", "originals", "vault.db")
    assert receipt.files == names
    assert receipt.vault == vault_id
    assert receipt.moment.known.utcoffset() is not None
    told = json.loads(receipt.text())
    assert told["files"] == list(names)
    assert told["device_secret_destroyed"] is True
    assert told["known_time"] == receipt.moment.known.isoformat()


def test_the_keys_are_destroyed_before_anything_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    unlink = Path.unlink

    def watched(self: Path, missing_ok: bool = False) -> None:
        if self.exists():
            order.append(self.name)
        unlink(self, missing_ok)

    before = (folder / "keys.json").read_bytes()
    over: list[bytes] = []
    keys = folder / "keys.json"
    monkeypatch.setattr("os.fsync", lambda _: keys.exists() and over.append(keys.read_bytes()))
    monkeypatch.setattr("storage.erasing.flush_folder", lambda _: None)
    monkeypatch.setattr(Path, "unlink", watched)

    def destroyed() -> bool:
        order.append("device secret")
        return True

    erase(folder, destroyed)

    assert order[:3] == ["device secret", "keys.json", "attempts.json"]
    assert set(order[3:]) == {"vault.db", "log-head"}
    assert len(over) == 1
    assert len(over[0]) == len(before)
    assert over[0] != before


def test_nothing_is_erased_while_the_key_store_clings_to_the_secret(folder: Path) -> None:
    def refuses() -> bool:
        raise StorageError(StorageFailure.KEY_STORE_FAILED)

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StorageError, match="key_store_failed"):
        erase(folder, refuses)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_open_vault_is_not_erased(folder: Path) -> None:
    vault = enter(folder)
    asked: list[bool] = []
    with pytest.raises(StorageError, match="open_elsewhere"):
        erase(folder, lambda: bool(asked.append(True)))
    assert asked == []
    assert len(vault.cases().cases) == 1
    vault.lock()


def test_a_damaged_vault_can_be_erased_and_erasing_again_does_no_harm(folder: Path) -> None:
    (folder / "keys.json").write_bytes(b"damaged")
    (folder / "vault.db").write_bytes(b"")

    receipt = erase(folder, lambda: False)
    assert receipt.files
    assert (receipt.vault, receipt.device_secret) == ("", False)
    assert erase(folder, lambda: False).files == ()


def test_another_vault_can_be_made_in_its_place(folder: Path) -> None:
    erase(folder, lambda: True)
    create(folder, "Grace", WORDS, PHONE, CHEAP)
    vault = enter(folder)

    assert vault.cases().cases == ()
    vault.lock()
