"""Nothing lost, no one let in."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import documents, key_file, log_head, outgoing
from storage.audit import Action, Audit
from storage.clock import Clock, ClockFlag
from storage.door import Door, create
from storage.failures import StorageError
from storage.key_file import Role
from storage.keyring import Keyring
from storage.session import Session
from storage.slots import Device
from storage.store import OpenVault
from storage.verification import FaultKind
from tests.storage.cases import CANARY, CHEAP, PHONE, WORDS, another_hand, case, enter, make, plain

PIN = "274915"


def found(vault: OpenVault) -> set[tuple[str, str, str]]:
    return {(fault.kind.value, fault.table, fault.row) for fault in vault.verify()}


# Keeping


def test_every_field_of_a_case_comes_back_after_a_restart(folder: Path) -> None:
    kept = case()
    vault = enter(folder)
    vault.save(kept)
    vault.lock()
    vault = enter(folder)
    again = vault.case(kept.id)
    vault.lock()

    assert plain(again) == plain(kept)
    assert list(again.reading.probabilities) == list(kept.reading.probabilities)
    assert again.read_at.utcoffset() == kept.read_at.utcoffset()


def test_a_case_with_next_to_nothing_in_it_comes_back_too() -> None:
    bare = replace(case(), pseudonym=None, opinion=None, own_impression=None, note="")
    bare = replace(
        bare,
        reading=replace(
            bare.reading, route=None, pack=None, guidance=None, frames=(), finding=None
        ),
    )

    assert plain(documents.read(documents.written(bare))) == plain(bare)


def test_a_case_of_an_unknown_format_is_not_guessed_at(
    vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = case()
    with monkeypatch.context() as patched:
        patched.setattr(documents, "FORMAT", 99)
        vault.save(kept)

    assert vault.cases().damaged == (kept.id,)
    with pytest.raises(StorageError, match="row_damaged"):
        vault.case(kept.id)


def test_pages_go_from_the_newest_to_the_oldest(vault: OpenVault) -> None:
    kept = [case(str(number)) for number in range(7)]
    for one in kept:
        vault.save(one)
    vault.save(replace(kept[0], note="0, edited"))
    seen, before, pages = [], None, 0
    while True:
        page = vault.cases(limit=3, before=before)
        seen += [one.note for one in page.cases]
        before, pages = page.next, pages + 1
        if before is None:
            break

    assert seen == ["6", "5", "4", "3", "2", "1", "0, edited"]
    assert pages == 3


def test_saves_from_several_threads_do_not_mix(vault: OpenVault) -> None:
    kept = [case(str(number)) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(vault.save, kept))

    assert {one.id for one in vault.cases(limit=100).cases} == {one.id for one in kept}
    assert not vault.verify()


def test_a_destroyed_case_is_gone_from_every_byte(vault: OpenVault, folder: Path) -> None:
    kept, gone = case(), case()
    vault.save(kept)
    vault.save(gone)
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        wrapped = db.execute("SELECT wrapped_key FROM cases WHERE id = ?", [gone.id]).fetchone()[0]
    vault.destroy(gone.id)

    with pytest.raises(StorageError, match="no_such_case"):
        vault.case(gone.id)
    with pytest.raises(StorageError, match="no_such_case"):
        vault.destroy(gone.id)
    assert [one.id for _, one in vault.outbox()] == [kept.id]
    assert not vault.verify()
    vault.lock()
    assert wrapped not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_waits_to_be_sent_waits_until_its_receipt(vault: OpenVault) -> None:
    kept = case()
    vault.save(kept)
    vault.save(replace(kept, note="edited"))
    (first, original), (second, edited) = vault.outbox()
    vault.settle(first)

    assert (plain(original), edited.note) == (plain(kept), "edited")
    assert [number for number, _ in vault.outbox()] == [second]
    assert not vault.verify()
    with pytest.raises(StorageError, match="no_such_case"):
        vault.settle(first)


def test_a_patient_has_the_same_pseudonym_after_a_restart(folder: Path) -> None:
    vault = enter(folder)
    first = vault.pseudonym("KH-000123")
    vault.rotate()
    vault.lock()
    vault = enter(folder)

    assert first.startswith("1-")
    assert vault.pseudonym("kh ٠٠٠١٢٣") == first
    vault.lock()


# Letting no one in


def test_no_word_of_a_case_stands_in_any_byte_on_disk(folder: Path) -> None:
    vault = enter(folder)
    vault.add_user("Josephine Otieno", Role.CLINICIAN, PIN, CHEAP)
    kept = case()
    vault.save(kept)
    vault.save(replace(kept, note=f"{CANARY} again"))
    code = vault.pseudonym(f"{CANARY}-000123")
    while_open = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    vault.lock()
    on_disk = while_open + b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    words = [CANARY, "Josephine", "Amina", WORDS, PIN, code, "uncertain", "2026-12-01", "dis"]

    assert CANARY.encode() in documents.written(kept)
    assert len(on_disk) > 50_000
    assert [word for word in words if word.encode() in on_disk] == []
    assert [word for word in words if word.encode("utf-16-le") in on_disk] == []


def test_copied_files_without_the_device_secret_do_not_open(folder: Path, tmp_path: Path) -> None:
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.lock()
    copy = shutil.copytree(folder, tmp_path / "copy")
    thief = Device(os.urandom(32), key_store=True)

    assert Door(copy, thief).users() == []
    with pytest.raises(StorageError, match="wrong_secret"):
        Door(copy, thief).unlock(joseph.id, PIN)
    Door(copy, PHONE).unlock(joseph.id, PIN).lock()


def test_a_locked_vault_answers_nothing(folder: Path) -> None:
    vault = enter(folder)
    vault.lock()
    vault.lock()
    asked: list[Callable[[], object]] = [
        lambda: vault.save(case()),
        lambda: vault.case("x"),
        vault.cases,
        lambda: vault.destroy("x"),
        vault.outbox,
        vault.verify,
        vault.log,
        vault.rotate,
    ]
    for ask in asked:
        with pytest.raises(StorageError, match="locked"):
            ask()


def test_a_vault_is_open_once_and_free_after_a_wrong_secret(folder: Path) -> None:
    with pytest.raises(StorageError, match="wrong_secret"):
        enter(folder, "river lantern seven maize gong")
    vault = enter(folder)
    with pytest.raises(StorageError, match="open_elsewhere"):
        enter(folder)
    vault.lock()
    enter(folder).lock()


def test_a_vault_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with pytest.raises(StorageError, match="passphrase_too_short"):
        create(folder, "Amina", "weak", PHONE, CHEAP)
    assert not folder.exists()

    make(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StorageError, match="already_a_vault"):
        make(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not [path for path in tmp_path.iterdir() if path != folder]


@pytest.mark.parametrize(
    ("file", "code"), [("vault.db", "database_missing"), ("keys.json", "key_file_missing")]
)
def test_a_vault_with_a_file_gone_makes_no_new_one(folder: Path, file: str, code: str) -> None:
    user = Door(folder, PHONE).users()[0]
    (folder / file).unlink()
    with pytest.raises(StorageError, match=code):
        Door(folder, PHONE).unlock(user.id, WORDS)

    assert not (folder / file).exists()


# Keys that change


def test_everyone_reads_every_case_after_a_rotation(folder: Path) -> None:
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    kept = case()
    vault.save(kept)
    vault.rotate()
    assert plain(vault.case(kept.id)) == plain(kept)
    vault.lock()
    vault = Door(folder, PHONE).unlock(joseph.id, PIN)

    assert plain(vault.case(kept.id)) == plain(kept)
    assert not vault.verify()
    vault.lock()


@pytest.mark.parametrize("after", ["begin", "rewrap", "commit"])
def test_a_rotation_that_died_half_way_is_finished_at_the_next_unlock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    vault = enter(folder)
    kept = [case() for _ in range(3)]
    for one in kept:
        vault.save(one)
    where = {
        "begin": (Keyring, "rewrap"),
        "rewrap": (log_head, "succession"),
        "commit": (Session, "forget_the_log"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*where[after], died)
        with pytest.raises(KeyboardInterrupt):
            vault.rotate()
    vault.lock()
    assert key_file.read(folder / "keys.json").previous
    vault = enter(folder)

    assert not key_file.read(folder / "keys.json").previous
    assert [plain(vault.case(one.id)) for one in kept] == [plain(one) for one in kept]
    assert not vault.verify()
    assert vault.outbox()
    vault.lock()


def died(*_: object) -> None:
    raise KeyboardInterrupt


def test_someone_removed_is_out_and_the_old_vault_key_opens_no_row(folder: Path) -> None:
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.save(case())
    vault.remove_user(joseph.id)
    vault.lock()

    with pytest.raises(StorageError, match="no_such_user"):
        Door(folder, PHONE).unlock(joseph.id, PIN)
    now = key_file.read(folder / "keys.json").key_id
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        used = db.execute("SELECT key_id FROM cases UNION SELECT key_id FROM keys").fetchall()
    assert used == [(now,)]


def test_the_recovery_key_opens_every_case_on_a_new_phone(tmp_path: Path) -> None:
    recovery_key = make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    kept = case()
    vault.save(kept)
    vault.lock()
    new_phone = Device(os.urandom(32), key_store=True)
    vault = Door(tmp_path / "vault", new_phone).recover(recovery_key)
    grace = vault.add_user("Grace", Role.SUPERVISOR, PIN, CHEAP)
    newest = vault.new_recovery_key()
    vault.lock()
    vault = Door(tmp_path / "vault", new_phone).unlock(grace.id, PIN)

    assert newest != recovery_key
    assert plain(vault.case(kept.id)) == plain(kept)
    assert vault.user() == grace
    vault.lock()


# The log


def test_the_log_names_who_did_what_when_to_which_row(vault: OpenVault) -> None:
    kept = case()
    vault.save(kept)
    vault.case(kept.id)
    vault.save(kept)
    vault.destroy(kept.id)
    log = vault.log()

    assert [entry.action for entry in log] == [
        Action.CREATED,
        Action.UNLOCKED,
        Action.SAVED,
        Action.LABELLED,
        Action.OVERRIDDEN,
        Action.VIEWED,
        Action.EDITED,
        Action.DESTROYED,
    ]
    user = vault.user()
    assert user
    assert {entry.user for entry in log[1:]} == {user.id}
    assert {entry.row for entry in log[2:]} == {kept.id}
    assert [entry.number for entry in log] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert vault.head()[0] == 8


def test_wrong_tries_are_told_at_the_next_unlock(folder: Path) -> None:
    for _ in range(3):
        with pytest.raises(StorageError, match="wrong_secret"):
            enter(folder, "river lantern seven maize gong")
    vault = enter(folder)

    assert vault.log()[-1].count == 3
    vault.lock()


def test_wrong_tries_against_others_are_told_once_by_whoever_comes_next(folder: Path) -> None:
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.lock()
    for wrong in (2, 1):
        for _ in range(wrong):
            with pytest.raises(StorageError, match="wrong_secret"):
                Door(folder, PHONE).unlock(joseph.id, "000000")
        vault = enter(folder)
        last = vault.log()[-1]
        assert (last.action, last.row, last.count) == (Action.WRONG_TRIES, joseph.id, wrong)
        vault.lock()
    vault = enter(folder)
    assert vault.log()[-1].action is Action.UNLOCKED
    vault.lock()
    vault = Door(folder, PHONE).unlock(joseph.id, PIN)

    assert (vault.log()[-1].action, vault.log()[-1].count) == (Action.UNLOCKED, 3)
    vault.lock()


def test_a_counter_that_someone_spoilt_is_told_of(folder: Path) -> None:
    enter(folder).lock()
    (folder / "attempts.json").write_bytes(b"spoilt")
    ticks = [100.0]
    door = Door(folder, PHONE, monotonic=lambda: ticks[0])
    ticks[0] += 3600
    vault = door.unlock(door.users()[0].id, WORDS)
    told = [(entry.action, entry.row) for entry in vault.log()[-2:]]

    assert told == [(Action.UNLOCKED, ""), (Action.WRONG_TRIES, "")]
    vault.lock()


def test_after_five_wrong_tries_the_right_secret_opens_when_the_wait_is_over(
    folder: Path,
) -> None:
    ticks = [100.0]
    door = Door(folder, PHONE, monotonic=lambda: ticks[0])
    user = door.users()[0]
    for _ in range(5):
        with pytest.raises(StorageError, match="wrong_secret"):
            door.unlock(user.id, "river lantern seven maize gong")
    with pytest.raises(StorageError, match="wait_before_trying"):
        door.unlock(user.id, WORDS)
    assert door.seconds_to_wait(user.id) == 30
    ticks[0] += 30
    vault = door.unlock(user.id, WORDS)

    assert vault.log()[-1].count == 5
    vault.lock()


def test_a_secret_is_changed_by_who_knows_the_former_one(vault: OpenVault, folder: Path) -> None:
    with pytest.raises(StorageError, match="wrong_secret"):
        vault.change_secret("river lantern seven maize gong", PIN, CHEAP)
    vault.change_secret(WORDS, PIN, CHEAP)
    assert [one.action for one in vault.log()[-2:]] == [Action.SECRET_CHANGED, Action.ROTATED]
    vault.lock()

    enter(folder, PIN).lock()
    with pytest.raises(StorageError, match="wrong_secret"):
        enter(folder)


@pytest.mark.parametrize("changing", ["secret", "opening key"])
def test_wrong_tries_while_signed_in_are_in_the_log(vault: OpenVault, changing: str) -> None:
    def attempt(current: str) -> None:
        if changing == "secret":
            vault.change_secret(current, PIN, CHEAP)
        else:
            vault.opening_key(current)

    for _ in range(3):
        with pytest.raises(StorageError, match="wrong_secret"):
            attempt("river lantern seven maize gong")
    attempt(WORDS)
    tries, change = vault.log()[2:4]
    user = vault.user()
    vault.lock()

    assert user is not None
    assert (tries.action, tries.row, tries.count) == (Action.WRONG_TRIES, user.id, 3)
    assert change.action in (Action.SECRET_CHANGED, Action.FINGERPRINT_SET_UP)


def test_wrong_tries_before_a_new_secret_that_is_too_weak_are_in_the_log(vault: OpenVault) -> None:
    with pytest.raises(StorageError, match="wrong_secret"):
        vault.change_secret("river lantern seven maize gong", PIN, CHEAP)
    with pytest.raises(StorageError, match="pin_too_simple"):
        vault.change_secret(WORDS, "1", CHEAP)
    assert (vault.log()[-1].action, vault.log()[-1].count) == (Action.WRONG_TRIES, 1)
    vault.lock()


def test_a_clock_set_to_1970_does_not_move_the_log_back(folder: Path) -> None:
    vault = enter(folder)
    latest = vault.log()[-1].moment.known
    vault.lock()
    vault = enter(folder, clock=Clock(lambda: datetime(1970, 1, 1, tzinfo=UTC)))
    moment = vault.log()[-1].moment
    vault.lock()

    assert moment.flag is ClockFlag.BEHIND
    assert moment.known >= latest
    assert moment.device.year == 1970


@pytest.mark.parametrize("at", ["the copy", "the end"])
def test_a_save_that_fails_leaves_nothing_behind(
    vault: OpenVault, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    kept = case()
    vault.save(kept)
    before = vault.head()
    append = Audit.append
    with monkeypatch.context() as patched:
        if at == "the copy":
            patched.setattr(outgoing, "sealed_copy", lambda *_: died(vault))
        else:
            patched.setattr(Audit, "append", lambda *given: (append(*given), died(vault)))
        with pytest.raises(KeyboardInterrupt):
            vault.save(case())

    assert vault.head() == before
    assert [one.id for one in vault.cases().cases] == [kept.id]
    assert not vault.verify()
    vault.save(case())
    assert not vault.verify()


# Tampering


def tampered(folder: Path, *statements: str) -> set[tuple[str, str, str]]:
    """What the check finds after someone wrote into the database."""
    with another_hand(folder) as db:
        for statement in statements:
            db.execute(statement)
    vault = enter(folder)
    faults = found(vault)
    vault.lock()
    return faults


@pytest.fixture(scope="session")
def filled(new_vault: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A vault of three cases, and their ids; the second was edited."""
    folder = Path(shutil.copytree(new_vault, tmp_path_factory.mktemp("filled") / "vault"))
    vault = enter(folder)
    kept = [case() for _ in range(3)]
    for one in kept:
        vault.save(one)
    with another_hand(folder) as db:
        db.execute("CREATE TABLE aside.former AS SELECT * FROM cases")
    vault.save(replace(kept[1], note="edited"))
    vault.lock()
    return folder, [one.id for one in kept]


@pytest.fixture
def three(filled: tuple[Path, list[str]], folder: Path) -> list[str]:
    """Puts the three cases into the folder. Their ids."""
    shutil.copytree(filled[0], folder, dirs_exist_ok=True)
    return filled[1]


def test_a_deleted_row_is_missing(folder: Path, three: list[str]) -> None:
    assert tampered(folder, f"DELETE FROM cases WHERE id = '{three[0]}'") == {
        ("missing", "cases", three[0])
    }


def test_a_row_put_back_from_before_is_replayed(folder: Path, three: list[str]) -> None:
    put_back = f"REPLACE INTO cases SELECT * FROM former WHERE id = '{three[1]}'"

    assert tampered(folder, put_back) == {("replayed", "cases", three[1])}


def test_swapped_contents_are_found_on_both_sides_and_shown_on_none(
    folder: Path, three: list[str]
) -> None:
    swap = [
        f"UPDATE cases SET (body, wrapped_key) = (SELECT body, wrapped_key FROM former "
        f"WHERE id = '{other}') WHERE id = '{one}'"
        for one, other in ((three[0], three[2]), (three[2], three[0]))
    ]

    assert tampered(folder, *swap) == {
        ("swapped", "cases", three[0]),
        ("swapped", "cases", three[2]),
    }
    vault = enter(folder)
    page = vault.cases()
    assert set(page.damaged) == {three[0], three[2]}
    assert [one.id for one in page.cases] == [three[1]]
    with pytest.raises(StorageError, match="row_damaged"):
        vault.case(three[0])
    vault.lock()


def test_a_row_under_another_id_is_unexpected(folder: Path, three: list[str]) -> None:
    rename = f"UPDATE cases SET id = 'other', body = x'00' WHERE id = '{three[0]}'"

    assert tampered(folder, rename) == {
        ("unexpected", "cases", "other"),
        ("missing", "cases", three[0]),
    }


@pytest.mark.parametrize(
    "change", ["version = 7", "key_id = 'x'", "wrapped_key = x'01'", "body = 'text'", "number = 99"]
)
def test_a_changed_column_is_bad(folder: Path, three: list[str], change: str) -> None:
    assert tampered(folder, f"UPDATE cases SET {change} WHERE id = '{three[0]}'") == {
        ("bad", "cases", three[0])
    }


def test_tampering_with_the_outbox_is_found(folder: Path, three: list[str]) -> None:
    assert tampered(
        folder,
        "DELETE FROM outbox WHERE number = 3",
        "UPDATE outbox SET body = x'01' WHERE number = 6",
        "INSERT INTO outbox VALUES (99, 'x', x'01')",
    ) == {("missing", "outbox", "3"), ("bad", "outbox", "6"), ("unexpected", "outbox", "99")}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET body = x'01' WHERE number = 4",
        "UPDATE audit SET previous = x'01' WHERE number = 4",
        "DELETE FROM audit WHERE number = 4",
        "UPDATE audit SET body = (SELECT body FROM audit WHERE number = 3) WHERE number = 4",
    ],
)
def test_a_changed_or_dropped_entry_of_the_log_is_found(
    folder: Path, three: list[str], change: str
) -> None:
    assert ("bad", "audit", "4") in tampered(folder, change)


def test_an_entry_from_another_course_of_events_is_found(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    for one in (other, folder):
        vault = enter(one)
        vault.save(case())
        vault.lock()
    with closing(sqlite3.connect(other / "vault.db")) as db:
        entry = db.execute("SELECT body, previous FROM audit WHERE number = 2").fetchone()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE audit SET body = ?, previous = ? WHERE number = 2", entry)
        db.commit()
    vault = enter(folder)

    assert found(vault) == {("bad", "audit", "3")}
    vault.lock()


def test_the_last_entry_altered_is_found_and_the_cases_still_open(
    folder: Path, three: list[str]
) -> None:
    last = "UPDATE audit SET body = x'01' WHERE number = (SELECT max(number) FROM audit)"

    assert {fault[:2] for fault in tampered(folder, last)} >= {("bad", "audit")}
    vault = enter(folder)
    assert len(vault.cases().cases) == 3
    vault.lock()


def test_a_tail_lost_with_a_damaged_write_ahead_log_is_found(
    vault: OpenVault, folder: Path, tmp_path: Path
) -> None:
    kept = [case(), case()]
    for one in kept:
        vault.save(one)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    last = vault.head()[0]
    log = bytearray((copy / "vault.db-wal").read_bytes())
    log[-100] ^= 1
    (copy / "vault.db-wal").write_bytes(log)
    opened = enter(copy)
    faults, shown = found(opened), opened.cases().cases
    opened.lock()
    again = enter(copy)

    assert [one.id for one in shown] == [kept[0].id]
    assert faults == found(again) == {("missing", "audit", str(last))}
    again.lock()


@pytest.mark.parametrize("content", [None, b"", b"torn", bytes(200)])
def test_a_witness_that_is_gone_or_torn_is_no_fault(folder: Path, content: bytes | None) -> None:
    enter(folder).lock()
    (folder / "log-head").unlink()
    if content is not None:
        (folder / "log-head").write_bytes(content)
    vault = enter(folder)

    assert not vault.verify()
    vault.lock()


def test_flipped_bits_are_detected_or_touch_no_case(folder: Path, three: list[str]) -> None:
    vault = enter(folder)
    kept = {one.id: plain(one) for one in vault.cases().cases}
    vault.lock()
    whole = (folder / "vault.db").read_bytes()
    used = [at for at, byte in enumerate(whole) if byte]
    draw = random.Random(4)
    detected = 0
    for _ in range(60):
        altered = bytearray(whole)
        altered[draw.choice(used)] ^= 1 << draw.randrange(8)
        (folder / "vault.db").write_bytes(altered)
        (folder / "log-head").unlink(missing_ok=True)
        shown, clean = shown_and_clean(folder)
        assert all(kept[case_id] == one for case_id, one in shown.items())
        assert not clean or shown.keys() == kept.keys()
        detected += not clean

    assert detected > 30


def shown_and_clean(folder: Path) -> tuple[dict[str, object], bool]:
    """The cases that can still be read, and whether opening and the check found nothing."""
    try:
        vault = enter(folder)
    except StorageError:
        return {}, False
    try:
        shown = {one.id: plain(one) for one in vault.cases().cases}
        return shown, not vault.verify()
    except StorageError:
        return {}, False
    finally:
        vault.lock()


def test_every_kind_of_fault_has_its_test() -> None:
    here = Path(__file__).read_text(encoding="utf-8")

    assert [kind for kind in FaultKind if f'"{kind.value}"' not in here] == []
