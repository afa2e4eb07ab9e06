"""The audit log: who did what to which row, when, in a chain that only grows.

Each entry is sealed under the audit key, bound to its number and to the hash of the entry
before it, so that entries cannot be altered, moved, dropped or put between others. An entry
about a row holds the row's hash. A cut tail cannot be seen from the log itself: its head has to
be known elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from storage import entries
from storage.clock import Moment
from storage.entries import TOLD_BY_THE_APP, Action, Entry
from storage.failures import StorageError, StorageFailure
from storage.sealing import Key, fields, seal_bound, unseal_bound

__all__ = ["LEAVES_A_ROW", "TOLD_BY_THE_APP", "Action", "Audit", "Entry", "History", "histories"]

#: What stands before the first entry.
START = bytes(32)


#: After these, the case's row is as the entry's hash says.
LEAVES_A_ROW = {Action.SAVED, Action.EDITED, Action.MERGED}
#: After these, a row of ``opinions`` with the entry's number is as its hash says.
_LEAVES_AN_OPINION = {Action.LABELLED, Action.OPINION_ADDED}
#: After these, a copy of the case waits to be sent.
_LEAVES_A_COPY = {Action.SAVED, Action.EDITED, Action.QUEUED}

#: Of a gap in the log, so many entries are named: who wrote the number of an entry chose how wide.
MOST_MISSING = 10_000
#: SQLite counts no further, so nothing could follow an entry of this number.
_LAST = (1 << 63) - 1

_ROWS = "SELECT number, previous, body FROM audit ORDER BY number"


class Audit:
    """The log in an open database. Appending belongs in the transaction of what it tells of."""

    def __init__(self, db: Database, vault_id: str, key_at: Callable[[int], Key]) -> None:
        """``key_at`` gives the key of an entry by its number: it changes (``Keyring.renew``)."""
        self._db = db
        self._vault_id = vault_id
        self._key_at = key_at
        self._number, self._head = self._last()

    @property
    def head(self) -> tuple[int, str]:
        """The last entry's number and the chain's hash (hexadecimal) up to it."""
        return self._number, self._head.hex()

    def next_number(self) -> int:
        return self._number + 1

    def append(self, entry: Entry) -> None:
        """Add the next entry. After a transaction that failed, call ``reload``."""
        key = self._key_at(entry.number)
        body = seal_bound(key, entries.written(entry), self._bound(entry.number, self._head))
        row = {"number": entry.number, "previous": self._head, "body": body}
        self._db.table("audit").insert(row)
        self._number, self._head = entry.number, _chained(entry.number, self._head, body)

    def reload(self) -> None:
        """Take the head from the database again."""
        self._number, self._head = self._last()

    def holds(self, number: int, head: str) -> bool:
        """Whether the log still has this entry, with this hash (hexadecimal) of the chain."""
        query = "SELECT number, previous, body FROM audit WHERE number = ?"
        row = self._db.execute(query, [number]).fetchone()
        return bool(row) and _chained(number, _bytes(row[1]), _bytes(row[2])).hex() == head

    def entry(self, number: int) -> Entry | None:
        """The entry of this number; None when there is none, or none that can be read."""
        query = "SELECT number, previous, body FROM audit WHERE number = ?"
        row = self._db.execute(query, [number]).fetchone()
        return self._sound(row) if row else None

    def last_moment(self) -> Moment | None:
        """When the last entry was made; None when there is none that can be read."""
        row = self._db.execute(f"{_ROWS} DESC LIMIT 1").fetchone()
        entry = self._sound(row) if row else None
        return entry.moment if entry else None

    def entries(self) -> Iterator[Entry]:
        """The log from its start, without what is altered: ``bad_entries`` names that."""
        for row in self._db.execute(_ROWS):
            if entry := self._sound(row):
                yield entry

    def newest_first(self) -> Iterator[Entry]:
        """The log from its end, read as far as it is asked for, without what is altered."""
        for row in self._db.execute(f"{_ROWS} DESC"):
            if entry := self._sound(row):
                yield entry

    def some(self, first: int, limit: int) -> list[tuple[int, dict[str, Any] | None]]:
        """Entries from a number on, at most ``limit``, as the JSON in them, which is much faster
        to read; None in the place of what is altered."""
        query = "SELECT number, previous, body FROM audit WHERE number >= ? ORDER BY number LIMIT ?"
        rows = self._db.execute(query, [first, limit]).fetchall()
        return [(row[0], self._told(row)) for row in rows]

    def _told(self, row: tuple[Any, ...]) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = json.loads(self._unsealed(*row))
        except (StorageError, ValueError):
            return None
        return told

    def links(self) -> Iterator[tuple[int, Entry | None, str]]:
        """Every entry's number, the entry unless it was altered, and the chain's hash up to it."""
        for number, previous, body in self._db.execute(_ROWS):
            entry = self._sound((number, previous, body))
            yield number, entry, _chained(number, _bytes(previous), _bytes(body)).hex()

    def bad_entries(self) -> list[int]:
        """The numbers of entries that are altered, missing, or do not follow the one before."""
        bad: list[int] = []
        expected = 1
        head: bytes | None = START
        for row in self._db.execute(_ROWS):
            number, previous, body = row
            sound = self._sound(row) is not None
            if sound:
                bad += range(expected, number)[:MOST_MISSING]
            follows = number != expected or head in (None, previous)
            if not sound or not follows:
                bad.append(number)
            head = _chained(number, previous, body) if sound else None
            expected = number + 1 if sound or number == expected else expected
        return bad

    def _sound(self, row: tuple[Any, ...]) -> Entry | None:
        try:
            return self._entry(*row)
        except StorageError as error:
            if error.failure is StorageFailure.DATABASE_NEWER:
                raise
            return None

    def _last(self) -> tuple[int, bytes]:
        """Where to go on, also after an entry that was altered: ``bad_entries`` names it."""
        row = self._db.execute(f"{_ROWS} DESC LIMIT 1").fetchone()
        if row is None:
            return 0, START
        number, previous, body = row
        if number >= _LAST:
            raise StorageError(StorageFailure.DATABASE_DAMAGED)
        return number, _chained(number, _bytes(previous), _bytes(body))

    def _entry(self, number: int, previous: object, body: object) -> Entry:
        return entries.read(number, self._unsealed(number, previous, body))

    def _unsealed(self, number: object, previous: object, body: object) -> bytes:
        if not (
            isinstance(number, int) and isinstance(previous, bytes) and isinstance(body, bytes)
        ):
            raise StorageError(StorageFailure.ROW_DAMAGED)
        return unseal_bound(self._key_at(number), body, self._bound(number, previous))

    def _bound(self, number: int, previous: bytes) -> bytes:
        return fields("outpost audit", self._vault_id, str(number), previous.hex())


@dataclass
class History:
    """What the log says of one case that should exist.

    ``number`` is that of its first entry; ``hashes`` are of all its versions, the present one
    last; ``unsent`` are the numbers of the entries whose copies wait to be sent; ``receipts``
    are the hashes of what came back, by number, and ``opinions`` those of what was said.
    """

    number: int
    hashes: list[str] = field(default_factory=list)
    unsent: set[int] = field(default_factory=set)
    receipts: dict[int, str] = field(default_factory=dict)
    opinions: dict[int, str] = field(default_factory=dict)

    def sent(self, entry: Entry) -> None:
        """A receipt came. Entries of the first version of the vault kept none."""
        self.unsent.discard(entry.count)
        if entry.row_hash:
            self.receipts[entry.number] = entry.row_hash


def histories(entries: Iterable[Entry]) -> dict[str, History]:
    """Every case that should exist, by its id."""
    cases: dict[str, History] = {}
    for entry in entries:
        if entry.action in LEAVES_A_ROW:
            cases.setdefault(entry.row, History(entry.number)).hashes.append(entry.row_hash)
        if entry.row not in cases:
            continue
        if entry.action in _LEAVES_A_COPY:
            cases[entry.row].unsent.add(entry.number)
        elif entry.action is Action.DESTROYED:
            cases.pop(entry.row)
        elif entry.action is Action.SENT:
            cases[entry.row].sent(entry)
        elif entry.action is Action.SENDING_DROPPED:
            cases[entry.row].unsent.discard(entry.count)
        elif entry.action in _LEAVES_AN_OPINION:
            cases[entry.row].opinions[entry.number] = entry.row_hash
    return cases


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _chained(number: int, previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(fields("outpost chain", str(number), previous.hex()) + body).digest()
