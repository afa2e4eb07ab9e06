"""``main.py vault``: the encrypted store of cases, from a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from storage import device_file
from storage.backup import Contents, NewSupervisor, restore, restore_for, write_backup
from storage.corrections import export_corrections
from storage.device_secret import secret_file
from storage.door import create
from storage.durable import export_durably
from storage.erasing import erase
from storage.merging import merge
from storage.stretching import calibrate
from ui.terminal.secrets import Secrets, TerminalError, TerminalFailure
from ui.terminal.vault_door import existing, folder_of, signed_in
from ui.terminal.vault_log import log, verify
from ui.terminal.vault_people import print_recovery_key, users

OK, FAILED = 0, 1


def run_vault(options: argparse.Namespace) -> int:
    """Run one action; the exit status. Raises OutpostError."""
    secrets = Secrets(options.secret_fd) if hasattr(options, "secret_fd") else Secrets(None)
    if options.action == "verify":
        return OK if verify(options, secrets) else FAILED
    if options.action == "log":
        return OK if log(options, secrets) else FAILED
    if options.action == "erase":
        return _erase(options)
    actions: dict[str, Callable[[argparse.Namespace, Secrets], None]] = {
        "init": _init,
        "unlock": _unlock,
        "users": users,
        "backup": _backup,
        "restore": _restore,
        "merge": _merge,
        "rotate": _rotate,
        "new-site-key": _new_site_key,
        "confirm-clock": _confirm_clock,
        "export-corrections": _export_corrections,
    }
    actions[options.action](options, secrets)
    return OK


def _init(options: argparse.Namespace, secrets: Secrets) -> None:
    folder = folder_of(options)
    secret = secrets.choose(f"New passphrase of {options.name}")
    device = device_file.make_device(secret_file(folder))
    key = create(folder, options.name, secret, device, calibrate())
    print(f"The vault is at {folder}")
    print_recovery_key(key)


def _unlock(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        user = vault.user()
        who = f"{user.name}, {user.role.value}" if user else "recovery key"
        print(f"It opens. Signed in: {who}")
        if tries := vault.log()[-1].count:
            print(f"Wrong tries since this person was last here: {tries}")


def _backup(options: argparse.Namespace, secrets: Secrets) -> None:
    both = Contents.CASES_AND_ORIGINALS
    with signed_in(options, secrets) as vault:
        write_backup(
            vault,
            options.file,
            passphrase=secrets.choose("Passphrase of the backup") if options.passphrase else None,
            contents=both if options.originals else Contents.CASES,
            cost=calibrate(),
        )
    also = " and its passphrase open" if options.passphrase else " opens"
    print(f"The backup is written and was read again. The recovery key{also} it.")


def _restore(options: argparse.Namespace, secrets: Secrets) -> None:
    folder = folder_of(options)
    here = secret_file(folder).exists()
    if not here and options.name is None:
        raise TerminalError(TerminalFailure.WHO_IS_FIRST)
    secret = secrets.ask("Recovery key, or the backup's passphrase")
    if options.name is None:
        restore(options.file, folder, secret)
    else:
        chosen = secrets.choose(f"New passphrase of {options.name}")
        device = device_file.make_device(secret_file(folder))
        person = NewSupervisor(options.name, device, calibrate(), chosen)
        restore_for(options.file, folder, secret, person)
    print(f"The vault is at {folder}")


def _merge(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        secret = secrets.ask("Recovery key of the backup, or its passphrase")
        for word, count in asdict(merge(vault, options.file, secret)).items():
            print(f"{word.replace('_', ' '):<12} {count}")


def _rotate(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        vault.rotate()
    print("The vault key was changed.")


def _new_site_key(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        epoch = vault.replace_site_key()
    print(f"New pseudonyms begin with {epoch}-. The former ones can still be matched.")


def _confirm_clock(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        shown = vault.confirm_clock()
    print(f"This device's clock is taken to be right: {shown.isoformat(timespec='minutes')}")


def _export_corrections(options: argparse.Namespace, secrets: Secrets) -> None:
    with signed_in(options, secrets) as vault:
        found = export_corrections(vault, options.folder)
    print(f"{found.cases} labelled cases, {found.pictures} with a picture, are in {options.folder}")
    print(f"Cases without a label: {found.unlabelled}")
    print(f"Labels from second opinions: {found.second_opinions}")
    if found.unseen:
        print(
            f"Pictures that stayed, for nobody has looked at them for writing: {found.unseen}. "
            "Open these cases in the app and look."
        )


def _erase(options: argparse.Namespace) -> int:
    """Needs no signing in: a vault that cannot be opened must be erasable too."""
    folder = existing(options)
    print(f"This destroys the vault at {folder} for good. Nobody can bring it back.")
    word = folder.name
    if not _typed("ERASE") or not _typed(word):
        print("Nothing was erased.", file=sys.stderr)
        return FAILED
    receipt = erase(folder, lambda: device_file.destroy(secret_file(folder)))
    print(receipt.text(), end="")
    if not receipt.device_secret:
        print(
            "The device's part of the keys was not in a file here. If the app keeps it in the "
            "system's key store, erase it there too.",
            file=sys.stderr,
        )
    if options.receipt is not None:
        _keep(options.receipt, receipt.text())
    return OK


def _typed(word: str) -> bool:
    print(f"Type {word} to go on: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == word


def _keep(path: Path, text: str) -> None:
    export_durably(path, text.encode())
