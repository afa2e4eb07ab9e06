"""What everyone who is signed in to one vault stands on: one database, one log, one set of keys.

What an open vault remembers (the log's end, the list of cases, the settings) is right only while
nobody else writes. So it is held once for all who are in, and used by one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from storage.audit import Audit
from storage.clock import Clock
from storage.commitments import Commitments
from storage.database import database_errors
from storage.failures import StorageError, StorageFailure
from storage.keyring import AUDIT, Keyring
from storage.keys import OpenKeys
from storage.process_lock import ProcessLock
from storage.sealing import Key
from storage.turns import Turns
from storage.witness import Witness

if TYPE_CHECKING:
    from storage.session import Session


class Ground:
    """Held by a ``storage.session.Session`` for each person; gone with the last of them.

    Everything here is for use under ``mutex`` only.
    """

    def __init__(
        self, opened: OpenKeys, db: Database, clock: Clock, lock: ProcessLock, witness: Path
    ) -> None:
        self.mutex = Turns()
        self.folder = witness.parent
        self.db = db
        self.clock = clock
        #: Called when the last one has left: what was remembered goes.
        self.at_end: list[Callable[[], None]] = []
        self.is_over = False
        #: Ids of original files that are on the card before their case is: no fault of the vault.
        self.being_sealed: set[str] = set()
        self._lock = lock
        self.keys = opened.held
        self._sessions: list[Session] = []
        with database_errors():
            self.keyring = Keyring(db, opened)
            if not self.keyring.fits():
                raise StorageError(StorageFailure.KEY_FILE_OLD)
            self.audit = Audit(db, opened.vault_id, self._audit_key)
            self.commitments = Commitments(self.audit)
            self.witness = Witness(witness, opened.vault_id, lambda: self.keyring.key(AUDIT))
            if last := self.audit.last_moment():
                clock.recall(last)

    def _audit_key(self, number: int) -> Key:
        return self.keyring.key_at(AUDIT, number)

    @property
    def vault_id(self) -> str:
        """The id that this vault shares with every copy and backup of it."""
        return self.keys.file.vault_id

    def enter(self, session: Session) -> None:
        """Somebody comes in. Raises StorageError (LOCKED) where the last one has left."""
        with self.mutex:
            if self.is_over:
                raise StorageError(StorageFailure.LOCKED)
            self._sessions.append(session)

    def leave(self, session: Session) -> None:
        """Somebody leaves, and with the last one go the keys, the files and what was remembered."""
        with self.mutex:
            self._sessions.remove(session)
            if self._sessions:
                return
            self.is_over = True
            self.keyring.forget()
            self.keys.forget()
            del self.keyring, self.audit, self.commitments, self.witness
            for forget in self.at_end:
                forget()
            self.db.close()
            self._lock.release()

    def others(self, session: Session) -> list[Session]:
        """The sessions of everyone else who is in."""
        with self.mutex:
            return [other for other in self._sessions if other is not session]

    def put_out_the_gone(self) -> None:
        """Whoever was removed, or came by a secret that is no more, is out from now on."""
        with self.mutex:
            for session in list(self._sessions):
                session.expect_still_here()
