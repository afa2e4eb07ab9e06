"""What the log had come to can be proved elsewhere, and a cut tail is seen."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage import log_head
from storage.audit import TOLD_BY_THE_APP, Action
from storage.door import Door
from storage.failures import StorageError
from storage.key_file import Role
from storage.log_export import CheckedLog, check_log, write_log
from storage.store import OpenVault
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make

# The signed head


def test_a_head_is_signed_by_the_device_and_survives_being_written(vault: OpenVault) -> None:
    head = vault.signed_head()
    again = log_head.parsed(json.loads(json.dumps(head.document())))

    again.check(vault.public_key())
    assert again == head
    assert (head.head.number, head.head.hash) == vault.head()
    assert vault.still_holds(again)
    assert len(log_head.fingerprint(vault.public_key()).replace(" ", "")) == 64


@pytest.mark.parametrize("change", ["number", "hash", "vault", "known_time", "signature"])
def test_a_head_that_was_altered_or_signed_by_another_is_refused(
    vault: OpenVault, change: str
) -> None:
    told = vault.signed_head().document()
    told[change] = {
        "number": 1,
        "known_time": "2027-01-01T00:00:00+00:00",
        "signature": base64.b64encode(bytes(64)).decode(),
    }.get(change, "00")
    with pytest.raises(StorageError, match="log_not_genuine"):
        log_head.parsed(told).check(vault.public_key())
    with pytest.raises(StorageError, match="log_not_genuine"):
        vault.still_holds(log_head.parsed(told))


def test_a_head_of_another_key_is_refused(vault: OpenVault) -> None:
    foreign = log_head.sign(bytes(32), vault.signed_head().head)

    foreign.check()
    with pytest.raises(StorageError, match="log_not_genuine"):
        foreign.check(vault.public_key())
    with pytest.raises(StorageError, match="log_not_genuine"):
        vault.still_holds(foreign)


@pytest.mark.parametrize(
    "told", [{}, {"format": 2}, {"format": 1, "vault": 1}, {"format": 1, "number": "x"}]
)
def test_what_is_no_head_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(StorageError, match="log_not_genuine"):
        log_head.parsed(told)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", float("inf")),
        ("number", -1),
        ("number", 1 << 63),
        ("number", 3.0),
        ("vault", "\ud800"),
        ("hash", None),
    ],
)
def test_a_head_with_a_field_that_was_never_written_is_refused(
    vault: OpenVault, field: str, value: object
) -> None:
    told = vault.signed_head().document()
    with pytest.raises(StorageError, match="log_not_genuine"):
        log_head.parsed(json.loads(json.dumps({**told, field: value})))


def test_a_rotation_changes_the_signing_key_and_the_old_one_names_the_new(
    vault: OpenVault, tmp_path: Path
) -> None:
    before, kept, device = vault.public_key(), vault.signed_head(), vault.device_id
    for _ in range(2):
        vault.rotate()
    path = exported(vault, tmp_path)

    assert vault.public_key() != before
    assert vault.still_holds(kept)
    assert vault.device_id == device == vault.signed_head().head.device
    assert check_log(path, before, kept).head == vault.signed_head()
    assert check_log(path, vault.public_key()).head == vault.signed_head()
    with pytest.raises(StorageError, match="log_not_genuine"):
        check_log(path, log_head.public_key(bytes(32)))


def test_a_head_signed_with_a_former_key_after_its_time_is_not_genuine(vault: OpenVault) -> None:
    former = bytes(vault.parts.session.keyring.key("device"))
    vault.rotate()
    vault.save(case())
    forged = log_head.sign(former, vault.signed_head().head)

    with pytest.raises(StorageError, match="log_not_genuine"):
        vault.still_holds(forged)


def test_a_successor_that_a_stranger_names_is_not_followed() -> None:
    ours, theirs = bytes(range(32)), bytes(32)
    named = log_head.succession(theirs, "3855bfb52511cb40", 7, log_head.public_key(theirs))

    follow = log_head.successor_of
    assert follow(log_head.public_key(ours), "3855bfb52511cb40", 7, named) is None
    assert follow(log_head.public_key(theirs), "3855bfb52511cb40", 8, named) is None
    assert follow(log_head.public_key(theirs), "3855bfb52511cb40", 7, named)


def test_a_whole_folder_put_back_from_before_is_seen_by_an_earlier_head(
    folder: Path, tmp_path: Path
) -> None:
    enter(folder).lock()
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    vault = enter(folder)
    vault.save(case())
    kept = vault.signed_head()
    vault.save(case())
    assert vault.still_holds(kept)
    vault.lock()
    vault = enter(copy)

    assert not vault.verify()
    assert not vault.still_holds(kept)
    vault.lock()


def test_a_tail_cut_off_with_all_it_tells_of_is_seen_by_an_earlier_head(folder: Path) -> None:
    vault = enter(folder)
    before = vault.head()[0]
    vault.save(case())
    kept = vault.signed_head()
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        for table in ("audit", "cases", "outbox"):
            db.execute(f"DELETE FROM {table} WHERE number > ?", [before])
        db.commit()
    (folder / "log-head").unlink()
    vault = enter(folder)

    assert not vault.still_holds(kept)
    vault.lock()


# The exported log


def exported(vault: OpenVault, folder: Path) -> Path:
    vault.save(case())
    vault.export_log(folder / "log.jsonl")
    return folder / "log.jsonl"


def test_an_exported_log_says_who_did_what_and_can_be_checked_without_a_key(
    vault: OpenVault, tmp_path: Path
) -> None:
    earlier = vault.signed_head()
    path = exported(vault, tmp_path)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    checked = check_log(path, vault.public_key(), earlier)

    assert checked == CheckedLog(len(vault.log()), (), vault.signed_head())
    told = ["created", "unlocked", "saved", "labelled", "overridden", "exported"]
    assert [line["action"] for line in lines[:-1]] == told
    assert lines[0]["detail"] == "Amina"
    assert [line["number"] for line in lines[:-1]] == [1, 2, 3, 4, 5, 6]
    assert lines[-1]["head"]["number"] == 6


def test_an_exported_log_tells_nothing_clinical(vault: OpenVault, tmp_path: Path) -> None:
    assert b"ZZCANARY" not in exported(vault, tmp_path).read_bytes()


def dropped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:1], *lines[2:]]


def cut(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-2], lines[-1]]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[1], lines[0], *lines[2:]]


def renamed(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b"Amina", b"Grace"), *lines[1:]]


def headless(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def test_a_log_that_does_not_reach_its_head_is_refused(vault: OpenVault, tmp_path: Path) -> None:
    seed, path = bytes(range(32)), tmp_path / "log.jsonl"
    links = list(vault._session.audit.links())
    number, entry, chain = links[-1]
    head = log_head.sign(seed, replace(vault.signed_head().head))
    write_log(path, links, head, seed)
    check_log(path)
    for wrong in (links[:-1], [*links[:-1], (number, entry, chain[::-1])]):
        write_log(path, wrong, head, seed)
        with pytest.raises(StorageError, match="log_not_genuine"):
            check_log(path)


@pytest.mark.parametrize("change", [dropped, cut, swapped, renamed, headless, lambda _: []])
def test_an_exported_log_that_was_altered_is_refused(
    vault: OpenVault, tmp_path: Path, change: Any
) -> None:
    path = exported(vault, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))
    with pytest.raises(StorageError, match="log_not_genuine"):
        check_log(path)


def test_a_log_signed_anew_by_someone_else_is_refused_by_the_known_key(
    vault: OpenVault, tmp_path: Path
) -> None:
    known = vault.public_key()
    other = tmp_path / "other"
    make(other)
    stranger = enter(other)
    path = exported(stranger, tmp_path)
    stranger.lock()

    check_log(path)
    with pytest.raises(StorageError, match="log_not_genuine"):
        check_log(path, known)


def test_an_exported_log_without_what_an_earlier_head_tells_of_was_cut(
    folder: Path, tmp_path: Path
) -> None:
    enter(folder).lock()
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    vault = enter(folder)
    vault.save(case())
    kept = vault.signed_head()
    vault.lock()
    vault = enter(copy)
    path = exported(vault, tmp_path)

    with pytest.raises(StorageError, match="log_was_cut"):
        check_log(path, vault.public_key(), kept)
    vault.lock()


def test_entries_that_were_altered_in_the_vault_are_named_in_the_export(
    folder: Path, tmp_path: Path
) -> None:
    vault = enter(folder)
    for _ in range(3):
        vault.save(case())
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE audit SET body = x'01' WHERE number = 3")
        db.execute("DELETE FROM audit WHERE number = 4")
        db.commit()
    vault = enter(folder)
    vault.export_log(tmp_path / "log.jsonl")

    checked = check_log(tmp_path / "log.jsonl")
    assert checked.altered == (3, 4)
    assert checked.entries == checked.head.head.number - 2
    vault.lock()


@pytest.mark.parametrize("number", [-1, 0, 1 << 40, 1 << 63, 1 << 200])
def test_a_log_that_counts_as_none_ever_did_is_refused(
    vault: OpenVault, tmp_path: Path, number: int
) -> None:
    """Whoever signs it: its numbers are not believed before they are bounded."""
    seed = bytes(range(32))
    head = log_head.sign(seed, replace(vault.signed_head().head, number=number, hash="ab"))
    write_log(tmp_path / "log.jsonl", [(number, vault.log()[0], "ab")], head, seed)
    with pytest.raises(StorageError, match="log_not_genuine"):
        check_log(tmp_path / "log.jsonl")


def test_gaps_are_bounded_all_together(vault: OpenVault, tmp_path: Path) -> None:
    seed = bytes(range(32))
    head = log_head.sign(seed, replace(vault.signed_head().head, number=3 << 19, hash="ab"))
    entry = vault.log()[0]
    links = [(number << 19, entry, "ab") for number in (1, 2, 3)]
    write_log(tmp_path / "log.jsonl", links, head, seed)
    with pytest.raises(StorageError, match="log_not_genuine"):
        check_log(tmp_path / "log.jsonl")


def test_of_a_log_with_a_gap_no_fewer_than_its_entries_are_counted(
    vault: OpenVault, tmp_path: Path
) -> None:
    seed = bytes(range(32))
    head = log_head.sign(seed, replace(vault.signed_head().head, number=3, hash="ab"))
    write_log(tmp_path / "log.jsonl", [(3, vault.log()[0], "ab")], head, seed)
    checked = check_log(tmp_path / "log.jsonl")

    assert (checked.entries, checked.altered) == (1, (1, 2))


# What is logged


def test_people_are_named_in_the_log_and_keep_their_id_under_a_new_secret(
    vault: OpenVault,
) -> None:
    joseph = vault.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)
    vault.change_secret(WORDS, "995173", CHEAP)
    vault.opening_key("995173")
    log = vault.log()

    assert (log[2].action, log[2].row, log[2].detail) == (Action.USER_ADDED, joseph.id, "Joseph")
    assert log[3].action is Action.SECRET_CHANGED
    assert log[3].row == log[3].user == log[0].user
    assert log[5].action is Action.FINGERPRINT_SET_UP


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("user_added", lambda vault: vault.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)),
        ("secret_changed", lambda vault: vault.change_secret(WORDS, "995173", CHEAP)),
        ("recovery_key_changed", lambda vault: vault.new_recovery_key()),
        ("user_removed", lambda vault: vault.remove_user(vault.users()[1].id)),
    ],
)
def test_a_change_of_people_that_dies_half_way_is_in_the_log_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, action: str, change: Any
) -> None:
    vault = enter(folder)
    vault.add_user("Grace", Role.SUPERVISOR, "582941", CHEAP)

    def died(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("storage.key_file.write_durably", died)
        with pytest.raises(KeyboardInterrupt):
            change(vault)
    vault.lock()
    vault = enter(folder)

    told = [entry.action.value for entry in vault.log()]
    assert told == ["created", "unlocked", "user_added", action, "unlocked"]
    assert len(vault.users()) == 2
    vault.lock()


def test_a_change_of_people_that_is_refused_is_not_in_the_log(vault: OpenVault) -> None:
    for refused in (
        lambda: vault.add_user("Amina", Role.CLINICIAN, "274915", CHEAP),
        lambda: vault.add_user("Joseph", Role.CLINICIAN, "1", CHEAP),
        lambda: vault.remove_user(vault.users()[0].id),
        lambda: vault.change_secret("wrong", "274915", CHEAP),
        lambda: vault.change_secret(WORDS, "1", CHEAP),
    ):
        with pytest.raises(StorageError):
            refused()

    # The wrong try before the right one is told; of the changes, nothing.
    told = ["created", "unlocked", "wrong_tries"]
    assert [entry.action.value for entry in vault.log()] == told


@pytest.mark.parametrize("action", sorted(TOLD_BY_THE_APP))
def test_what_the_app_does_beside_the_vault_is_logged(vault: OpenVault, action: Action) -> None:
    vault.record(action, row="x", detail="fracture_xray 0.1.0")
    last = vault.log()[-1]

    assert (last.action, last.row, last.detail) == (action, "x", "fracture_xray 0.1.0")


@pytest.mark.parametrize("action", sorted(set(Action) - TOLD_BY_THE_APP))
def test_the_app_cannot_make_up_what_the_vault_logs(vault: OpenVault, action: Action) -> None:
    with pytest.raises(ValueError, match="by itself"):
        vault.record(action)


# Site keys


def test_a_new_site_key_begins_an_epoch_and_old_pseudonyms_can_still_be_matched(
    folder: Path,
) -> None:
    vault = enter(folder)
    before = vault.pseudonym("KH-000123")
    assert vault.replace_site_key() == 2
    now = vault.pseudonym("kh 000123")
    assert vault.log()[-1].action is Action.SITE_KEY_REPLACED
    assert vault.log()[-1].count == 2
    vault.rotate()
    assert vault.replace_site_key() == 3
    vault.lock()
    vault = enter(folder)
    newest = vault.pseudonym("KH-000123")

    assert (before[:2], now[:2], newest[:2]) == ("1-", "2-", "3-")
    assert len({before[2:], now[2:], newest[2:]}) == 3
    assert vault.pseudonyms("KH-000123") == [newest, now, before]
    assert not vault.verify()
    vault.lock()


def test_only_a_supervisor_replaces_the_site_key(folder: Path) -> None:
    vault = enter(folder)
    joseph = vault.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)
    vault.lock()
    vault = Door(folder, PHONE).unlock(joseph.id, "274915")
    before = vault.pseudonyms("1")
    with pytest.raises(StorageError, match="only_supervisors"):
        vault.replace_site_key()

    assert vault.pseudonyms("1") == before
    vault.lock()


@pytest.mark.parametrize("name", ["site-1", "site-2", "device", "sync"])
def test_a_named_key_that_is_gone_is_found(folder: Path, name: str) -> None:
    vault = enter(folder)
    vault.replace_site_key()
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("DELETE FROM keys WHERE name = ?", [name])
        db.commit()
    vault = enter(folder)

    assert ("missing", "keys", name) in {
        (fault.kind.value, fault.table, fault.row) for fault in vault.verify()
    }
    vault.lock()


def test_a_named_key_that_was_altered_or_put_there_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE keys SET wrapped = x'01' WHERE name = 'device'")
        db.execute(
            "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE name = 'sync') "
            "WHERE name = 'site-1'"
        )
        db.execute("INSERT INTO keys SELECT 'site-9', key_id, wrapped FROM keys LIMIT 1")
        db.commit()
    vault = enter(folder)

    assert {(fault.kind.value, fault.row) for fault in vault.verify()} == {
        ("bad", "device"),
        ("bad", "site-1"),
        ("unexpected", "site-9"),
    }
    with pytest.raises(StorageError, match="row_damaged"):
        vault.pseudonym("1")
    with pytest.raises(StorageError, match="row_damaged"):
        vault.signed_head()
    vault.lock()


def test_a_head_tells_the_time_that_is_known(vault: OpenVault) -> None:
    head = vault.signed_head().head

    assert head.known_time == vault.log()[-1].moment.known
    assert replace(head, number=0).signed_bytes() != head.signed_bytes()
