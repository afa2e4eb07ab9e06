"""``main.py sync``: delivery to the clinic's server, from a terminal."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from core.errors import OutpostError
from core.reading.pack import PackShelf
from core.sync.enrolment import SCOPES, Enrolment, code_of, read_code
from core.sync.known import from_document
from core.sync.worker import Phase, Progress
from core.sync.writing import planned
from storage.failures import StorageError, StorageFailure
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.sync_outbox import SyncOutbox
from storage.sync_quarantine import DropReason, Quarantine
from ui.case_report import manifest_of
from ui.sync_pass import SyncPass, enrol
from ui.terminal.earlier import earlier
from ui.terminal.secrets import Secrets
from ui.terminal.sync_link import link
from ui.terminal.vault_door import signed_in

OK, FAILED = 0, 1


def run_sync(options: argparse.Namespace) -> int:
    """Run one action; the exit status. Raises OutpostError."""
    if options.action == "code":
        print(_made_code(options))
        return OK
    actions: dict[str, Callable[[argparse.Namespace, OpenVault], int]] = {
        "key": _key,
        "enrol": _enrol,
        "status": _status,
        "once": _once,
        "watch": _watch,
        "quarantine": _quarantine,
        "link": link,
        "earlier": earlier,
    }
    # The code is read before the secret, which comes from the same place.
    if options.action == "enrol" and options.code is None:
        print("Paste the enrolment code, then press Enter:", file=sys.stderr, flush=True)
        options.code = sys.stdin.readline()
    with signed_in(options, Secrets(options.secret_fd)) as vault:
        return actions[options.action](options, vault)


def _made_code(options: argparse.Namespace) -> str:
    def text(path: Path | None) -> str:
        return path.read_text(encoding="ascii").strip() if path else ""

    return code_of(
        Enrolment(
            endpoint=options.endpoint,
            client_id=options.client_id,
            token=text(options.token_file),
            scopes=options.scopes or SCOPES,
            authority=text(options.authority),
            pins=tuple(options.pin),
            client_certificate=text(options.client_certificate),
            client_key=text(options.client_key),
        )
    )


def _key(options: argparse.Namespace, vault: OpenVault) -> int:
    keeping = SyncEnrolment(vault.parts.session)
    key = keeping.replace_key() if options.new else keeping.key()
    print(json.dumps({"keys": [key.public_jwk]}, indent=1))
    return OK


def _enrol(options: argparse.Namespace, vault: OpenVault) -> int:
    enrolment = read_code(options.code)
    checked = enrol(vault, enrolment)
    print(f"Enrolled with {enrolment.endpoint} ({checked.software or 'unnamed software'})")
    for lack in checked.lacks:
        print(f"  {lack.say().text}")
    return OK


def _status(options: argparse.Namespace, vault: OpenVault) -> int:
    keeping, outbox = SyncEnrolment(vault.parts.session), SyncOutbox(vault.parts)
    enrolled, state = keeping.current(), keeping.state()
    print(f"server       {enrolled.enrolment.endpoint if enrolled else 'not enrolled'}")
    waiting, oldest = outbox.count(), outbox.oldest()
    since = f", the oldest since {oldest:%Y-%m-%d %H:%M}" if oldest and waiting else ""
    print(f"received     {outbox.received()}")
    print(f"waiting      {waiting}{since}")
    print(f"images       {outbox.pictures()}")
    print(f"quarantine   {Quarantine(vault.parts.session).count()}")
    last = f"{state.last_success:%Y-%m-%d %H:%M}" if state.last_success else "never"
    print(f"last sync    {last}")
    about = from_document(state.about) if state.about else None
    for lack in planned(about.capabilities).lacks if about else ():
        print(f"  {lack.say().text}")
    return OK


def _once(options: argparse.Namespace, vault: OpenVault) -> int:
    def pause(seconds: float) -> bool:
        threading.Event().wait(seconds)
        return False

    last = _told(_passes(vault, pause))
    return OK if last and last.phase is Phase.DONE and not last.quarantined else FAILED


def _watch(options: argparse.Namespace, vault: OpenVault) -> int:
    stop = threading.Event()
    passes = _passes(vault, stop.wait)
    try:
        while True:
            try:
                last = _told(passes)
                wait = last.wait_s if last else 0.0
            except OutpostError as error:
                if isinstance(error, StorageError):
                    raise
                print(f"{error.text} [{error.code}]", file=sys.stderr, flush=True)
                wait = 0.0
            stop.wait(max(wait, options.every * 60))
    except KeyboardInterrupt:
        print("Stopped. What was not sent waits.", file=sys.stderr)
        return OK


def _passes(vault: OpenVault, pause: Callable[[float], bool]) -> SyncPass:
    shelf = PackShelf()
    return SyncPass(vault, lambda reading: manifest_of(reading, shelf), pause)


def _told(passes: SyncPass) -> Progress | None:
    """Run one pass, a line for each change. Its last word."""
    last: Progress | None = None
    for progress in passes.run():
        if last is None or progress != last:
            print(_line(progress), flush=True)
        last = progress
    return last


def _line(progress: Progress) -> str:
    counts = f"{progress.sent} sent, {progress.waiting} waiting"
    if progress.quarantined:
        counts += f", {progress.quarantined} set aside"
    if progress.failure is None:
        return f"{progress.phase.value:<8} {counts}"
    wait = f" Next try in {progress.wait_s:.0f} s." if progress.wait_s else ""
    said = f"{progress.failure.text} [{progress.failure.code}]{wait}"
    return f"{progress.phase.value:<8} {counts}. {said}"


def _quarantine(options: argparse.Namespace, vault: OpenVault) -> int:
    quarantine = Quarantine(vault.parts.session)
    if options.quarantine == "list":
        for each in quarantine.all():
            since = f"{each.since:%Y-%m-%d %H:%M}" if each.since else "?"
            print(f"{each.number:<8} case {each.case_id}  {since}  {each.status}  {each.words}")
        return OK
    asked = options.numbers
    numbers = [each.number for each in quarantine.all()] if asked == ["all"] else _read(asked)
    for number in numbers:
        if options.quarantine == "retry":
            quarantine.retry(number)
        else:
            quarantine.drop(number, DropReason(options.reason))
    print(f"{len(numbers)} done")
    return OK


def _read(numbers: list[str]) -> list[int]:
    if not all(each.isascii() and each.isdecimal() for each in numbers):
        raise StorageError(StorageFailure.NO_SUCH_CASE)
    return list(map(int, numbers))
