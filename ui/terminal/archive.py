"""``main.py pacs``: find, fetch and store at a hospital's archive."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.pacs.answers import FoundStudy
from core.pacs.failures import PacsError, PacsFailure
from core.pacs.server import Pacs, Transport
from storage.durable import device_errors
from ui.terminal.secrets import Secrets, TerminalError, TerminalFailure

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def run_pacs(options: argparse.Namespace) -> int:
    """Run one action; the exit status. Raises OutpostError."""
    actions = {"find": _find, "fetch": _fetch, "store": _store}
    with _opened(options) as pacs:
        return actions[options.action](pacs, options)


def _opened(options: argparse.Namespace) -> Pacs:
    secrets = Secrets(options.secret_fd)
    token = secrets.ask("Token") if options.token else None
    sign_in = None
    if options.user and not options.token:
        sign_in = (options.user, secrets.ask(f"Password of {options.user}"))
    transport = Transport.PLAIN_ALLOWED if options.plain_http else Transport.ENCRYPTED
    return Pacs(
        options.address,
        sign_in=sign_in,
        token=token,
        authority=options.authority,
        transport=transport,
    )


def _searched(pacs: Pacs, options: argparse.Namespace) -> list[FoundStudy] | None:
    """The studies searched for; None when nothing was said to search for."""
    if not (options.accession or options.patient or options.date):
        print("Say what to search for: --accession, --patient or --date.", file=sys.stderr)
        return None
    return pacs.find(accession=options.accession, patient_id=options.patient, date=options.date)


def _find(pacs: Pacs, options: argparse.Namespace) -> int:
    found = _searched(pacs, options)
    if found is None:
        return WRONG_USAGE
    for study in found:
        print(json.dumps(_fields(study, options)) if options.json else _line(study, options))
    if not found:
        print("The archive has no such study.", file=sys.stderr)
    return OK if found else SOME_FAILED


def _fields(study: FoundStudy, options: argparse.Namespace) -> dict[str, object]:
    """What a program reads of a study: the patient only where that was asked for."""
    named = {"patient_id": study.patient_id, "patient_name": study.patient_name}
    return {
        "study_uid": study.study_uid,
        "accession": study.accession,
        "date": study.date,
        "modalities": list(study.modalities),
        "instances": study.instances,
    } | (named | {"description": study.description} if options.names else {})


def _line(study: FoundStudy, options: argparse.Namespace) -> str:
    files = "" if study.instances is None else f"{study.instances} files"
    parts = [study.study_uid, study.date, "/".join(study.modalities), study.accession, files]
    if options.names:
        parts += [study.patient_id, study.patient_name, study.description]
    return "  ".join(part for part in parts if part)


def _fetch(pacs: Pacs, options: argparse.Namespace) -> int:
    uid, options.names = options.study, False
    if uid is None:
        found = _searched(pacs, options)
        if found is None:
            return WRONG_USAGE
        if len(found) != 1:
            if not found:
                raise PacsError(PacsFailure.PACS_NOT_FOUND)
            print("Several studies fit. Say which, with --study:", file=sys.stderr)
            print(*(_line(each, options) for each in found), sep="\n", file=sys.stderr)
            return WRONG_USAGE
        uid = found[0].study_uid
    with device_errors():
        if options.out.exists() and any(options.out.iterdir()):
            print("The folder is not empty. Choose another.", file=sys.stderr)
            return WRONG_USAGE
        files = pacs.fetch(uid, options.out)
    print(f"{len(files)} files are in {options.out}. They name the patient.")
    return OK


def _store(pacs: Pacs, options: argparse.Namespace) -> int:
    receipt = pacs.store([_content(path) for path in options.files])
    for uid in receipt.kept:
        print(f"kept     {uid}")
    for refused in receipt.refused:
        reason = "" if refused.reason is None else f"  (reason {refused.reason:#06x})"
        print(f"refused  {refused.instance_uid}{reason}", file=sys.stderr)
    return OK if receipt.is_complete else SOME_FAILED


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise TerminalError(TerminalFailure.CANNOT_READ) from None
