"""Copies that show patients do not stay; a person's own files do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.picked_copies import forget, leftovers, sweep, sweep_shared


@pytest.fixture
def phone(tmp_path: Path) -> dict[str, str]:
    folders = {"FLET_APP_STORAGE_CACHE": "cache", "FLET_APP_STORAGE_TEMP": "temp"}
    for name in folders.values():
        (tmp_path / name / "file_picker").mkdir(parents=True)
    return {
        "FLET_PLATFORM": "android",
        **{variable: str(tmp_path / name) for variable, name in folders.items()},
    }


def picked(folder: str, name: str = "file_picker/film.png") -> Path:
    path = Path(folder, name)
    path.write_bytes(b"a patient")
    return path


def test_a_picked_copy_is_deleted_after_use(phone: dict[str, str]) -> None:
    copy = picked(phone["FLET_APP_STORAGE_CACHE"])

    forget([copy, b"bytes have no file"], phone)

    assert not copy.exists()


def test_a_file_elsewhere_is_never_touched(phone: dict[str, str], tmp_path: Path) -> None:
    own = tmp_path / "own.png"
    own.write_bytes(b"mine")

    forget([own, Path(phone["FLET_APP_STORAGE_CACHE"], "..", "own.png")], phone)

    assert own.exists()


def test_on_a_computer_nothing_is_deleted_even_in_its_cache(phone: dict[str, str]) -> None:
    copy = picked(phone["FLET_APP_STORAGE_CACHE"])
    computer = {name: value for name, value in phone.items() if name != "FLET_PLATFORM"}

    forget([copy], computer)
    sweep(computer)

    assert copy.exists()


def test_what_an_earlier_run_left_is_swept(phone: dict[str, str]) -> None:
    left = [
        picked(phone["FLET_APP_STORAGE_CACHE"]),
        picked(phone["FLET_APP_STORAGE_TEMP"], "CAP123.jpg"),
    ]
    other = picked(phone["FLET_APP_STORAGE_CACHE"], "settings.json")

    sweep(phone)

    assert not any(path.exists() for path in left)
    assert other.exists()


def test_what_was_shared_goes_and_what_is_left_is_counted(phone: dict[str, str]) -> None:
    cache, temp = phone["FLET_APP_STORAGE_CACHE"], phone["FLET_APP_STORAGE_TEMP"]
    for folder in (Path(cache, "share_plus"), Path(temp, "outpost-share-x")):
        folder.mkdir()
        (folder / "page.pdf").write_bytes(b"a patient")
    picked(cache)
    picked(temp, "CAP1.jpg")
    assert leftovers(phone) == 4

    sweep_shared(phone)
    assert leftovers(phone) == 2
    sweep(phone)
    assert leftovers(phone) == 0
