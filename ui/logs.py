"""What the app writes to the terminal: that something went wrong and of which kind, and no more.

Flet logs the errors of handlers with their whole traceback, which quotes messages, and a message
may quote a file's name or what somebody typed.
"""

from __future__ import annotations

import copy
import logging
import sys
from types import TracebackType
from typing import TextIO


class KindOnly(logging.Formatter):
    """A record's text with the type of its error, and without its traceback."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        bare = copy.copy(record)
        bare.exc_text = None  # which another handler may have filled in already
        return super().format(bare)

    def formatException(  # noqa: N802 - the standard library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return ei[0].__name__ if ei[0] else ""


def write_kinds_only(stream: TextIO | None = None) -> logging.Handler:
    """Send warnings and errors of every part to the stream, standard error if none is named.

    Returns the handler, for tests to take off again.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(KindOnly())
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    return handler
