"""``main.py sync earlier CASE``: what the clinic's server has on the same patient."""

from __future__ import annotations

import argparse
import sys

from core.reporting.report import Report
from core.reporting.wording import percent
from core.sync.earlier import earlier_reports
from storage.store import OpenVault
from ui.second_opinions import clinic_server

OK, NOTHING = 0, 1


def earlier(options: argparse.Namespace, vault: OpenVault) -> int:
    """Show the earlier reports of a case's patient, the newest first; the exit status. Raises
    OutpostError."""
    case = vault.case(options.case)
    if case.pseudonym is None:
        print(
            "The case names no patient, so there is nothing to look for. Write the clinic's code "
            "into the case first.",
            file=sys.stderr,
        )
        return NOTHING
    with clinic_server(vault) as server:
        found = [
            each for each in earlier_reports(server, case.pseudonym) if each.case_id != options.case
        ]
    for each in found:
        print(line_of(each))
    if not found:
        print("The server has no other report on this patient.", file=sys.stderr)
    return OK if found else NOTHING


def line_of(report: Report) -> str:
    """One report in a line: day, verdict, most probable finding, pack, and what a clinician said
    of it. It names no one."""
    reading = report.reading
    parts = [f"{report.read_at.known:%Y-%m-%d %H:%M}", f"{reading.verdict.value:<9}"]
    if reading.probabilities:
        top = reading.finding or max(
            reading.probabilities, key=lambda each: reading.probabilities[each]
        )
        parts.append(f"{top} ({percent(reading.probabilities[top])})")
    if reading.pack:
        parts.append(f"{reading.pack.id} {reading.pack.version}")
    said = report.confirmation.agreement.value if report.confirmation else "not confirmed"
    return "  ".join([*parts, said, f"case {report.case_id}"])
