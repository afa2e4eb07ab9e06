"""A trial vault says whether this device can keep cases, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import trial
from storage.failures import StorageError
from storage.store import OpenVault
from storage.trial import try_vault


def test_a_sound_device_passes_and_nothing_stays(tmp_path: Path) -> None:
    try_vault(tmp_path / "data")

    assert list((tmp_path / "data").iterdir()) == []


def test_a_vault_that_opens_to_any_secret_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_OTHER", trial._SECRET)

    with pytest.raises(StorageError, match="trial_failed"):
        try_vault(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_vault_that_does_not_lock_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = OpenVault.lock
    monkeypatch.setattr(OpenVault, "lock", lambda _: None)

    with pytest.raises(StorageError, match="trial_failed"):
        try_vault(tmp_path)
    monkeypatch.setattr(OpenVault, "lock", close)
