"""What is not the vault's stays as it is: links out of its folder, and files that stand beside."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import Contents, restore, write_backup
from storage.corrections import export_corrections
from storage.door import create
from storage.durable import export_durably, write_durably
from storage.erasing import erase
from storage.failures import StorageError
from storage.settings import Settings
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make

linking = pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
PRECIOUS = b"precious " * 20


def precious(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(PRECIOUS)
    return path


# The folder of original files


@linking
def test_an_originals_folder_that_is_a_link_is_neither_swept_nor_written_to(folder: Path) -> None:
    thesis = precious(folder.parent / "Documents" / ("a" * 32))
    (folder / "originals").symlink_to(thesis.parent)
    vault = enter(folder)
    vault.change_settings(Settings(keep_originals=True))
    scan = precious(folder.parent / "scan.dcm")
    with pytest.raises(StorageError, match="device_error"):
        vault.save(case(), originals=[scan])
    vault.lock()

    assert list(thesis.parent.iterdir()) == [thesis]
    assert thesis.read_bytes() == PRECIOUS


def test_only_files_named_as_the_vault_names_them_are_swept(folder: Path) -> None:
    (folder / "originals").mkdir()
    mine = precious(folder / "originals" / "my notes.txt")
    left_over = precious(folder / "originals" / ("0" * 32))
    vault = enter(folder)
    unexpected = {(fault.table, fault.row) for fault in vault.verify()}
    vault.lock()

    assert mine.read_bytes() == PRECIOUS
    assert not left_over.exists()
    assert unexpected == {("originals/", "my notes.txt")}


def test_a_planted_row_sweeps_nothing_outside_the_folder(folder: Path) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(keep_originals=True))
    kept = case()
    vault.save(kept, originals=[precious(folder.parent / "scan.dcm")])
    vault.lock()
    outside = precious(folder.parent / "thesis.txt")
    with closing(sqlite3.connect(folder / "vault.db")) as db, db:
        db.execute("UPDATE originals SET id = '../../thesis.txt'")
    vault = enter(folder)
    vault.destroy(kept.id)
    vault.parts.originals.sweep_files({"../../thesis.txt"})
    vault.lock()

    assert outside.read_bytes() == PRECIOUS


def test_a_strange_file_among_the_originals_does_not_spoil_a_backup(tmp_path: Path) -> None:
    printed = make(tmp_path / "vault")
    (tmp_path / "vault" / "originals").mkdir()
    precious(tmp_path / "vault" / "originals" / "été.txt")
    vault = enter(tmp_path / "vault")
    write_backup(vault, tmp_path / "backup", contents=Contents.CASES_AND_ORIGINALS)
    vault.lock()
    restore(tmp_path / "backup", tmp_path / "other", printed)

    assert not (tmp_path / "other" / "originals").exists()


# Links in the vault's folder


@linking
@pytest.mark.parametrize("name", ["log-head", "keys.json", "keys.json.new", "attempts.json.new"])
def test_what_a_link_leads_to_is_never_written_over(folder: Path, name: str) -> None:
    target = precious(folder.parent / "target")
    if name != "keys.json":
        (folder / name).symlink_to(target)
    vault = enter(folder)
    vault.save(case())
    vault.change_secret(WORDS, "totally other words right now", CHEAP)
    vault.lock()
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    erase(folder, lambda: True)

    assert target.read_bytes() == PRECIOUS
    assert [path.name for path in folder.iterdir()] == ["vault.lock"]


@linking
def test_a_witness_that_was_made_a_link_is_a_file_again(folder: Path) -> None:
    target = precious(folder.parent / "target")
    (folder / "log-head").symlink_to(target)
    enter(folder).lock()

    assert not (folder / "log-head").is_symlink()
    assert target.read_bytes() == PRECIOUS


@linking
@pytest.mark.parametrize("name", ["vault.db-wal", "vault.db-shm", "vault.lock"])
def test_a_link_where_the_database_would_write_is_refused(folder: Path, name: str) -> None:
    target = precious(folder.parent / "target")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    with pytest.raises(StorageError, match=r"database_not_ours|device_error"):
        enter(folder)

    assert target.read_bytes() == PRECIOUS


# What stands beside


@pytest.mark.parametrize("ending", [".new", ".work"])
def test_what_stands_beside_a_backup_stays(folder: Path, ending: str) -> None:
    mine = precious(folder.parent / f"project{ending}" / "mine.txt")
    vault = enter(folder)
    write_backup(vault, folder.parent / "project")
    vault.lock()

    assert mine.read_bytes() == PRECIOUS
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "project",
        mine.parent.name,
        "vault",
    ]


def test_what_stands_beside_a_new_vault_stays(tmp_path: Path) -> None:
    beside = [precious(tmp_path / f"{name}.new" / "mine") for name in ("vault", "other")]
    printed = make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    write_backup(vault, tmp_path / "backup")
    vault.lock()
    restore(tmp_path / "backup", tmp_path / "other", printed)

    assert [path.read_bytes() for path in beside] == [PRECIOUS, PRECIOUS]
    assert len(list(tmp_path.iterdir())) == 5


def test_what_stands_beside_an_export_stays(folder: Path) -> None:
    mine = precious(folder.parent / "labels.new" / "mine.txt")
    log = precious(folder.parent / "log.jsonl.new")
    vault = enter(folder)
    export_corrections(vault, folder.parent / "labels")
    vault.export_log(folder.parent / "log.jsonl")
    vault.lock()

    assert mine.read_bytes() == log.read_bytes() == PRECIOUS


def test_an_exported_file_never_takes_a_folders_place(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is_a_folder"):
        export_durably(tmp_path, b"new")
    with pytest.raises(StorageError, match="is_a_folder"):
        export_durably(Path(tmp_path.anchor), b"new")
    export_durably(tmp_path / "file", b"new")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_backup_never_takes_a_folders_place(folder: Path) -> None:
    mine = precious(folder.parent / "project" / "mine.txt")
    vault = enter(folder)
    with pytest.raises(StorageError, match="is_a_folder"):
        write_backup(vault, mine.parent)
    vault.lock()

    assert mine.read_bytes() == PRECIOUS


# Erasing


@pytest.mark.parametrize("name", ["photo.jpg", "vault.db", "keys.json", "originals"])
def test_a_folder_that_never_was_a_vault_is_not_erased(tmp_path: Path, name: str) -> None:
    mine = precious(tmp_path / "holiday" / name)
    asked: list[bool] = []
    with pytest.raises(StorageError, match="not_a_vault"):
        erase(tmp_path / "holiday", lambda: bool(asked.append(True)))

    assert list(mine.parent.iterdir()) == [mine]
    assert asked == []


@pytest.mark.parametrize("left", ["keys.json", "vault.db"])
def test_a_vault_of_which_one_half_is_left_can_be_erased(folder: Path, left: str) -> None:
    for path in folder.iterdir():
        if path.name != left:
            path.unlink()

    assert erase(folder, lambda: True).files == (left,)


def test_the_database_goes_last_so_that_erasing_can_be_called_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vault.db-wal", "vault.db-shm", "zebra"):
        (folder / name).touch()
    order: list[str] = []
    unlink = Path.unlink

    def watched(self: Path, missing_ok: bool = False) -> None:
        order.append(self.name)
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", watched)
    erase(folder, lambda: True)

    assert order[-1] == "vault.db"


# Two at once


def test_a_vault_made_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage import door

    make_database = door._make_database
    printed: list[str] = []

    def overtaken(*arguments: object) -> None:
        if not printed:
            printed.append("")
            printed[0] = create(tmp_path / "vault", "Grace", WORDS, PHONE, CHEAP)
        make_database(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(door, "_make_database", overtaken)
    with pytest.raises(StorageError, match="already_a_vault"):
        make(tmp_path / "vault")

    vault = enter(tmp_path / "vault")
    user = vault.user()
    vault.lock()
    assert user is not None
    assert user.name == "Grace"
    assert [path.name for path in tmp_path.iterdir()] == ["vault"]


def test_the_vaults_own_files_are_written_beside_without_following(tmp_path: Path) -> None:
    write_durably(tmp_path / "keys.json", b"new")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]
