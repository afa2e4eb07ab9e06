"""What waits to be sent, and the receipts of what was."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.rows import (
    CASES,
    OUTBOX,
    NamedKeys,
    opened_case,
    opened_copy,
    opened_under_former_sync,
    opened_under_sync,
    sealed_copy,
    sealed_under_sync,
)
from storage.session import Session
from storage.vault import Case

FORMAT = 1
RECEIPTS = "SELECT number, case_id, body FROM receipts"
SETTLED = "SELECT number, case_id, body FROM settled"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a server answered: its address, and the id and version that it gave.

    ``received_at`` is known time and carries its UTC offset.
    """

    server: str
    resource: str
    version: str
    received_at: datetime


class Outgoing:
    """The outbox and the receipts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def waiting(self) -> list[tuple[int, Case]]:
        """What waits to be sent, the oldest first, by its number. Damaged copies are left out."""
        with self._session.reading():
            found = []
            for row in self._session.db.execute(f"{OUTBOX} ORDER BY number"):
                with suppress(StorageError):
                    found.append((row[0], opened_copy(self._session.keyring, row)))
            return found

    def queue(self, number: int, case: Case) -> None:
        """Add a copy, in the transaction of the audit entry of this number."""
        copy = sealed_copy(self._session.keyring, case, number)
        self._session.db.execute("INSERT INTO outbox VALUES (?, ?, ?)", [number, case.id, copy])

    def send_again(self, case_id: str) -> int:
        """Queue the case as it is now, whatever was sent before. Returns its number.

        Raises StorageError (NO_SUCH_CASE, ROW_DAMAGED).
        """
        with self._session.changing():
            query = f"{CASES} WHERE id = ?"
            row = self._session.db.execute(query, [case_id]).fetchone()
            if row is None:
                raise StorageError(StorageFailure.NO_SUCH_CASE)
            if not self._session.commitments.case_is(case_id, row[-1]):
                raise StorageError(StorageFailure.ROW_DAMAGED)  # An older one, put back.
            number = self._session.note(Action.QUEUED, row=case_id)
            self.queue(number, opened_case(self._session.keyring, row))
            return number

    def settle(self, number: int, receipt: Receipt | None) -> None:
        """The copy goes, the receipt stays, and the log tells of both."""
        with self._session.changing():
            query = "SELECT case_id FROM outbox WHERE number = ?"
            if (row := self._session.db.execute(query, [number]).fetchone()) is None:
                raise StorageError(StorageFailure.NO_SUCH_CASE)
            self._session.db.execute("DELETE FROM outbox WHERE number = ?", [number])
            self.keep(str(row[0]), receipt or self._bare(), sent=number)

    def absorb_settled(self, *, pictures: bool = False) -> None:
        """Take in the receipts that came while the vault was locked (storage/locked_outbox.py).

        One that does not open is dropped: its copy waits and is sent again. With ``pictures``, the
        images of these cases wait from now on, as in ``SyncOutbox.settle``.
        """
        with self._session.changing():
            for row in self._session.db.execute(SETTLED).fetchall():
                self._session.db.execute("DELETE FROM settled WHERE number = ?", [row[0]])
                with suppress(StorageError):
                    receipt = opened_receipt(self._session.keyring, row, "settled")
                    taken = self._settled(row[0], row[1], receipt)
                    if taken and pictures:
                        change = "INSERT OR REPLACE INTO pictures_waiting VALUES (?, ?)"
                        self._session.db.execute(change, [row[0], row[1]])

    def _settled(self, number: int, case_id: str, receipt: Receipt) -> bool:
        query = "DELETE FROM outbox WHERE number = ? AND case_id = ?"
        if not self._session.db.execute(query, [number, case_id]).rowcount:
            return False
        self.keep(case_id, receipt, sent=number)
        return True

    def keep(self, case_id: str, receipt: Receipt, *, sent: int = 0) -> None:
        """Keep a receipt, in the transaction that is open. ``sent`` is the copy's number, which
        stands in quarantine no more: the server has taken it after all."""
        self._session.db.execute("DELETE FROM quarantine WHERE number = ?", [sent])
        number = self._session.audit.next_number()
        body = sealed_receipt(self._session.keyring, "receipts", case_id, number, receipt)
        self._session.db.execute("INSERT INTO receipts VALUES (?, ?, ?)", [number, case_id, body])
        digest = hashlib.sha256(body).hexdigest()
        self._session.note(Action.SENT, row=case_id, row_hash=digest, count=sent)

    def receipts(self, case_id: str) -> list[Receipt]:
        """A case's receipts, the oldest first. Raises StorageError (ROW_DAMAGED)."""
        with self._session.reading():
            query = f"{RECEIPTS} WHERE case_id = ? ORDER BY number"
            rows = self._session.db.execute(query, [case_id]).fetchall()
            return [opened_receipt(self._session.keyring, row) for row in rows]

    def _bare(self) -> Receipt:
        now = self._session.clock.now().known
        return Receipt(server="", resource="", version="", received_at=now)


def sealed_receipt(
    keyring: NamedKeys, table: str, case_id: str, number: int, receipt: Receipt
) -> bytes:
    """The body of a row (number, case id, body) of ``receipts`` or ``settled``."""
    document = {
        "format": FORMAT,
        "server": receipt.server,
        "resource": receipt.resource,
        "version": receipt.version,
        "received_at": receipt.received_at.isoformat(),
    }
    plain = json.dumps(document, sort_keys=True).encode()
    return sealed_under_sync(keyring, table, case_id, number, plain)


def opened_receipt(keyring: NamedKeys, row: tuple[Any, ...], table: str = "receipts") -> Receipt:
    """The receipt in a row of ``RECEIPTS`` or ``SETTLED``. Raises StorageError (ROW_DAMAGED)."""
    opened = opened_under_former_sync if table == "receipts" else opened_under_sync
    try:
        document = json.loads(opened(keyring, table, row))
        if document["format"] != FORMAT:
            raise ValueError("a receipt of another format")
        return Receipt(
            server=document["server"],
            resource=document["resource"],
            version=document["version"],
            received_at=datetime.fromisoformat(document["received_at"]),
        )
    except (ValueError, KeyError, TypeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.
