"""From an error to what may be said about it, and what went wrong lately."""

from __future__ import annotations

import logging
from collections import deque

from core.errors import OutpostError
from core.sentences import Statement
from storage.clock import device_time
from ui.words import Trouble

_log = logging.getLogger("outpost.ui")
#: When, and which code: what a report about a problem may hold. Of this run of the program only.
_recent: deque[str] = deque(maxlen=40)


def statement_of(error: Exception) -> Statement:
    """The error's own sentence; for an unexpected one ours, and its type alone in the log: a
    message may quote a file, a name or a code."""
    if isinstance(error, OutpostError):
        remember(error.statement)
        return error.statement
    _log.error("%s: %s", Trouble.NOT_DONE.code, type(error).__name__)
    said = Trouble.NOT_DONE.say()
    remember(said, type(error).__name__)
    return said


def remember(statement: Statement, kind: str = "") -> None:
    """Keep that this was said: its code and, of an unexpected error, its type."""
    _recent.append(f"{device_time():%H:%M:%S} {statement.code} {kind}".rstrip())


def recent_troubles() -> list[str]:
    """What went wrong lately in this program, the oldest first."""
    return list(_recent)
