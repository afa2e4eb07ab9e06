"""One person's session, between signing in and locking: one change of the vault at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from storage.audit import Action, Audit, Entry
from storage.clock import Clock
from storage.commitments import Commitments
from storage.database import database_errors
from storage.failures import StorageError, StorageFailure
from storage.ground import Ground
from storage.key_file import Role
from storage.keyring import Keyring
from storage.keys import OpenKeys

if TYPE_CHECKING:
    from storage.settings import Settings


class Session:
    """The parts of an open vault share one. After ``close``, every use raises LOCKED.

    Several people may be in at once, each with a session of their own on the same ``ground``: what
    is logged, labelled or drafted through one has its person's name and no other. ``keyring``,
    ``audit``, ``commitments`` and ``db`` are for use within ``reading`` or ``changing`` only.
    """

    def __init__(self, ground: Ground, opened: OpenKeys) -> None:
        self.ground = ground
        self.folder: Path = ground.folder
        self.clock: Clock = ground.clock
        #: Told when somebody else put this person out; in any thread, and they raise nothing.
        self.put_out: list[Callable[[], None]] = []
        #: Told of settings that somebody else has changed, in the same way.
        self.settings_changed: list[Callable[[Settings], None]] = []
        self.was_put_out = False
        self._keys: OpenKeys | None = opened
        self._depth = 0
        ground.enter(self)

    @contextmanager
    def reading(self) -> Iterator[OpenKeys]:
        """The keys, while no one else changes anything. Raises StorageError (LOCKED)."""
        with self.ground.mutex, database_errors():
            if not self._depth:  # In the middle of a change there is no putting out.
                self.expect_still_here()
            if self._keys is None:
                raise StorageError(StorageFailure.LOCKED)
            self._depth += 1
            try:
                yield self._keys
            finally:
                self._depth -= 1

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
            self.ground.witness.write(*self.audit.head)

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

    @property
    def keyring(self) -> Keyring:
        return self._open_ground().keyring

    @property
    def audit(self) -> Audit:
        return self._open_ground().audit

    @property
    def commitments(self) -> Commitments:
        return self._open_ground().commitments

    @property
    def db(self) -> Database:
        return self._open_ground().db

    @property
    def vault_id(self) -> str:
        """The id that this vault shares with every copy and backup of it."""
        return self._open_ground().vault_id

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be had from it any more."""
        return self._keys is None

    def _open_ground(self) -> Ground:
        if self._keys is None:
            raise StorageError(StorageFailure.LOCKED)
        return self.ground

    @property
    def user_id(self) -> str | None:
        """Who is signed in; None for whoever came with the recovery key. Raises StorageError
        (LOCKED): nothing is kept under the name of whoever has left."""
        if self._keys is None:
            raise StorageError(StorageFailure.LOCKED)
        return self._keys.user_id

    def role(self) -> Role:
        """What the one who is signed in may do. The recovery key is a supervisor's."""
        with self.reading() as opened:
            if opened.user_id is None:
                return Role.SUPERVISOR
            if (user := opened.user()) is None:
                raise StorageError(StorageFailure.LOCKED)
            return user.role

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
        """Let go of keys and files, which the last one takes along. Does nothing the second
        time."""
        with self.ground.mutex:
            if self._keys is not None:
                self._keys = None
                self.ground.leave(self)

    def expect_still_here(self) -> None:
        """Closes the session of whoever was removed, or came by a secret that is no more."""
        if self._keys is not None and not self._keys.still_opens():
            self.was_put_out = True
            self.close()
            for told in self.put_out:
                told()
