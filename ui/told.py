"""What is in hand when a report is written: by the app or by ``main.py report``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.reading.manifest import Manifest
from core.reporting.illustration import Illustration
from core.reporting.report import Report


@dataclass(frozen=True)
class Told:
    """All that a form may need. ``files`` are the DICOM files that were read, if any."""

    report: Report
    manifest: Manifest | None
    shown: Illustration | None
    files: tuple[Path, ...] = ()
