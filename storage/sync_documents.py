"""What a sync has to remember, sealed under the sync key: small documents by name."""

from __future__ import annotations

import json
from typing import Any

from storage.failures import StorageError, StorageFailure
from storage.rows import opened_under_sync, sealed_under_sync
from storage.session import Session

#: Each document as a row (version, name, body): as rows of the outbox are sealed.
DOCUMENTS = "SELECT version, name, body FROM sync_documents"
_TABLE = "sync_documents"
#: Documents whose version is the number of the log's entry about them.
ENROLMENT, ARCHIVE = "enrolment", "archive"
FORMAT = 1


class SyncDocuments:
    """Documents of an open vault, by name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, name: str) -> dict[str, Any] | None:
        """The document; None where there is none. Raises StorageError (ROW_DAMAGED)."""
        with self._session.reading():
            row = self._row(name)
            if row is None:
                return None
            try:
                document: dict[str, Any] = json.loads(
                    opened_under_sync(self._session.keyring, _TABLE, row)
                )
                if document.pop("format") != FORMAT:
                    raise ValueError("a document of another format")
            except (ValueError, KeyError, TypeError, AttributeError):
                raise StorageError(StorageFailure.ROW_DAMAGED) from None
            return document

    def version(self, name: str) -> int:
        """The version of the document that is there; 0 where there is none."""
        with self._session.reading():
            row = self._row(name)
            return int(row[0]) if row else 0

    def keep(self, name: str, document: dict[str, Any]) -> bytes:
        """Keep it in place of the former one. Returns the sealed row, for the log."""
        with self._session.changing():
            return self.put(name, document)

    def put(self, name: str, document: dict[str, Any]) -> bytes:
        """The same, in the transaction that is open."""
        row = self._row(name)
        # Not below the log's next entry: by that number goes which epoch's key seals it.
        former = int(row[0]) + 1 if row else 1
        version = max(former, self._session.audit.next_number())
        plain = json.dumps({"format": FORMAT, **document}, sort_keys=True).encode()
        body = sealed_under_sync(self._session.keyring, _TABLE, name, version, plain)
        change = f"INSERT OR REPLACE INTO {_TABLE} VALUES (?, ?, ?)"
        self._session.db.execute(change, [name, version, body])
        return body

    def remove(self, name: str) -> None:
        """It goes, in the transaction that is open."""
        self._session.db.execute(f"DELETE FROM {_TABLE} WHERE name = ?", [name])

    def _row(self, name: str) -> tuple[Any, ...] | None:
        query = f"{DOCUMENTS} WHERE name = ?"
        row: tuple[Any, ...] | None = self._session.db.execute(query, [name]).fetchone()
        return row
