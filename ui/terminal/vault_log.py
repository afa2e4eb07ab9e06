"""``main.py vault verify`` and ``main.py vault log``: is all as it was left, and who did what?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from storage import log_head
from storage.durable import export_durably
from storage.failures import StorageError, StorageFailure
from storage.log_export import check_log
from storage.log_head import SignedHead
from storage.store import OpenVault
from ui.terminal.secrets import Secrets, TerminalError, TerminalFailure
from ui.terminal.vault_door import signed_in


def verify(options: argparse.Namespace, secrets: Secrets) -> bool:
    """Check all, and say what was found. Whether all is well. Raises OutpostError."""
    earlier = None if options.head is None else _head(options.head)
    with signed_in(options, secrets) as vault:
        faults = vault.verify()
        for fault in faults:
            print(f"{fault.kind.value:<10} {fault.table:<14} {fault.row}")
        cut = earlier is not None and not vault.still_holds(earlier)
        if cut:
            print(f"cut        audit          before entry {earlier.head.number if earlier else 0}")
        head = vault.signed_head()
        if options.write_head is not None:
            _write(options.write_head, json.dumps(head.document(), indent=1) + "\n")
    if not faults and not cut:
        print("All is as it was left.")
    print(f"log head   {head.head.number} {head.head.hash}")
    print(f"signed by  {head.public_key.hex()}")
    return not faults and not cut


def log(options: argparse.Namespace, secrets: Secrets) -> bool:
    """Show, export or check the log. Whether all is well. Raises OutpostError."""
    if options.log == "check":
        return _check(options)
    with signed_in(options, secrets) as vault:
        if options.log == "show":
            _show(vault)
        else:
            head = vault.export_log(options.file)
            print(f"{head.head.number} entries, signed by {head.public_key.hex()}")
    return True


def _show(vault: OpenVault) -> None:
    names = {entry.row or entry.user: entry.detail for entry in vault.log() if entry.detail}
    names |= {user.id: user.name for user in vault.users()}
    for entry in vault.log():
        moment = entry.moment.known.isoformat(timespec="seconds")
        who = names.get(entry.user, entry.user) or "recovery key"
        told = entry.detail or names.get(entry.row, entry.row)
        count = str(entry.count) if entry.count else ""
        flag = "" if entry.moment.flag == "fine" else f"clock {entry.moment.flag.value}"
        words = " ".join(filter(None, (told, count, flag)))
        print(f"{entry.number:>6} {moment} {entry.action.value:<20} {who:<16} {words}".rstrip())


def _check(options: argparse.Namespace) -> bool:
    key = None if options.public_key is None else _key(options.public_key)
    earlier = None if options.head is None else _head(options.head)
    found = check_log(options.file, key, earlier)
    what = "Consistent in itself" if key is None else "Genuine"
    print(f"{what}: {found.entries} entries, signed by {found.head.public_key.hex()}")
    if key is None:
        print("Anyone can sign a log of their own. Compare this key with the device's.")
    for number in found.altered:
        print(f"altered    audit          {number}")
    return not found.altered


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error


def _head(path: Path) -> SignedHead:
    try:
        return log_head.parsed(json.loads(path.read_bytes()))
    except OSError as error:
        raise TerminalError(TerminalFailure.CANNOT_READ) from error
    except (ValueError, RecursionError) as error:
        raise StorageError(StorageFailure.LOG_NOT_GENUINE) from error


def _write(path: Path, text: str) -> None:
    export_durably(path, text.encode())
