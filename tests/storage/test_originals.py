"""Original files: only by setting, sealed, on the card before their case, gone after their time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import originals, space
from storage.audit import Action
from storage.clock import Clock
from storage.failures import StorageError
from storage.outgoing import Receipt
from storage.settings import Settings
from storage.store import OpenVault
from tests.storage.cases import CANARY, case, enter

KEEPING = Settings(keep_originals=True, originals_megabytes=1)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


class DeviceClock:
    """A device's clock that a test can move."""

    def __init__(self) -> None:
        self.shows = NOW

    def __call__(self) -> datetime:
        return self.shows


@pytest.fixture
def device_clock() -> DeviceClock:
    return DeviceClock()


@pytest.fixture
def keeping(folder: Path, device_clock: DeviceClock) -> OpenVault:
    vault = enter(folder, clock=Clock(device_clock, lambda: 0.0))
    vault.change_settings(KEEPING)
    return vault


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "Otieno Josephine.DCM"
    path.write_bytes(f"{CANARY} scan".encode() * 20_000)
    return path


def receipt(days: float = 0) -> Receipt:
    at = NOW + timedelta(days=days)
    return Receipt(server="s", resource="r", version="1", received_at=at)


def files(folder: Path) -> list[Path]:
    inside = folder / "originals"
    return sorted(inside.iterdir()) if inside.is_dir() else []


def test_originals_are_kept_only_by_setting(vault: OpenVault, folder: Path, scan: Path) -> None:
    kept = vault.save(case(), originals=[scan])

    assert files(folder) == []
    assert vault.export_originals(kept.id, scan.parent) == []


def test_originals_come_back_whole_and_stand_sealed_without_a_name(
    keeping: OpenVault, folder: Path, scan: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "second.otieno"
    empty.write_bytes(b"")
    kept = keeping.save(case(), originals=[scan, empty])
    keeping.save(replace(kept, note="edited"))
    out = tmp_path / "out"
    out.mkdir()
    written = keeping.export_originals(kept.id, out)

    assert [path.name for path in written] == ["original-1.dcm", "original-2"]
    assert [path.read_bytes() for path in written] == [scan.read_bytes(), b""]
    assert len(files(folder)) == 2
    assert CANARY.encode() not in b"".join(path.read_bytes() for path in files(folder))
    assert not [path.name for path in files(folder) if "tieno" in path.name or "." in path.name]
    assert keeping.log()[-1].action is Action.EXPORTED
    assert not keeping.verify()
    keeping.lock()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which file is flushed")
def test_a_file_is_on_the_card_before_its_case_is_committed(
    keeping: OpenVault, folder: Path, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync = os.fsync

    def watched_fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        order.append("file" if target.parent.name == "originals" else "folder")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    keeping._session.db.conn.set_trace_callback(
        lambda statement: order.append("commit") if statement == "COMMIT" else None
    )
    keeping.save(case(), originals=[scan])

    assert order.index("file") < order.index("folder") < order.index("commit")
    keeping.lock()


def test_a_save_that_fails_leaves_no_file(
    keeping: OpenVault, folder: Path, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("storage.session.Audit.append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keeping.save(case(), originals=[scan])
    with pytest.raises(StorageError, match="device_error"):
        keeping.save(case(), originals=[scan, scan.with_name("gone")])

    assert files(folder) == []
    assert keeping.cases().cases == ()
    keeping.lock()


def test_an_interruption_right_after_the_commit_loses_no_file(
    keeping: OpenVault, folder: Path, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("storage.ground.Witness.write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            keeping.save(case(), originals=[scan])

    assert len(files(folder)) == len(keeping.cases().cases) == 1
    assert not keeping.verify()
    keeping.lock()


def test_what_a_crash_left_without_a_row_is_swept_at_the_next_unlock(
    keeping: OpenVault, folder: Path, scan: Path
) -> None:
    keeping.save(case(), originals=[scan])
    keeping.lock()
    (folder / "originals" / "0123456789abcdef0123456789abcdef").write_bytes(b"left")
    vault = enter(folder)

    assert len(files(folder)) == 1
    assert not vault.verify()
    vault.lock()


def test_a_destroyed_case_takes_its_files_along(
    keeping: OpenVault, folder: Path, scan: Path
) -> None:
    kept = keeping.save(case(), originals=[scan])
    keeping.destroy(kept.id)

    assert files(folder) == []
    assert not keeping.verify()
    keeping.lock()


# Time


def test_files_are_removed_when_their_time_after_the_receipt_is_over(
    keeping: OpenVault, folder: Path, scan: Path, device_clock: DeviceClock
) -> None:
    unsent, sent = keeping.save(case(), originals=[scan]), keeping.save(case(), originals=[scan])
    number = next(number for number, one in keeping.outbox() if one.id == sent.id)
    keeping.settle(number, receipt())
    device_clock.shows = NOW + timedelta(days=29)
    early = keeping.expire_originals()
    device_clock.shows = NOW + timedelta(days=31)
    keeping.lock()
    vault = enter(folder, clock=Clock(device_clock, lambda: 0.0))

    assert early == 0
    assert len(files(folder)) == 1
    assert Action.ORIGINAL_REMOVED in [entry.action for entry in vault.log()]
    assert not vault.verify()
    vault.save(replace(sent, note="edited"))
    vault.save(replace(unsent, note="edited"))
    assert not vault.verify()
    vault.lock()


def test_files_stay_while_a_later_copy_of_their_case_waits_to_be_sent(
    keeping: OpenVault, folder: Path, scan: Path, device_clock: DeviceClock
) -> None:
    kept = keeping.save(case(), originals=[scan])
    keeping.settle(keeping.outbox()[0][0], receipt())
    keeping.save(replace(kept, note="edited"))
    device_clock.shows = NOW + timedelta(days=31)
    while_waiting = keeping.expire_originals()
    keeping.settle(keeping.outbox()[0][0], receipt())

    assert while_waiting == 0
    assert keeping.expire_originals() == 1
    assert files(folder) == []
    keeping.lock()


def test_a_damaged_receipt_keeps_its_own_files_and_no_others(
    keeping: OpenVault, folder: Path, scan: Path, device_clock: DeviceClock
) -> None:
    scan.write_bytes(b"small")
    for one in [keeping.save(case(), originals=[scan]) for _ in range(3)]:
        number = next(number for number, waiting in keeping.outbox() if waiting.id == one.id)
        keeping.settle(number, receipt())
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute(
            "UPDATE receipts SET body = x'01' WHERE number = (SELECT min(number) FROM receipts)"
        )
        db.commit()
    device_clock.shows = NOW + timedelta(days=31)

    assert keeping.expire_originals() == 2
    assert len(files(folder)) == 1
    keeping.lock()


@pytest.mark.parametrize("shows", [datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=366)])
def test_a_wrong_clock_removes_no_file(
    keeping: OpenVault, folder: Path, scan: Path, device_clock: DeviceClock, shows: datetime
) -> None:
    keeping.save(case(), originals=[scan])
    keeping.settle(keeping.outbox()[0][0], receipt())
    device_clock.shows = shows

    assert keeping.expire_originals() == 0
    keeping.lock()
    enter(folder, clock=Clock(device_clock, lambda: 0.0)).lock()
    assert len(files(folder)) == 1


def test_files_stay_where_the_clinic_sets_no_time(
    keeping: OpenVault, folder: Path, scan: Path, device_clock: DeviceClock
) -> None:
    keeping.change_settings(replace(KEEPING, originals_days=None))
    keeping.save(case(), originals=[scan])
    keeping.settle(keeping.outbox()[0][0], receipt())
    device_clock.shows = NOW + timedelta(days=100)

    assert keeping.expire_originals() == 0
    assert len(files(folder)) == 1
    keeping.lock()


# Dying

SAVER = """
import sys
from dataclasses import replace
from pathlib import Path
from storage.settings import Settings
from tests.storage.cases import case, enter
vault = enter(Path(sys.argv[1]))
vault.change_settings(Settings(keep_originals=True, originals_days=0, originals_megabytes=100))
scan = Path(sys.argv[2])
print("ready", flush=True)
while True:
    one = vault.save(case(), originals=[scan, scan])
    print(one.id, flush=True)
    if one.id[0] in "0123":
        vault.settle(vault.outbox()[-1][0])
        vault.expire_originals()
    if one.id[0] in "45":
        vault.destroy(one.id)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_at_random_no_file_is_lost_and_none_is_left_over(
    folder: Path, repo: Path, scan: Path
) -> None:
    draw = random.Random(8)
    saved: list[str] = []
    for _ in range(4):
        command = [sys.executable, "-c", SAVER, str(folder), str(scan)]
        with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            saved += [process.stdout.readline().strip() for _ in range(draw.randrange(1, 8))]
            time.sleep(draw.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            saved += [line.strip() for line in process.stdout if line.endswith("\n")]
        vault = enter(folder)
        assert not vault.verify()
        with_files = {str(row[1]) for row in vault.parts.session.db.execute(originals.ROWS)}
        kept = {one.id for one in vault.cases(limit=10_000).cases}
        vault.lock()
        assert len(files(folder)) == 2 * len(with_files)
        assert {one for one in saved if one[0] in "6789abcdef"} <= with_files
        assert {one for one in saved if one[0] not in "45"} <= kept

    assert len(saved) >= 4


# Space


def test_files_of_cases_sent_longest_ago_make_space_for_new_ones(
    keeping: OpenVault, folder: Path, scan: Path
) -> None:
    scan.write_bytes(bytes(400_000))
    first, second = keeping.save(case(), originals=[scan]), keeping.save(case(), originals=[scan])
    for number, _ in reversed(keeping.outbox()):
        keeping.settle(number, receipt())
    keeping.save(case(), originals=[scan])
    left = {one.id: len(keeping._originals.of(one.id)) for one in (first, second)}

    assert left == {first.id: 1, second.id: 0}
    assert len(files(folder)) == 2
    assert not keeping.verify()
    keeping.lock()


def test_files_that_were_not_sent_are_never_removed_for_others(
    keeping: OpenVault, folder: Path, scan: Path
) -> None:
    scan.write_bytes(bytes(600_000))
    keeping.save(case(), originals=[scan])
    with pytest.raises(StorageError, match="originals_full"):
        keeping.check_space([scan])
    with pytest.raises(StorageError, match="originals_full"):
        keeping.save(case(), originals=[scan])

    assert len(files(folder)) == 1
    assert len(keeping.cases().cases) == 1
    keeping.save(case())
    keeping.lock()


@pytest.fixture
def with_free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    usage = namedtuple("usage", "total used free")

    def set_free(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, 0, free))

    return set_free


def test_a_reading_is_refused_before_it_starts_when_space_is_low(
    keeping: OpenVault, scan: Path, with_free: Callable[[int], None]
) -> None:
    least = space.LEAST_FREE_BYTES
    with_free(least)
    keeping.check_space()
    with pytest.raises(StorageError, match="low_space"):
        keeping.check_space([scan])
    with_free(least + scan.stat().st_size)
    keeping.check_space([scan])
    with_free(least - 1)
    with pytest.raises(StorageError, match="low_space"):
        keeping.check_space()
    keeping.lock()


# The check


def test_the_check_finds_originals_that_were_tampered_with(
    keeping: OpenVault, folder: Path, scan: Path
) -> None:
    scan.write_bytes(bytes(100_000))
    kept = [keeping.save(case(), originals=[scan]) for _ in range(5)]
    rows = [str(keeping._originals.of(one.id)[0][0]) for one in kept]
    keeping.lock()
    inside = folder / "originals"
    altered = bytearray((inside / rows[0]).read_bytes())
    altered[5000] ^= 1
    (inside / rows[0]).write_bytes(altered)
    (inside / rows[1]).unlink()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE originals SET body = x'01' WHERE id = ?", [rows[2]])
        swap = "UPDATE originals SET (wrapped_key, body) = (SELECT wrapped_key, body FROM originals"
        db.execute(f"{swap} WHERE id = ?) WHERE id = ?", [rows[4], rows[3]])
        db.commit()
    vault = enter(folder)
    found = {(fault.kind.value, fault.table, fault.row) for fault in vault.verify()}
    (inside / "unknown").write_bytes(b"x")
    later = {(fault.kind.value, fault.table, fault.row) for fault in vault.verify()}
    with pytest.raises(StorageError, match="row_damaged"):
        vault.export_originals(kept[0].id, folder.parent)

    assert found == {
        ("bad", "originals/", rows[0]),
        ("missing", "originals/", rows[1]),
        ("bad", "originals", rows[2]),
        ("swapped", "originals", rows[3]),
    }
    assert later - found == {("unexpected", "originals/", "unknown")}
    assert not list(folder.parent.glob("original-*"))
    vault.lock()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM originals", ("missing", "originals")),
        ("DELETE FROM review_copies", ("missing", "review_copies")),
        ("DELETE FROM receipts", ("missing", "receipts")),
        ("DELETE FROM settings", ("missing", "settings")),
        ("DELETE FROM summaries", ("missing", "summaries")),
        ("UPDATE review_copies SET body = x'01'", ("bad", "review_copies")),
        ("UPDATE receipts SET body = x'01'", ("bad", "receipts")),
        ("UPDATE settings SET body = x'01'", ("bad", "settings")),
        ("INSERT INTO receipts VALUES (999, 'x', x'01')", ("unexpected", "receipts")),
        ("INSERT INTO settings VALUES ('x', 1, 'x', x'01', x'01')", ("unexpected", "settings")),
        (
            "INSERT INTO review_copies VALUES ('x', 1, 'x', x'01', x'01')",
            ("unexpected", "review_copies"),
        ),
        (
            "INSERT INTO summaries VALUES (999, 'x', 1, 'x', x'01', x'01')",
            ("unexpected", "summaries"),
        ),
        ("REPLACE INTO review_copies SELECT * FROM former_p", ("replayed", "review_copies")),
        ("REPLACE INTO settings SELECT * FROM former_s", ("replayed", "settings")),
    ],
)
def test_the_check_finds_every_kind_of_tampering_with_the_other_tables(
    keeping: OpenVault, folder: Path, scan: Path, change: str, fault: tuple[str, str]
) -> None:
    jpeg = b"\xff\xd8\xff first"
    kept = keeping.save(case(), review_copy=jpeg, originals=[scan])
    keeping.settle(keeping.outbox()[0][0], receipt(days=100))
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("CREATE TABLE former_p AS SELECT * FROM review_copies")
        db.execute("CREATE TABLE former_s AS SELECT * FROM settings")
        db.commit()
    keeping.save(kept, review_copy=jpeg + b"second")
    keeping.change_settings(replace(KEEPING, clinic_name="other"))
    assert not keeping.verify()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute(change)
        db.commit()

    assert {(one.kind.value, one.table) for one in keeping.verify()} == {fault}
    keeping.lock()


@pytest.fixture
def exchanged(keeping: OpenVault, folder: Path, tmp_path: Path) -> tuple[OpenVault, list[str]]:
    """Two cases whose files were given to each other by someone who writes to the database."""
    ids = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.dcm"
        path.write_bytes(f"scan of {name}".encode())
        ids.append(keeping.save(case(), originals=[path]).id)
    keeping.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        change = "UPDATE originals SET case_id = CASE case_id WHEN ? THEN ? ELSE ? END"
        assert db.execute(change, [ids[0], ids[1], ids[0]]).rowcount == 2
        db.commit()
    return enter(folder, clock=Clock(lambda: NOW, lambda: 0.0)), ids


def test_the_check_names_files_that_were_given_to_another_case(
    exchanged: tuple[OpenVault, list[str]],
) -> None:
    vault, _ = exchanged

    assert [(one.kind.value, one.table) for one in vault.verify()] == [("swapped", "originals")] * 2
    vault.lock()


def test_a_case_is_exported_and_destroyed_with_the_files_that_it_names(
    exchanged: tuple[OpenVault, list[str]], tmp_path: Path, folder: Path
) -> None:
    vault, (first, second) = exchanged
    for name, case_id in (("a", first), ("b", second)):
        (out := tmp_path / f"out-{name}").mkdir()
        (written,) = vault.export_originals(case_id, out)
        assert written.read_bytes() == f"scan of {name}".encode()
    vault.destroy(first)

    (out := tmp_path / "after").mkdir()
    (written,) = vault.export_originals(second, out)
    assert written.read_bytes() == b"scan of b"
    assert len(files(folder)) == 1
    vault.lock()


def test_only_the_files_that_a_sent_case_names_expire(
    exchanged: tuple[OpenVault, list[str]], tmp_path: Path
) -> None:
    vault, (first, second) = exchanged
    number = next(number for number, waiting in vault.outbox() if waiting.id == first)
    vault.settle(number, receipt(days=-31))

    assert vault.expire_originals() == 1
    (out := tmp_path / "after").mkdir()
    assert [path.read_bytes() for path in vault.export_originals(second, out)] == [b"scan of b"]
    assert vault.export_originals(first, out) == []
    vault.lock()


def test_a_damaged_case_is_destroyed_with_its_files_but_not_with_those_of_others(
    exchanged: tuple[OpenVault, list[str]], folder: Path
) -> None:
    vault, (first, second) = exchanged
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE cases SET body = ? WHERE id = ?", [bytes(99), first])
        mine = db.execute("SELECT id FROM originals WHERE case_id = ?", [second]).fetchone()[0]
        db.execute("UPDATE originals SET case_id = ?", [first])
        db.commit()
    vault = enter(folder)
    vault.destroy(first)

    assert len(files(folder)) == 1
    assert not (folder / "originals" / mine).exists()
    vault.lock()
