"""A backup opens on another device with the recovery key or its passphrase, and nothing else."""

from __future__ import annotations

import json
import os
import random
import struct
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage import backup, backup_file
from storage.audit import Action
from storage.backup import Contents, NewSupervisor, restore, restore_for, write_backup
from storage.door import Door
from storage.erasing import erase
from storage.failures import StorageError
from storage.settings import Settings
from storage.slots import Device
from storage.store import OpenVault
from storage.vault import Case
from tests.storage.cases import CANARY, CHEAP, PHONE, WORDS, case, enter, make, plain

PASSPHRASE = "orchid tunnel copper basket window"
JPEG = b"\xff\xd8\xff" + CANARY.encode() * 100


@pytest.fixture
def kept() -> list[Case]:
    return [case(str(number)) for number in range(3)]


@pytest.fixture
def recovery_key(tmp_path: Path, kept: list[Case]) -> str:
    """A vault with cases, pictures and files, rotated once, and its backup beside it."""
    printed = make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    vault.change_settings(Settings(keep_originals=True, clinic_name="Kibera"))
    (tmp_path / "scan.dcm").write_bytes(CANARY.encode() * 20_000)
    for one in kept:
        vault.save(one, review_copy=JPEG, originals=[tmp_path / "scan.dcm"])
    (tmp_path / "scan.dcm").unlink()
    vault.rotate()
    gone = case("destroyed")
    vault.save(gone)
    vault.destroy(gone.id)
    write_backup(vault, tmp_path / "backup", passphrase=PASSPHRASE, cost=CHEAP)
    assert vault.log()[-1].action is Action.BACKED_UP
    with_originals = Contents.CASES_AND_ORIGINALS
    write_backup(vault, tmp_path / "large", contents=with_originals)
    vault.save(replace(kept[0], note="after the backup"))
    vault.lock()
    return printed


@pytest.fixture
def restored(tmp_path: Path, recovery_key: str) -> Iterator[OpenVault]:
    restore(tmp_path / "large", tmp_path / "other", recovery_key)
    new_phone = Device(os.urandom(32), key_store=True)
    vault = Door(tmp_path / "other", new_phone).recover(recovery_key)
    yield vault
    vault.lock()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_case_comes_back_on_another_device(
    restored: OpenVault, kept: list[Case], tmp_path: Path
) -> None:
    files = restored.export_originals(kept[1].id, tmp_path)

    assert [plain(one) for one in reversed(restored.cases().cases)] == [plain(one) for one in kept]
    assert [one.id for _, one in restored.outbox()] == [one.id for one in kept]
    assert restored.review_copy(kept[2].id) == JPEG
    assert files[0].read_bytes() == CANARY.encode() * 20_000
    assert restored.settings().clinic_name == "Kibera"
    assert not restored.verify()


def test_the_log_tells_of_the_restoring(restored: OpenVault) -> None:
    actions = [entry.action for entry in restored.log()]

    assert actions[-2:] == [Action.RESTORED, Action.UNLOCKED]


def test_its_passphrase_lets_one_person_in_on_another_device(
    tmp_path: Path, recovery_key: str, kept: list[Case]
) -> None:
    new_phone = Device(os.urandom(32), key_store=True)
    grace = NewSupervisor("Amina", new_phone, CHEAP, "274915")
    spelled = f"  {PASSPHRASE.replace(' ', '   ')} "
    restore_for(tmp_path / "backup", tmp_path / "other", spelled, grace)
    door = Door(tmp_path / "other", new_phone)
    [user] = door.users()
    vault = door.unlock(user.id, "274915")

    assert (user.name, user.role.value) == ("Amina", "supervisor")
    assert [plain(one) for one in reversed(vault.cases().cases)] == [plain(one) for one in kept]
    assert vault.export_originals(kept[0].id, tmp_path) == []
    assert not vault.verify()
    vault.lock()
    Door(tmp_path / "other", PHONE).recover(recovery_key).lock()


def test_on_the_same_device_people_sign_in_as_before(tmp_path: Path, recovery_key: str) -> None:
    assert recovery_key
    restore(tmp_path / "backup", tmp_path / "again", PASSPHRASE)
    vault = enter(tmp_path / "again")

    assert len(vault.cases().cases) == 3
    vault.lock()
    amina = NewSupervisor("Amina", PHONE, CHEAP, "274915")
    restore_for(tmp_path / "backup", tmp_path / "anew", PASSPHRASE, amina)
    enter(tmp_path / "anew", "274915").lock()


def test_nothing_else_opens_it(tmp_path: Path, recovery_key: str) -> None:
    other = make(tmp_path / "stranger")
    for name, secret in [
        ("backup", "orchid tunnel copper basket wallet"),
        ("backup", ""),
        ("backup", WORDS),
        ("backup", other),
        ("large", PASSPHRASE),
    ]:
        with pytest.raises(StorageError, match="backup_secret_wrong"):
            restore(tmp_path / name, tmp_path / "other", secret)
    restore(tmp_path / "backup", tmp_path / "other", recovery_key.lower())
    device = Device(os.urandom(32), key_store=True)
    assert Door(tmp_path / "other", device).users() == []


@pytest.mark.parametrize("weak", ["123456", "one two three four", "same same same same same"])
def test_a_weak_passphrase_is_refused_and_no_file_is_written(
    tmp_path: Path, recovery_key: str, weak: str
) -> None:
    assert recovery_key
    vault = enter(tmp_path / "vault")
    with pytest.raises(StorageError, match=r"passphrase_too_short|pin_needs_key_store"):
        write_backup(vault, tmp_path / "weak", passphrase=weak, cost=CHEAP)
    vault.lock()

    assert names(tmp_path) == ["backup", "large", "vault"]


def test_nothing_readable_stands_in_a_backup_and_nothing_beside_it(
    tmp_path: Path, recovery_key: str
) -> None:
    assert recovery_key
    for name in ("backup", "large"):
        content = (tmp_path / name).read_bytes()
        words = (CANARY.encode(), b"Amina", b"Kibera", b"SQLite", PASSPHRASE.encode())
        assert [word for word in words if word in content] == []
    assert (tmp_path / "large").stat().st_size > (tmp_path / "backup").stat().st_size + 400_000
    assert names(tmp_path) == ["backup", "large", "vault"]


def test_a_vault_is_not_restored_over_another(tmp_path: Path, recovery_key: str) -> None:
    before = (tmp_path / "vault" / "vault.db").read_bytes()
    with pytest.raises(StorageError, match="already_a_vault"):
        restore(tmp_path / "backup", tmp_path / "vault", recovery_key)

    assert (tmp_path / "vault" / "vault.db").read_bytes() == before


def test_a_backup_that_fails_leaves_the_former_one(
    tmp_path: Path, recovery_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recovery_key
    before = (tmp_path / "backup").read_bytes()
    vault = enter(tmp_path / "vault")

    def refuse(_: Path) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(backup, "flush_file", refuse)
    with pytest.raises(StorageError, match="device_full"):
        write_backup(vault, tmp_path / "backup")
    vault.lock()

    assert (tmp_path / "backup").read_bytes() == before
    assert names(tmp_path) == ["backup", "large", "vault"]


def test_a_backup_that_the_card_did_not_keep_is_noticed_while_it_is_written(
    tmp_path: Path, recovery_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recovery_key
    before = (tmp_path / "backup").read_bytes()
    vault = enter(tmp_path / "vault")

    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(backup, "flush_file", flip)
    with pytest.raises(StorageError, match="backup_damaged"):
        write_backup(vault, tmp_path / "backup")
    vault.lock()

    assert (tmp_path / "backup").read_bytes() == before
    assert names(tmp_path) == ["backup", "large", "vault"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"holiday picture",
        b"PK\x05\x06" + bytes(18),
        backup_file.MAGIC,
        backup_file.MAGIC + struct.pack(">I", 1 << 31),
        backup_file.MAGIC + struct.pack(">I", 2) + b"{}",
        backup_file.MAGIC + struct.pack(">I", 12) + b'{"format":0}',
    ],
)
def test_another_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises(StorageError, match="backup_damaged"):
        restore(tmp_path / "backup", tmp_path / "other", PASSPHRASE)

    assert names(tmp_path) == ["backup"]


def test_a_newer_backup_is_refused_in_words(tmp_path: Path) -> None:
    content = b'{"format":2}'
    (tmp_path / "backup").write_bytes(backup_file.MAGIC + struct.pack(">I", len(content)) + content)
    with pytest.raises(StorageError, match="backup_newer"):
        restore(tmp_path / "backup", tmp_path / "other", PASSPHRASE)


@pytest.mark.parametrize(
    "change",
    [
        {"vault": "\ud800"},
        {"backup": "\ud800"},
        {"vault": {}},
        {"passphrase": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "argon2id": [1e999, 1, 1], "key": ""}},
        {"recovery": None},
    ],
)
def test_a_header_that_was_never_written_so_is_refused_in_words(
    tmp_path: Path, recovery_key: str, change: dict[str, object]
) -> None:
    whole = (tmp_path / "backup").read_bytes()
    end = 12 + int.from_bytes(whole[8:12], "big")
    header = json.dumps({**json.loads(whole[12:end]), **change}).encode()
    altered = whole[:8] + struct.pack(">I", len(header)) + header + whole[end:]
    (tmp_path / "backup").write_bytes(altered)
    for secret in (recovery_key, PASSPHRASE):
        with pytest.raises(StorageError, match="backup_damaged"):
            restore(tmp_path / "backup", tmp_path / "other", secret)


@pytest.mark.parametrize("name", ["../elsewhere", "keys.json.new", "originals/../x", "vault.db "])
def test_a_file_within_that_would_go_elsewhere_is_refused(
    tmp_path: Path, recovery_key: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    vault = enter(tmp_path / "vault")
    members = backup._members

    def more(*given: object) -> Iterator[backup_file.Member]:
        yield from members(*given)  # type: ignore[arg-type]
        yield backup_file.Member(name, 4, [b"more"])

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_members", more)
        write_backup(vault, tmp_path / "changed")
    vault.lock()
    with pytest.raises(StorageError, match="backup_damaged"):
        restore(tmp_path / "changed", tmp_path / "other", recovery_key)

    assert names(tmp_path) == ["backup", "changed", "large", "vault"]


def test_every_flipped_bit_and_every_missing_end_is_refused(
    tmp_path: Path, recovery_key: str
) -> None:
    whole = (tmp_path / "backup").read_bytes()
    draw = random.Random(5)
    header = int.from_bytes(whole[8:12], "big")
    places = [*range(0, 12), *(draw.randrange(header) for _ in range(40))]
    places += [draw.randrange(len(whole)) for _ in range(60)]
    for at in places:
        altered = bytearray(whole)
        altered[at] ^= 1 << draw.randrange(8)
        (tmp_path / "backup").write_bytes(altered)
        with pytest.raises(StorageError, match=r"backup_(damaged|secret_wrong|newer)"):
            restore(tmp_path / "backup", tmp_path / "other", recovery_key)
        assert not (tmp_path / "other").exists()
    for length in (100, len(whole) - 1, len(whole) - 17, 12 + header):
        (tmp_path / "backup").write_bytes(whole[:length])
        with pytest.raises(StorageError, match="backup_damaged"):
            restore(tmp_path / "backup", tmp_path / "other", recovery_key)


def test_memory_stays_small_however_large_a_file_is(tmp_path: Path, recovery_key: str) -> None:
    vault = enter(tmp_path / "vault")
    (tmp_path / "scan.dcm").write_bytes(os.urandom(1 << 20) * 24)
    vault.save(case(), originals=[tmp_path / "scan.dcm"])
    tracemalloc.start()
    write_backup(vault, tmp_path / "large", contents=Contents.CASES_AND_ORIGINALS)
    restore(tmp_path / "large", tmp_path / "other", recovery_key)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    vault.lock()

    assert (tmp_path / "large").stat().st_size > 24 << 20
    assert peak < 3 << 20


def test_a_backup_comes_back_where_a_vault_was_erased(tmp_path: Path, recovery_key: str) -> None:
    """Erasing leaves its lock behind, and that is no vault."""
    erase(tmp_path / "vault", lambda: True)
    restore(tmp_path / "backup", tmp_path / "vault", recovery_key)

    assert Door(tmp_path / "vault", PHONE).recover(recovery_key).cases().cases
