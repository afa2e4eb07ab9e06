"""An older row or key file that someone puts back is noticed before it does any harm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.sync.enrolment import Enrolment
from storage import key_file
from storage.backup import write_backup
from storage.corrections import export_corrections
from storage.door import Door
from storage.failures import StorageError
from storage.faults import Fault, FaultKind
from storage.key_file import Role
from storage.merging import merge
from storage.settings import Settings
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.vault import Case
from tests.storage.cases import CHEAP, PHONE, WORDS, another_hand, case, enter, make

PIN = "274915"
PASSPHRASE = "orchid tunnel copper basket window"
_TABLES = ("cases", "summaries", "settings")


def set_aside(folder: Path) -> None:
    with another_hand(folder) as db:
        for table in _TABLES:
            db.execute(f"CREATE TABLE aside.{table} AS SELECT * FROM {table}")


def put_back(folder: Path) -> None:
    with another_hand(folder) as db:
        for table in _TABLES:
            db.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM aside.{table}")


def codes(vault: OpenVault) -> set[str]:
    return {notice.code for notice in vault.notices()}


# Key files


@pytest.mark.parametrize(
    ("change", "secret"),
    [
        (lambda vault: vault.change_secret(WORDS, PIN, CHEAP), WORDS),
        (lambda vault: vault.new_recovery_key(), WORDS),
        (lambda vault: vault.rotate(), WORDS),
    ],
)
def test_a_key_file_from_before_a_change_opens_nothing(
    folder: Path, tmp_path: Path, change: Callable[[OpenVault], object], secret: str
) -> None:
    vault = enter(folder)
    shutil.copy(folder / "keys.json", tmp_path)
    change(vault)
    vault.lock()
    shutil.copy(tmp_path / "keys.json", folder)

    with pytest.raises(StorageError, match="key_file_old"):
        enter(folder, secret)


def test_a_former_recovery_key_opens_nothing_with_the_former_key_file(tmp_path: Path) -> None:
    printed = make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    shutil.copy(tmp_path / "vault" / "keys.json", tmp_path)
    vault.new_recovery_key()
    vault.lock()
    shutil.copy(tmp_path / "keys.json", tmp_path / "vault")

    with pytest.raises(StorageError, match="key_file_old"):
        Door(tmp_path / "vault", PHONE).recover(printed)


def test_a_key_file_without_someone_who_was_added_since_is_noticed(
    folder: Path, tmp_path: Path
) -> None:
    vault = enter(folder)
    shutil.copy(folder / "keys.json", tmp_path)
    vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.lock()
    enter(folder).lock()
    shutil.copy(tmp_path / "keys.json", folder)
    vault = enter(folder)

    assert "keys_put_back" in codes(vault)
    number = next(one.number for one in vault.log() if one.action == "keys_put_back")
    assert vault.verify() == [Fault(FaultKind.REPLAYED, "keys.json", str(number))]
    vault.rotate()
    assert vault.verify() == []
    vault.lock()
    vault = enter(folder)
    assert codes(vault) == set()
    vault.lock()


def test_changes_that_were_announced_and_never_made_are_no_old_key_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = enter(folder)

    def refused(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("storage.key_file.write_durably", refused)
        for change in (vault.new_recovery_key, vault.rotate, vault.rotate):
            with pytest.raises(RuntimeError):
                change()
    vault.lock()
    vault = enter(folder)

    assert codes(vault) == set()
    assert vault.verify() == []
    vault.lock()


@pytest.mark.parametrize("after", ["begin", "commit"])
def test_a_new_secret_whose_rotation_died_is_in_force_and_the_rotation_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    vault = enter(folder)
    kept = vault.save(case())

    def died(*_: object) -> None:
        raise KeyboardInterrupt

    where = "keyring.Keyring.rewrap" if after == "begin" else "keys.OpenKeys.end_rotation"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(f"storage.{where}", died)
        vault.change_secret(WORDS, PIN, CHEAP)
    vault.lock()
    vault = enter(folder, PIN)

    assert vault.case(kept.id).id == kept.id
    assert key_file.read(folder / "keys.json").previous is None
    assert codes(vault) == set()
    vault.lock()
    vault = enter(folder, PIN)
    assert codes(vault) == set()
    assert vault.verify() == []
    vault.lock()


# Settings


@pytest.fixture
def loose_settings(folder: Path) -> Path:
    """A vault in which settings that keep codes were put back after they were forbidden."""
    vault = enter(folder)
    vault.change_settings(Settings(keep_codes=True, clinic_name="Kibera"))
    vault.lock()
    set_aside(folder)
    vault = enter(folder)
    vault.change_settings(Settings(keep_codes=False))
    vault.lock()
    put_back(folder)
    return folder


def test_older_settings_that_were_put_back_are_not_in_force(loose_settings: Path) -> None:
    vault = enter(loose_settings)

    assert "settings_damaged" in codes(vault)
    with pytest.raises(StorageError, match="row_damaged"):
        vault.settings()
    assert vault.save(replace(case(), code="K-1")).code is None
    vault.lock()


def test_older_settings_stay_out_of_force_at_every_unlock_until_others_are_saved(
    loose_settings: Path,
) -> None:
    for _ in range(3):
        vault = enter(loose_settings)
        assert "settings_damaged" in codes(vault)
        vault.lock()
    vault = enter(loose_settings)
    vault.change_settings(Settings(clinic_name="Mathare"))
    vault.lock()
    vault = enter(loose_settings)

    assert vault.settings().clinic_name == "Mathare"
    assert codes(vault) == set()
    assert vault.verify() == []
    vault.lock()


def test_settings_that_were_taken_away_are_not_replaced_by_the_defaults(folder: Path) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(keep_review_copies=False))
    vault.lock()
    with another_hand(folder) as db:
        db.execute("DELETE FROM settings")
    vault = enter(folder)

    with pytest.raises(StorageError, match="row_damaged"):
        vault.settings()
    vault.lock()


# Cases


@pytest.fixture
def older(folder: Path) -> tuple[Path, Case]:
    """A vault in which a case's former state was put back, with its line in the list."""
    vault = enter(folder)
    kept = vault.save(case("before"))
    vault.lock()
    set_aside(folder)
    vault = enter(folder)
    kept = vault.save(replace(kept, note="after"))
    vault.lock()
    put_back(folder)
    return folder, kept


@pytest.mark.parametrize(
    "use",
    [
        lambda vault, kept: vault.case(kept.id),
        lambda vault, kept: vault.save(replace(kept, note="laundered")),
        lambda vault, kept: vault.review_copy(kept.id),
        lambda vault, kept: vault.send_again(kept.id),
        lambda vault, kept: vault.export_originals(kept.id, Path("nowhere")),
    ],
)
def test_an_older_case_that_was_put_back_is_refused(
    older: tuple[Path, Case], use: Callable[[OpenVault, Case], object]
) -> None:
    folder, kept = older
    vault = enter(folder)

    with pytest.raises(StorageError, match="row_damaged"):
        use(vault, kept)
    assert Fault(FaultKind.REPLAYED, "cases", kept.id) in vault.verify()
    vault.lock()


def test_an_older_case_is_not_listed_as_sound_and_teaches_no_network(
    older: tuple[Path, Case], tmp_path: Path
) -> None:
    folder, kept = older
    vault = enter(folder)

    assert vault.cases().damaged == (kept.id,)
    assert export_corrections(vault, tmp_path / "corrections").cases == 0
    vault.lock()


def test_an_older_case_can_be_destroyed_or_mended_from_a_backup(
    folder: Path, tmp_path: Path
) -> None:
    vault = enter(folder)
    kept = vault.save(case("before"))
    vault.lock()
    set_aside(folder)
    vault = enter(folder)
    kept = vault.save(replace(kept, note="after"))
    write_backup(vault, tmp_path / "backup", passphrase=PASSPHRASE, cost=CHEAP)
    vault.lock()
    put_back(folder)
    vault = enter(folder)
    assert merge(vault, tmp_path / "backup", PASSPHRASE).updated == 1

    assert vault.case(kept.id).note == "after"
    assert vault.verify() == []
    vault.lock()
    put_back(folder)
    vault = enter(folder)
    vault.destroy(kept.id)
    assert vault.verify() == []
    vault.lock()


def test_what_a_failed_change_took_back_is_not_taken_for_the_present_state(
    vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = vault.save(case("before"))
    assert vault.case(kept.id).note == "before"

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("storage.opinions.Opinions.add_own", fails)
        vault.save(replace(kept, note="never"))

    assert vault.case(kept.id).note == "before"


# Enrolments


def enrolled(vault: OpenVault) -> SyncEnrolment:
    return SyncEnrolment(vault.parts.session)


@pytest.mark.parametrize("rotated", [False, True])
def test_a_former_enrolment_that_was_put_back_sends_nothing_to_that_server(
    folder: Path, rotated: bool
) -> None:
    vault = enter(folder)
    enrolled(vault).enrol(Enrolment(endpoint="https://left.test/fhir"))
    vault.lock()
    with another_hand(folder) as db:
        db.execute("CREATE TABLE aside.sync_documents AS SELECT * FROM sync_documents")
    vault = enter(folder)
    enrolled(vault).enrol(Enrolment(endpoint="https://present.test/fhir"))
    if rotated:
        vault.rotate()
    vault.lock()
    vault = enter(folder)
    now = enrolled(vault).current()
    assert now
    assert now.enrolment.endpoint == "https://present.test/fhir"
    assert vault.verify() == []
    vault.lock()
    with another_hand(folder) as db:
        db.execute("INSERT OR REPLACE INTO sync_documents SELECT * FROM aside.sync_documents")
    vault = enter(folder)

    with pytest.raises(StorageError, match="row_damaged"):
        enrolled(vault).current()
    kind = FaultKind.BAD if rotated else FaultKind.REPLAYED
    assert vault.verify() == [Fault(kind, "sync_documents", "enrolment")]
    enrolled(vault).enrol(Enrolment(endpoint="https://present.test/fhir"))
    assert enrolled(vault).current()
    assert vault.verify() == []
    vault.lock()


def test_images_that_nobody_queued_are_named(folder: Path) -> None:
    vault = enter(folder)
    kept = vault.save(case())
    vault.lock()
    with another_hand(folder) as db:
        db.execute("INSERT INTO pictures_waiting VALUES (77, ?)", [kept.id])
    vault = enter(folder)

    assert vault.verify() == [Fault(FaultKind.UNEXPECTED, "pictures_waiting", "77")]
    vault.lock()
