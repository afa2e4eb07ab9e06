"""A device secret in a file is made once and never quietly replaced."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from storage import device_file
from storage.device_file import destroy, make_device, read_device
from storage.durable import create_durably
from storage.failures import StorageError
from storage.slots import Device


def test_it_is_random_and_stays_the_same(tmp_path: Path) -> None:
    first = make_device(tmp_path / "one")

    assert make_device(tmp_path / "one") == read_device(tmp_path / "one") == first
    assert make_device(tmp_path / "two") != first
    assert not first.key_store


def test_two_who_make_one_at_once_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key, path = device_file.new_key, tmp_path / "device"
    others: list[Device] = []

    def overtaken() -> bytes:
        key = new_key()
        if not path.exists():
            with monkeypatch.context() as patched:
                patched.setattr(device_file, "new_key", new_key)
                others.append(make_device(path))
        return key

    monkeypatch.setattr(device_file, "new_key", overtaken)

    assert [make_device(path)] == others
    assert [file.name for file in tmp_path.iterdir()] == ["device"]


def test_without_hard_links_one_is_made_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    made = make_device(tmp_path / "device")

    assert not create_durably(tmp_path / "device", bytes(32))
    assert read_device(tmp_path / "device") == made
    assert len(list(tmp_path.iterdir())) == 1


def test_what_making_it_left_half_done_is_destroyed_and_nothing_else(tmp_path: Path) -> None:
    make_device(tmp_path / "device")
    (tmp_path / "device.abcd1234.new").write_bytes(bytes(32))
    (tmp_path / "device.my notes.new").write_bytes(b"mine")
    destroy(tmp_path / "device")

    assert [file.name for file in tmp_path.iterdir()] == ["device.my notes.new"]


@pytest.mark.parametrize("content", [None, b"", bytes(31)])
def test_a_lost_one_is_said_and_not_replaced(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "device"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match="recovery key"):
        read_device(path)

    assert (path.read_bytes() if path.exists() else None) == content


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps other permissions")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    make_device(tmp_path / "device")

    assert (tmp_path / "device").stat().st_mode & 0o077 == 0


def test_it_does_not_show_itself(tmp_path: Path) -> None:
    assert repr(make_device(tmp_path / "device")) == "Device(key_store=False)"


def test_a_destroyed_one_is_overwritten_and_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "device"
    secret = make_device(path).secret
    path.with_name("device.new").write_bytes(secret)
    other_name = path.with_name("kept")
    os.link(path, other_name)
    destroy(path)
    destroy(path)

    assert list(tmp_path.iterdir()) == [other_name]
    assert len(other_name.read_bytes()) == len(secret)
    assert other_name.read_bytes() != secret
