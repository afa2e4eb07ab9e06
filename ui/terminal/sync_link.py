"""``main.py sync link``: which pseudonyms stand for the clinic's own codes.

Only whoever has the vault, and so the site's key, can say that. The table that comes out names
patients: it belongs to whoever keeps their charts, and nowhere else.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator

from storage.audit import Action
from storage.durable import export_durably
from storage.store import OpenVault
from ui.terminal.secrets import TerminalError, TerminalFailure

OK = 0
CODE, PSEUDONYM, EPOCH = "code", "pseudonym", "epoch"


def link(options: argparse.Namespace, vault: OpenVault) -> int:
    """Write the table again with a line for each pseudonym. The log tells of it. Raises
    OutpostError."""
    vault.parts.session.supervisors_only()
    try:
        content = options.csv.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise TerminalError(TerminalFailure.NO_CODES) from None
    table = csv.DictReader(io.StringIO(content))
    names = [*(table.fieldnames or [])]
    if CODE not in names:
        raise TerminalError(TerminalFailure.NO_CODES)
    written = io.StringIO()
    writer = csv.DictWriter(written, [*names, PSEUDONYM, EPOCH], extrasaction="ignore")
    writer.writeheader()
    rows = list(_linked(vault, table))
    writer.writerows(rows)
    vault.record(Action.EXPORTED, detail="pseudonyms of codes")
    export_durably(options.output, written.getvalue().encode())
    print(f"{len(rows)} pseudonyms are in {options.output}")
    return OK


def _linked(vault: OpenVault, table: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for row in table:
        try:
            known = vault.pseudonyms(row[CODE] or "")
        except ValueError:  # No letter and no digit: no patient has this code.
            continue
        for each in known:
            yield {**row, PSEUDONYM: each, EPOCH: each.split("-")[0]}
