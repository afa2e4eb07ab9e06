"""What a server will never take, kept apart with its reason until a person decides."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.rows import opened_under_sync, sealed_under_sync
from storage.session import Session

QUARANTINE = "SELECT number, case_id, body FROM quarantine"
_TABLE = "quarantine"


class DropReason(StrEnum):
    """Why something is not sent: from a list, so that the log holds no words about a patient."""

    TEST_CASE = "test_case"
    WRONG_PATIENT = "wrong_patient"
    TOLD_OTHERWISE = "told_otherwise"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Quarantined:
    """An entry of the outbox that was refused. ``words`` are the server's own, empty where they
    cannot be read; ``since`` is known time."""

    number: int
    case_id: str
    status: int
    words: str = field(repr=False)
    since: datetime | None


class Quarantine:
    """The quarantine of an open vault. The copies stay in the outbox."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, number: int, status: int, words: str) -> None:
        """Set an entry aside with what the server said. Does nothing when it waits no more."""
        with self._session.changing():
            query = "SELECT case_id FROM outbox WHERE number = ?"
            if (row := self._session.db.execute(query, [number]).fetchone()) is None:
                return
            now = self._session.clock.now().known
            document = {"status": status, "words": words, "since": now.isoformat()}
            plain = json.dumps(document, sort_keys=True).encode()
            case_id = str(row[0])
            body = sealed_under_sync(self._session.keyring, _TABLE, case_id, number, plain)
            change = "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?)"
            self._session.db.execute(change, [number, case_id, body])

    def all(self) -> list[Quarantined]:
        """Everything set aside, the oldest first."""
        with self._session.reading():
            rows = self._session.db.execute(f"{QUARANTINE} ORDER BY number").fetchall()
            return [self._read(row) for row in rows]

    def count(self) -> int:
        with self._session.reading():
            return int(self._session.db.execute("SELECT count(*) FROM quarantine").fetchone()[0])

    def retry(self, number: int) -> None:
        """Let it be sent with the others. Raises StorageError (NO_SUCH_CASE)."""
        with self._session.changing():
            self._take_out(number)

    def drop(self, number: int, reason: DropReason) -> None:
        """Send it never. The case stays, and the log keeps the reason. Raises StorageError
        (NO_SUCH_CASE)."""
        with self._session.changing():
            self._drop(number, reason)

    def drop_replaced(self) -> int:
        """Drop what was edited since: the newer copy is sent in its place. Returns how many."""
        with self._session.changing():
            query = (
                "SELECT q.number FROM quarantine AS q WHERE EXISTS (SELECT 1 FROM outbox AS o "
                "WHERE o.case_id = q.case_id AND o.number > q.number)"
            )
            numbers = [int(row[0]) for row in self._session.db.execute(query).fetchall()]
            for number in numbers:
                self._drop(number, DropReason.REPLACED)
            return len(numbers)

    def _drop(self, number: int, reason: DropReason) -> None:
        case_id = self._take_out(number)
        self._session.db.execute("DELETE FROM outbox WHERE number = ?", [number])
        self._session.note(Action.SENDING_DROPPED, row=case_id, count=number, detail=reason.value)

    def _take_out(self, number: int) -> str:
        query = "SELECT case_id FROM quarantine WHERE number = ?"
        if (row := self._session.db.execute(query, [number]).fetchone()) is None:
            raise StorageError(StorageFailure.NO_SUCH_CASE)
        self._session.db.execute("DELETE FROM quarantine WHERE number = ?", [number])
        return str(row[0])

    def _read(self, row: tuple[Any, ...]) -> Quarantined:
        number, case_id, _ = row
        try:
            document = json.loads(opened_under_sync(self._session.keyring, _TABLE, row))
            since = datetime.fromisoformat(document["since"])
            return Quarantined(number, case_id, document["status"], document["words"], since)
        except (StorageError, ValueError, KeyError, TypeError):
            return Quarantined(int(number), str(case_id), 0, "", None)
