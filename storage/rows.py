"""Rows of cases, of what hangs on them, and of the outbox: how they are sealed and open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from storage import documents
from storage.documents import Attached
from storage.failures import StorageError, StorageFailure
from storage.keyring import SYNC, Keyring
from storage.sealing import Address, Key, new_key, seal, unseal
from storage.vault import Case

CASES = "SELECT number, id, version, key_id, wrapped_key, body FROM cases"
OUTBOX = "SELECT number, case_id, body FROM outbox"

#: What a row of a table with keys of its own holds beside its id.
OWN_KEY = "version, key_id, wrapped_key, body"


class NamedKeys(Protocol):
    """Where keys that have a name come from."""

    def key(self, name: str) -> Key:
        """Raises StorageError when there is none of this name."""

    def key_at(self, name: str, number: int) -> Key:
        """The key of this name that was in force at an entry of the log."""


def sealed_row(
    keyring: Keyring, place: tuple[str, str], version: int, plain: bytes, key: bytes | None = None
) -> tuple[int, str, bytes, bytes]:
    """What stands in the columns ``OWN_KEY`` at a place (table, row id).

    Every version has a new key, so that the former one's remains cannot be opened.
    """
    key = key or new_key()
    key_id, wrapped = keyring.wrap(key, place)
    return version, key_id, wrapped, seal(key, plain, _body(place, version))


def opened_row(keyring: Keyring, place: tuple[str, str], columns: tuple[Any, ...]) -> bytes:
    """What was sealed in the columns ``OWN_KEY``. Raises StorageError (ROW_DAMAGED)."""
    version, _, _, body = columns
    key = row_key(keyring, place, columns)
    if not (isinstance(version, int) and isinstance(body, bytes)):
        raise StorageError(StorageFailure.ROW_DAMAGED)
    return unseal(key, body, _body(place, version))


def row_key(keyring: Keyring, place: tuple[str, str], columns: tuple[Any, ...]) -> bytes:
    """The row's own key. Raises StorageError (ROW_DAMAGED)."""
    _, key_id, wrapped, _ = columns
    if not (isinstance(place[1], str) and isinstance(wrapped, bytes)):
        raise StorageError(StorageFailure.ROW_DAMAGED)
    return keyring.unwrap(str(key_id), wrapped, place)


def sealed_case(
    keyring: Keyring, case: Case, version: int, attached: Attached | None = None
) -> tuple[int, str, bytes, bytes]:
    """What stands in a case's columns ``OWN_KEY``."""
    plain = documents.written(case, attached)
    return sealed_row(keyring, ("cases", case.id), version, plain)


def opened_case(keyring: Keyring, row: tuple[Any, ...]) -> Case:
    """The case in a row of ``CASES``. Raises StorageError (ROW_DAMAGED)."""
    return replace(_read(case_document(keyring, row)), version=row[2])


def attached_to(keyring: Keyring, row: tuple[Any, ...]) -> Attached:
    """What hangs on the case in a row of ``CASES``. Raises StorageError (ROW_DAMAGED)."""
    try:
        return documents.read_attached(case_document(keyring, row))
    except (ValueError, KeyError, TypeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.


def case_document(keyring: Keyring, row: tuple[Any, ...]) -> bytes:
    """The JSON in a row of ``CASES``. Raises StorageError (ROW_DAMAGED)."""
    _, case_id, *columns = row
    return opened_row(keyring, ("cases", case_id), tuple(columns))


def sealed_copy(keyring: NamedKeys, case: Case, number: int) -> bytes:
    """The copy of a case that waits in the outbox: never with the clinic's own code."""
    plain = documents.written(replace(case, code=None))
    return seal(keyring.key(SYNC), plain, _outgoing("outbox", case.id, number))


def opened_copy(keyring: NamedKeys, row: tuple[Any, ...]) -> Case:
    """The case in a row of ``OUTBOX``. Raises StorageError (ROW_DAMAGED)."""
    return _read(opened_under_sync(keyring, "outbox", row))


def sealed_under_sync(
    keyring: NamedKeys, table: str, case_id: str, number: int, plain: bytes
) -> bytes:
    """The body of a row (number, case id, body) under the key ``sync``."""
    return seal(keyring.key(SYNC), plain, _outgoing(table, case_id, number))


def opened_under_sync(keyring: NamedKeys, table: str, row: tuple[Any, ...]) -> bytes:
    """What ``sealed_under_sync`` sealed under the key of now. Raises StorageError (ROW_DAMAGED)."""
    return _unsealed(keyring.key(SYNC), table, row)


def opened_under_former_sync(keyring: NamedKeys, table: str, row: tuple[Any, ...]) -> bytes:
    """The same, where the row's number is that of its entry and its key is of that time."""
    number = row[0]
    if not isinstance(number, int):
        raise StorageError(StorageFailure.ROW_DAMAGED)
    return _unsealed(keyring.key_at(SYNC, number), table, row)


def _unsealed(key: Key, table: str, row: tuple[Any, ...]) -> bytes:
    number, case_id, body = row
    if not (isinstance(case_id, str) and isinstance(body, bytes)):
        raise StorageError(StorageFailure.ROW_DAMAGED)
    return unseal(key, body, _outgoing(table, case_id, number))


def _read(document: bytes) -> Case:
    """What was sealed is ours, but may be of a version that this one does not know."""
    try:
        return documents.read(document)
    except (ValueError, KeyError, TypeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.


def _body(place: tuple[str, str], version: int) -> Address:
    """``case`` says that the key is the row's own."""
    table, row = place
    return Address(table=table, row=row, column="body", row_version=version, key_id="case")


def _outgoing(table: str, case_id: str, number: int) -> Address:
    return Address(table=table, row=case_id, column="body", row_version=number, key_id=SYNC)
