"""A log that this app did not write as it stands is refused in words."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage import audit, entries
from storage.audit import Entry
from storage.failures import StorageError
from storage.store import OpenVault
from tests.storage.cases import enter

LAST = (1 << 63) - 1


def renumber(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / "vault.db")) as db, db:
        db.execute(
            "UPDATE audit SET number = ? WHERE number = (SELECT max(number) FROM audit)", [number]
        )


@pytest.mark.parametrize(
    "change", [{"action": "of_tomorrow"}, {"clock": "sundial"}, {"known_time": "half past six"}]
)
def test_an_entry_of_a_newer_app_asks_for_that_app(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    vault = enter(folder)

    def newer(entry: Entry) -> bytes:
        return json.dumps({**entries.document(entry), **change}).encode()

    with monkeypatch.context() as patched:
        patched.setattr(entries, "written", newer)
        vault.record(audit.Action.EXPORTED)
    with pytest.raises(StorageError, match="database_newer"):
        vault.log()
    vault.lock()
    before = (folder / "vault.db").read_bytes()
    for _ in range(2):  # The first must not have kept its lock.
        with pytest.raises(StorageError, match="database_newer"):
            enter(folder)

    assert (folder / "vault.db").read_bytes() == before


def test_an_entry_after_which_nothing_could_be_counted_is_damage(folder: Path) -> None:
    renumber(folder, LAST)
    with pytest.raises(StorageError, match="database_damaged"):
        enter(folder)


def test_however_wide_a_gap_the_check_comes_to_an_end(folder: Path) -> None:
    renumber(folder, LAST - 10)
    vault: OpenVault = enter(folder)
    faults = vault.verify()
    vault.lock()

    assert 0 < len(faults) <= 2 * audit.MOST_MISSING
