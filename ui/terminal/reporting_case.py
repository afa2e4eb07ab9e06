"""``main.py report CASE``: what the vault holds of a case, ready to be written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from core.reading.reader import Reader
from core.reporting.illustration import illustrate_copy
from storage.audit import Action
from storage.store import OpenVault
from ui.case_report import manifest_of, report_of
from ui.terminal.secrets import Secrets
from ui.terminal.told import Told
from ui.terminal.vault_door import signed_in


@contextmanager
def told_of(options: argparse.Namespace, case_id: str, forms: Sequence[str]) -> Iterator[Told]:
    """The case, for as long as it is being written; the log keeps in which forms it was. Raises
    OutpostError."""
    with signed_in(options, Secrets(options.secret_fd)) as vault:
        case = vault.case(case_id)
        manifest = manifest_of(case.reading, Reader(threads=options.threads).shelf)
        report = report_of(
            case,
            manifest,
            people=vault.users(),
            clinic=vault.settings().clinic_name,
            labelled_at=_last_changed(vault, case_id),
            was_sent=vault.receipts(case_id),
        )
        copy = vault.review_copy(case_id)
        shown = illustrate_copy(copy, case.reading, manifest) if copy else None
        vault.record(Action.EXPORTED, row=case_id, detail=f"report: {', '.join(forms)}")
        yield Told(report, manifest, shown)


def _last_changed(vault: OpenVault, case_id: str) -> datetime:
    changes = (Action.SAVED, Action.EDITED)
    entries = [each for each in vault.log() if each.row == case_id and each.action in changes]
    return entries[-1].moment.known
