"""The vault check of what hangs on a case: its line in the list, its picture and its files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from storage.documents import Attached
from storage.faults import Fault, FaultKind, kind_of, sha256
from storage.originals import FOLDER, ROWS, Originals
from storage.rows import OWN_KEY, opened_row
from storage.session import Session
from storage.summary import opened_summary

#: A fault's table, where it is a file that is at fault and not the row that tells of it.
_FILES = f"{FOLDER}/"


class AttachedCheck:
    """Compares what every case says of its other rows with those rows."""

    def __init__(self, session: Session, originals: Originals) -> None:
        self._session = session
        self._originals = originals
        self._cases: dict[str, tuple[int, Attached]] = {}
        self._numbers: dict[str, int] = {}
        self._unknown: set[str] = set()

    def expect(self, case_id: str, number: int, version: int, attached: Attached) -> None:
        """What a case says that is as the log tells."""
        self._cases[case_id] = version, attached
        self._numbers[case_id] = number

    def know(self, case_id: str) -> None:
        """A case that is there or should be: if it tells nothing, there is no saying what
        hangs on it, and nothing of it is unexpected."""
        if case_id not in self._cases:
            self._unknown.add(case_id)

    def faults(self, removed: set[str]) -> Iterator[Fault]:
        """What is wrong. ``removed`` are ids of original files that the log tells were removed."""
        yield from self._summary_faults()
        yield from self._review_copy_faults()
        yield from self._original_faults(removed)

    def _summary_faults(self) -> Iterator[Fault]:
        owners = {one.summary: case_id for case_id, (_, one) in self._cases.items() if one.summary}
        missing = set(self._cases)
        query = f"SELECT number, id, {OWN_KEY} FROM summaries"
        for row in self._session.db.execute(query):
            case_id, version, body = str(row[1]), row[2], row[-1]
            missing.discard(case_id)
            if case_id not in self._cases:
                if case_id not in self._unknown:
                    yield Fault(FaultKind.UNEXPECTED, "summaries", case_id)
                continue
            expected_version, attached = self._cases[case_id]
            opening = partial(opened_summary, self._session.keyring, row)
            # A case of the first format says nothing of its line: only the version binds it.
            digest = attached.summary or sha256(body)
            kind = kind_of(body, digest, case_id, owners, opening)
            if kind is None and version != expected_version:
                kind = FaultKind.REPLAYED
            if kind is None and row[0] != self._numbers[case_id]:
                kind = FaultKind.BAD  # No seal binds this column.
            if kind:
                yield Fault(kind, "summaries", case_id)
        yield from (Fault(FaultKind.MISSING, "summaries", case_id) for case_id in missing)

    def _review_copy_faults(self) -> Iterator[Fault]:
        owed = {
            case_id: one.review_copy for case_id, (_, one) in self._cases.items() if one.review_copy
        }
        owners = {digest: case_id for case_id, digest in owed.items()}
        for case_id, *columns in self._session.db.execute(
            f"SELECT id, {OWN_KEY} FROM review_copies"
        ):
            if (digest := owed.pop(case_id, None)) is None:
                if case_id not in self._unknown:
                    yield Fault(FaultKind.UNEXPECTED, "review_copies", str(case_id))
                continue
            place = ("review_copies", case_id)
            opening = partial(opened_row, self._session.keyring, place, tuple(columns))
            if kind := kind_of(columns[-1], digest, case_id, owners, opening):
                yield Fault(kind, "review_copies", case_id)
        yield from (Fault(FaultKind.MISSING, "review_copies", case_id) for case_id in owed)

    def _original_faults(self, removed: set[str]) -> Iterator[Fault]:
        owed = {
            file_id: (digest, case_id)
            for case_id, (_, one) in self._cases.items()
            for file_id, digest in one.originals.items()
            if file_id not in removed
        }
        owners = {digest: file_id for file_id, (digest, _) in owed.items()}
        kept = set()
        for row in self._session.db.execute(ROWS):
            file_id, case_id, body = str(row[0]), row[1], row[-1]
            kept.add(file_id)
            if (known := owed.pop(file_id, None)) is None:
                if case_id not in self._unknown:
                    yield Fault(FaultKind.UNEXPECTED, "originals", file_id)
                continue
            digest, owner = known
            opening = partial(self._originals.opened, row)
            kind = kind_of(body, digest, file_id, owners, opening)
            if kind is None and case_id != owner:
                kind = FaultKind.SWAPPED  # No seal binds this column.
            if kind:
                yield Fault(kind, "originals", file_id)
            else:
                yield from self._file_faults(file_id, row)
        yield from (Fault(FaultKind.MISSING, "originals", file_id) for file_id in owed)
        awaited = owed.keys() | self._session.ground.being_sealed
        for file_id in self._originals.files() - kept - awaited:
            yield Fault(FaultKind.UNEXPECTED, _FILES, file_id)

    def _file_faults(self, file_id: str, row: tuple[object, ...]) -> Iterator[Fault]:
        if file_id not in self._originals.files():
            yield Fault(FaultKind.MISSING, _FILES, file_id)
        elif not self._originals.is_whole(self._originals.opened(row)):
            yield Fault(FaultKind.BAD, _FILES, file_id)
