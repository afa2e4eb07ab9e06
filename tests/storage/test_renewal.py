"""After a removal, nothing that the removed person copied reads or forges what comes later."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.sync.enrolment import Enrolment
from storage import entries
from storage.audit import Action
from storage.backup import NewSupervisor, restore_for, write_backup
from storage.door import Door
from storage.failures import StorageError
from storage.faults import Fault, FaultKind
from storage.key_file import Role
from storage.keyring import AUDIT, DEVICE, SYNC
from storage.outgoing import Receipt
from storage.rows import OUTBOX, opened_under_sync
from storage.sealing import Key, seal_bound
from storage.settings import Settings
from storage.slots import Device
from storage.store import OpenVault
from storage.sync_documents import SyncDocuments
from storage.sync_enrolment import SyncEnrolment
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make

PIN = "274915"
PASSPHRASE = "orchid tunnel copper basket window"
WHOLE = Receipt(
    server="https://server.test",
    resource="DiagnosticReport/3",
    version="1",
    received_at=datetime(2026, 12, 1, tzinfo=UTC),
)


class Copied:
    """The keys of a copy: what someone who was let in once can have taken along."""

    def __init__(self, vault: OpenVault) -> None:
        self._keys = {name: bytes(vault.parts.session.keyring.key(name)) for name in _NAMES}

    def key(self, name: str) -> Key:
        return self._keys[name]

    def key_at(self, name: str, number: int) -> Key:
        return self._keys[name]


_NAMES = (AUDIT, SYNC, DEVICE)


@pytest.fixture
def removed(folder: Path) -> Iterator[tuple[OpenVault, Copied]]:
    """A vault from which someone was removed, and what that person has."""
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.save(case())
    vault.settle(vault.outbox()[0][0], WHOLE)
    vault.save(case())
    copied = Copied(vault)
    vault.remove_user(joseph.id)
    yield vault, copied
    vault.lock()


def test_a_removed_person_cannot_read_what_waits_to_be_sent(
    removed: tuple[OpenVault, Copied],
) -> None:
    vault, copied = removed
    vault.save(case())
    with vault.parts.session.reading():
        rows = vault.parts.session.db.execute(OUTBOX).fetchall()

    assert len(rows) == len(vault.outbox()) == 2
    for row in rows:
        with pytest.raises(StorageError):
            opened_under_sync(copied, "outbox", row)


def test_a_removed_person_cannot_forge_an_entry_of_the_log(
    removed: tuple[OpenVault, Copied], folder: Path
) -> None:
    vault, copied = removed
    audit = vault.parts.session.audit
    number, head = audit.head
    bound = audit._bound(number + 1, bytes.fromhex(head))
    genuine = vault.log()[-1]
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        body = seal_bound(copied.key(AUDIT), entries.written(genuine), bound)
        db.execute("INSERT INTO audit VALUES (?, ?, ?)", [number + 1, bytes.fromhex(head), body])
        db.commit()

    assert Fault(FaultKind.BAD, "audit", str(number + 1)) in vault.verify()


def test_all_that_was_sealed_before_still_opens(removed: tuple[OpenVault, Copied]) -> None:
    vault, _ = removed

    assert vault.verify() == []
    sent = vault.cases().cases[1]
    assert vault.receipts(sent.id) == [WHOLE]
    assert [entry.number for entry in vault.log()] == list(range(1, len(vault.log()) + 1))


def test_receipts_of_every_time_open_also_after_several_rotations(vault: OpenVault) -> None:
    kept = vault.save(case())
    for _ in range(3):
        vault.settle(vault.outbox()[-1][0], WHOLE)
        vault.rotate()
        vault.send_again(kept.id)

    assert vault.receipts(kept.id) == [WHOLE] * 3
    assert len(vault.outbox()) == 1
    assert vault.verify() == []


def test_what_a_sync_remembers_moves_to_the_new_key(vault: OpenVault) -> None:
    documents = SyncDocuments(vault.parts.session)
    documents.keep("state", {"head": 7})
    vault.rotate()

    assert documents.read("state") == {"head": 7}


def test_a_receipt_that_came_while_locked_is_taken_in_though_a_rotation_was_cut_short(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(sync_while_locked=True))
    kept = vault.save(case())
    outbox = Door(folder, PHONE).locked_outbox(vault)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("storage.keyring.Keyring.rewrap", _fails)
        vault.rotate()
    vault.lock()
    outbox.settle(outbox.waiting()[0][0], WHOLE)
    vault = enter(folder)

    assert vault.receipts(kept.id) == [WHOLE]
    assert vault.verify() == []
    vault.lock()


def _fails(_: object) -> None:
    raise RuntimeError


def test_the_keys_of_a_former_epoch_cannot_be_taken_away_unseen(
    removed: tuple[OpenVault, Copied], folder: Path
) -> None:
    vault, _ = removed
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("DELETE FROM keys WHERE name GLOB 'sync-[0-9]*'")
        db.commit()
    vault = enter(folder)

    assert FaultKind.MISSING in {one.kind for one in vault.verify() if one.table == "keys"}
    vault.lock()


# A restored vault is another device


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[tuple[OpenVault, OpenVault]]:
    """A vault, and what was restored from its backup on another device."""
    make(tmp_path / "vault")
    original = enter(tmp_path / "vault")
    original.save(case())
    theirs = Enrolment(endpoint="https://theirs.test/fhir")
    SyncEnrolment(original.parts.session).enrol(theirs)
    write_backup(original, tmp_path / "backup", passphrase=PASSPHRASE, cost=CHEAP)
    phone = Device(os.urandom(32), key_store=True)
    grace = NewSupervisor("Grace", phone, CHEAP, WORDS)
    restore_for(tmp_path / "backup", tmp_path / "other", PASSPHRASE, grace)
    door = Door(tmp_path / "other", phone)
    other = door.unlock(door.users()[0].id, WORDS)
    yield original, other
    original.lock()
    other.lock()


def test_a_restored_vault_has_an_id_and_a_signing_key_of_its_own(
    twins: tuple[OpenVault, OpenVault],
) -> None:
    original, other = twins

    assert original.device_id != other.device_id
    assert original.public_key() != other.public_key()
    assert original.signed_head().head.vault == other.signed_head().head.vault
    assert other.verify() == original.verify() == []


def test_the_log_says_of_which_device_a_vault_was_restored(
    twins: tuple[OpenVault, OpenVault],
) -> None:
    original, other = twins
    (restored,) = (entry for entry in other.log() if entry.action is Action.RESTORED)

    assert restored.row == original.device_id
    assert restored.successor == other.public_key().hex()


def test_each_of_two_twins_tells_the_others_head_from_its_own(
    twins: tuple[OpenVault, OpenVault],
) -> None:
    original, other = twins
    for vault in twins:
        vault.save(case())
    for one, another in ((original, other), (other, original)):
        with pytest.raises(StorageError, match="log_not_genuine"):
            one.still_holds(another.signed_head())


def test_a_restored_vault_is_enrolled_with_no_server(twins: tuple[OpenVault, OpenVault]) -> None:
    original, other = twins

    assert SyncDocuments(original.parts.session).read("enrolment")
    assert SyncDocuments(other.parts.session).read("enrolment") is None


def test_two_copies_of_a_folder_are_seen_by_their_heads(folder: Path, tmp_path: Path) -> None:
    enter(folder).lock()
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    one, other = enter(folder), enter(copy)
    for vault in (one, other):
        vault.save(case())
    earlier = one.signed_head()
    other.save(case())

    assert other.device_id == one.device_id == earlier.head.device
    assert not other.still_holds(earlier)
    one.lock()
    other.lock()
