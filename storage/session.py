"""What is open between signing in and locking: keys, database and log, one change at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from storage.audit import Action, Audit, Entry
from storage.clock import Clock
from storage.commitments import Commitments
from storage.database import database_errors
from storage.failures import StorageError, StorageFailure
from storage.key_file import Role
from storage.keyring import AUDIT, Keyring
from storage.keys import OpenKeys
from storage.process_lock import ProcessLock
from storage.sealing import Key
from storage.witness import Witness


class Session:
    """The parts of an open vault share one. After ``close``, every use raises LOCKED.

    ``keyring``, ``audit`` and ``db`` are for use within ``reading`` or ``changing`` only.
    """

    def __init__(
        self, opened: OpenKeys, db: Database, clock: Clock, lock: ProcessLock, witness: Path
    ) -> None:
        self._mutex = threading.RLock()
        self._keys: OpenKeys | None = opened
        self._lock = lock
        self.folder = witness.parent
        self.db = db
        self.clock = clock
        with database_errors():
            self.keyring = Keyring(db, opened)
            if not self.keyring.fits():
                raise StorageError(StorageFailure.KEY_FILE_OLD)
            self.audit = Audit(db, opened.vault_id, self._audit_key)
            self.commitments = Commitments(self.audit)
            self.witness = Witness(witness, opened.vault_id, lambda: self.keyring.key(AUDIT))
            if last := self.audit.last_moment():
                clock.recall(last)

    @contextmanager
    def reading(self) -> Iterator[OpenKeys]:
        """The keys, while no one else changes anything. Raises StorageError (LOCKED)."""
        with self._mutex, database_errors():
            if self._keys is None:
                raise StorageError(StorageFailure.LOCKED)
            yield self._keys

    @contextmanager
    def changing(self) -> Iterator[OpenKeys]:
        """One transaction: all of it, or nothing."""
        with self.reading() as opened:
            try:
                with self.db.atomic():
                    yield opened
            except BaseException:
                self.keyring.forget()
                self.audit.reload()
                self.commitments.forget()
                raise
            self.witness.write(*self.audit.head)

    def note(
        self,
        action: Action,
        *,
        row: str = "",
        row_hash: str = "",
        count: int = 0,
        detail: str = "",
        key_file: str = "",
        successor: str = "",
    ) -> int:
        """Append to the log, in the transaction that is open. Returns the entry's number."""
        entry = Entry(
            number=self.audit.next_number(),
            action=action,
            user=self.user_id or "",
            moment=self.clock.now(),
            row=row,
            row_hash=row_hash,
            count=count,
            detail=detail,
            key_file=key_file,
            successor=successor,
        )
        self.audit.append(entry)
        self.commitments.saw(entry)
        return entry.number

    def _audit_key(self, number: int) -> Key:
        return self.keyring.key_at(AUDIT, number)

    @property
    def vault_id(self) -> str:
        """The id that this vault shares with every copy and backup of it."""
        if self._keys is None:
            raise StorageError(StorageFailure.LOCKED)
        return self._keys.vault_id

    @property
    def user_id(self) -> str | None:
        """Who is signed in; None for whoever came with the recovery key."""
        return self._keys.user_id if self._keys else None

    def role(self) -> Role:
        """What the one who is signed in may do. The recovery key is a supervisor's."""
        with self.reading() as opened:
            user = opened.user()
            return user.role if user else Role.SUPERVISOR

    def supervisors_only(self) -> None:
        """Raises StorageError (ONLY_SUPERVISORS) for anyone else."""
        if self.role() is not Role.SUPERVISOR:
            raise StorageError(StorageFailure.ONLY_SUPERVISORS)

    def reviewers_only(self) -> None:
        """Raises StorageError (ONLY_REVIEWERS) for clinicians, and for whoever came with the
        recovery key: an opinion has the name of somebody."""
        if self.user_id is None or self.role() is Role.CLINICIAN:
            raise StorageError(StorageFailure.ONLY_REVIEWERS)

    def forget_the_log(self) -> None:
        """Empty SQLite's write-ahead log, where former contents of rows would linger."""
        with self.reading():
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Let go of keys and files. Does nothing the second time."""
        with self._mutex:
            if self._keys is None:
                return
            self.keyring.forget()
            self._keys.forget()
            self._keys = None
            del self.keyring, self.audit, self.commitments, self.witness
            self.db.close()
            self._lock.release()
