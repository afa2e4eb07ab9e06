"""The one place where whatever a decoder raises becomes an error for a clinician.

pydicom, Pillow and their plug-ins raise anything on hostile input: ValueError, KeyError,
struct.error, RecursionError, SyntaxError (Pillow's PNG reader), UnicodeDecodeError and more, and
their messages may quote the header or the file's path. So every ``Exception`` is translated here,
its type alone is logged, and the chain is cut (``from None``): a traceback in a log then shows
nothing of the file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure

_log = logging.getLogger(__name__)


@contextmanager
def translating(failure: ImagingFailure, **details: object) -> Iterator[None]:
    """Run code that reads a file nobody has checked; raises only ``ImagingError``."""
    try:
        yield
    except ImagingError:
        raise
    except MemoryError:
        raise ImagingError(ImagingFailure.NOT_ENOUGH_MEMORY) from None
    except Exception as error:  # noqa: BLE001 (the module says why)
        _log.info("%s after %s", failure.code, type(error).__name__)
        raise ImagingError(failure, **details) from None
