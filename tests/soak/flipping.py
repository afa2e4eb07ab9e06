"""Flipped bits and moved rows: whatever touches a case is detected, and none is shown altered."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import OutpostError
from storage.backup import restore, write_backup
from storage.door import Door
from storage.failures import StorageError, StorageFailure
from storage.opinions import GivenOpinion
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Opinion
from tests.storage.cases import PHONE, WORDS, case, enter, make, plain

CASES = 8
#: What is flipped, and how often beside the others.
WEIGHTS = {"database": 4, "schema": 2, "log": 2, "keys": 1, "backup": 1}
#: Bytes of the database's own description of one table.
_SCHEMA_BYTES = 300
#: Tables whose rows are moved about.
TABLES = (
    "cases",
    "summaries",
    "review_copies",
    "outbox",
    "receipts",
    "audit",
    "keys",
    "opinions",
    "settings",
)


@dataclass
class Found:
    """What became of all changes: ``refused`` were not opened, ``named`` by the check, and
    ``harmless`` showed every case as it was. Of those named, ``older`` showed something as it
    once was. ``faults`` are what must never happen."""

    changes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    older: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Originals:
    """The vaults that copies are altered of, and everything clinical that is in them.

    ``closed`` was locked; ``open`` was copied while its newest changes stood in the write-ahead
    log; ``former`` is the closed one as it was before some cases were edited, and ``once`` all
    that was ever in them.
    """

    closed: Path
    open: Path
    former: Path
    backup: Path
    recovery_key: str
    content: dict[str, Any]
    once: list[dict[str, Any]]


def prepare(work: Path) -> Originals:
    """Make the vaults."""
    closed, opened, former, backup = (work / name for name in ("closed", "open", "former", "file"))
    recovery_key = make(closed)
    vault = enter(closed)
    vault.change_settings(Settings(clinic_name="before"))
    kept = [case(f"note {number}") for number in range(CASES)]
    for number, one in enumerate(kept):
        vault.save(one, review_copy=_picture(number))
    once = [_content(vault)]
    vault.lock()
    shutil.copytree(closed, former)
    vault = enter(closed)
    for number, one in enumerate(kept[:3]):
        edited = replace(one, note="edited", opinion=Opinion.AGREES)
        vault.save(edited, review_copy=_picture(number + CASES))
        once.append(_content(vault))
    second = GivenOpinion(opinion=Opinion.DISAGREES, right_label="other", note="a second opinion")
    vault.add_opinion(kept[0].id, second)
    vault.change_settings(Settings(clinic_name="after"))
    for number, _ in vault.outbox()[:2]:
        vault.settle(number)
    shutil.copytree(closed, opened)
    write_backup(vault, backup)
    content = _content(vault)
    vault.lock()
    return Originals(closed, opened, former, backup, recovery_key, content, once)


def _picture(number: int) -> bytes:
    return b"\xff\xd8\xff" + bytes([number]) * 500


def flip(originals: Originals, work: Path, flips: int, seed: int) -> Found:
    """Flip one bit at a time in a fresh copy, and look at what it does."""
    draw, found = random.Random(seed), Found()
    kinds = draw.choices(list(WEIGHTS), list(WEIGHTS.values()), k=flips)
    for kind in kinds:
        folder = work / "copy"
        where = _flipped(kind, originals, folder, draw)
        _judge(kind, where, originals, folder, found)
        shutil.rmtree(folder, ignore_errors=True)
    return found


def move_rows(originals: Originals, work: Path, moves: int, seed: int) -> Found:
    """Delete, swap and put back single rows, as someone does who can write to the file."""
    draw, found = random.Random(seed), Found()
    for _ in range(moves):
        table, kind = draw.choice(TABLES), draw.choice(list(MOVES))
        folder = work / "copy"
        shutil.copytree(originals.closed, folder)
        with closing(sqlite3.connect(folder / "vault.db")) as db:
            db.execute("ATTACH ? AS former", [str(originals.former / "vault.db")])
            changed = MOVES[kind](db, table, draw)
            db.commit()
        if changed:
            _judge(kind, table, originals, folder, found, must_be_seen=True)
        shutil.rmtree(folder)
    return found


def _flipped(kind: str, originals: Originals, folder: Path, draw: random.Random) -> str:
    """Make a copy with one bit flipped. Which file, and where."""
    if kind == "backup":
        folder.mkdir(parents=True)
        path = Path(shutil.copy(originals.backup, folder / "file"))
    else:
        shutil.copytree(originals.open if kind == "log" else originals.closed, folder)
        name = {"log": "vault.db-wal", "keys": "keys.json"}.get(kind, "vault.db")
        path = folder / name
    content = bytearray(path.read_bytes())
    at, bit = draw.randrange(len(content)), draw.randrange(8)
    if kind == "schema":
        tables = [found.start() for found in re.finditer(b"CREATE (TABLE|INDEX)", content)]
        at = draw.choice(tables) + draw.randrange(_SCHEMA_BYTES)
    content[at] ^= 1 << bit
    path.write_bytes(content)
    return f"{path.name} byte {at} bit {bit}"


def _judge(
    kind: str,
    where: str,
    originals: Originals,
    folder: Path,
    found: Found,
    *,
    must_be_seen: bool = False,
) -> None:
    found.changes[kind] += 1
    try:
        vault = _opened(kind, originals, folder)
    except OutpostError:
        found.refused[kind] += 1
        return
    except Exception as error:  # noqa: BLE001 - this is what must never happen
        found.faults.append(f"{where}: crashed on opening with {type(error).__name__}: {error}")
        return
    try:
        shown, faults = _content(vault), vault.verify()
    except OutpostError:
        found.refused[kind] += 1
        return
    except Exception as error:  # noqa: BLE001 - this is what must never happen
        found.faults.append(f"{where}: crashed with {type(error).__name__}: {error}")
        return
    finally:
        vault.lock()
    changed = [key for key, value in shown.items() if originals.content.get(key) != value]
    altered = [
        key for key in changed if not any(was.get(key) == shown[key] for was in originals.once)
    ]
    gone = originals.content.keys() - shown.keys()
    if altered:
        found.faults.append(f"{where}: {kind}, shows altered {sorted(altered)}")
    elif faults:
        found.named[kind] += 1
        found.older[kind] += bool(changed)
    elif changed or gone or must_be_seen:
        told = sorted({*changed, *gone})
        found.faults.append(f"{where}: {kind}, not detected in {told}")
    else:
        found.harmless[kind] += 1


def _opened(kind: str, originals: Originals, folder: Path) -> OpenVault:
    if kind == "backup":
        restore(folder / "file", folder / "restored", originals.recovery_key)
        return Door(folder / "restored", PHONE).recover(originals.recovery_key)
    door = Door(folder, PHONE)
    users = door.users()
    if not users:
        raise StorageError(StorageFailure.NO_SUCH_USER)
    return door.unlock(users[0].id, WORDS)


def _content(vault: OpenVault) -> dict[str, Any]:
    """Everything clinical that the vault shows, by where it is shown."""
    shown: dict[str, Any] = {}
    for one in vault.cases(limit=1000).cases:
        shown[f"case {one.id}"] = plain(one)
        try:
            shown[f"picture {one.id}"] = vault.review_copy(one.id)
        except OutpostError:
            continue
        with suppress(OutpostError):
            said = {f"opinion {each.id}": plain(each) for each in vault.opinions(one.id)}
            shown |= said
        with suppress(OutpostError):
            shown[f"receipts {one.id}"] = plain(tuple(vault.receipts(one.id)))
    for line in vault.history(limit=1000).lines:
        shown[f"line {line.id}"] = plain(line)
    for number, waiting in vault.outbox():
        shown[f"copy {number}"] = plain(waiting)
    with suppress(OutpostError):
        shown["settings"] = plain(vault.settings())
    return shown


def _delete(db: sqlite3.Connection, table: str, draw: random.Random) -> bool:
    row = draw.choice(_rows(db, table))
    return bool(db.execute(f"DELETE FROM {table} WHERE rowid = ?", [row]).rowcount)


def _swap(db: sqlite3.Connection, table: str, draw: random.Random) -> bool:
    """Two rows change places: all but what they go by."""
    rows = _rows(db, table)
    if len(rows) < 2:
        return False
    one, other = draw.sample(rows, 2)
    fixed = {"number", "id", "name", "case_id"}
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in fixed]
    names, marks = ", ".join(columns), ", ".join(f"{name} = ?" for name in columns)
    read = f"SELECT {names} FROM {table} WHERE rowid = ?"
    first, second = (db.execute(read, [row]).fetchone() for row in (one, other))
    for row, content in ((one, second), (other, first)):
        db.execute(f"UPDATE {table} SET {marks} WHERE rowid = ?", [*content, row])
    return True


def _replay(db: sqlite3.Connection, table: str, draw: random.Random) -> bool:
    """A row as it was before goes over what it has become."""
    former = db.execute(f"SELECT * FROM former.{table} EXCEPT SELECT * FROM {table}").fetchall()
    if not former:
        return False
    row = draw.choice(former)
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
    return True


def _rows(db: sqlite3.Connection, table: str) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]


MOVES = {"deleted": _delete, "swapped": _swap, "replayed": _replay}
