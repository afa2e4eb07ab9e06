"""The vault check: walks the audit log and every seal, and names what is not as it was left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from sqlite_utils import Database

from storage.attached_checks import AttachedCheck
from storage.audit import Action, Entry, History, histories
from storage.database import problems
from storage.drafts import PREFIX as DRAFTS
from storage.failures import StorageError
from storage.faults import Fault, FaultKind, kind_of, opens, sha256
from storage.keyring import IDENTITY, RENEWED, SITE, Keyring
from storage.opinions import OPINIONS, Opinions
from storage.originals import Originals
from storage.outgoing import RECEIPTS, opened_receipt
from storage.parts import Parts
from storage.rows import CASES, OUTBOX, OWN_KEY, attached_to, opened_case, opened_copy, opened_row
from storage.session import Session
from storage.settings import ROW
from storage.sync_checks import sync_faults

__all__ = ["Fault", "FaultKind", "faults"]


def faults(parts: Parts) -> list[Fault]:
    """Everything found, in no order that matters; empty when all is well."""
    session = parts.session
    with session.reading():
        entries = list(session.audit.entries())
        expected = histories(entries)
        lost = [entry.count for entry in entries if entry.action is Action.TAIL_LOST]
        db, keyring = session.db, session.keyring
        return [
            *(Fault(FaultKind.BAD, "database", problem) for problem in problems(db)),
            *(Fault(FaultKind.BAD, "audit", str(number)) for number in session.audit.bad_entries()),
            *(Fault(FaultKind.MISSING, "audit", str(number)) for number in lost),
            *_case_faults(db, keyring, expected),
            *_outbox_faults(db, keyring, expected),
            *_receipt_faults(db, keyring, expected),
            *_opinion_faults(db, parts.opinions, expected),
            *_named_key_faults(db, keyring, entries),
            *_key_file_faults(entries),
            *_settings_faults(db, keyring, entries),
            *sync_faults(db, keyring, entries),
            *_attached_faults(session, parts.originals, entries, expected),
        ]


def _case_faults(db: Database, keyring: Keyring, expected: dict[str, History]) -> Iterator[Fault]:
    owners = {digest: case for case, history in expected.items() for digest in history.hashes}
    seen = set()
    for row in db.execute(CASES):
        case_id = str(row[1])
        seen.add(case_id)
        if kind := _case_fault(row, keyring, expected.get(case_id), owners):
            yield Fault(kind, "cases", case_id)
    for case_id in expected.keys() - seen:
        yield Fault(FaultKind.MISSING, "cases", case_id)


def _case_fault(
    row: tuple[Any, ...], keyring: Keyring, history: History | None, owners: dict[str, str]
) -> FaultKind | None:
    number, case_id, *_, body = row
    digest = sha256(body)
    if owners.get(digest, case_id) != case_id:
        return FaultKind.SWAPPED
    if history is None:
        return FaultKind.UNEXPECTED
    if digest in history.hashes[:-1]:
        return FaultKind.REPLAYED
    if digest != history.hashes[-1] or number != history.number:
        return FaultKind.BAD
    return None if opens(partial(opened_case, keyring, row)) else FaultKind.BAD


def _outbox_faults(db: Database, keyring: Keyring, expected: dict[str, History]) -> Iterator[Fault]:
    unsent = {number: case for case, history in expected.items() for number in history.unsent}
    for row in db.execute(OUTBOX).fetchall():
        number = row[0]
        if unsent.pop(number, None) is None:
            yield Fault(FaultKind.UNEXPECTED, "outbox", str(number))
        elif not opens(partial(opened_copy, keyring, row)):
            yield Fault(FaultKind.BAD, "outbox", str(number))
    for number in unsent:
        yield Fault(FaultKind.MISSING, "outbox", str(number))


def _receipt_faults(
    db: Database, keyring: Keyring, expected: dict[str, History]
) -> Iterator[Fault]:
    owed = {number: digest for one in expected.values() for number, digest in one.receipts.items()}
    rows = db.execute(RECEIPTS).fetchall()
    return _numbered_faults("receipts", rows, owed, partial(opened_receipt, keyring))


def _opinion_faults(
    db: Database, opinions: Opinions, expected: dict[str, History]
) -> Iterator[Fault]:
    owed = {number: digest for one in expected.values() for number, digest in one.opinions.items()}
    rows = db.execute(OPINIONS).fetchall()
    return _numbered_faults("opinions", rows, owed, opinions.opened)


def _numbered_faults(
    table: str,
    rows: list[tuple[Any, ...]],
    owed: dict[int, str],
    opening: Callable[[tuple[Any, ...]], object],
) -> Iterator[Fault]:
    """What is wrong with rows that go by the number of the entry that has their hash."""
    owners = {digest: str(number) for number, digest in owed.items()}
    for row in rows:
        number = row[0]
        if (digest := owed.pop(number, None)) is None:
            yield Fault(FaultKind.UNEXPECTED, table, str(number))
        elif kind := kind_of(row[-1], digest, str(number), owners, partial(opening, row)):
            yield Fault(kind, table, str(number))
    yield from (Fault(FaultKind.MISSING, table, str(number)) for number in owed)


def _named_key_faults(db: Database, keyring: Keyring, entries: list[Entry]) -> Iterator[Fault]:
    expected = _expected_keys(entries)
    for name, key_id, wrapped in db.execute("SELECT name, key_id, wrapped FROM keys").fetchall():
        content = wrapped if isinstance(wrapped, bytes) else b""
        known = name in expected or str(name).startswith(DRAFTS)
        if not known:
            yield Fault(FaultKind.UNEXPECTED, "keys", str(name))
        elif not opens(partial(keyring.unwrap, str(key_id), content, ("keys", name))):
            yield Fault(FaultKind.BAD, "keys", str(name))
        expected.discard(name)
    for name in expected:
        yield Fault(FaultKind.MISSING, "keys", name)


def _expected_keys(entries: list[Entry]) -> set[str]:
    """The names that the log tells of: one site key an epoch, and a former key of each kind for
    every entry after which they were renewed."""
    epochs = [entry.count for entry in entries if entry.action is Action.SITE_KEY_REPLACED]
    sites = {f"{SITE}{epoch}" for epoch in range(1, max(epochs, default=1) + 1)}
    renewed = [entry.number for entry in entries if entry.successor]
    former = {f"{name}-{number}" for name in RENEWED for number in renewed}
    named = {IDENTITY} if any(_makes_a_device(entry) for entry in entries) else set()
    return {*RENEWED, *sites, *former, *named}


def _makes_a_device(entry: Entry) -> bool:
    """Vaults that were made before there were any have no ids of devices."""
    made = entry.action is Action.CREATED and entry.key_file
    return bool(made or (entry.action is Action.RESTORED and entry.successor))


def _key_file_faults(entries: list[Entry]) -> Iterator[Fault]:
    """An older key file that was put back, until the keys are changed."""
    put_back = [entry.number for entry in entries if entry.action is Action.KEYS_PUT_BACK]
    rotated = max((one.number for one in entries if one.action is Action.ROTATED), default=0)
    if put_back and put_back[-1] > rotated:
        yield Fault(FaultKind.REPLAYED, "keys.json", str(put_back[-1]))


def _settings_faults(db: Database, keyring: Keyring, entries: list[Entry]) -> Iterator[Fault]:
    changes = [entry.row_hash for entry in entries if entry.action is Action.SETTINGS_CHANGED]
    rows = db.execute(f"SELECT id, {OWN_KEY} FROM settings").fetchall()
    for row_id, *columns in rows:
        if row_id != ROW or not changes:
            yield Fault(FaultKind.UNEXPECTED, "settings", str(row_id))
            continue
        opening = partial(opened_row, keyring, ("settings", ROW), tuple(columns))
        if kind := kind_of(columns[-1], changes[-1], ROW, {}, opening):
            yield Fault(kind, "settings", ROW)
    if changes and ROW not in [row[0] for row in rows]:
        yield Fault(FaultKind.MISSING, "settings", ROW)


def _attached_faults(
    session: Session, originals: Originals, entries: list[Entry], expected: dict[str, History]
) -> Iterator[Fault]:
    check = AttachedCheck(session, originals)
    for row in session.db.execute(CASES):
        case_id, history = str(row[1]), expected.get(str(row[1]))
        # A case that is itself a fault cannot tell what should hang on it.
        with suppress(StorageError):
            if history and sha256(row[-1]) == history.hashes[-1]:
                attached = attached_to(session.keyring, row)
                check.expect(case_id, history.number, row[2], attached)
        check.know(case_id)
    for case_id in expected:
        check.know(case_id)
    removed = {entry.row for entry in entries if entry.action is Action.ORIGINAL_REMOVED}
    yield from check.faults(removed)
