"""Space on the device: none is promised that is not there, and originals do not take all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from storage.audit import Action
from storage.durable import device_errors
from storage.failures import StorageError, StorageFailure
from storage.originals import Originals, free_bytes
from storage.outgoing import Outgoing
from storage.session import Session
from storage.settings import Settings

MEGABYTE = 1_000_000
#: Left free before a reading starts: a case with its copies, SQLite's log, and the rest of the
#: device's own needs.
LEAST_FREE_BYTES = 64 * MEGABYTE


class Space:
    """Looks for space, and makes some by removing original files that have served their time."""

    def __init__(self, session: Session, originals: Originals, outgoing: Outgoing) -> None:
        self._session = session
        self._originals = originals
        self._outgoing = outgoing

    def check(self, settings: Settings, paths: Sequence[Path]) -> None:
        """Whether a reading of these files could be kept: ask before it starts.

        Raises StorageError (LOW_SPACE, ORIGINALS_FULL).
        """
        with self._session.reading():
            wanted = _size(paths) if settings.keep_originals else 0
            if free_bytes(self._session.folder) < LEAST_FREE_BYTES + wanted:
                megabytes = (LEAST_FREE_BYTES + wanted) // MEGABYTE + 1
                raise StorageError(StorageFailure.LOW_SPACE, megabytes=megabytes)
            if wanted and wanted > self._left(settings) + self._removable_bytes():
                self._refuse(settings)

    def make(self, settings: Settings, paths: Sequence[Path]) -> None:
        """Make space for these originals, by removing those of cases sent longest ago.

        Raises StorageError (ORIGINALS_FULL) when there is not enough to remove.
        """
        with self._session.reading():
            wanted, sent = _size(paths), self._sent()
            while wanted > self._left(settings):
                if (case_id := next(sent, None)) is None:
                    self._refuse(settings)
                self._remove([case_id])

    def expire(self, settings: Settings) -> int:
        """Remove the originals of cases whose last receipt is old enough. How many files."""
        if settings.originals_days is None:
            return 0
        with self._session.reading():
            last = self._session.clock.now().known - timedelta(days=settings.originals_days)
            return self._remove([case_id for case_id in self._sent() if self._was(case_id, last)])

    def _was(self, case_id: str, last: datetime) -> bool:
        """Whether the last receipt came by then. With a damaged one there is no saying: no."""
        try:
            return max(one.received_at for one in self._outgoing.receipts(case_id)) <= last
        except StorageError:
            return False

    def _remove(self, case_ids: Sequence[str]) -> int:
        """Remove the original files of cases, keys first. How many there were."""
        ids = [one for case_id in case_ids for one in self._files(case_id)]
        if not ids:
            return 0
        with self._session.changing():
            for one in ids:
                self._session.db.execute("DELETE FROM originals WHERE id = ?", [one])
                self._session.note(Action.ORIGINAL_REMOVED, row=one)
        self._session.forget_the_log()
        return self._originals.sweep_files(ids)

    def _files(self, case_id: str) -> list[str]:
        """The ids of a case's files. Of a damaged case none: another may have the only claim."""
        with suppress(StorageError):
            return [str(row[0]) for row in self._originals.of(case_id)]
        return []

    def _sent(self) -> Iterator[str]:
        """Cases with originals of which every copy was sent, the longest ago first."""
        query = (
            "SELECT r.case_id FROM receipts AS r "
            "WHERE r.case_id IN (SELECT case_id FROM originals) "
            "AND r.case_id NOT IN (SELECT case_id FROM outbox) "
            "GROUP BY r.case_id ORDER BY max(r.number)"
        )
        yield from [str(row[0]) for row in self._session.db.execute(query).fetchall()]

    def _removable_bytes(self) -> int:
        sizes: dict[str, int] = {}
        for case_id in self._sent():
            sizes[case_id] = _size([self._originals.folder / one for one in self._files(case_id)])
        return sum(sizes.values())

    def _left(self, settings: Settings) -> int:
        return settings.originals_megabytes * MEGABYTE - self._originals.used_bytes()

    def _refuse(self, settings: Settings) -> NoReturn:
        raise StorageError(StorageFailure.ORIGINALS_FULL, megabytes=settings.originals_megabytes)


def _size(paths: Sequence[Path]) -> int:
    with device_errors():
        return sum(path.stat().st_size for path in paths if path.is_file())
