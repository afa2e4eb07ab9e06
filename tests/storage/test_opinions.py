"""Opinions: every label is kept, a second one stands beside it, and none can be lost unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.audit import Action
from storage.backup import write_backup
from storage.failures import StorageError, StorageFailure
from storage.faults import Fault, FaultKind
from storage.merging import merge
from storage.opinions import GivenOpinion, OpinionKind, OpinionRole, in_force
from storage.store import OpenVault
from storage.vault import Opinion, ReferenceStandard
from tests.storage.cases import CANARY, another_hand, case, enter, make, plain

AT = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
PASSPHRASE = "orchid tunnel copper basket window"


def second(**changes: object) -> GivenOpinion:
    """What a specialist elsewhere said, with every field filled."""
    opinion = GivenOpinion(
        opinion=Opinion.DISAGREES,
        right_label="pneumonia",
        reference_standard=ReferenceStandard.SPECIALIST,
        first_impression="pneumonia",
        blinded=True,
        note="lower left",
        given_by="Practitioner/12",
        name=f"{CANARY}-reviewer",
        given_at=AT,
        origin="https://server.test/fhir/DiagnosticReport/3/_history/1",
    )
    return replace(opinion, **changes)  # type: ignore[arg-type]


def test_a_second_opinion_stands_beside_the_label_and_changes_nothing_of_the_case(
    vault: OpenVault,
) -> None:
    kept = vault.save(case())
    added = vault.add_opinion(kept.id, second())

    own, other = vault.opinions(kept.id)
    assert other == added == replace(second(), id=added.id)
    assert (own.kind, own.opinion, own.right_label) == (
        OpinionKind.OWN,
        kept.opinion,
        kept.right_label,
    )
    assert (own.given_by, own.role, own.blinded) == (
        kept.labelled_by,
        OpinionRole.CLINICIAN,
        True,
    )
    assert plain(vault.case(kept.id)) == plain(kept)
    assert vault.verify() == []


def test_every_label_that_a_case_had_stays_known(vault: OpenVault) -> None:
    kept = vault.save(replace(case(), labelled_by=None))
    vault.save(replace(kept, note="only a note"))
    changed = vault.save(replace(kept, opinion=Opinion.AGREES, right_label=None))
    vault.save(replace(changed, opinion=None, reference_standard=None, own_impression=None))

    said = vault.opinions(kept.id)
    assert [one.opinion for one in said] == [Opinion.DISAGREES, Opinion.AGREES, None]
    user = vault.user()
    assert user
    assert {(one.given_by, one.role) for one in said} == {(user.id, OpinionRole.SUPERVISOR)}
    assert [one.opinion for one in in_force(said)] == [None]


def test_an_opinion_that_is_read_again_is_not_added_again(vault: OpenVault) -> None:
    kept = vault.save(case())
    first = vault.add_opinion(kept.id, second())
    entries = len(vault.log())

    assert vault.add_opinion(kept.id, second()) == first
    assert len(vault.log()) == entries


def test_a_corrected_opinion_names_the_one_it_replaces_and_both_stay(vault: OpenVault) -> None:
    kept = vault.save(case())
    first = vault.add_opinion(kept.id, second())
    amended = second(origin="amended", opinion=Opinion.AGREES, replaces=first.id)
    last = vault.add_opinion(kept.id, amended)

    said = vault.opinions(kept.id)
    assert len(said) == 3
    assert in_force(said) == [said[0], last]


def test_a_second_opinion_cannot_replace_the_clinicians_label(vault: OpenVault) -> None:
    kept = vault.save(case())
    (own,) = vault.opinions(kept.id)

    with pytest.raises(ValueError, match="replaces no second opinion"):
        vault.add_opinion(kept.id, second(replaces=own.id))
    with pytest.raises(ValueError, match="saving the case"):
        vault.add_opinion(kept.id, second(kind=OpinionKind.OWN))
    assert vault.opinions(kept.id) == [own]


def test_whoever_is_signed_in_gives_an_opinion_that_names_nobody(vault: OpenVault) -> None:
    kept = vault.save(case())
    bare = GivenOpinion(opinion=Opinion.AGREES)
    given = vault.add_opinion(kept.id, bare)

    user = vault.user()
    assert user
    assert (given.given_by, given.role) == (user.id, OpinionRole.SUPERVISOR)
    assert given.given_at is not None
    assert given.given_at.utcoffset() is not None


def test_the_log_tells_of_opinions_and_names_no_one(vault: OpenVault) -> None:
    kept = vault.save(case())
    vault.add_opinion(kept.id, second())

    last = vault.log()[-1]
    assert (last.action, last.row) == (Action.OPINION_ADDED, kept.id)
    assert len(last.row_hash) == 64
    assert last.detail == ""


def test_opinions_on_no_case_are_refused_and_go_with_their_case(vault: OpenVault) -> None:
    with pytest.raises(StorageError) as refused:
        vault.add_opinion("nobody", second())
    assert refused.value.failure is StorageFailure.NO_SUCH_CASE
    kept = vault.save(case())
    vault.add_opinion(kept.id, second())
    vault.destroy(kept.id)

    assert vault.opinions(kept.id) == []
    assert vault.verify() == []


def test_an_opinion_moved_to_another_case_does_not_open_and_is_found(
    vault: OpenVault, folder: Path
) -> None:
    one, other = vault.save(case()), vault.save(case())
    vault.add_opinion(one.id, second())
    number = vault.log()[-1].number
    vault.lock()
    with another_hand(folder) as db:
        db.execute("UPDATE opinions SET case_id = ? WHERE number = ?", [other.id, number])
    vault = enter(folder)

    with pytest.raises(StorageError):
        vault.opinions(other.id)
    assert vault.verify() == [Fault(FaultKind.BAD, "opinions", str(number))]
    vault.lock()


def test_an_opinion_that_is_taken_away_is_found(vault: OpenVault, folder: Path) -> None:
    kept = vault.save(case())
    vault.add_opinion(kept.id, second())
    number = vault.log()[-1].number
    vault.lock()
    with another_hand(folder) as db:
        db.execute("DELETE FROM opinions WHERE number = ?", [number])
    vault = enter(folder)

    assert vault.verify() == [Fault(FaultKind.MISSING, "opinions", str(number))]
    vault.lock()


def test_opinions_still_open_after_a_rotation(vault: OpenVault) -> None:
    kept = vault.save(case())
    given = vault.add_opinion(kept.id, second())
    vault.rotate()

    assert vault.opinions(kept.id)[-1] == given
    assert vault.verify() == []


def test_a_merge_brings_opinions_once_also_to_a_case_that_is_known(tmp_path: Path) -> None:
    make(tmp_path / "theirs")
    theirs = enter(tmp_path / "theirs")
    kept = theirs.save(case())
    backup = tmp_path / "backup"
    write_backup(theirs, backup, passphrase=PASSPHRASE)
    make(tmp_path / "ours")
    ours = enter(tmp_path / "ours")
    merge(ours, backup, PASSPHRASE)
    theirs.add_opinion(kept.id, second())
    write_backup(theirs, backup, passphrase=PASSPHRASE)

    for _ in range(2):
        merge(ours, backup, PASSPHRASE)
        assert ours.opinions(kept.id) == theirs.opinions(kept.id)
    assert ours.verify() == []
    ours.lock()
    theirs.lock()
