"""From an error to what may be said about it."""

from __future__ import annotations

import logging

from core.errors import OutpostError
from core.sentences import Statement
from ui.words import Trouble

_log = logging.getLogger("outpost.ui")


def statement_of(error: Exception) -> Statement:
    """The error's own sentence; for an unexpected one ours, and its type alone in the log: a
    message may quote a file, a name or a code."""
    if isinstance(error, OutpostError):
        return error.statement
    _log.error("%s: %s", Trouble.NOT_DONE.code, type(error).__name__)
    return Trouble.NOT_DONE.say()
