"""Whatever happens to a vault's files, none is made anew, and a person is told what to do."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.build import BUILT_ON
from storage import database
from storage.audit import Action
from storage.clock import FAR_AHEAD, Clock, ClockFlag
from storage.door import Door
from storage.failures import StorageError, StorageFailure
from storage.key_file import Role
from storage.store import OpenVault
from tests.storage.cases import CHEAP, PHONE, case, enter, plain
from tests.storage.mounts import READ_ONLY, SMALL, run_mounted

NOW = datetime(BUILT_ON.year, BUILT_ON.month, BUILT_ON.day, tzinfo=UTC) + timedelta(days=30)


def found(vault: OpenVault) -> set[tuple[str, str, str]]:
    return {(fault.kind.value, fault.table, fault.row) for fault in vault.verify()}


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file but the counter of tries, which has to change before a secret is known."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("attempts.json", "vault.lock")
    }


# A database that does not open


def damage_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:] = random.Random(3).randbytes(len(content) - 8192)
    path.write_bytes(content)


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        row = ("outpost", "m999_from_the_future", "2030")
        db.execute("INSERT INTO _sqlite_migrations VALUES (NULL, ?, ?, ?)", row)
        db.commit()


def overwrite_with_another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipes (name)")
        db.commit()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda path: path.write_bytes(b""), "database_damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "database_damaged"),
        (damage_pages, "database_damaged"),
        (make_newer, "database_newer"),
        (overwrite_with_another, "database_not_ours"),
        (lambda path: path.unlink(), "database_missing"),
    ],
)
def test_a_database_that_does_not_open_is_left_untouched(
    folder: Path, harm: object, code: str
) -> None:
    vault = enter(folder)
    vault.save(case())
    vault.lock()
    assert callable(harm)
    harm(folder / "vault.db")
    before = bytes_of(folder)
    for _ in range(2):
        with pytest.raises(StorageError, match=code):
            enter(folder)

    assert bytes_of(folder) == before


def test_every_sentence_ends_in_what_to_do() -> None:
    orders = ("Restore", "Copy", "Move", "Install", "Close", "Free", "Ask", "Open", "Run", "Set")
    told = [
        StorageFailure.DATABASE_MISSING,
        StorageFailure.DATABASE_DAMAGED,
        StorageFailure.DATABASE_NOT_OURS,
        StorageFailure.DATABASE_NEWER,
        StorageFailure.OPEN_ELSEWHERE,
        StorageFailure.DEVICE_FULL,
        StorageFailure.READ_ONLY,
        StorageFailure.DEVICE_ERROR,
        StorageFailure.LOW_SPACE,
    ]

    for failure in told:
        assert failure.value.rstrip(".").split(". ")[-1].startswith(orders), failure


# A full device

FILLER = """
import sys, shutil, os
from pathlib import Path
from storage.failures import StorageError
from tests.storage.cases import case, enter
small = Path(sys.argv[2])
shutil.copytree(sys.argv[1], small / "vault")
vault, saved, told = enter(small / "vault"), [], ""
try:
    for _ in range(10_000):
        one = case()
        vault.save(one, review_copy=b"\\xff\\xd8\\xff" + os.urandom(50_000))
        saved.append(one.id)
except StorageError as error:
    told = error.code
kept = {one.id for one in vault.cases(limit=10_000).cases}
print(told, len(saved) > 10, kept == set(saved), vault.verify())
try:
    vault.lock()
except StorageError as error:
    print("lock", error.code)
shutil.copytree(small / "vault", sys.argv[3])
"""


def test_a_device_that_fills_up_is_told_of_and_nothing_is_half_saved(
    folder: Path, tmp_path: Path, repo: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = SMALL.format(size="6m", folder=small)
    told = run_mounted(repo, mount, FILLER, folder, small, tmp_path / "moved")
    vault = enter(tmp_path / "moved")

    assert told == "device_full True True []\n"
    assert not vault.verify()
    kept = vault.save(case())
    assert vault.case(kept.id).id == kept.id
    vault.lock()


NO_ROOM = """
import os, shutil, sys
from pathlib import Path
from storage.failures import StorageError
from tests.storage.cases import PHONE, enter
small = Path(sys.argv[2])
shutil.copytree(sys.argv[1], small / "vault")
file = os.open(small / "filler", os.O_WRONLY | os.O_CREAT)
try:
    while os.write(file, bytes(4096)):
        pass
except OSError:
    os.close(file)
try:
    enter(small / "vault")
except StorageError as error:
    print(error.code)
(small / "filler").unlink()
vault = enter(small / "vault")
print(len(vault.cases().cases), vault.verify())
"""


def test_a_full_device_does_not_let_in_and_lets_in_again_when_there_is_room(
    folder: Path, tmp_path: Path, repo: Path
) -> None:
    vault = enter(folder)
    vault.save(case())
    vault.lock()
    small = tmp_path / "small"
    small.mkdir()
    mount = SMALL.format(size="2m", folder=small)

    assert run_mounted(repo, mount, NO_ROOM, folder, small) == "device_full\n1 []\n"


# A read-only folder

READER = """
import sys
from pathlib import Path
from storage.failures import StorageError
from tests.storage.cases import enter
try:
    enter(Path(sys.argv[1]))
except StorageError as error:
    print(error.code)
"""


def test_a_read_only_folder_is_told_of_and_left_as_it_is(folder: Path, repo: Path) -> None:
    before = bytes_of(folder)
    told = run_mounted(repo, READ_ONLY.format(folder=folder), READER, folder)

    assert told == "read_only\n"
    assert bytes_of(folder) == before
    enter(folder).lock()


# A lock held elsewhere

HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_database_locked_by_another_program_is_told_of_and_nothing_is_lost(
    vault: OpenVault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = vault.save(case())
    vault.parts.session.db.execute("PRAGMA busy_timeout=50")
    command = [sys.executable, "-c", HOLDER, str(folder / "vault.db")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match="open_elsewhere"):
            vault.save(case())
        assert [one.id for one in vault.cases().cases] == [first.id]
        other.stdin.write("\n")
    second = vault.save(case())

    assert [one.id for one in vault.cases().cases] == [second.id, first.id]
    assert not vault.verify()


OPENER = """
import sys
from pathlib import Path
from tests.storage.cases import enter
vault = enter(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
"""


def test_a_vault_open_in_another_process_is_told_of_and_free_when_that_is_killed(
    folder: Path, repo: Path
) -> None:
    command = [sys.executable, "-c", OPENER, str(folder)]
    with subprocess.Popen(
        command, cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StorageError, match="open_elsewhere"):
            enter(folder)
        other.kill()
    vault = enter(folder)

    assert not vault.verify()
    vault.lock()


# A half-written write-ahead log


def test_a_write_ahead_log_cut_anywhere_keeps_what_was_whole_and_tells_of_the_rest(
    vault: OpenVault, folder: Path, tmp_path: Path
) -> None:
    kept = [vault.save(case(str(number))) for number in range(6)]
    whole = {one.id: plain(one) for one in kept}
    order = [one.id for one in kept]
    image = tmp_path / "image"
    shutil.copytree(folder, image)
    log = (image / "vault.db-wal").read_bytes()
    draw = random.Random(6)
    lost = 0
    for length in [0, 31, 32, *(draw.randrange(len(log)) for _ in range(12)), len(log)]:
        copy = Path(shutil.copytree(image, tmp_path / "copy"))
        (copy / "vault.db-wal").write_bytes(log[:length])
        opened = enter(copy)
        shown = [one.id for one in reversed(opened.cases().cases)]
        faults, codes = found(opened), [notice.code for notice in opened.notices()]
        assert shown == order[: len(shown)]
        assert {one.id: plain(one) for one in opened.cases().cases}.items() <= whole.items()
        assert {(kind, table) for kind, table, _ in faults} <= {("missing", "audit")}
        assert (len(shown) == len(order)) == (not faults) == (codes == [])
        lost += bool(faults)
        assert opened.save(case()).id
        opened.lock()
        shutil.rmtree(copy)

    assert lost > 10


# A migration that dies


def test_a_migration_that_dies_leaves_the_vault_as_it_was(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = repo / "tests" / "fixtures" / "vaults" / "first"
    copy = Path(shutil.copytree(source, tmp_path / "first"))

    def dying(db: database.Database, /) -> None:
        db.table("summaries").create({"number": int}, pk="number")
        raise KeyboardInterrupt

    second = database.migrations._migrations[1]
    with monkeypatch.context() as patched:
        patched.setattr(second, "fn", dying)
        with pytest.raises(KeyboardInterrupt):
            enter(copy)
    with closing(sqlite3.connect(copy / "vault.db")) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    vault = enter(copy)

    assert "summaries" not in tables
    assert len(vault.history().lines) == 2
    assert not vault.verify()
    vault.lock()


# A wrong clock


@pytest.mark.parametrize(
    ("wrong", "flag", "notice"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), ClockFlag.BEHIND, ["clock_behind"]),
        (NOW - timedelta(days=1), ClockFlag.BEHIND, ["clock_behind"]),
        (NOW + timedelta(days=365), ClockFlag.FAR_AHEAD, ["clock_far_ahead"]),
        (NOW + timedelta(days=1), ClockFlag.FINE, []),
    ],
)
def test_under_a_wrong_clock_cases_are_kept_known_time_goes_on_and_a_person_is_told(
    folder: Path, wrong: datetime, flag: ClockFlag, notice: list[str]
) -> None:
    vault = enter(folder, clock=Clock(lambda: NOW))
    before = vault.save(case())
    vault.lock()
    vault = enter(folder, clock=Clock(lambda: wrong))
    during = vault.save(replace(case(), note="during"))
    moments = [entry.moment for entry in vault.log()]
    told = [one.code for one in vault.notices()]
    vault.lock()
    right = NOW + timedelta(days=2)
    vault = enter(folder, clock=Clock(lambda: right))
    after = vault.log()[-1].moment

    assert told == notice
    assert moments[-1].flag is flag
    assert moments[-1].device == wrong
    assert [moment.known for moment in moments] == sorted(moment.known for moment in moments)
    assert moments[-1].known <= max(NOW, right - timedelta(days=1)) + timedelta(minutes=1)
    assert (after.flag, after.known) == (ClockFlag.FINE, right)
    assert [one.id for one in vault.cases().cases] == [during.id, before.id]
    assert not vault.verify()
    assert vault.notices() == []
    vault.lock()


def test_unlocking_again_and_again_with_the_clock_ahead_pushes_time_no_further_than_once(
    folder: Path,
) -> None:
    built = datetime(BUILT_ON.year, BUILT_ON.month, BUILT_ON.day, tzinfo=UTC)
    shown = built
    for _ in range(5):
        shown += timedelta(days=179)
        vault = enter(folder, clock=Clock(lambda now=shown: now))
        known = vault.log()[-1].moment.known
        told = [one.code for one in vault.notices()]
        vault.lock()

    assert known < built + FAR_AHEAD
    assert told == ["clock_far_ahead"]


def test_a_supervisor_confirms_a_clock_that_no_server_can(folder: Path) -> None:
    later = NOW + timedelta(days=700)
    vault = enter(folder, clock=Clock(lambda: later))
    joseph = vault.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)
    vault.confirm_clock()
    assert vault.notices() == []
    assert vault.log()[-1].action is Action.CLOCK_CONFIRMED
    vault.lock()
    vault = Door(folder, PHONE, Clock(lambda: later)).unlock(joseph.id, "274915")

    assert vault.log()[-1].moment.known - later < timedelta(minutes=10)
    with pytest.raises(StorageError, match="only_supervisors"):
        vault.confirm_clock()
    vault.lock()
