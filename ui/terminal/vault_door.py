"""Signing in at a terminal."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import device_file
from storage.device_secret import secret_file
from storage.door import Door
from storage.keys import User
from storage.sealing import new_key
from storage.slots import Device
from storage.store import OpenVault
from ui.place import vault_folder
from ui.terminal.secrets import Secrets, TerminalError, TerminalFailure


def folder_of(options: argparse.Namespace) -> Path:
    """The vault's folder: as given, else the one that the app uses.

    Its name counts, since the device secret is named after it: ``.`` has none, and a link keeps
    its own. Raises TerminalError (NO_VAULT) for the root of a disk.
    """
    given: Path | None = options.vault
    place = given or vault_folder(os.environ, platform.system(), Path.home())
    folder = Path(os.path.abspath(place))  # noqa: PTH100  (Path.absolute keeps ``..``.)
    if not folder.name:
        raise TerminalError(TerminalFailure.NO_VAULT)
    return folder


def existing(options: argparse.Namespace) -> Path:
    """The folder of a vault that is there. Raises TerminalError (NO_VAULT)."""
    folder = folder_of(options)
    if not folder.is_dir() or not any(folder.iterdir()):
        raise TerminalError(TerminalFailure.NO_VAULT)
    return folder


def device_here(folder: Path) -> Device:
    """The device secret from its file. Raises TerminalError (DEVICE_SECRET_NOT_HERE)."""
    if not secret_file(folder).exists():
        raise TerminalError(TerminalFailure.DEVICE_SECRET_NOT_HERE)
    return device_file.read_device(secret_file(folder))


@contextmanager
def signed_in(options: argparse.Namespace, secrets: Secrets) -> Iterator[OpenVault]:
    """The open vault, locked at the end. Raises OutpostError."""
    vault = _open(options, secrets)
    try:
        yield vault
    finally:
        vault.lock()


def named(users: list[User], name: str) -> User:
    """The person of this name. Raises TerminalError (NO_SUCH_USER)."""
    wanted = " ".join(name.split()).casefold()
    found = next((user for user in users if user.name.casefold() == wanted), None)
    if found is None:
        raise TerminalError(TerminalFailure.NO_SUCH_USER)
    return found


def _open(options: argparse.Namespace, secrets: Secrets) -> OpenVault:
    folder = existing(options)
    if options.recovery_key:
        return Door(folder, _any_device(folder, options)).recover(secrets.ask("Recovery key"))
    door = Door(folder, device_here(folder))
    user = _chosen(door.users(), options.user)
    return door.unlock(user.id, secrets.ask(f"PIN or passphrase of {user.name}"))


def _chosen(users: list[User], name: str | None) -> User:
    if name is not None:
        return named(users, name)
    if len(users) != 1:
        raise TerminalError(TerminalFailure.WHICH_USER)
    return users[0]


def _any_device(folder: Path, options: argparse.Namespace) -> Device:
    """With the recovery key the device has no part, unless someone is to be added on it."""
    if secret_file(folder).exists():
        return device_here(folder)
    if getattr(options, "users", None) in {"add", "change-secret"}:
        if not getattr(options, "new_device", False):
            raise TerminalError(TerminalFailure.NEW_DEVICE)
        return device_file.make_device(secret_file(folder))
    return Device(new_key(), key_store=False)
