"""While the vault is locked, what waits can be sent, and nothing else be opened."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.audit import Action
from storage.door import Door
from storage.failures import StorageError
from storage.keyring import AUDIT, SYNC
from storage.locked_outbox import LockedOutbox
from storage.outgoing import Receipt
from storage.process_lock import ProcessLock
from storage.sealing import Address
from storage.store import OpenVault
from storage.sync_outbox import SyncOutbox
from storage.sync_quarantine import Quarantine
from storage.vault import Case
from storage.wiping import wipe
from tests.storage.cases import PHONE, WORDS, case, plain

RECEIPT = Receipt(
    server="https://example.org/fhir",
    resource="DiagnosticReport/1",
    version="1",
    received_at=datetime(2026, 12, 2, 8, 0, tzinfo=UTC),
)


@pytest.fixture
def door(folder: Path) -> Door:
    return Door(folder, PHONE)


def opened(door: Door) -> OpenVault:
    return door.unlock(door.users()[0].id, WORDS)


@pytest.fixture
def kept() -> list[Case]:
    return [case(), case()]


@pytest.fixture
def outbox(door: Door, kept: list[Case]) -> LockedOutbox:
    """That of a locked vault in which two cases wait."""
    vault = opened(door)
    vault.change_settings(replace(vault.settings(), sync_while_locked=True))
    for one in kept:
        vault.save(one)
    box = door.locked_outbox(vault)
    vault.lock()
    return box


def test_what_waits_can_be_read_while_the_vault_is_locked(
    outbox: LockedOutbox, kept: list[Case]
) -> None:
    waiting = outbox.waiting()

    assert [one.id for _, one in waiting] == [one.id for one in kept]
    assert plain(waiting[0][1].reading) == plain(kept[0].reading)


def test_what_waits_is_read_a_few_at_a_time_without_what_was_refused(
    door: Door, outbox: LockedOutbox, kept: list[Case]
) -> None:
    ((first, one),) = outbox.next(0, 1)
    ((second, other),) = outbox.next(first, 10)
    assert [one.id, other.id] == [case.id for case in kept]
    assert (outbox.next(second, 10), outbox.count()) == ([], 2)
    outbox.settle(first, RECEIPT)
    assert ([number for number, _ in outbox.next(0, 10)], outbox.count()) == ([second], 1)
    vault = opened(door)
    Quarantine(vault.parts.session).put(second, 400, "no")
    vault.lock()

    assert (outbox.next(0, 10), outbox.count()) == ([], 0)


def test_what_the_server_took_after_all_is_in_quarantine_no_more(
    door: Door, outbox: LockedOutbox
) -> None:
    (first, _), (second, _) = outbox.waiting()
    vault = opened(door)
    for number in (first, second):
        Quarantine(vault.parts.session).put(number, 400, "no")
    vault.settle(second, RECEIPT)
    vault.lock()
    outbox.settle(first, RECEIPT)
    vault = opened(door)

    assert Quarantine(vault.parts.session).count() == 0
    assert vault.verify() == []
    vault.lock()


@pytest.mark.parametrize("sends", [True, False])
def test_images_of_what_was_sent_while_locked_wait_only_where_the_clinic_sends_them(
    door: Door, kept: list[Case], sends: bool
) -> None:
    vault = opened(door)
    wanted = replace(vault.settings(), sync_while_locked=True, send_images=sends)
    vault.change_settings(wanted)
    vault.save(kept[0])
    box = door.locked_outbox(vault)
    vault.lock()
    box.settle(box.next(0, 1)[0][0], RECEIPT)
    vault = opened(door)

    assert SyncOutbox(vault.parts).pictures() == int(sends)
    vault.lock()


def test_it_has_to_be_allowed_by_the_clinic(door: Door) -> None:
    vault = opened(door)
    with pytest.raises(StorageError, match="sync_while_locked_off"):
        door.locked_outbox(vault)
    vault.lock()


def test_a_receipt_that_came_while_locked_is_taken_in_and_logged_at_the_next_unlock(
    door: Door, outbox: LockedOutbox, kept: list[Case]
) -> None:
    (number, _), (other, _) = outbox.waiting()
    outbox.settle(number, RECEIPT)
    assert [waiting for waiting, _ in outbox.waiting()] == [other]
    vault = opened(door)

    assert [waiting for waiting, _ in vault.outbox()] == [other]
    assert vault.receipts(kept[0].id) == [RECEIPT]
    assert vault.receipts(kept[1].id) == []
    sent = [entry for entry in vault.log() if entry.action is Action.SENT]
    assert [(entry.row, entry.count) for entry in sent] == [(kept[0].id, number)]
    assert not vault.verify()
    vault.lock()
    opened(door).lock()


def test_a_receipt_that_somebody_made_up_settles_nothing(
    door: Door, outbox: LockedOutbox, folder: Path
) -> None:
    (number, one), (other, _) = outbox.waiting()
    outbox.settle(other, RECEIPT)
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute(
            "INSERT INTO settled SELECT ?, ?, body FROM settled WHERE number = ?",
            [number, one.id, other],
        )
        db.execute("INSERT INTO settled VALUES (99, 'x', x'01')")
        db.commit()
    assert [waiting for waiting, _ in outbox.waiting()] == [number]
    vault = opened(door)

    assert [waiting for waiting, _ in vault.outbox()] == [number]
    assert not vault.verify()
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        assert db.execute("SELECT count(*) FROM settled").fetchone() == (0,)


def test_a_receipt_for_what_does_not_wait_is_refused(outbox: LockedOutbox) -> None:
    with pytest.raises(StorageError, match="no_such_case"):
        outbox.settle(99, RECEIPT)


def test_it_stands_back_while_someone_has_the_vault_open(door: Door, outbox: LockedOutbox) -> None:
    vault = opened(door)
    with pytest.raises(StorageError, match="open_elsewhere"):
        outbox.waiting()
    vault.lock()

    assert len(outbox.waiting()) == 2


def test_signing_in_waits_for_a_question_that_takes_a_moment(door: Door, folder: Path) -> None:
    lock = ProcessLock(folder / "vault.lock")
    released = threading.Thread(target=lambda: (time.sleep(0.2), lock.release()))
    released.start()
    opened(door).lock()
    released.join()


def test_it_holds_no_other_key_and_none_after_forgetting(outbox: LockedOutbox) -> None:
    assert len(outbox.key(SYNC)) == 32
    with pytest.raises(StorageError, match="locked"):
        outbox.key(AUDIT)
    held = outbox._key
    outbox.forget()

    assert held == b""
    for ask in (outbox.waiting, lambda: outbox.settle(1, RECEIPT)):
        with pytest.raises(StorageError, match="locked"):
            ask()


def test_the_sync_key_opens_no_case(outbox: LockedOutbox, folder: Path) -> None:
    key = AESGCM(outbox.key(SYNC))
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        rows = db.execute("SELECT id, version, body FROM cases").fetchall()
    assert len(rows) == 2
    for case_id, version, body in rows:
        place = Address(
            table="cases", row=case_id, column="body", row_version=version, key_id="case"
        )
        with pytest.raises(InvalidTag):
            key.decrypt(body[1:13], body[13:], place.associated_data())


def test_wiping_overwrites_in_place() -> None:
    key = bytearray(b"\x07" * 32)
    wipe(key)

    assert key == b""
