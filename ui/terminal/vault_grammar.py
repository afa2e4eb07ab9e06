"""The grammar of ``main.py vault``: arguments only, so that ``--help`` opens no vault."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_vault(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``main.py vault ACTION``."""
    vault = commands.add_parser("vault", help="the encrypted store of cases")
    actions = vault.add_subparsers(dest="action", required=True)
    init = _action(actions, "init", "make a vault with its first supervisor")
    init.add_argument("--name", required=True, help="the first supervisor's name")
    _signed_in(actions, "unlock", "check that the vault opens, and say what is in it")
    _users(actions)
    verify = _signed_in(actions, "verify", "check every seal and the audit log")
    verify.add_argument("--head", type=Path, metavar="FILE", help="a signed head from earlier")
    verify.add_argument("--write-head", type=Path, metavar="FILE", help="keep the signed head")
    _log(actions)
    backup = _signed_in(actions, "backup", "write an encrypted backup")
    _file(backup, "the backup to write")
    backup.add_argument(
        "--passphrase", action="store_true", help="also let a passphrase open it (asked for)"
    )
    backup.add_argument("--originals", action="store_true", help="with the original files")
    restore = _action(actions, "restore", "make a vault of a backup")
    _file(restore, "the backup")
    restore.add_argument("--name", help="on another device: the supervisor who signs in first")
    merge = _signed_in(actions, "merge", "take from a backup what this vault has not")
    _file(merge, "the backup")
    _signed_in(actions, "rotate", "change the vault key")
    _signed_in(actions, "new-site-key", "begin a new epoch of pseudonyms")
    _signed_in(actions, "confirm-clock", "say that the device's clock is right (supervisors)")
    corrections = _signed_in(actions, "export-corrections", "labels for training (supervisors)")
    corrections.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    erase = _action(actions, "erase", "destroy the vault, its keys first")
    erase.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt as JSON")


def add_sign_in(parser: argparse.ArgumentParser) -> None:
    """Who signs in, and how."""
    _place(parser)
    parser.add_argument("--user", metavar="NAME", help="who signs in (needed if several can)")
    parser.add_argument(
        "--recovery-key", action="store_true", help="sign in with the printed recovery key"
    )


def _users(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    people = actions.add_parser("users", help="who may sign in").add_subparsers(
        dest="users", required=True
    )
    _place(people.add_parser("list", help="who may sign in on this device"))
    add = _signed_in(people, "add", "let someone in (supervisors)")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=["clinician", "reviewer", "supervisor"], default="clinician")
    add.add_argument(
        "--new-device", action="store_true", help="with the recovery key: use the vault here"
    )
    remove = _signed_in(people, "remove", "let someone in no more (supervisors)")
    remove.add_argument("name", metavar="NAME")
    _signed_in(people, "change-secret", "choose another PIN or passphrase")
    people_key = _signed_in(people, "recovery-key", "make and print a new recovery key")
    people_key.description = "The former recovery key opens nothing any more."


def _log(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    log = actions.add_parser("log", help="the audit log").add_subparsers(dest="log", required=True)
    _signed_in(log, "show", "print the log")
    _file(_signed_in(log, "export", "write the log, signed"), "the file to write")
    check = log.add_parser("check", help="check an exported log; needs no vault")
    _file(check, "the exported log")
    check.add_argument("--public-key", metavar="HEX", help="the device's key, as verify shows it")
    check.add_argument("--head", type=Path, metavar="FILE", help="a signed head from earlier")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, told: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=told)
    _place(parser)
    return parser


def _signed_in(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, told: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=told)
    add_sign_in(parser)
    return parser


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vault", type=Path, metavar="DIR", help="the vault's folder")
    parser.add_argument(
        "--secret-fd", type=_descriptor, metavar="N", help="read secrets from this descriptor"
    )


def _file(parser: argparse.ArgumentParser, told: str) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=told)


def _descriptor(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError("the number of an open file descriptor")
    return int(text)
