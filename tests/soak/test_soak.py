"""The short form of ``make soak``: fewer kills and flips, the same rules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.soak.flipping import MOVES, Originals, flip, move_rows, prepare
from tests.soak.killing import Expected, kill_often
from tests.soak.victim import ACTIVITIES


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    return prepare(tmp_path_factory.mktemp("originals"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_at_any_moment_nothing_is_lost_or_half_kept(tmp_path: Path) -> None:
    result = kill_often(tmp_path / "work", 8, seed=3)

    assert result.faults == []
    assert result.kills.keys() == ACTIVITIES.keys()
    assert result.kills.total() + result.too_late == 8
    assert result.done.total() > 0


def test_flipped_bits_never_alter_what_is_shown(originals: Originals, tmp_path: Path) -> None:
    found = flip(originals, tmp_path, 120, seed=5)

    assert found.faults == []
    assert found.changes.total() == 120
    assert found.named["database"] > 0
    for kind in ("keys", "backup", "log"):
        # Base 64 has a few bits that mean nothing.
        assert found.harmless[kind] <= 2
        assert found.refused[kind] + found.named[kind] + found.harmless[kind] > 5


def test_moved_rows_are_always_named(originals: Originals, tmp_path: Path) -> None:
    found = move_rows(originals, tmp_path, 60, seed=5)

    assert found.faults == []
    assert found.changes.keys() == MOVES.keys()
    assert not found.harmless


def test_the_soak_sees_a_case_that_is_lost_old_or_made_up() -> None:
    told = ["begin a 1", "done a 1", "begin b 1", "done b 1", "begin b 2"]
    for found, wrong in (
        ({"a": "1", "b": "1"}, 0),
        ({"a": "1", "b": "2"}, 0),
        ({"a": "1"}, 1),
        ({"a": "0", "b": "1"}, 1),
        ({"a": "1", "b": "1", "c": "1"}, 1),
    ):
        expected = Expected()
        expected.heard(told)
        assert len(expected.faults(found)) == wrong


def test_the_soak_sees_an_altered_case_and_one_that_nobody_named(
    originals: Originals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("storage.store.OpenVault.verify", lambda _: [])
        found = move_rows(originals, tmp_path, 20, seed=5)
    assert any("not detected" in fault for fault in found.faults)
    with monkeypatch.context() as patched:
        patched.setattr("storage.documents._ordered", lambda pairs: dict(pairs) | {"x": 0.5})
        found = flip(originals, tmp_path, 5, seed=6)
    assert any("altered" in fault for fault in found.faults)
