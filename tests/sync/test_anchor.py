"""A vault that was copied is noticed, and so is a server that was put back from a backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.sync.failures import SyncError
from core.sync.tasks import AskReason, Urgency
from tests.storage.cases import enter
from tests.sync.small_server import serving
from tests.sync.vaults import copied, enrolled, filled, fresh, one_pass, passes
from ui.second_opinions import ask


def test_a_copy_of_the_vault_on_a_second_device_is_refused(tmp_path: Path) -> None:
    first = filled(tmp_path / "first", 2)
    with serving() as server:
        enrolled(first, server.address)
        one_pass(passes(first))
        first.lock()
        second = enter(copied(tmp_path / "first", tmp_path / "second"))
        first = enter(tmp_path / "first")
        first.save(fresh(1))
        one_pass(passes(first))

        second.save(fresh(2))
        with pytest.raises(SyncError, match="sync_vault_copied"):
            one_pass(passes(second))
        assert len(second.outbox()) == 1
        assert server.count("DiagnosticReport") == 3

        first.save(fresh(3))
        assert one_pass(passes(first)).sent == 1, "the one that goes on is not disturbed"
        enrolled(second, server.address)
        assert one_pass(passes(second)).sent == 1, "enrolled anew, it is another device"


def test_a_change_of_keys_before_a_pass_with_nothing_to_send_does_not_stop_the_next(
    tmp_path: Path,
) -> None:
    vault = filled(tmp_path / "vault", 2)
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        vault.rotate()
        one_pass(passes(vault))

        vault.save(fresh(1))
        assert one_pass(passes(vault)).sent == 1


def test_whichever_of_two_copies_sends_first_the_other_one_is_refused(tmp_path: Path) -> None:
    first = filled(tmp_path / "first", 2)
    with serving() as server:
        enrolled(first, server.address)
        one_pass(passes(first))
        first.lock()
        second = enter(copied(tmp_path / "first", tmp_path / "second"))
        second.save(fresh(2))
        one_pass(passes(second))

        first = enter(tmp_path / "first")
        first.save(fresh(3))
        with pytest.raises(SyncError, match="sync_vault_copied"):
            one_pass(passes(first))


def test_a_server_put_back_from_a_backup_gets_what_it_lost_and_nothing_else(
    tmp_path: Path,
) -> None:
    vault = filled(tmp_path / "vault", 3)
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        kept = server.backup()
        for number in range(4):
            vault.save(fresh(number))
        one_pass(passes(vault))
        assert server.count("DiagnosticReport") == 7
        server.restore(kept)

        last = one_pass(passes(vault))

        assert (last.sent, server.count("DiagnosticReport")) == (4, 7)
        assert one_pass(passes(vault)).sent == 0
    assert vault.verify() == []


def test_a_question_that_a_restored_server_lost_is_asked_again(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 2)
    first, second = (each.id for _, each in vault.outbox())
    with serving() as server:
        enrolled(vault, server.address)
        ask(vault, first, AskReason.ASK_CONFIRM, Urgency.TODAY)
        one_pass(passes(vault))
        kept = server.backup()
        vault.save(fresh(1))
        ask(vault, second, AskReason.ASK_CONFIRM, Urgency.NOW)
        one_pass(passes(vault))
        asked = {each["identifier"][0]["value"] for each in server.all("Task")}
        server.restore(kept)
        assert server.count("Task") == 1

        one_pass(passes(vault))

        assert len(asked) == server.count("Task") == 2
        assert {each["identifier"][0]["value"] for each in server.all("Task")} == asked


def test_a_server_that_lost_everything_gets_everything(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 3)
    with serving() as server:
        enrolled(vault, server.address)
        empty = server.backup()
        one_pass(passes(vault))
        server.restore(empty)

        assert one_pass(passes(vault)).sent == 3
        assert server.count("DiagnosticReport") == 3


def test_a_sync_that_dies_before_it_leaves_its_mark_is_simply_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = filled(tmp_path / "vault", 3)
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        vault.save(fresh(1))
        with monkeypatch.context() as patch:
            patch.setattr("ui.sync_pass.SyncPass._leave", lambda *_: None)
            one_pass(passes(vault))
        vault.save(fresh(2))

        assert one_pass(passes(vault)).sent == 1
        assert server.count("DiagnosticReport") == 5


def test_the_mark_holds_nothing_of_any_case(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 3)
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        mark = next(each for each in server.all("Device") if "Installation" in str(each))

    for case in vault.cases().cases:
        assert case.id not in str(mark)
        assert str(case.pseudonym) not in str(mark)
