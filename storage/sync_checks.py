"""The vault check's part about sync: every sealed row opens, and what is set aside still waits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlite_utils import Database

from storage.entries import Action, Entry
from storage.faults import Fault, FaultKind, opens
from storage.keyring import Keyring
from storage.rows import opened_under_sync
from storage.sync_documents import ARCHIVE, DOCUMENTS, ENROLMENT
from storage.sync_quarantine import QUARANTINE

_OF_DOCUMENTS = {Action.SYNC_ENROLLED, Action.ARCHIVE_SET}


def sync_faults(db: Database, keyring: Keyring, entries: list[Entry]) -> Iterator[Fault]:
    """What is wrong with the sync's documents, its quarantine, and the images that wait."""
    told = {entry.row: entry.number for entry in entries if entry.action in _OF_DOCUMENTS}
    for row in db.execute(DOCUMENTS).fetchall():
        if not opens(partial(opened_under_sync, keyring, "sync_documents", row)):
            yield Fault(FaultKind.BAD, "sync_documents", str(row[1]))
        elif row[1] in (ENROLMENT, ARCHIVE) and row[0] != told.get(row[1]):
            yield Fault(FaultKind.REPLAYED, "sync_documents", str(row[1]))
    sent = {entry.count for entry in entries if entry.action is Action.SENT}
    for (number,) in db.execute("SELECT number FROM pictures_waiting").fetchall():
        if number not in sent:
            yield Fault(FaultKind.UNEXPECTED, "pictures_waiting", str(number))
    waiting = {row[0] for row in db.execute("SELECT number FROM outbox").fetchall()}
    for row in db.execute(QUARANTINE).fetchall():
        if row[0] not in waiting:
            yield Fault(FaultKind.UNEXPECTED, "quarantine", str(row[0]))
        elif not opens(partial(opened_under_sync, keyring, "quarantine", row)):
            yield Fault(FaultKind.BAD, "quarantine", str(row[0]))
