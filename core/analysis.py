"""Files in, outcomes out: what the command line prints and the app shows, one per image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.errors import OutpostError
from core.imaging.framed import frame_study
from core.imaging.framing import PLAIN, Framing
from core.imaging.opening import find_series, open_study
from core.imaging.study import Study
from core.reading.reader import Reader, Request, Stopwatch
from core.reading.result import Reading, Verdict
from core.sentences import Statement


class Status(StrEnum):
    """How it ended for one image or series."""

    READ = "read"
    REJECTED = "rejected"
    ERROR = "error"


@dataclass(frozen=True)
class Outcome:
    """One image or series: ``files`` as they were given, then a reading or an error.

    ``study`` is kept for pictures and reports; None when the files did not open.
    """

    files: tuple[Path, ...]
    reading: Reading | None
    error: Statement | None
    study: Study | None = None

    @property
    def status(self) -> Status:
        if self.reading is None:
            return Status.ERROR
        return Status.REJECTED if self.reading.verdict is Verdict.REJECTED else Status.READ


def find_studies(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """What to read, in the order given: a file named alone is read alone, a folder is walked
    and its DICOM files are grouped into series."""
    for path in paths:
        try:
            is_folder = path.is_dir()
        except OSError:
            is_folder = False  # opening it will say what is wrong
        if is_folder:
            yield from (tuple(files) for files in find_series(path))
        else:
            yield (path,)


def analyze(
    files: Sequence[Path], reader: Reader, request: Request, framing: Framing = PLAIN
) -> Outcome:
    """Open, frame and read one image or series. Errors become part of the outcome, so that the rest
    of a batch goes on; ``ReadingCancelled`` does not."""
    study: Study | None = None
    watch = Stopwatch()
    try:
        with watch.phase("decode"):
            study = frame_study(open_study(list(files)), framing)
        reading = reader.read(study, request)
    except OutpostError as error:
        return Outcome(tuple(files), None, error.statement, study)
    opened = watch.timing()
    timing = replace(
        reading.timing, decode=reading.timing.decode + opened.decode, total=opened.total
    )
    return Outcome(tuple(files), replace(reading, timing=timing), None, study)
