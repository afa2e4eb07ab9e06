"""Every key below the vault key: one for each case, and some that have a name."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from sqlite_utils import Database

from storage.failures import StorageError, StorageFailure
from storage.keys import OpenKeys
from storage.pseudonym import SiteKey
from storage.sealing import Address, Key, new_key, seal, unseal
from storage.wiping import wipe

#: What the named keys are for; ``device`` is the seed of an Ed25519 key that signs the log's head.
#: The number after ``site-`` is the epoch. ``identity`` names the device, and is no secret.
AUDIT, SYNC, DEVICE, SITE, IDENTITY = "audit", "sync", "device", "site-", "identity"
#: Replaced whenever someone may have had them who should have them no more. A former one stays, to
#: read what it sealed, as ``audit-57``: up to entry 57 of the log. The site key is not among them:
#: with it every patient would get another pseudonym (``add_site_key``).
RENEWED = (AUDIT, SYNC, DEVICE)

#: Tables each of whose rows has a key of its own, and goes by its id.
OWN_KEYS = ("cases", "summaries", "review_copies", "originals", "settings")
#: Every column that holds a wrapped key, with its table and what its rows go by.
_WRAPPED = (
    ("keys", "name", "wrapped"),
    *((table, "id", "wrapped_key") for table in OWN_KEYS),
    ("opinions", "number", "wrapped_key"),
)


class Keyring:
    """Wraps keys by the vault key, bound to where they stand and to the vault key's id."""

    def __init__(self, db: Database, opened: OpenKeys) -> None:
        self._db = db
        self._opened = opened
        self._named: dict[str, bytearray] = {}
        self._ends: dict[str, list[int]] = {}

    def make(self) -> None:
        """Make the named keys of a new vault."""
        for name in (AUDIT, SYNC, DEVICE, IDENTITY, f"{SITE}1"):
            self._put(name, new_key())

    def _put(self, name: str, key: Key) -> None:
        key_id, wrapped = self.wrap(bytes(key), ("keys", name))
        self._db.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", [name, key_id, wrapped])

    def fits(self) -> bool:
        """Whether the vault key opens this database at all: an older one opens no named key."""
        ids = {str(row[0]) for row in self._db.execute("SELECT key_id FROM keys").fetchall()}
        return not ids or not ids.isdisjoint(
            {by.id for by in (self._opened.vault_key, self._opened.previous) if by is not None}
        )

    def key(self, name: str) -> Key:
        """A named key. Raises StorageError (ROW_DAMAGED) when it is gone or altered."""
        if name not in self._named:
            query = "SELECT key_id, wrapped FROM keys WHERE name = ?"
            row = self._db.execute(query, [name]).fetchone()
            if row is None or not isinstance(row[1], bytes):
                raise StorageError(StorageFailure.ROW_DAMAGED)
            self._named[name] = bytearray(self.unwrap(str(row[0]), row[1], ("keys", name)))
        return self._named[name]

    def key_at(self, name: str, number: int) -> Key:
        """The key of this name that was in force at an entry of the log: of the former ones that
        reach so far the earliest, else the present one. Raises StorageError (ROW_DAMAGED)."""
        end = next((end for end in self.ends(name) if end >= number), None)
        return self.key(name if end is None else f"{name}-{end}")

    def ends(self, name: str) -> list[int]:
        """The last entries of the epochs of a key that are over, the first one first."""
        if name not in self._ends:
            query = "SELECT name FROM keys WHERE name GLOB ?"
            rows = self._db.execute(query, [f"{name}-[0-9]*"]).fetchall()
            numbers = (str(row[0]).removeprefix(f"{name}-") for row in rows)
            self._ends[name] = sorted(int(one) for one in numbers if one.isdecimal())
        return self._ends[name]

    def renew(self, last: int, device: bytes) -> None:
        """Replace the keys of ``RENEWED`` after this entry, in the transaction that is open.

        ``device`` is the new seed: the log has to name its public half beforehand.
        """
        for name in RENEWED:
            with suppress(StorageError):  # A damaged one read nothing before, either.
                self._put(f"{name}-{last}", self.key(name))
            self._put(name, device if name == DEVICE else new_key())
        self.forget()

    def identity(self) -> str:
        """The id of this device: 16 hexadecimal digits, other ones after every restoring.

        A vault from before there were any goes by its own id. Raises StorageError (ROW_DAMAGED).
        """
        query = "SELECT count(*) FROM keys WHERE name = ?"
        if not self._db.execute(query, [IDENTITY]).fetchone()[0]:
            return self._opened.vault_id
        return hashlib.sha256(self.key(IDENTITY)).hexdigest()[:16]

    def change_identity(self) -> None:
        """Become another device, in the transaction that is open."""
        self._put(IDENTITY, new_key())
        self.forget()

    def forget(self) -> None:
        """Overwrite the named keys: whoever still holds one holds nothing."""
        for key in self._named.values():
            wipe(key)
        self._named.clear()
        self._ends.clear()

    def site_key(self) -> SiteKey:
        """The key of this site's pseudonyms, of the newest epoch."""
        return self.site_keys()[0]

    def site_keys(self) -> list[SiteKey]:
        """The site keys of all epochs, the newest first. Raises StorageError (ROW_DAMAGED)."""
        query = "SELECT name FROM keys WHERE name GLOB 'site-*'"
        names = [str(row[0]).removeprefix(SITE) for row in self._db.execute(query).fetchall()]
        if not names or not all(name.isascii() and name.isdecimal() for name in names):
            raise StorageError(StorageFailure.ROW_DAMAGED)
        epochs = sorted(map(int, names), reverse=True)
        return [SiteKey(epoch, self.key(f"{SITE}{epoch}")) for epoch in epochs]

    def add_site_key(self) -> int:
        """Begin a new epoch of pseudonyms. The keys before it stay, to match what they made."""
        epoch = self.site_key().epoch + 1
        self._put(f"{SITE}{epoch}", new_key())
        return epoch

    def wrap(self, key: bytes, place: tuple[str, str]) -> tuple[str, bytes]:
        """A key for a place (table, row), and the id of the vault key that wraps it."""
        by = self._opened.vault_key
        return by.id, seal(by.key, key, _address(place, by.id))

    def unwrap(self, key_id: str, wrapped: bytes, place: tuple[str, str]) -> bytes:
        """The key at a place, also in the middle of a rotation. Raises StorageError."""
        for by in (self._opened.vault_key, self._opened.previous):
            if by is not None and by.id == key_id:
                return unseal(by.key, wrapped, _address(place, by.id))
        raise StorageError(StorageFailure.ROW_DAMAGED)

    def rewrap(self) -> bool:
        """Wrap by the vault key what the previous one wraps. Damaged rows stay as they are.

        Whether any named key was among it: if not, this was done before.
        """
        if (previous := self._opened.previous) is None:
            return False
        rewrapped = False
        for table, row_id, column in _WRAPPED:
            query = f"SELECT {row_id}, {column} FROM {table} WHERE key_id = ?"
            for row, wrapped in self._db.execute(query, [previous.id]).fetchall():
                place = (table, str(row))
                try:
                    key = self.unwrap(previous.id, wrapped, place)
                except StorageError:
                    continue
                change = f"UPDATE {table} SET key_id = ?, {column} = ? WHERE {row_id} = ?"
                self._db.execute(change, [*self.wrap(key, place), row])
                rewrapped = rewrapped or table == "keys"
        return rewrapped


def _address(place: tuple[str, str], key_id: str) -> Address:
    table, row = place
    return Address(table=table, row=row, column="key", row_version=0, key_id=key_id)
