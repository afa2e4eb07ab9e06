"""What the audit log commits to: the row that each case and the settings were left with, and with
which server this vault is enrolled.

A row that opens is genuine, but may be an older one that someone put back. So what the log says of
a case is compared whenever it is opened or changed, what it says of settings at every unlock, and
what it says of an enrolment before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from storage.audit import LEAVES_A_ROW, Action, Audit, Entry
from storage.faults import sha256

#: Entries read at a time: others may save in between.
_CHUNK = 2000
#: After these the key file is what the entry says; after the others it was only announced.
_SETTLED = {Action.CREATED, Action.UNLOCKED, Action.RESTORED}
#: They tell of a sync document, whose version is their number.
_OF_DOCUMENTS = {Action.SYNC_ENROLLED, Action.ARCHIVE_SET}


class Commitments:
    """The latest hash of every case, by the log: read once, at the first case that is opened, and
    kept up to date. For use while nobody else changes anything."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        #: By case: the number of the entry that tells of it last, and the hash in it.
        self._cases: dict[str, tuple[int, bytes]] = {}
        self._older: set[bytes] = set()
        #: By a document's name: the number of the entry that tells of it last.
        self._documents: dict[str, int] = {}
        self._unreadable = 0
        self._next = 1
        self._settings: str | None = None

    def case_is(self, case_id: str, body: object) -> bool:
        """Whether a case's sealed row is the one that was saved last.

        Where the log was damaged after it last tells of the case, it cannot say so: then whatever
        it does not know as an older row is let through, and the vault check names the damage.
        """
        while self._load_some():
            pass
        digest = bytes.fromhex(sha256(body))
        number, last = self._cases.get(case_id, (0, b""))
        return digest == last or (digest not in self._older and self._unreadable > number)

    def document_is(self, name: str, version: int) -> bool:
        """Whether the enrolment, or the way to the archive, is the last at this version: it is the
        number of its entry, and 0 where there is none. Where the log was damaged after it, as
        ``case_is``."""
        while self._load_some():
            pass
        last = self._documents.get(name, 0)
        return version == last or (version > last and self._unreadable > last)

    def load(self, alone: Callable[[], AbstractContextManager[object]]) -> None:
        """Read the log ahead, letting others in between. ``alone`` keeps them out."""
        more = True
        while more:
            with alone():
                more = self._load_some()

    def settings_are(self, body: object) -> bool:
        """Whether the row of the settings (None where there is none) is the one of the log."""
        return self._settings in (None, sha256(body))

    def settings_hash(self) -> str:
        """What the log says of the settings. ``expect_settings`` comes before."""
        return self._settings or sha256(None)

    def expect_settings(self) -> None:
        """Look up what the log says of the settings: every unlock tells it, so it is near."""
        self._settings = sha256(None)
        for entry in self._audit.newest_first():
            if _tells_of_settings(entry):
                self._settings = entry.row_hash
                return

    def saw(self, entry: Entry) -> None:
        """An entry was appended."""
        if entry.number == self._next:
            self._take(entry.number, entry.action, entry.row, entry.row_hash)
            self._next += 1
        if entry.action is Action.SETTINGS_CHANGED:
            self._settings = entry.row_hash

    def forget(self) -> None:
        """Read the log anew: what was appended was taken back."""
        self._cases.clear()
        self._older.clear()
        self._documents.clear()
        self._unreadable, self._next = 0, 1
        if self._settings is not None:
            self.expect_settings()

    def _load_some(self) -> bool:
        """Read on. Whether there is more."""
        if self._next >= self._audit.next_number():
            return False
        for number, told in self._audit.some(self._next, _CHUNK):
            if number > self._next:
                self._unreadable = number - 1
            if told is None:
                self._unreadable = number
            else:
                self._take(number, told["action"], told["row"], told["row_hash"])
            self._next = number + 1
        return self._next < self._audit.next_number()

    def _take(self, number: int, action: str, row: str, row_hash: str) -> None:
        if action in LEAVES_A_ROW:
            if row in self._cases:
                self._older.add(self._cases[row][1])
            self._cases[row] = number, bytes.fromhex(row_hash)
        elif action == Action.DESTROYED:
            self._cases.pop(row, None)
        elif action in _OF_DOCUMENTS:
            self._documents[row] = number


def key_file_was_put_back(newest_first: Iterator[Entry], present: str) -> bool:
    """Whether the key file is none of those that it may be by the log. ``present`` is its hash.

    It may be the last one that was in force at an unlock, or any that was announced since: a
    process may have died between announcing a change and making it.
    """
    for entry in newest_first:
        if not entry.key_file:
            continue
        if entry.key_file == present:
            return False
        if entry.action in _SETTLED:
            return True
    return False  # A log from before key files were committed to.


def _tells_of_settings(entry: Entry) -> bool:
    told = entry.action in (Action.SETTINGS_CHANGED, Action.UNLOCKED)
    return told and bool(entry.row_hash)
