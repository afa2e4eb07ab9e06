"""Who may answer for others: reviewers and supervisors, by name; clinicians ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.door import Door
from storage.failures import StorageError
from storage.key_file import Role
from storage.opinions import OpinionRole
from storage.second_opinions import KeptAnswer, SecondOpinions
from storage.store import OpenVault
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make

PIN = "274915"
ANSWER = KeptAnswer("one", "Task/7", datetime(2026, 11, 23, tzinfo=UTC), ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with a supervisor, a clinician and a reviewer."""
    make(tmp_path / "vault")
    amina = enter(tmp_path / "vault")
    amina.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
    amina.add_user("Grace", Role.REVIEWER, PIN, CHEAP)
    amina.lock()
    return tmp_path / "vault"


def signed_in(folder: Path, name: str, secret: str = PIN) -> OpenVault:
    door = Door(folder, PHONE, None)
    return door.unlock(next(one.id for one in door.users() if one.name == name), secret)


@pytest.mark.parametrize(("name", "secret"), [("Grace", PIN), ("Amina", WORDS)])
def test_reviewers_and_supervisors_may_answer(folder: Path, name: str, secret: str) -> None:
    answers = SecondOpinions(signed_in(folder, name, secret).parts.session)
    answers.keep_answer(ANSWER)

    assert answers.answers() == [ANSWER]


def test_a_clinician_may_not_answer_for_others(folder: Path) -> None:
    answers = SecondOpinions(signed_in(folder, "Joseph").parts.session)
    with pytest.raises(StorageError, match="only_reviewers"):
        answers.keep_answer(ANSWER)

    assert answers.answers() == []


def test_nobody_answers_without_a_name(tmp_path: Path) -> None:
    printed = make(tmp_path / "vault")
    nameless = Door(tmp_path / "vault", PHONE, None).recover(printed)
    with pytest.raises(StorageError, match="only_reviewers"):
        SecondOpinions(nameless.parts.session).keep_answer(ANSWER)


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda vault: vault.add_user("Ada", Role.SUPERVISOR, PIN, CHEAP),
        lambda vault: vault.change_settings(replace(vault.settings(), clinic_name="Mine")),
        lambda vault: vault.new_recovery_key(),
    ],
    ids=["people", "settings", "recovery key"],
)
def test_a_reviewer_does_not_look_after_the_vault(
    folder: Path, forbidden: Callable[[OpenVault], object]
) -> None:
    with pytest.raises(StorageError, match="only_supervisors"):
        forbidden(signed_in(folder, "Grace"))


def test_a_reviewer_reads_and_keeps_cases_as_a_clinician_does(folder: Path) -> None:
    grace = signed_in(folder, "Grace")
    made = replace(case(), labelled_by=None, labelled_role=None)
    grace.save(made)

    assert grace.case(made.id).labelled_role is Role.REVIEWER
    assert [one.role for one in grace.opinions(made.id)] == [OpinionRole.REVIEWER]
