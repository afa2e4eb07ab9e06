"""A small file is the old one or the new one, never half."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from storage.durable import write_durably
from storage.failures import StorageError


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_durably(path, b"old")
    write_durably(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps other permissions")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write_durably(tmp_path / "keys.json", b"new")

    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_the_bytes_and_then_the_name_are_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flush(descriptor: int) -> None:
        happened.append("flush")
        fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        happened.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(Path, "replace", rename)
    write_durably(tmp_path / "keys.json", b"new")

    assert happened[:2] == ["flush", "rename"]
    assert os.name == "nt" or happened[2:] == ["flush"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "device_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.EIO, "device_error"),
    ],
)
def test_what_the_device_refuses_is_said_in_words_and_the_old_file_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    path = tmp_path / "keys.json"
    write_durably(path, b"old")

    def refuse(_: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match=code):
        write_durably(path, b"new")

    assert path.read_bytes() == b"old"
