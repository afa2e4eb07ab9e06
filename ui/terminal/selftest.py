"""``main.py selftest``: what every reading needs, tried on this computer."""

from __future__ import annotations

import argparse
import os

from core.reading.reader import Reader
from ui.checkup import Check, Device, Outcome, run_check
from ui.reader_source import shelf_of_this_device
from ui.terminal.vault_door import folder_of

OK, SOME_FAILED = 0, 1


def run_selftest(options: argparse.Namespace) -> int:
    """Every check, a line each; the exit status says whether all that was tried works."""
    device = Device(lambda: Reader(shelf_of_this_device()), folder_of(options), os.environ)
    failed = False
    for check in Check:
        found = run_check(check, device)
        failed = failed or found.outcome is Outcome.FAILED
        said = " ".join(f"{one.text} [{one.code}]" for one in found.said)
        print(f"{check.value:<10} {found.outcome.value:<10} {said}", flush=True)
    return SOME_FAILED if failed else OK
