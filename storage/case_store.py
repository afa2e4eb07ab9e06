"""Keeping cases: everything of one save is sealed, logged and queued in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from storage import summary
from storage.audit import LEAVES_A_ROW, Action
from storage.case_writer import CaseWriter, Former
from storage.durable import device_errors
from storage.failures import StorageError, StorageFailure
from storage.faults import sha256
from storage.history import History
from storage.originals import Originals, SealedFile
from storage.rows import (
    CASES,
    OWN_KEY,
    attached_to,
    opened_case,
    opened_row,
)
from storage.session import Session
from storage.settings import SettingsRow
from storage.space import Space
from storage.vault import Case, Page

LARGEST_REVIEW_COPY = 512 * 1024
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_ROWS_OF_A_CASE = (
    ("cases", "id"),
    ("summaries", "id"),
    ("review_copies", "id"),
    ("outbox", "case_id"),
    ("receipts", "case_id"),
    ("opinions", "case_id"),
    ("quarantine", "case_id"),
    ("pictures_waiting", "case_id"),
)


class CaseStore:
    """Saves, opens and destroys cases with what hangs on them."""

    def __init__(
        self,
        session: Session,
        settings: SettingsRow,
        history: History,
        originals: Originals,
        space: Space,
        writer: CaseWriter,
    ) -> None:
        self._session = session
        self._settings = settings
        self._history = history
        self._originals = originals
        self._space = space
        self._writer = writer

    def save(self, case: Case, review_copy: bytes | None, originals: Sequence[Path]) -> Case:
        """Keep the case. Returns it as it was kept. Raises StorageError, ValueError."""
        _check_picture(review_copy)
        settings = self._settings.careful()
        if not settings.keep_review_copies:
            review_copy = None
        files: list[SealedFile] = []
        if originals and settings.keep_originals:
            self._space.make(settings, originals)
            files = self._originals.seal_files(originals)
        try:
            with self._session.reading():
                number, case = self._put(case, review_copy, files)
                self._history.saw(summary.read(number, case.id, summary.written(case)))
                return case
        except BaseException:
            self._originals.discard(files)
            raise
        finally:
            self._originals.settle(files)

    def _put(
        self, case: Case, review_copy: bytes | None, files: Sequence[SealedFile]
    ) -> tuple[int, Case]:
        """The number and the case as it was kept, in one transaction."""
        with self._session.changing():
            former = self._writer.former(case.id)
            if former and former.is_older:
                raise StorageError(StorageFailure.ROW_DAMAGED)  # Saving would make it genuine.
            self._expect_unchanged(case, former)
            case = self._writer.complete(case, former.case if former else None)
            number = self._writer.put(case, former, review_copy, files)
            if former is None and _is_overridden(case):
                self._session.note(Action.OVERRIDDEN, row=case.id)
        return number, replace(case, version=former.version + 1 if former else 1)

    def open(self, case_id: str) -> Case:
        """The case; the log tells of it. Raises StorageError (NO_SUCH_CASE, ROW_DAMAGED)."""
        with self._session.changing():
            case = opened_case(self._session.keyring, self._present_row(case_id))
            self._session.note(Action.VIEWED, row=case_id)
            return case

    def review_copy(self, case_id: str) -> bytes | None:
        """The picture kept with the case; None when there is none. Raises StorageError."""
        with self._session.reading():
            attached = attached_to(self._session.keyring, self._present_row(case_id))
            if not attached.review_copy:
                return None
            query = f"SELECT {OWN_KEY} FROM review_copies WHERE id = ?"
            row = self._session.db.execute(query, [case_id]).fetchone()
            if row is None or sha256(row[-1]) != attached.review_copy:
                raise StorageError(StorageFailure.ROW_DAMAGED)
            return opened_row(self._session.keyring, ("review_copies", case_id), row)

    def checked_picture(self, case_id: str) -> bytes | None:
        """The picture kept with the case, where a person has looked at it for writing; None where
        there is none or nobody has. Raises StorageError."""
        with self._session.reading():
            case = opened_case(self._session.keyring, self._present_row(case_id))
            return self.review_copy(case_id) if case.picture_checked else None

    def export_originals(self, case_id: str, folder: Path) -> list[Path]:
        """Write the original files in clear, whole or not at all. Raises StorageError."""
        with self._session.changing():
            self._present_row(case_id)
            files = [self._originals.opened(row) for row in self._originals.of(case_id)]
            written: list[Path] = []
            try:
                with device_errors():
                    for number, file in enumerate(files, 1):
                        path = folder / f"original-{number}{file.suffix}"
                        with path.open("xb") as target:
                            written.append(path)
                            target.writelines(self._originals.plain(file))
            except BaseException:
                for path in written:
                    path.unlink()
                raise
            self._session.note(Action.EXPORTED, row=case_id, detail="originals")
            return written

    def page(self, limit: int, before: int | None) -> Page:
        """The cases first saved last, at most ``limit``."""
        where = "" if before is None else " WHERE number < ?"
        query = f"{CASES}{where} ORDER BY number DESC LIMIT ?"
        known = [] if before is None else [before]
        with self._session.reading():
            rows = self._session.db.execute(query, [*known, limit + 1]).fetchall()
            found, damaged = [], []
            for row in rows[:limit]:
                try:
                    self._expect_present(row)
                    found.append(opened_case(self._session.keyring, row))
                except StorageError:
                    damaged.append(str(row[1]))
        more = rows[limit - 1][0] if len(rows) > limit else None
        return Page(tuple(found), tuple(damaged), more)

    def destroy(self, case_id: str, reason: str) -> None:
        """Destroy the keys of a case with its rows, then its files. Raises StorageError."""
        with self._session.reading():
            with self._session.changing():
                number = self._expected_row(case_id)[0]
                files = self._files(case_id)
                for one in files:
                    self._session.db.execute("DELETE FROM originals WHERE id = ?", [one])
                for table, column in _ROWS_OF_A_CASE:
                    self._session.db.execute(f"DELETE FROM {table} WHERE {column} = ?", [case_id])
                self._session.note(Action.DESTROYED, row=case_id, detail=reason)
            self._history.forgot(number)
            self._session.forget_the_log()
            self._originals.sweep_files(files)

    def _expect_unchanged(self, case: Case, former: Former | None) -> None:
        """Raises StorageError (NO_SUCH_CASE, CASE_CHANGED) where somebody destroyed the case, or
        somebody else changed it, since it was opened to be changed."""
        if case.version is None:
            return
        if former is None:
            raise StorageError(StorageFailure.NO_SUCH_CASE)
        since, me = former.version - case.version, self._session.user_id
        if since and (me is None or since < 0 or self._changed_by(case.id, since) != [me] * since):
            raise StorageError(StorageFailure.CASE_CHANGED)

    def _changed_by(self, case_id: str, changes: int) -> list[str]:
        """Who made the last changes of a case, so many of them, as far as the log tells."""
        made = (
            entry.user
            for entry in self._session.audit.newest_first()
            if entry.row == case_id and entry.action in LEAVES_A_ROW
        )
        return list(islice(made, max(changes, 0)))

    def _files(self, case_id: str) -> list[str]:
        """The ids of a case's files, also of a case that can name them no more."""
        try:
            return [str(row[0]) for row in self._originals.of(case_id)]
        except StorageError:
            return [str(row[0]) for row in self._originals.said_of(case_id)]

    def _expected_row(self, case_id: str) -> tuple[Any, ...]:
        if (row := self._row(case_id)) is None:
            raise StorageError(StorageFailure.NO_SUCH_CASE)
        return row

    def _present_row(self, case_id: str) -> tuple[Any, ...]:
        """The row as it was saved last. Raises StorageError (NO_SUCH_CASE, ROW_DAMAGED)."""
        row = self._expected_row(case_id)
        self._expect_present(row)
        return row

    def _expect_present(self, row: tuple[Any, ...]) -> None:
        """Raises StorageError (ROW_DAMAGED) for an older row that someone put back."""
        if not self._session.commitments.case_is(row[1], row[-1]):
            raise StorageError(StorageFailure.ROW_DAMAGED)

    def _row(self, case_id: str) -> tuple[Any, ...] | None:
        query = f"{CASES} WHERE id = ?"
        row: tuple[Any, ...] | None = self._session.db.execute(query, [case_id]).fetchone()
        return row


def _is_overridden(case: Case) -> bool:
    """Whether a person had it read by another pack than the router's choice."""
    return bool(case.reading.route and case.reading.route.overridden_to)


def _check_picture(picture: bytes | None) -> None:
    if picture is None:
        return
    if not picture.startswith(_PICTURES) or len(picture) > LARGEST_REVIEW_COPY:
        raise ValueError("a review copy is a JPEG or PNG of at most 512 KB")
