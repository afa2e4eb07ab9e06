"""The vault's SQLite file: made once, opened with care, never made again.

Nothing clinical stands in it in clear: columns of bytes are sealed (storage/sealing.py), and the
others are random ids, counters and names of keys.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from storage.durable import device_errors
from storage.failures import StorageError, StorageFailure
from storage.schema import Shape, is_as_made, shape

#: "OPST" in the header tells a vault from any other SQLite file.
APPLICATION_ID = 0x4F505354
_MAGIC, _HEADER_BYTES, _APPLICATION_ID_AT = b"SQLite format 3\x00", 100, 68
#: Up to this size every opening checks the whole file; above, only after an unclean end, and then
#: all but the pictures.
CHECKED_ALWAYS_BYTES = 32 << 20

migrations = Migrations("outpost")
#: Asked without sqlite-utils, which takes it for granted that its table is not damaged.
_APPLIED = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? AND applied_at NOTNULL"


@migrations()
def m001_keys_cases_outbox_audit(db: Database, /) -> None:
    """The first tables. ``number`` is the number of the audit entry that made the row."""
    db.table("keys").create({"name": str, "key_id": str, "wrapped": bytes}, pk="name")
    db.table("cases").create(
        {
            "number": int,
            "id": str,
            "version": int,
            "key_id": str,
            "wrapped_key": bytes,
            "body": bytes,
        },
        pk="number",
        not_null={"id", "version", "key_id", "wrapped_key", "body"},
    )
    db.table("cases").create_index(["id"], unique=True)
    db.table("outbox").create(
        {"number": int, "case_id": str, "body": bytes}, pk="number", not_null={"case_id", "body"}
    )
    db.table("outbox").create_index(["case_id"])
    db.table("audit").create(
        {"number": int, "previous": bytes, "body": bytes},
        pk="number",
        not_null={"previous", "body"},
    )


@migrations()
def m002_what_hangs_on_a_case(db: Database, /) -> None:
    """Small rows to list cases by, pictures, files, receipts and settings.

    All but receipts have keys of their own. ``summaries.number`` is ``cases.number``;
    ``receipts.number`` is that of the audit entry that tells of it.
    """
    own_key = {"version": int, "key_id": str, "wrapped_key": bytes, "body": bytes}
    wanted = {"id", *own_key}
    db.table("summaries").create(
        {"number": int, "id": str, **own_key}, pk="number", not_null=wanted
    )
    db.table("summaries").create_index(["id"], unique=True)
    for name in ("review_copies", "settings"):
        db.table(name).create({"id": str, **own_key}, pk="id", not_null=wanted)
    db.table("originals").create(
        {"id": str, "case_id": str, **own_key}, pk="id", not_null={"case_id", *wanted}
    )
    db.table("originals").create_index(["case_id"])
    db.table("receipts").create(
        {"number": int, "case_id": str, "body": bytes}, pk="number", not_null={"case_id", "body"}
    )
    db.table("receipts").create_index(["case_id"])
    # Cases are large; their numbers and versions are read from this index alone.
    db.table("cases").create_index(["version"])


@migrations()
def m003_receipts_that_came_while_locked(db: Database, /) -> None:
    """``number`` is that of the copy in the outbox. Empty while the vault is open."""
    db.table("settled").create(
        {"number": int, "case_id": str, "body": bytes}, pk="number", not_null={"case_id", "body"}
    )


@migrations()
def m004_opinions(db: Database, /) -> None:
    """``number`` is that of the audit entry that tells of it."""
    own_key = {"version": int, "key_id": str, "wrapped_key": bytes, "body": bytes}
    db.table("opinions").create(
        {"number": int, "case_id": str, **own_key}, pk="number", not_null={"case_id", *own_key}
    )
    db.table("opinions").create_index(["case_id"])


@migrations()
def m005_sync(db: Database, /) -> None:
    """What a sync remembers. ``quarantine.number`` and ``pictures_waiting.number`` are those of
    copies in the outbox: set aside, and settled with images still to be sent."""
    db.table("sync_documents").create(
        {"name": str, "version": int, "body": bytes}, pk="name", not_null={"version", "body"}
    )
    db.table("quarantine").create(
        {"number": int, "case_id": str, "body": bytes}, pk="number", not_null={"case_id", "body"}
    )
    db.table("quarantine").create_index(["case_id"])
    db.table("pictures_waiting").create(
        {"number": int, "case_id": str}, pk="number", not_null={"case_id"}
    )


def create_database(path: Path) -> None:
    """Make the file with all its tables. Raises StorageError when there is one already."""
    if path.exists():
        raise StorageError(StorageFailure.ALREADY_A_VAULT)
    with database_errors(), closing(_connect(path, "rwc")) as connection:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        _prepare(connection)


def open_database(path: Path) -> Database:
    """Open the file, bringing it up to date. May be used from any thread, by one at a time.

    Raises StorageError, and leaves the file as it was, when it is missing, is no vault, is
    damaged, or was written by a newer version.
    """
    _look_at_header(path)
    with database_errors():
        _inspect(path)
        return _open(path)


def open_briefly(path: Path) -> Database:
    """Open a file that ``open_database`` has looked through not long ago, for one question.

    Raises StorageError.
    """
    _look_at_header(path)
    with database_errors():
        return _open(path)


def _open(path: Path) -> Database:
    """Look once more at the shape, as the connection sees it that will be used."""
    connection = _connect(path, "rw")
    try:
        _look_at_shape(Database(connection))
        return _prepare(connection)
    except BaseException:
        connection.close()
        raise


@contextmanager
def database_errors() -> Iterator[None]:
    """Say in words what SQLite says in codes."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(_failure(error)) from error
    except UnicodeDecodeError as error:
        # A damaged schema gives Python texts that are none.
        raise StorageError(StorageFailure.DATABASE_DAMAGED) from error


_FAILURES = {
    sqlite3.SQLITE_FULL: StorageFailure.DEVICE_FULL,
    sqlite3.SQLITE_READONLY: StorageFailure.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: StorageFailure.READ_ONLY,
    sqlite3.SQLITE_PERM: StorageFailure.READ_ONLY,
    sqlite3.SQLITE_BUSY: StorageFailure.OPEN_ELSEWHERE,
    sqlite3.SQLITE_LOCKED: StorageFailure.OPEN_ELSEWHERE,
    sqlite3.SQLITE_IOERR: StorageFailure.DEVICE_ERROR,
    sqlite3.SQLITE_NOMEM: StorageFailure.DEVICE_ERROR,
}


def _failure(error: sqlite3.Error) -> StorageFailure:
    """Whatever else SQLite complains of, our own statements do not cause."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return _FAILURES.get(code & 0xFF, StorageFailure.DATABASE_DAMAGED)


def _look_at_header(path: Path) -> None:
    """Refuse without SQLite what SQLite would take for an empty database, and a rollback journal:
    in WAL mode there is none, and what someone laid there SQLite would write into the file."""
    if not path.is_file():
        raise StorageError(StorageFailure.DATABASE_MISSING)
    with device_errors(), path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise StorageError(StorageFailure.DATABASE_DAMAGED)
    application_id = int.from_bytes(header[_APPLICATION_ID_AT:][:4], "big")
    if not header.startswith(_MAGIC) or application_id != APPLICATION_ID:
        raise StorageError(StorageFailure.DATABASE_NOT_OURS)
    if os.path.lexists(path.with_name(path.name + "-journal")):
        raise StorageError(StorageFailure.DATABASE_DAMAGED)
    if any(path.with_name(path.name + ending).is_symlink() for ending in ("-wal", "-shm")):
        raise StorageError(StorageFailure.DATABASE_NOT_OURS)  # SQLite would write where it leads.


def _inspect(path: Path) -> None:
    """Look through a connection that cannot write, before one that can is opened.

    After a clean end the file is all there is, and SQLite need not even lay anything beside it.
    """
    wal = path.with_name(path.name + "-wal")
    ended_cleanly = not (wal.exists() and wal.stat().st_size)
    with closing(_connect(path, "ro&immutable=1" if ended_cleanly else "ro")) as connection:
        db = Database(connection)
        _look_at_shape(db)
        large = path.stat().st_size > CHECKED_ALWAYS_BYTES
        if ended_cleanly and large:
            return
        if _problems_but_in_pictures(db) if large else problems(db):
            raise StorageError(StorageFailure.DATABASE_DAMAGED)


def _look_at_shape(db: Database) -> None:
    """Raises StorageError (DATABASE_NEWER, DATABASE_DAMAGED)."""
    applied = set(db.execute(_APPLIED, [migrations.name]).fetchall())
    if applied - {(migration.name,) for migration in migrations._migrations}:
        raise StorageError(StorageFailure.DATABASE_NEWER)
    made = _made_by(frozenset(str(name) for (name,) in applied))
    if not applied or not is_as_made(db, made):
        raise StorageError(StorageFailure.DATABASE_DAMAGED)


@cache
def _made_by(applied: frozenset[str]) -> Shape:
    """What these migrations make of an empty database."""
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection)
        for migration in migrations._migrations:
            if migration.name in applied:
                migration.fn(db)
        return shape(db)


def _problems_but_in_pictures(db: Database) -> list[str]:
    """Like ``problems``, table by table but for the pictures, which are nearly all of a large file:
    reading gigabytes would keep a phone's owner out for a minute after every crash. A picture
    that was damaged does not unseal, and the vault check looks through everything."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: list[str] = []
    for name in names:
        if name != "review_copies":
            found += (str(row[0]) for row in db.execute(f'PRAGMA integrity_check("{name}")'))
    return [problem for problem in found if problem != "ok"]


def problems(db: Database) -> list[str]:
    """What SQLite's own check of the whole file finds; empty when all is well."""
    found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)")]
    return [] if found == ["ok"] else found


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=2.0, check_same_thread=False)
    # One damaged id spoils its own row, and not every list that it stands in.
    connection.text_factory = lambda text: text.decode(errors="replace")
    return connection


def _prepare(connection: sqlite3.Connection) -> Database:
    """Durable and forgetful: a commit is on the card, and what is deleted is overwritten."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=OFF",  # None is ours.
        "temp_store=MEMORY",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    db = Database(connection)
    if migrations.pending(db):
        migrations.apply(db)
    return db
