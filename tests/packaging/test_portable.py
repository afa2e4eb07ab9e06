"""A marker beside the app: what is kept stands beside it, and the computer gets nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from ui import key_store
from ui.place import packs_folder, vault_folder
from ui.portable import DATA, MARKER, portable_folder

SECRET = "glacier lantern orchard pepper violin"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A USB stick with a bundle whose code stands some folders below its executable."""
    (tmp_path / "stick" / "data" / "flutter_assets" / "app").mkdir(parents=True)
    (tmp_path / "stick" / MARKER).touch()
    return tmp_path / "stick"


def test_data_stands_beside_the_marker(stick: Path) -> None:
    app = stick / "data" / "flutter_assets" / "app"
    elsewhere = {"FLET_APP_STORAGE_DATA": "/home/amina/.local/share/outpost"}

    assert vault_folder(elsewhere, "Linux", Path("/home/amina"), app) == stick / DATA / "vault"


def test_without_a_marker_data_stands_where_it_always_does(stick: Path) -> None:
    (stick / MARKER).unlink()

    assert portable_folder({}, stick / "data") is None


def test_a_phone_is_never_portable(stick: Path) -> None:
    assert portable_folder({"FLET_PLATFORM": "android"}, stick) is None


def test_a_marker_far_above_is_not_ours(stick: Path) -> None:
    deep = stick.joinpath(*"abcdefg")

    assert portable_folder({}, deep) is None


def test_what_the_clinic_names_goes_before_the_marker(stick: Path) -> None:
    named = {"OUTPOST_VAULT": "/mnt/vault"}

    assert vault_folder(named, "Linux", Path("/home/amina"), stick) == Path("/mnt/vault")
    assert packs_folder(named, "Linux", Path("/home/amina")) == Path("/mnt/vault-packs")


def test_a_stick_leaves_no_key_in_the_computers_store(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = types.SimpleNamespace(web=False)
    monkeypatch.setattr(key_store, "FletKeyStore", lambda: "the computer's store")
    assert key_store.key_store(page) == "the computer's store"  # type: ignore[arg-type, comparison-overlap]

    monkeypatch.setattr(key_store, "portable_folder", lambda _: stick)
    assert key_store.key_store(page) is None  # type: ignore[arg-type]


def test_a_vault_made_on_a_stick_opens_on_another_computer(repo: Path, tmp_path: Path) -> None:
    app = tmp_path / "stick" / "app"
    without = shutil.ignore_patterns("__pycache__")
    for room in ("core", "storage", "ui"):
        shutil.copytree(repo / room, app / room, ignore=without)
    shutil.copy(repo / "main.py", app / "main.py")
    (app.parent / MARKER).touch()

    def run(stick: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
        home.mkdir()
        kept = {name: text for name, text in os.environ.items() if name != "OUTPOST_VAULT"}
        return subprocess.run(
            [sys.executable, stick / "app" / "main.py", *command, "--secret-fd", "0"],
            input=f"{SECRET}\n{SECRET}\n",
            env={**kept, "HOME": str(home), "XDG_DATA_HOME": str(home / "share")},
            capture_output=True,
            text=True,
            check=False,
        )

    made = run(tmp_path / "stick", tmp_path / "one", "vault", "init", "--name", "Amina")
    assert made.returncode == 0, made.stderr
    assert (app.parent / DATA / "vault").is_dir()
    moved = (tmp_path / "stick").rename(tmp_path / "E")

    opened = run(moved, tmp_path / "another", "vault", "unlock")

    assert opened.returncode == 0, opened.stderr
    assert list((tmp_path / "one").iterdir()) == []
    assert list((tmp_path / "another").iterdir()) == []
