"""``main.py analyze --save``: readings into the vault."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from core.analysis import Outcome
from core.imaging.review_copy import review_copy
from core.imaging.study import Frame, Study
from core.reading.result import Reading
from storage.clock import device_time
from storage.store import OpenVault
from storage.vault import Case
from ui.terminal.secrets import Secrets
from ui.terminal.vault_door import signed_in


class Keeper:
    """Keeps what was read. Signs in when it is entered, and locks the vault when it is left."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._stack = ExitStack()
        self._vault: OpenVault | None = None

    def __enter__(self) -> Keeper:
        secrets = Secrets(self._options.secret_fd)
        self._vault = self._stack.enter_context(signed_in(self._options, secrets))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def check_space(self, files: Sequence[Path]) -> None:
        """Before a reading: it must be possible to keep it. Raises StorageError."""
        self._open.check_space([file for file in files if file.is_file()])

    def keep(self, outcome: Outcome) -> str | None:
        """Save a reading; the case's id. None for an image that was refused, unless a person
        overrode that.

        Raises OutpostError.
        """
        if outcome.study is None or outcome.reading is None or not outcome.reading.probabilities:
            return None
        case = Case(id=str(uuid.uuid4()), reading=outcome.reading, read_at=device_time())
        picture = review_copy(_told(outcome.study, outcome.reading))
        self._open.save(case, review_copy=picture, originals=outcome.files)
        return case.id

    @property
    def _open(self) -> OpenVault:
        if self._vault is None:
            raise ValueError("not entered yet")
        return self._vault


def _told(study: Study, reading: Reading) -> Frame:
    """The most telling frame."""
    return study.frames[reading.frames[0].index if reading.frames else 0]
