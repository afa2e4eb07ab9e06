"""Sending while the vault is locked, where the clinic allows it.

Holds the sync key alone: with it the copies in the outbox can be read and receipts be kept, but
no case, no name and no entry of the log be opened, and none be written. The next unlock takes the
receipts in and logs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from storage.database import database_errors, open_briefly
from storage.failures import StorageError, StorageFailure
from storage.keyring import SYNC
from storage.outgoing import SETTLED, Receipt, opened_receipt, sealed_receipt
from storage.process_lock import ProcessLock
from storage.rows import OUTBOX, opened_copy
from storage.vault import Case
from storage.wiping import wipe

#: A receipt is looked into when it is taken in: until then its copy is not sent twice.
_FREE = (
    "number NOT IN (SELECT number FROM quarantine) AND number NOT IN (SELECT number FROM settled)"
)


class LockedOutbox:
    """The outbox of a locked vault. The database is open only for moments, so that others may
    sign in. Every method raises StorageError: OPEN_ELSEWHERE while someone has the vault open,
    LOCKED after ``forget``."""

    def __init__(self, database: Path, lock: Path, key: bytes) -> None:
        self._database = database
        self._lock = lock
        self._key = bytearray(key)

    def key(self, name: str) -> bytes:
        """The one key that is here. Raises StorageError (LOCKED) for any other."""
        if name != SYNC or not any(self._key):
            raise StorageError(StorageFailure.LOCKED)
        return bytes(self._key)

    def key_at(self, name: str, number: int) -> bytes:
        """The same: of former keys none is here."""
        return self.key(name)

    def waiting(self) -> list[tuple[int, Case]]:
        """What waits to be sent and has no receipt yet, the oldest first, by its number."""
        with self._open() as db:
            settled = {row[0] for row in db.execute(SETTLED).fetchall() if self._is_sound(row)}
            found = []
            for row in db.execute(f"{OUTBOX} ORDER BY number").fetchall():
                with suppress(StorageError):
                    if row[0] not in settled:
                        found.append((row[0], opened_copy(self, row)))
            return found

    def next(self, after: int, limit: int) -> list[tuple[int, Case]]:
        """Of what waits, is not in quarantine and has no receipt yet: the oldest copies with a
        number above ``after``, at most ``limit``. Damaged ones are left out."""
        found: list[tuple[int, Case]] = []
        with self._open() as db:
            while not found:
                query = f"{OUTBOX} WHERE number > ? AND {_FREE} ORDER BY number LIMIT ?"
                rows = db.execute(query, [after, limit]).fetchall()
                for row in rows:
                    with suppress(StorageError):
                        found.append((int(row[0]), opened_copy(self, row)))
                if not rows:
                    break
                after = int(rows[-1][0])
        return found

    def count(self) -> int:
        """How many copies wait, without those in quarantine and those with a receipt."""
        with self._open() as db:
            query = f"SELECT count(*) FROM outbox WHERE {_FREE}"
            return int(db.execute(query).fetchone()[0])

    def settle(self, number: int, receipt: Receipt) -> None:
        """Keep the receipt of a copy until the next unlock.

        Raises StorageError (NO_SUCH_CASE) when nothing of this number waits.
        """
        with self._open() as db:
            query = "SELECT case_id FROM outbox WHERE number = ?"
            if (row := db.execute(query, [number]).fetchone()) is None:
                raise StorageError(StorageFailure.NO_SUCH_CASE)
            body = sealed_receipt(self, "settled", str(row[0]), number, receipt)
            with db.atomic():
                change = "INSERT OR REPLACE INTO settled VALUES (?, ?, ?)"
                db.execute(change, [number, row[0], body])

    def forget(self) -> None:
        """Let go of the key."""
        wipe(self._key)

    def _is_sound(self, row: tuple[int, str, bytes]) -> bool:
        try:
            opened_receipt(self, row, "settled")
        except StorageError:
            return False
        return True

    @contextmanager
    def _open(self) -> Iterator[Database]:
        self.key(SYNC)
        lock = ProcessLock(self._lock)
        try:
            db = open_briefly(self._database)
            try:
                with database_errors():
                    yield db
            finally:
                db.close()
        finally:
            lock.release()
