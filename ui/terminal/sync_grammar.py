"""The grammar of ``main.py sync``: arguments only, so that ``--help`` opens no vault."""

from __future__ import annotations

import argparse
from pathlib import Path

from ui.terminal.vault_grammar import add_sign_in

#: ``storage.sync_quarantine.DropReason`` but for the one that the app gives by itself.
REASONS = ("test_case", "wrong_patient", "told_otherwise")


def add_sync(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``main.py sync ACTION``."""
    sync = commands.add_parser("sync", help="send results to the clinic's server")
    actions = sync.add_subparsers(dest="action", required=True)
    _code(actions)
    key = _signed_in(actions, "key", "print the device's public key, to be registered (JWK)")
    key.add_argument("--new", action="store_true", help="make another key first (supervisors)")
    enrol = _signed_in(actions, "enrol", "check an enrolment code and keep it (supervisors)")
    enrol.add_argument("code", metavar="CODE", nargs="?", help="left out: read from the input")
    _signed_in(actions, "status", "what waits, since when, and what was refused; asks no server")
    _signed_in(actions, "once", "send what waits; the exit status says whether all was taken")
    watch = _signed_in(actions, "watch", "send what waits, again and again, until interrupted")
    watch.add_argument("--every", type=_minutes, default=5.0, metavar="MINUTES")
    _quarantine(actions)
    earlier = _signed_in(actions, "earlier", "the server's other reports on a case's patient")
    earlier.add_argument("case", metavar="CASE", help="the case's id")
    link = _signed_in(actions, "link", "pseudonyms of the clinic's own codes (supervisors)")
    link.add_argument("csv", type=Path, metavar="CSV", help="a table with a column named code")
    link.add_argument("--output", type=Path, required=True, metavar="FILE")


def _code(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    code = actions.add_parser("code", help="make an enrolment code; needs no vault")
    code.add_argument("endpoint", metavar="URL", help="the base of the server's FHIR addresses")
    who = code.add_mutually_exclusive_group()
    who.add_argument("--client-id", default="", help="as the device is registered at the server")
    who.add_argument("--token-file", type=Path, metavar="FILE", help="a token that never changes")
    code.add_argument("--scopes", help="other permissions than the fewest that are needed")
    code.add_argument("--authority", type=Path, metavar="PEM", help="the clinic's own authority")
    code.add_argument(
        "--pin",
        action="append",
        default=[],
        metavar="SHA256",
        help="the server's public key in base 64; twice at least, so that it can be replaced",
    )
    code.add_argument("--client-certificate", type=Path, metavar="PEM", help="for mutual TLS")
    code.add_argument("--client-key", type=Path, metavar="PEM", help="for mutual TLS")


def _quarantine(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = actions.add_parser("quarantine", help="what the server refused, and what to do with it")
    doing = about.add_subparsers(dest="quarantine", required=True)
    _signed_in(doing, "list", "every entry with the server's words")
    retry = _signed_in(doing, "retry", "let entries be sent again")
    retry.add_argument("numbers", nargs="+", metavar="NUMBER|all")
    drop = _signed_in(doing, "drop", "never send an entry; the case stays in the vault")
    drop.add_argument("numbers", nargs="+", metavar="NUMBER")
    drop.add_argument("--reason", choices=REASONS, required=True)


def _signed_in(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, told: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=told)
    add_sign_in(parser)
    return parser


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a number of minutes") from error
    if not 0 < minutes <= 1440:
        raise argparse.ArgumentTypeError("from just above 0 to 1440 minutes")
    return minutes
