"""``main.py vault users``: who may sign in."""

from __future__ import annotations

import argparse

from storage.door import Door
from storage.key_file import Role
from storage.stretching import calibrate
from ui.terminal.secrets import Secrets
from ui.terminal.vault_door import device_here, existing, named, signed_in


def users(options: argparse.Namespace, secrets: Secrets) -> None:
    """Run one of the sub-commands. Raises OutpostError."""
    actions = {
        "list": _list,
        "add": _add,
        "remove": _remove,
        "change-secret": _change_secret,
        "recovery-key": _recovery_key,
    }
    actions[options.users](options, secrets)


def print_recovery_key(key: str) -> None:
    """The only time that it is seen."""
    print("Recovery key. Write it down on paper and lock it away. It is not shown again:")
    print(f"\n    {key}\n")


def _list(options: argparse.Namespace, secrets: Secrets) -> None:
    folder = existing(options)
    for user in Door(folder, device_here(folder)).users():
        print(f"{user.role.value:<11} {user.name}")


def _add(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        secret = secrets.choose(f"New PIN or passphrase of {options.name}")
        user = vault.add_user(options.name, Role(options.role), secret, calibrate())
        print(f"{user.name} may sign in now, as {user.role.value}.")


def _remove(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        user = named(vault.users(), options.name)
        vault.remove_user(user.id)
        print(f"{user.name} cannot sign in any more, and the vault key was changed.")


def _change_secret(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        current = secrets.ask("Present PIN or passphrase, once more")
        secret = secrets.choose("New PIN or passphrase")
        vault.change_secret(current, secret, calibrate())
        print("The new one is in force.")


def _recovery_key(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        print_recovery_key(vault.new_recovery_key())
