"""The outbox as a sync works it off: a few copies at a time, and many receipts at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.opinions import OpinionKind
from storage.outgoing import Receipt
from storage.parts import Parts
from storage.rows import OUTBOX, opened_copy
from storage.vault import Case, Opinion

_FREE = "number NOT IN (SELECT number FROM quarantine)"


@dataclass(frozen=True)
class Waiting:
    """A copy that waits. ``changed_at`` is the known time at which the case became what it is here.
    ``former`` is the case with the label that it had before, where that was sent or is sent before
    this one; else None."""

    number: int
    case: Case = field(repr=False)
    changed_at: datetime
    former: Case | None = field(default=None, repr=False)


class SyncOutbox:
    """What waits in an open vault, without what is in quarantine."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._session = parts, parts.session
        self._changed: dict[int, datetime] = {}

    def next(self, after: int, limit: int) -> list[Waiting]:
        """The oldest copies with a number above ``after``. Damaged ones are left out: the vault
        check names them. Raises StorageError (LOCKED)."""
        found: list[Waiting] = []
        with self._session.reading():
            while not found:
                query = f"{OUTBOX} WHERE number > ? AND {_FREE} ORDER BY number LIMIT ?"
                rows = self._session.db.execute(query, [after, limit]).fetchall()
                if not rows:
                    break
                for row in rows:
                    with suppress(StorageError):
                        case = opened_copy(self._session.keyring, row)
                        found.append(self._waiting(int(row[0]), case))
                after = int(rows[-1][0])
        return found

    def count(self) -> int:
        """How many copies wait, the damaged ones too."""
        with self._session.reading():
            query = f"SELECT count(*) FROM outbox WHERE {_FREE}"
            return int(self._session.db.execute(query).fetchone()[0])

    def received(self) -> int:
        """How many cases have a receipt."""
        with self._session.reading():
            query = "SELECT count(DISTINCT case_id) FROM receipts"
            return int(self._session.db.execute(query).fetchone()[0])

    def oldest(self) -> datetime | None:
        """Since when the oldest copy waits (known time); None where none does or the log cannot
        tell."""
        with self._session.reading():
            query = "SELECT min(number) FROM outbox"
            number = self._session.db.execute(query).fetchone()[0]
            entry = self._session.audit.entry(number) if number else None
            return entry.moment.known if entry else None

    def settle(self, receipts: Mapping[int, Receipt], *, pictures: bool = False) -> None:
        """Receipts for several copies in one transaction; a copy that went meanwhile is passed
        over. With ``pictures``, the images of these cases wait from now on."""
        with self._session.changing():
            for number, receipt in receipts.items():
                query = "SELECT case_id FROM outbox WHERE number = ?"
                row = self._session.db.execute(query, [number]).fetchone()
                if row is None:
                    continue
                self._session.db.execute("DELETE FROM outbox WHERE number = ?", [number])
                self._parts.outgoing.keep(str(row[0]), receipt, sent=number)
                if pictures:
                    change = "INSERT OR REPLACE INTO pictures_waiting VALUES (?, ?)"
                    self._session.db.execute(change, [number, row[0]])

    # Sent before, and again

    def send_again_after(self, head: int) -> int:
        """Queue every case that has a receipt which the log tells of after this entry, and does not
        wait already: a server that was put back has lost it. Returns how many."""
        with self._session.reading():
            query = (
                "SELECT DISTINCT case_id FROM receipts WHERE number > ? "
                "AND case_id NOT IN (SELECT case_id FROM outbox) ORDER BY number"
            )
            lost = [str(row[0]) for row in self._session.db.execute(query, [head]).fetchall()]
            queued = 0
            for case_id in lost:
                with suppress(StorageError):  # Damaged: the vault check names it.
                    self._parts.outgoing.send_again(case_id)
                    queued += 1
            return queued

    # Pictures

    def next_picture(self, after: int) -> tuple[int, Case | None] | None:
        """The oldest number above ``after`` whose images wait, with its case as it is now: None in
        its place where that is gone or damaged. None when no images wait."""
        with self._session.reading():
            query = (
                "SELECT number, case_id FROM pictures_waiting WHERE number > ? ORDER BY number "
                "LIMIT 1"
            )
            row = self._session.db.execute(query, [after]).fetchone()
            if row is None:
                return None
            former = self._parts.writer.former(str(row[1]))
            return int(row[0]), former.case if former else None

    def pictures(self) -> int:
        """How many cases' images wait."""
        with self._session.reading():
            return int(
                self._session.db.execute("SELECT count(*) FROM pictures_waiting").fetchone()[0]
            )

    def picture_done(self, number: int) -> None:
        with self._session.changing():
            self._session.db.execute("DELETE FROM pictures_waiting WHERE number = ?", [number])

    # How it is done

    def _waiting(self, number: int, case: Case) -> Waiting:
        query = (
            "SELECT EXISTS (SELECT 1 FROM receipts WHERE case_id = ?) OR EXISTS "
            f"(SELECT 1 FROM outbox WHERE case_id = ? AND number < ? AND {_FREE})"
        )
        known = [case.id, case.id, number]
        was_sent = bool(self._session.db.execute(query, known).fetchone()[0])
        former = self._with_former_label(number, case) if was_sent else None
        return Waiting(number, case, self._changed_at(number), former)

    def _with_former_label(self, number: int, case: Case) -> Case | None:
        """The case as it was labelled before this copy was made; None where it is as it ever was.

        A label's own entry comes after that of the saving, so it has a higher number.
        """
        present = (case.opinion, case.right_label, case.labelled_by)
        labels: list[tuple[Opinion | None, str | None, str | None]] = [(None, None, None)]
        for row in self._parts.opinions.rows(case.id):
            if row[0] >= number:
                break
            with suppress(StorageError):  # Damaged: the vault check names it.
                said = self._parts.opinions.opened(row)
                if said.kind is OpinionKind.OWN:
                    labels.append((said.opinion, said.right_label, said.given_by))
        others = [label for label in labels if label != present]
        if not others:
            return None
        opinion, right, who = others[-1]
        return replace(case, opinion=opinion, right_label=right, labelled_by=who)

    def _changed_at(self, number: int) -> datetime:
        """When the case became what it is: its saving or last edit, not its being queued again."""
        entry = self._session.audit.entry(number)
        if entry is None:
            raise StorageError(StorageFailure.ROW_DAMAGED)
        if entry.action is not Action.QUEUED:
            return entry.moment.known
        if number not in self._changed:
            self._look_back()
        return self._changed.get(number, entry.moment.known)

    def _look_back(self) -> None:
        """Once through the log: for each copy that was queued again, when its case had changed."""
        changes: dict[str, datetime] = {}
        for entry in self._session.audit.entries():
            if entry.action in (Action.SAVED, Action.EDITED, Action.MERGED):
                changes[entry.row] = entry.moment.known
            elif entry.action is Action.QUEUED and entry.row in changes:
                self._changed[entry.number] = changes[entry.row]
