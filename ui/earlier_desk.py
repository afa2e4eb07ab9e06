"""Earlier reports of one patient, as the clinic's server has them: shown, and never kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.reading.result import Verdict
from core.sync.earlier import earlier_reports
from storage.store import OpenVault
from ui import archive_words, case_words, words
from ui.archive_views import EarlierLine, EarlierView
from ui.case_views import Naming, moment
from ui.case_work import naming
from ui.front_desk import FrontDesk
from ui.second_opinions import clinic_server
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader
    from core.reporting.report import Report
    from ui.state import AppState


class EarlierDesk:
    """One session's questions to the server."""

    def __init__(self, state: AppState, front: FrontDesk, reader: Callable[[], Reader]) -> None:
        self._state, self._front, self._reader = state, front, reader
        front.locked.append(self._forget)

    async def look(self) -> None:
        """Ask for the patient of the case on the screen, by the pseudonym alone."""
        state, case = self._state, self._state.kept
        if case is None or case.kept is None or case.kept.pseudonym is None:
            return
        vault, pseudonym, case_id = self._front.vault, case.kept.pseudonym, case.id
        asked = EarlierView(case_id, state.sync.address)
        state.trouble, state.told, state.earlier = None, "", asked
        try:
            lines = await asyncio.to_thread(self._asked, vault, pseudonym, case_id)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            if state.earlier is asked:  # Else the vault was locked, or another case is looked at.
                state.earlier, state.trouble = None, statement_of(error)
            return
        if state.earlier is asked:
            state.earlier = replace(asked, lines=lines)

    def _asked(self, vault: OpenVault, pseudonym: str, case_id: str) -> tuple[EarlierLine, ...]:
        named = naming(self._reader())
        with clinic_server(vault) as server:
            found = earlier_reports(server, pseudonym)
        return tuple(_line(each, named) for each in found if each.case_id != case_id)

    def _forget(self) -> None:
        self._state.earlier = None


def _line(report: Report, named: Naming) -> EarlierLine:
    """A report in words. It names no one."""
    reading, said = report.reading, report.confirmation
    title = words.VERDICTS[reading.verdict]
    if reading.finding and reading.verdict is not Verdict.REJECTED:
        finding = named(reading.pack.id if reading.pack else None, reading.finding)
        title = case_words.LINE.format(verdict=title, finding=finding)
    standing = (
        archive_words.EARLIER_STANDING[said.agreement] if said else archive_words.EARLIER_UNVERIFIED
    )
    return EarlierLine(reading.verdict, title, moment(report.read_at.known), standing)
