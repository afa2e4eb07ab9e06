"""What a case holds beside its reading: labels, patient, picture, settings, receipts."""

from __future__ import annotations

import io
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from storage import documents
from storage.audit import Action
from storage.clock import Clock
from storage.database import migrations, open_database
from storage.door import Door
from storage.failures import StorageError
from storage.key_file import Role
from storage.outgoing import Receipt
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Case, Opinion, ReferenceStandard
from tests.fixtures.vaults.make_first import IDS
from tests.storage.cases import CHEAP, PHONE, case, enter, plain

PIN = "274915"
RECEIPT = Receipt(
    server="https://example.org/fhir",
    resource="DiagnosticReport/7",
    version="1",
    received_at=datetime(2026, 12, 2, tzinfo=UTC),
)


def picture(colour: int = 90) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (64, 48), colour).save(stream, "JPEG")
    return stream.getvalue()


def fresh() -> Case:
    """A case as the app makes one: nobody has said anything of it yet."""
    return replace(
        case(),
        pseudonym=None,
        opinion=None,
        right_label=None,
        reference_standard=None,
        own_impression=None,
        saved_by=None,
        labelled_by=None,
        labelled_role=None,
    )


def as_clinician(folder: Path, vault: OpenVault) -> OpenVault:
    joseph = vault.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    vault.lock()
    return Door(folder, PHONE).unlock(joseph.id, PIN)


# Who labelled it


def test_a_label_names_who_gave_it_and_in_which_role(vault: OpenVault, folder: Path) -> None:
    amina = vault.user()
    assert amina
    kept = vault.save(fresh())
    assert (kept.saved_by, kept.labelled_by, kept.labelled_role) == (amina.id, None, None)
    vault = as_clinician(folder, vault)
    joseph = vault.user()
    assert joseph
    vault.save(replace(vault.case(kept.id), opinion=Opinion.AGREES))
    again = vault.case(kept.id)
    vault.lock()

    assert (again.saved_by, again.labelled_by) == (amina.id, joseph.id)
    assert again.labelled_role is Role.CLINICIAN


def test_a_note_changes_nothing_about_who_labelled_and_another_label_does(
    vault: OpenVault, folder: Path
) -> None:
    kept = vault.save(replace(fresh(), opinion=Opinion.AGREES))
    vault = as_clinician(folder, vault)
    noted = vault.save(replace(kept, note="seen again"))
    relabelled = vault.save(replace(noted, opinion=Opinion.NOT_SURE))
    user = vault.user()
    vault.lock()

    assert user
    assert noted.labelled_by == kept.labelled_by
    assert noted.labelled_role is Role.SUPERVISOR
    assert relabelled.labelled_by == user.id


def test_a_label_given_by_someone_elsewhere_keeps_their_name(vault: OpenVault) -> None:
    kept = vault.save(replace(fresh(), opinion=Opinion.AGREES))
    reviewed = replace(
        kept,
        opinion=Opinion.DISAGREES,
        right_label="normal",
        reference_standard=ReferenceStandard.SPECIALIST,
        labelled_by="reviewer-1",
        labelled_role=Role.SUPERVISOR,
    )

    assert plain(vault.save(reviewed)) == plain(reviewed)


def test_whether_the_reading_was_seen_first_and_what_label_follows() -> None:
    one = fresh()

    assert one.seen_ai_first
    assert not replace(one, own_impression="normal").seen_ai_first
    assert one.label is None
    assert replace(one, opinion=Opinion.AGREES).label == one.reading.finding
    assert replace(one, opinion=Opinion.DISAGREES, right_label="normal").label == "normal"
    assert replace(one, opinion=Opinion.NOT_SURE, right_label="normal").label is None


# The patient


def test_a_code_is_kept_only_where_the_clinic_says_so(vault: OpenVault) -> None:
    first = vault.save(replace(fresh(), code="KH-000123"))
    vault.change_settings(replace(vault.settings(), keep_codes=True))
    second = vault.save(replace(fresh(), code="kh 000123"))

    assert (first.code, second.code) == (None, "kh 000123")
    assert first.pseudonym == second.pseudonym == vault.pseudonym("KH-000123")
    assert plain(vault.case(second.id)) == plain(second)


def test_a_code_never_waits_to_be_sent(vault: OpenVault) -> None:
    vault.change_settings(replace(vault.settings(), keep_codes=True))
    kept = vault.save(replace(fresh(), code="KH-000123"))
    [(_, waiting)] = vault.outbox()

    assert waiting.code is None
    assert waiting.pseudonym == kept.pseudonym


def test_a_code_without_letters_is_refused_and_nothing_is_saved(vault: OpenVault) -> None:
    with pytest.raises(ValueError, match="patient code"):
        vault.save(replace(fresh(), code=" - "))

    assert vault.cases().cases == ()
    assert not vault.verify()


# The picture


def test_a_picture_comes_back_and_stays_when_the_case_is_edited(vault: OpenVault) -> None:
    kept = vault.save(fresh(), review_copy=picture(10))
    vault.save(replace(kept, note="edited"))
    first = vault.review_copy(kept.id)
    vault.save(kept, review_copy=picture(200))

    assert first == picture(10)
    assert vault.review_copy(kept.id) == picture(200)
    assert not vault.verify()


def test_a_former_picture_put_back_is_not_shown(vault: OpenVault, folder: Path) -> None:
    kept = vault.save(fresh(), review_copy=picture(10))
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("CREATE TABLE former AS SELECT * FROM review_copies")
        db.commit()
        vault.save(kept, review_copy=picture(200))
        db.execute("REPLACE INTO review_copies SELECT * FROM former")
        db.commit()

    with pytest.raises(StorageError, match="row_damaged"):
        vault.review_copy(kept.id)


def test_a_case_without_a_picture_has_none(vault: OpenVault) -> None:
    kept = vault.save(fresh())

    assert vault.review_copy(kept.id) is None
    with pytest.raises(StorageError, match="no_such_case"):
        vault.review_copy("other")


def test_no_picture_is_kept_where_the_clinic_wants_none(vault: OpenVault) -> None:
    vault.change_settings(replace(vault.settings(), keep_review_copies=False))
    kept = vault.save(fresh(), review_copy=picture())

    assert vault.review_copy(kept.id) is None
    assert not vault.verify()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff" + bytes(512 * 1024)])
def test_what_is_no_small_picture_is_refused(vault: OpenVault, content: bytes) -> None:
    with pytest.raises(ValueError, match="review copy"):
        vault.save(fresh(), review_copy=content)

    assert vault.cases().cases == ()


# Settings


def test_settings_come_back_after_a_restart_and_every_change_is_logged(folder: Path) -> None:
    vault = enter(folder)
    assert vault.settings() == Settings()
    changed = replace(Settings(), clinic_name="Kibera", originals_days=None, keep_codes=True)
    vault.change_settings(changed)
    log = vault.log()
    vault.lock()
    vault = enter(folder)

    assert vault.settings() == changed
    assert log[-1].action is Action.SETTINGS_CHANGED
    assert not vault.verify()
    vault.lock()


def test_a_clinician_may_change_the_language_and_nothing_else(
    vault: OpenVault, folder: Path
) -> None:
    vault = as_clinician(folder, vault)
    vault.change_settings(replace(vault.settings(), language="fr"))
    with pytest.raises(StorageError, match="only_supervisors"):
        vault.change_settings(replace(vault.settings(), keep_codes=True))

    assert vault.settings() == Settings(language="fr")
    vault.lock()


@pytest.mark.parametrize(
    "wrong",
    [
        Settings(clinic_name="x" * 121),
        Settings(language=""),
        Settings(originals_days=-1),
        Settings(originals_megabytes=-1),
        Settings(lock_when_idle=0),
        Settings(ask_first_impression=-1),
    ],
)
def test_a_mistyped_setting_is_refused_in_words(vault: OpenVault, wrong: Settings) -> None:
    with pytest.raises(StorageError, match="setting_out_of_range"):
        vault.change_settings(wrong)

    assert vault.settings() == Settings()


def test_damaged_settings_are_told_of_and_cases_are_kept_without_codes_meanwhile(
    folder: Path,
) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(keep_codes=True))
    assert vault.notices() == []
    vault.lock()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("UPDATE settings SET body = x'01'")
        db.commit()
    vault = enter(folder)
    with pytest.raises(StorageError, match="row_damaged"):
        vault.settings()
    kept = vault.save(replace(fresh(), code="KH-1"), originals=[folder / "keys.json"])
    assert (kept.code, kept.pseudonym) == (None, vault.pseudonym("KH-1"))
    assert not (folder / "originals").exists()
    assert [notice.code for notice in vault.notices()] == ["settings_damaged"]
    vault.change_settings(Settings(clinic_name="again"))

    assert vault.settings() == Settings(clinic_name="again")
    assert not vault.verify()
    vault.lock()


# Receipts


def test_a_receipt_is_kept_and_the_case_can_be_sent_again(vault: OpenVault) -> None:
    kept = vault.save(fresh())
    vault.settle(vault.outbox()[0][0], RECEIPT)
    assert vault.outbox() == []
    number = vault.send_again(kept.id)
    again = vault.outbox()
    vault.settle(number, replace(RECEIPT, version="2"))

    assert [(one, waiting.id) for one, waiting in again] == [(number, kept.id)]
    assert vault.receipts(kept.id) == [RECEIPT, replace(RECEIPT, version="2")]
    assert not vault.verify()
    with pytest.raises(StorageError, match="no_such_case"):
        vault.send_again("other")


def test_a_destroyed_case_leaves_no_receipt_and_no_picture(vault: OpenVault, folder: Path) -> None:
    kept = vault.save(fresh(), review_copy=picture())
    vault.settle(vault.outbox()[0][0], RECEIPT)
    vault.destroy(kept.id)

    assert vault.receipts(kept.id) == []
    assert not vault.verify()
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        tables = ("cases", "summaries", "review_copies", "receipts", "outbox")
        left = [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    assert left == [0, 0, 0, 0, 0]


# Rotation and older vaults


def test_all_that_hangs_on_a_case_opens_after_a_rotation(vault: OpenVault) -> None:
    vault.change_settings(Settings(keep_codes=True))
    kept = vault.save(replace(fresh(), code="KH-1"), review_copy=picture())
    vault.rotate()

    assert vault.review_copy(kept.id) == picture()
    assert [line.id for line in vault.history().lines] == [kept.id]
    assert not vault.verify()


@pytest.fixture
def first(repo: Path, tmp_path: Path) -> Path:
    """A vault of the first version of the database (tests/fixtures/vaults/make_first.py)."""
    source = repo / "tests" / "fixtures" / "vaults" / "first"
    return Path(shutil.copytree(source, tmp_path / "first"))


def test_a_vault_of_the_first_version_is_brought_up_to_date(first: Path) -> None:
    with closing(sqlite3.connect(first / "vault.db")) as db:
        applied = {row[0] for row in db.execute("SELECT name FROM _sqlite_migrations")}
    vault = enter(first)
    notes = [one.note for one in vault.cases().cases]
    lines = vault.history().lines
    faults = vault.verify()
    vault.save(replace(vault.case(IDS[1]), note="note b, edited", opinion=Opinion.NOT_SURE))
    edited, again = vault.case(IDS[1]), vault.verify()
    vault.lock()
    db = open_database(first / "vault.db")
    pending = migrations.pending(db)
    db.close()

    assert applied == {"m001_keys_cases_outbox_audit"}
    assert notes == ["note b", "note a, edited"]
    assert [line.id for line in lines] == [IDS[1], IDS[0]]
    assert [line.opinion for line in lines] == [Opinion.DISAGREES] * 2
    assert faults == again == []
    assert edited.note == "note b, edited"
    assert edited.labelled_role is Role.SUPERVISOR
    assert pending == []


def test_a_case_of_the_first_format_reads_as_one_without_the_later_fields(first: Path) -> None:
    vault = enter(first)
    one = vault.cases().cases[0]
    vault.lock()

    assert one.code is one.right_label is one.saved_by is one.labelled_role is None
    assert one.reading.frames[0].image_size == (0, 0)
    assert plain(documents.read(documents.written(one))) == plain(one)


def test_a_wrong_clock_changes_nothing_about_what_is_kept(folder: Path) -> None:
    for wrong in (
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2031, 1, 1, tzinfo=UTC),
    ):
        vault = enter(folder, clock=Clock(lambda wrong=wrong: wrong))
        kept = vault.save(fresh())
        assert plain(vault.case(kept.id)) == plain(kept)
        assert not vault.verify()
        vault.lock()
