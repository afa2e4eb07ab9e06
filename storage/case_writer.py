"""Writing every row of a case in one transaction, bound together by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage import summary
from storage.audit import Action
from storage.documents import Attached
from storage.failures import StorageError, StorageFailure
from storage.faults import sha256
from storage.labelling import stamped
from storage.opinions import Opinions
from storage.originals import Originals, SealedFile
from storage.outgoing import Outgoing
from storage.pseudonym import pseudonym
from storage.rows import CASES, attached_to, opened_case, sealed_case, sealed_row
from storage.session import Session
from storage.settings import SettingsRow
from storage.vault import Case

#: Rows of old cases that are given a line of the list in one transaction.
_CHUNK = 200
_WITHOUT_SUMMARY = (
    "SELECT c.number FROM cases AS c LEFT JOIN summaries AS s ON s.id = c.id "
    "WHERE s.id IS NULL AND (SELECT count(*) FROM cases) > (SELECT count(*) FROM summaries)"
)


@dataclass(frozen=True)
class Former:
    """A case as it is kept now; without contents where they are damaged, or older than the log
    tells (``is_older``): someone put them back."""

    number: int
    version: int
    case: Case | None
    attached: Attached
    is_older: bool = False


class CaseWriter:
    """Completes cases and writes their rows. ``put`` belongs in a transaction."""

    def __init__(
        self,
        session: Session,
        settings: SettingsRow,
        outgoing: Outgoing,
        originals: Originals,
        opinions: Opinions,
    ) -> None:
        self._session = session
        self._settings = settings
        self._outgoing = outgoing
        self._originals = originals
        self._opinions = opinions

    def former(self, case_id: str) -> Former | None:
        """The case as it is now; None when there is none. In a transaction."""
        row = self._session.db.execute(f"{CASES} WHERE id = ?", [case_id]).fetchone()
        if row is None:
            return None
        number, _, version, *_ = row
        if not isinstance(version, int) or not 0 < version < 1 << 31:
            raise StorageError(StorageFailure.ROW_DAMAGED)
        try:
            keyring = self._session.keyring
            case, attached = opened_case(keyring, row), attached_to(keyring, row)
        except StorageError:
            return Former(number, version, None, Attached())
        if not self._session.commitments.case_is(case_id, row[-1]):
            return Former(number, version, None, Attached(), is_older=True)
        return Former(number, version, case, attached)

    def put(
        self,
        case: Case,
        former: Former | None,
        review_copy: bytes | None,
        files: Sequence[SealedFile],
        *,
        origin: str = "",
    ) -> int:
        """Write every row of a case, in the transaction that is open. Returns its number.

        A case that was saved here waits to be sent. ``origin`` is the hash of the row that a
        case was merged from; then nothing waits yet.
        """
        entry = self._session.audit.next_number()
        number, version = (former.number, former.version + 1) if former else (entry, 1)
        before = former.attached if former else Attached()
        attached = Attached(
            summary=self._put_summary(case, number, version),
            review_copy=self._put_review_copy(case.id, review_copy) or before.review_copy,
            originals={**before.originals, **self._originals.insert(case.id, files)},
            origins=(*before.origins, origin) if origin else before.origins,
        )
        sealed = sealed_case(self._session.keyring, case, version, attached)
        change = "INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, ?)"
        self._session.db.execute(change, [number, case.id, *sealed])
        action = Action.MERGED
        if not origin:
            self._outgoing.queue(entry, case)
            action = Action.EDITED if former else Action.SAVED
        self._session.note(action, row=case.id, row_hash=sha256(sealed[-1]))
        if not origin:
            self._opinions.add_own(case, former.case if former else None)
        return number

    def complete(self, case: Case, former: Case | None) -> Case:
        """With the patient's pseudonym, and with the names of whoever is here."""
        case = self.of_patient(case, former)
        return stamped(case, former, self._session.user_id or "", self._session.role())

    def of_patient(self, case: Case, former: Case | None) -> Case:
        """With the pseudonym that follows from a code, and without a code that is not kept."""
        if case.code is None:
            return case
        if former is None or former.code != case.code or case.pseudonym is None:
            site = self._session.keyring.site_key()
            case = replace(case, pseudonym=pseudonym(case.code, site))
        return case if self._settings.careful().keep_codes else replace(case, code=None)

    def _put_summary(self, case: Case, number: int, version: int) -> str:
        place = ("summaries", case.id)
        sealed = sealed_row(self._session.keyring, place, version, summary.written(case))
        change = "INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?, ?, ?)"
        self._session.db.execute(change, [number, case.id, *sealed])
        return sha256(sealed[-1])

    def _put_review_copy(self, case_id: str, picture: bytes | None) -> str:
        if picture is None:
            return ""
        query = "SELECT version FROM review_copies WHERE id = ?"
        row = self._session.db.execute(query, [case_id]).fetchone()
        version = row[0] + 1 if row and isinstance(row[0], int) else 1
        place = ("review_copies", case_id)
        sealed = sealed_row(self._session.keyring, place, version, picture)
        change = "INSERT OR REPLACE INTO review_copies VALUES (?, ?, ?, ?, ?)"
        self._session.db.execute(change, [case_id, *sealed])
        return sha256(sealed[-1])

    def summarise_old(self) -> None:
        """Give a line of the list to cases that were saved before there was one."""
        with self._session.reading():
            missing = [row[0] for row in self._session.db.execute(_WITHOUT_SUMMARY).fetchall()]
        for at in range(0, len(missing), _CHUNK):
            with self._session.changing():
                for number in missing[at : at + _CHUNK]:
                    self._summarise(number)

    def _summarise(self, number: int) -> None:
        row = self._session.db.execute(f"{CASES} WHERE number = ?", [number]).fetchone()
        try:
            if row and not attached_to(self._session.keyring, row).summary:
                self._put_summary(opened_case(self._session.keyring, row), number, row[2])
        except StorageError:
            return  # Listed as damaged, and found by the vault check.
