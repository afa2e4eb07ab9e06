"""Vaults to try things on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import OpenVault
from tests.storage.cases import enter, make


@pytest.fixture(scope="session")
def new_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault as it was made, to copy."""
    folder = tmp_path_factory.mktemp("made") / "vault"
    make(folder)
    return folder


@pytest.fixture
def folder(new_vault: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(new_vault, tmp_path / "vault"))


@pytest.fixture
def vault(folder: Path) -> Iterator[OpenVault]:
    opened = enter(folder)
    yield opened
    opened.lock()
