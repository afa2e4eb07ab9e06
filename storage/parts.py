"""The parts of an open vault, for the modules of this room that need more than the screens do."""

from __future__ import annotations

import shutil
from pathlib import Path

from storage.case_store import CaseStore
from storage.case_writer import CaseWriter
from storage.drafts import Drafts
from storage.history import History
from storage.opinions import Opinions
from storage.originals import Originals
from storage.outgoing import Outgoing
from storage.session import Session
from storage.settings import SettingsRow
from storage.space import Space

#: Where a backup is unpacked to be merged.
_INCOMING = "incoming"


class Parts:
    """Everything that shares one session."""

    def __init__(self, session: Session, vault_id: str) -> None:
        self.session = session
        self.settings = SettingsRow(session)
        self.history = History(session)
        self.outgoing = Outgoing(session)
        self.opinions = Opinions(session)
        self.originals = Originals(session, vault_id)
        self.drafts = Drafts(session, vault_id)
        self.space = Space(session, self.originals, self.outgoing)
        self.writer = CaseWriter(
            session, self.settings, self.outgoing, self.originals, self.opinions
        )
        self.cases = CaseStore(
            session, self.settings, self.history, self.originals, self.space, self.writer
        )

    @property
    def incoming(self) -> Path:
        """The folder in which a backup waits to be merged. What is in it is sealed."""
        return self.session.folder / _INCOMING

    def clear_incoming(self) -> None:
        """Remove what a merge left that was cut short."""
        shutil.rmtree(self.incoming, ignore_errors=True)
