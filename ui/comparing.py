"""Two studies of one patient, side by side: which there are, and the two that were chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from core.errors import OutpostError
from storage.history import Filter
from storage.store import OpenVault
from ui.case_views import CaseLine, case_line
from ui.case_work import kept_case, naming
from ui.front_desk import FrontDesk
from ui.read_case import Case, Comparison, Others
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader
    from ui.state import AppState

T = TypeVar("T")
#: Cases offered to compare with. More than this are rare, and the history has them.
MOST = 12


class Comparing:
    """What a person may compare the case on the screen with."""

    def __init__(self, state: AppState, front: FrontDesk, reader: Callable[[], Reader]) -> None:
        self._state, self._front, self._reader = state, front, reader
        front.locked.append(self.end)

    async def look(self) -> None:
        """Find the patient's other cases. The log keeps nothing of it: none is opened."""
        case = self._state.kept
        if case is None or case.kept is None or case.kept.pseudonym is None:
            return
        patient, case_id = case.kept.pseudonym, case.id
        lines = await self._asked(lambda vault: self._others(vault, patient, case_id))
        if lines is not None and self._state.case_id == case_id:
            self._state.others = Others(case_id, lines)

    async def with_case(self, other_id: str) -> None:
        """Show another case beside the one on the screen. The log keeps that it was opened."""
        case = self._state.kept
        if case is None or case.read_at is None:
            return
        other = await self._asked(lambda vault: self._opened(vault, other_id))
        if other is not None and self._state.kept is case:
            self._state.compared = Comparison(*sorted((case, other), key=_time))

    def end(self) -> None:
        """Back to the one case."""
        self._state.compared, self._state.others = None, None

    def put_down(self) -> None:
        """Back to the one case, and what it may be compared with."""
        self._state.compared = None

    def _others(self, vault: OpenVault, patient: str, case_id: str) -> tuple[CaseLine, ...]:
        page = vault.history(Filter(pseudonym=patient), limit=MOST + 1)
        named = naming(self._reader())
        others = [line for line in page.lines if line.id != case_id]
        return tuple(case_line(line, named) for line in others[:MOST])

    def _opened(self, vault: OpenVault, case_id: str) -> Case:
        return kept_case(vault.case(case_id), vault.review_copy(case_id), self._reader())

    async def _asked(self, work: Callable[[OpenVault], T]) -> T | None:
        """None when it went wrong, which is said."""
        try:
            vault = self._front.vault
            return await asyncio.to_thread(work, vault)
        except OutpostError as error:
            self._state.trouble = error.statement
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._state.trouble = statement_of(error)
        return None


def _time(case: Case) -> float:
    return case.read_at.timestamp() if case.read_at else 0.0
