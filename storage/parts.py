"""The parts of an open vault, for the modules of this room that need more than the screens do."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from storage.case_store import CaseStore
from storage.case_writer import CaseWriter
from storage.drafts import Drafts
from storage.ground import Ground
from storage.history import History, Index
from storage.opinions import Opinions
from storage.originals import Originals
from storage.outgoing import Outgoing
from storage.session import Session
from storage.settings import Known, SettingsRow
from storage.space import Space

#: Where a backup is unpacked to be merged.
_INCOMING = "incoming"


class Remembered:
    """What the parts of everyone who is in remember together."""

    def __init__(self, ground: Ground) -> None:
        self.settings, self.index = Known(), Index()
        #: Held while one merges: what is unpacked for it stands in one place.
        self.merging = threading.Lock()
        ground.at_end += [self.settings.forget, self.index.forget]


class Parts:
    """Everything that shares one session. ``remembered`` is what the others who are in have."""

    def __init__(self, session: Session, remembered: Remembered | None = None) -> None:
        self.session, vault_id = session, session.vault_id
        self.remembered = remembered or Remembered(session.ground)
        self.settings = SettingsRow(session, self.remembered.settings)
        self.history = History(session, self.remembered.index)
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
