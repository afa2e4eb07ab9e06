"""A database is made once; one that does not open is left as it is."""

from __future__ import annotations

import os
import random
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage import database
from storage.database import (
    create_database,
    database_errors,
    migrations,
    open_briefly,
    open_database,
)
from storage.failures import StorageError
from storage.process_lock import ProcessLock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault.db"
    create_database(path)
    db = open_database(path)
    with db.atomic():
        for number in range(200):
            row = {"number": number, "previous": os.urandom(32), "body": os.urandom(300)}
            db.table("audit").insert(row)
    db.close()
    return path


def test_it_is_durable_and_forgetful(path: Path) -> None:
    db = open_database(path)
    values = {
        pragma: db.execute(f"PRAGMA {pragma}").fetchone()[0]
        for pragma in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
    }
    db.close()

    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 0,
    }


def test_opening_again_keeps_what_is_there(path: Path) -> None:
    db = open_database(path)

    assert db.table("audit").count == 200
    assert not migrations.pending(db)
    db.close()


def refused(path: Path, code: str) -> None:
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StorageError, match=code):
        open_database(path)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    refused(tmp_path / "vault.db", "database_missing")


def test_a_database_is_never_made_over_another(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StorageError, match="already_a_vault"):
        create_database(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("length", [0, 1, 99, 100, 4096, 20_000])
def test_a_database_cut_short_is_left_untouched(path: Path, length: int) -> None:
    os.truncate(path, length)

    refused(path, "database_damaged")


def test_another_file_at_its_place_is_left_untouched(path: Path) -> None:
    path.write_bytes(b"holiday picture" * 100)
    refused(path, "database_not_ours")
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name)")
    other.commit()
    other.close()
    refused(path, "database_not_ours")


def test_a_newer_database_is_left_untouched(path: Path) -> None:
    db = open_database(path)
    row = {"migration_set": "outpost", "name": "m999_from_the_future", "applied_at": "2030"}
    db.table("_sqlite_migrations").insert(row)
    db.close()

    refused(path, "database_newer")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE _sqlite_migrations RENAME applied_at TO applied_au",
        "ALTER TABLE _sqlite_migrations RENAME TO _sqlite_migrationt",
        "UPDATE _sqlite_migrations SET migration_set = 'x'",
    ],
)
def test_a_damaged_list_of_migrations_is_left_untouched(path: Path, change: str) -> None:
    db = sqlite3.connect(path)
    db.execute(change)
    db.commit()
    db.close()

    refused(path, "database_damaged")


def test_overwritten_pages_are_left_untouched(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20_480:24_576] = random.Random(1).randbytes(4096)
    path.write_bytes(content)

    refused(path, "database_damaged")


def test_flipped_bits_open_or_are_refused_in_words(path: Path) -> None:
    whole = path.read_bytes()
    draw = random.Random(2)
    for _ in range(100):
        altered = bytearray(whole)
        altered[draw.randrange(8192)] ^= 1 << draw.randrange(8)
        path.write_bytes(altered)
        try:
            open_database(path).close()
        except StorageError:
            assert path.read_bytes() == altered


def test_a_half_written_log_keeps_what_was_committed(path: Path, tmp_path: Path) -> None:
    db = open_database(path)
    with db.atomic():
        db.table("audit").insert({"number": 1000, "previous": b"x", "body": b"kept"})
    with db.atomic():
        db.table("audit").insert({"number": 1001, "previous": b"x", "body": b"torn"})
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    log = path.with_name("vault.db-wal").read_bytes()
    copy.with_name("copy.db-wal").write_bytes(log[: len(log) - 100])
    db.close()

    opened = open_database(copy)
    assert opened.table("audit").count == 201
    assert opened.execute("SELECT body FROM audit WHERE number = 1000").fetchone() == (b"kept",)
    opened.close()


def test_a_large_database_is_checked_after_an_unclean_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CHECKED_ALWAYS_BYTES", 0)
    content = bytearray(path.read_bytes())
    content[20_480:24_576] = random.Random(1).randbytes(4096)
    path.write_bytes(content)

    open_database(path).close()
    path.with_name("vault.db-wal").write_bytes(b"half a frame")
    with pytest.raises(StorageError, match="database_damaged"):
        open_database(path)


def test_after_an_unclean_end_a_large_database_opens_without_looking_through_its_pictures(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = open_database(path)
    with db.atomic():
        row = {"id": "x", "version": 1, "key_id": "k", "wrapped_key": b"w", "body": bytes(50_000)}
        db.table("review_copies").insert(row)
    db.close()
    content = bytearray(path.read_bytes())
    at = content.rindex(bytes(4000)) // 4096 * 4096
    content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    path.with_name("vault.db-wal").write_bytes(b"half a frame")
    with pytest.raises(StorageError, match="database_damaged"):
        open_database(path)
    monkeypatch.setattr(database, "CHECKED_ALWAYS_BYTES", 0)

    open_database(path).close()


def test_a_full_device_is_said_in_words(path: Path) -> None:
    db = open_database(path)
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="device_full"), database_errors(), db.atomic():
        db.table("audit").insert({"number": 9999, "previous": b"x", "body": bytes(100_000)})

    assert db.table("audit").count == 200
    db.close()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_said_in_words(path: Path) -> None:
    path.parent.chmod(0o500)
    path.chmod(0o400)
    try:
        with pytest.raises(StorageError, match="read_only"):
            open_database(path)
    finally:
        path.parent.chmod(0o700)


def test_a_second_outpost_is_told_that_the_vault_is_open(tmp_path: Path, repo: Path) -> None:
    lock = ProcessLock(tmp_path / "vault.lock")
    script = (
        "import sys; from pathlib import Path; from storage.process_lock import ProcessLock\n"
        "from storage.failures import StorageError\n"
        "try: ProcessLock(Path(sys.argv[1])); print('got it')\n"
        "except StorageError as error: print(error.code)\n"
    )

    def other() -> str:
        command = [sys.executable, "-c", script, str(tmp_path / "vault.lock")]
        return subprocess.run(
            command, cwd=repo, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert other() == "open_elsewhere"
    with pytest.raises(StorageError, match="open_elsewhere"):
        ProcessLock(tmp_path / "vault.lock")
    lock.release()
    lock.release()
    assert other() == "got it"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sqlite_master SET sql = replace(sql, 'PRIMARY KEY', 'PSIMARY KEY') "
        "WHERE name = 'audit'",
        "UPDATE sqlite_master SET sql = replace(sql, 'BLOB', 'CLOB') WHERE name = 'cases'",
        "DROP INDEX idx_cases_id",
        "CREATE TRIGGER planted AFTER INSERT ON cases BEGIN DELETE FROM cases; END",
        "CREATE VIEW planted AS SELECT * FROM cases",
        "DROP TABLE outbox",
        "ALTER TABLE cases ADD COLUMN planted TEXT",
        "ALTER TABLE cases ADD COLUMN planted AS (hex(body))",
        "UPDATE sqlite_master SET sql = substr(sql, 1, length(sql) - 2) || "
        "', FOREIGN KEY (number) REFERENCES outbox (number) ON DELETE CASCADE)' "
        "WHERE name = 'cases'",
        "UPDATE sqlite_master SET sql = substr(sql, 1, length(sql) - 2) || "
        "', CHECK (number < 9))' WHERE name = 'cases'",
        "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', 'NOT NULL ON CONFLICT IGNORE') "
        "WHERE name = 'audit'",
        "UPDATE sqlite_master SET sql = sql || ' WHERE id > 5' WHERE name = 'idx_cases_id'",
        "CREATE TABLE theirs (id INTEGER)",
        "CREATE TABLE sqliteish AS SELECT * FROM cases",
    ],
)
def test_a_database_of_another_shape_is_left_untouched(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute(change)
        db.commit()
    refused(path, "database_damaged")


def test_the_shape_is_the_same_however_names_are_quoted(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema=ON")
        change = "UPDATE sqlite_master SET sql = replace(replace(sql, '\"', '`'), char(10), ' ')"
        db.execute(f"{change} WHERE name = 'audit'")
        db.commit()
    open_database(path).close()


PLANTED = "CREATE TRIGGER planted BEFORE DELETE ON cases BEGIN DELETE FROM outbox; END"


def journal_that_plants_a_trigger(path: Path) -> bytes:
    """A rollback journal, as SQLite's file format has it: rolled back, it makes the file what it
    was with a trigger."""
    clean = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        db.execute(PLANTED)
        db.commit()
    planted = path.read_bytes()
    path.write_bytes(clean)
    page = struct.unpack(">H", clean[16:18])[0]
    pages, nonce = len(planted) // page, 7
    journal = bytes.fromhex("d9d505f920a163d7") + struct.pack(
        ">IIIII", pages, nonce, pages, 512, page
    )
    journal = journal.ljust(512, b"\0")
    for number in range(pages):
        content = planted[number * page :][:page]
        checksum = nonce + sum(content[at] for at in range(page - 200, 0, -200))
        journal += struct.pack(">I", number + 1) + content + struct.pack(">I", checksum)
    return journal


def test_a_rollback_journal_beside_it_is_never_believed(path: Path) -> None:
    path.with_name("vault.db-journal").write_bytes(journal_that_plants_a_trigger(path))

    refused(path, "database_damaged")


def test_a_trigger_that_comes_after_the_first_look_is_seen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, inspect = journal_that_plants_a_trigger(path), database._inspect

    def inspected(looked_at: Path) -> None:
        inspect(looked_at)
        path.with_name("vault.db-journal").write_bytes(journal)

    monkeypatch.setattr(database, "_inspect", inspected)
    with pytest.raises(StorageError, match="database_damaged"):
        open_database(path)


def test_a_trigger_is_seen_also_when_it_is_opened_for_one_question(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(PLANTED)
        db.commit()
    with pytest.raises(StorageError, match="database_damaged"):
        open_briefly(path)
