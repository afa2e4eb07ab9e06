"""A backup merged into a vault: nothing lost, nothing doubled, both kept where they differ."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import merging
from storage.audit import Action
from storage.backup import Contents, restore, write_backup
from storage.door import Door, create
from storage.failures import StorageError
from storage.key_file import Role
from storage.merging import Merged, merge
from storage.outgoing import Receipt
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Case
from tests.storage.cases import CHEAP, PHONE, WORDS, another_hand, case, enter, plain

PASSPHRASE = "orchid tunnel copper basket window"
JPEG = b"\xff\xd8\xff picture"
RECEIPT = Receipt(
    server="s", resource="r/1", version="1", received_at=datetime(2026, 12, 2, tzinfo=UTC)
)


class Devices:
    """Two devices with one clinic's vault: the second was restored from the first's backup."""

    def __init__(self, folder: Path, tmp_path: Path) -> None:
        self.paths = {"first": folder, "second": tmp_path / "second"}
        self.file = tmp_path / "backup"

    def backed_up(self, name: str) -> Path:
        with self.open(name) as vault:
            write_backup(
                vault,
                self.file,
                passphrase=PASSPHRASE,
                contents=Contents.CASES_AND_ORIGINALS,
                cost=CHEAP,
            )
        return self.file

    def open(self, name: str) -> closing[OpenVault]:
        vault = enter(self.paths[name])
        vault.close = vault.lock  # type: ignore[attr-defined]
        return closing(vault)  # type: ignore[type-var]

    def save(self, name: str, *cases: Case) -> None:
        with self.open(name) as vault:
            for one in cases:
                vault.save(one, review_copy=JPEG)

    def merge(self, source: str, target: str) -> Merged:
        """Merge, check that the vault is sound, and that merging again changes nothing."""
        file = self.backed_up(source)
        with self.open(target) as vault:
            done = merge(vault, file, PASSPHRASE)
            assert vault.verify() == []
            before = contents(vault)
            again = merge(vault, file, PASSPHRASE)
            assert (again.added, again.updated, again.kept_both) == (0, 0, 0)
            assert contents(vault) == before
            assert [line.id for line in vault.history(limit=100).lines] == [
                one.id for one in vault.cases(limit=100).cases
            ]
        assert not (self.paths[target] / "incoming").exists()
        return done


def contents(vault: OpenVault) -> list[object]:
    return [plain(one) for one in vault.cases(limit=100).cases]


@pytest.fixture
def shared() -> Case:
    return case("shared")


@pytest.fixture
def devices(folder: Path, tmp_path: Path, shared: Case) -> Devices:
    two = Devices(folder, tmp_path)
    two.save("first", shared)
    restore(two.backed_up("first"), two.paths["second"], PASSPHRASE)
    return two


def notes(devices: Devices, name: str) -> list[str]:
    with devices.open(name) as vault:
        return sorted(one.note for one in vault.cases(limit=100).cases)


def test_what_is_new_over_there_comes_in_with_its_picture(devices: Devices, shared: Case) -> None:
    new = case("new")
    devices.save("second", new)
    done = devices.merge("second", "first")
    with devices.open("first") as vault:
        merged = vault.case(new.id)
        assert vault.review_copy(new.id) == JPEG
        assert {one.id for _, one in vault.outbox()} == {shared.id, new.id}
        assert len(vault.outbox()) == 2

    assert done == Merged(added=1, known=1)
    assert plain(merged) == plain(new)


def test_what_is_newer_here_stays_and_what_is_newer_there_replaces(
    devices: Devices, shared: Case
) -> None:
    devices.save("first", replace(shared, note="newer here"))
    assert devices.merge("second", "first") == Merged(known=1)
    assert notes(devices, "first") == ["newer here"]
    assert devices.merge("first", "second") == Merged(updated=1)
    assert notes(devices, "second") == ["newer here"]


def test_where_both_went_their_own_way_both_stay(devices: Devices, shared: Case) -> None:
    devices.save("first", replace(shared, note="here"))
    devices.save("second", replace(shared, note="there"))
    assert devices.merge("second", "first") == Merged(kept_both=1)
    assert notes(devices, "first") == ["here", "there"]

    devices.save("second", replace(shared, note="there, later"))
    assert devices.merge("second", "first") == Merged(updated=1)
    assert notes(devices, "first") == ["here", "there, later"]
    with devices.open("first") as vault:
        other = next(one for one in vault.cases().cases if one.id != shared.id)
        assert vault.case(shared.id).note == "here"
        vault.save(replace(other, note="there, edited here"))
    devices.save("second", replace(shared, note="there, later still"))
    assert devices.merge("second", "first") == Merged(kept_both=1)
    assert notes(devices, "first") == ["here", "there, edited here", "there, later still"]


def test_the_same_edit_on_both_is_one_case(devices: Devices, shared: Case) -> None:
    for name in ("first", "second"):
        devices.save(name, replace(shared, note="the same"))

    assert devices.merge("second", "first") == Merged(known=1)
    assert notes(devices, "first") == ["the same"]


def test_a_case_goes_there_and_back_without_doubling(devices: Devices, shared: Case) -> None:
    new = case("new")
    devices.save("second", new)
    assert devices.merge("second", "first").added == 1
    devices.save("first", replace(new, note="edited on the first"))
    assert devices.merge("first", "second").updated == 1
    devices.save("second", replace(new, note="and on the second"))
    assert devices.merge("second", "first").updated == 1

    assert notes(devices, "first") == notes(devices, "second") == ["and on the second", "shared"]


def test_what_was_destroyed_here_does_not_come_back(devices: Devices, shared: Case) -> None:
    with devices.open("first") as vault:
        vault.destroy(shared.id)

    assert devices.merge("second", "first") == Merged(destroyed=1)
    assert notes(devices, "first") == []


def test_what_was_sent_from_there_is_not_sent_from_here(devices: Devices, shared: Case) -> None:
    new = case("new")
    devices.save("second", new)
    with devices.open("second") as vault:
        number = next(number for number, one in vault.outbox() if one.id == new.id)
        vault.settle(number, RECEIPT)
    devices.merge("second", "first")
    with devices.open("first") as vault:
        assert [one.id for _, one in vault.outbox()] == [shared.id]
        assert vault.receipts(new.id) == [RECEIPT]


def test_original_files_come_along_where_they_are_kept(devices: Devices, tmp_path: Path) -> None:
    scan = tmp_path / "scan.dcm"
    scan.write_bytes(os.urandom(100_000))
    kept, other = case("with a file"), case("other")
    with devices.open("second") as vault:
        vault.change_settings(Settings(keep_originals=True))
        vault.save(kept, originals=[scan])
    with devices.open("first") as vault:
        vault.change_settings(Settings(keep_originals=True))
    devices.merge("second", "first")
    with devices.open("first") as vault:
        [written] = vault.export_originals(kept.id, tmp_path)
        assert written.read_bytes() == scan.read_bytes()
        vault.change_settings(Settings(keep_originals=False))
    with devices.open("second") as vault:
        vault.save(other, originals=[scan])
    devices.merge("second", "first")
    with devices.open("first") as vault:
        assert vault.export_originals(other.id, tmp_path) == []


def test_codes_are_kept_only_where_they_are_kept_here(devices: Devices) -> None:
    new = replace(case("new"), code="KH-1", pseudonym=None)
    with devices.open("second") as vault:
        vault.change_settings(Settings(keep_codes=True))
        vault.save(new)
    devices.merge("second", "first")
    with devices.open("first") as vault:
        merged = vault.case(new.id)
        assert (merged.code, merged.pseudonym) == (None, vault.pseudonym("KH-1"))


def test_a_vault_of_another_clinic_can_be_merged_too(
    devices: Devices, shared: Case, tmp_path: Path
) -> None:
    create(tmp_path / "third", "Grace", WORDS, PHONE, CHEAP)
    devices.paths["third"] = tmp_path / "third"
    devices.save("first", case("second of the first"))

    assert devices.merge("first", "third") == Merged(added=2)
    assert notes(devices, "third") == ["second of the first", "shared"]


def test_damaged_and_replayed_cases_over_there_are_not_taken(
    devices: Devices, shared: Case
) -> None:
    kept = [case(str(number)) for number in range(3)]
    devices.save("second", *kept)
    with another_hand(devices.paths["second"]) as db:
        db.execute("CREATE TABLE aside.former AS SELECT * FROM cases")
    devices.save("second", replace(kept[1], note="edited"))
    with another_hand(devices.paths["second"]) as db:
        db.execute("UPDATE cases SET body = x'01' WHERE id = ?", [kept[0].id])
        db.execute("REPLACE INTO cases SELECT * FROM former WHERE id = ?", [kept[1].id])
        db.execute("UPDATE review_copies SET body = x'01' WHERE id = ?", [kept[2].id])

    assert devices.merge("second", "first") == Merged(added=1, known=1, damaged=2, incomplete=1)
    assert notes(devices, "first") == ["2", "shared"]


def test_the_log_tells_of_every_case_that_came_in(devices: Devices) -> None:
    new = case("new")
    devices.save("second", new)
    file = devices.backed_up("second")
    with devices.open("first") as vault:
        merge(vault, file, PASSPHRASE)
        told = [(entry.action, entry.row, entry.detail) for entry in vault.log()[-4:]]

    assert told == [
        (Action.MERGED, new.id, ""),
        (Action.QUEUED, new.id, ""),
        (Action.LABELLED, new.id, ""),
        (Action.RESTORED, "", "merged"),
    ]


def test_only_supervisors_merge_and_only_with_the_right_secret(
    devices: Devices, shared: Case
) -> None:
    file = devices.backed_up("second")
    with devices.open("first") as vault:
        with pytest.raises(StorageError, match="backup_secret_wrong"):
            merge(vault, file, "orchid tunnel copper basket wallet")
        joseph = vault.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)
        before = vault.head()
    vault = Door(devices.paths["first"], PHONE).unlock(joseph.id, "274915")
    with pytest.raises(StorageError, match="only_supervisors"):
        merge(vault, file, PASSPHRASE)

    assert vault.head()[0] == before[0] + 1
    vault.lock()
    assert not (devices.paths["first"] / "incoming").exists()


def test_a_merge_cut_short_goes_on_and_leaves_nothing_behind(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices.save("second", *(case(str(number)) for number in range(4)))
    file = devices.backed_up("second")
    take = merging._Merge._take
    done: list[object] = []

    def dying(*given: object) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(given)
        take(*given)  # type: ignore[arg-type]

    with devices.open("first") as vault, monkeypatch.context() as patched:
        patched.setattr(merging._Merge, "_take", dying)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            merge(vault, file, PASSPHRASE)
    assert (devices.paths["first"] / "incoming").exists()
    with devices.open("first") as vault:
        assert not (devices.paths["first"] / "incoming").exists()
        assert merge(vault, file, PASSPHRASE) == Merged(added=2, known=3)
        assert vault.verify() == []
