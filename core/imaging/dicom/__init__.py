"""Open DICOM. Imported only when a DICOM file is met: pydicom takes a while to load.

pydicom quotes header values (names, dates) in its warnings and log records. They are silenced
once, here, for the whole process, so that no log of ours can hold them; pydicom's validation of
values, which only feeds those warnings, is switched off with them.
"""

from __future__ import annotations

import logging
import warnings

import pydicom.config


def _silence_pydicom() -> None:
    log = logging.getLogger("pydicom")
    log.propagate = False
    log.handlers[:] = [logging.NullHandler()]
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


_silence_pydicom()
