"""Merging a backup into an open vault: what is new comes in, and nothing is lost or doubled.

Rows are told apart by what the two audit logs say of them. A row that this vault has or had is
known. One that the other vault made from ours replaces it. Where both went their own way, both
stay: the other one under an id that follows from where they parted, so that merging again, now
or after further changes over there, finds it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage import documents, keys, summary
from storage.audit import LEAVES_A_ROW, Action, History, histories
from storage.backup import unpacked
from storage.backup_file import DATABASE, KEY_FILE
from storage.case_writer import Former
from storage.clock import Clock
from storage.database import open_database
from storage.durable import device_errors
from storage.failures import StorageError
from storage.faults import sha256
from storage.ground import Ground
from storage.originals import SealedFile
from storage.parts import Parts
from storage.process_lock import ProcessLock
from storage.rows import CASES, attached_to, opened_case
from storage.sealing import new_key
from storage.session import Session
from storage.slots import Device
from storage.store import OpenVault
from storage.vault import Case

#: Names the ids of cases that differ in both vaults (RFC 9562, version 5).
_NAMESPACE = uuid.UUID("6f2d6f0c-6d0e-5c0b-9a55-0f7b1d9f5a11")


@dataclass(frozen=True)
class Merged:
    """What became of a backup's cases: how many each.

    ``known`` were here already, in this state or a later one; ``destroyed`` were destroyed here
    and stay so; ``damaged`` could not be taken; ``incomplete`` came without a picture or a file
    that was damaged.
    """

    added: int = 0
    updated: int = 0
    kept_both: int = 0
    known: int = 0
    destroyed: int = 0
    damaged: int = 0
    incomplete: int = 0


class _Outcome(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    KEPT_BOTH = "kept_both"
    KNOWN = "known"
    DESTROYED = "destroyed"
    DAMAGED = "damaged"


def merge(vault: OpenVault, path: Path, secret: str) -> Merged:
    """Take from a backup what this vault has not. Cut short, it can be called again.

    ``secret`` is the backup's recovery key or passphrase. Original files come along where this
    clinic keeps them. Settings and people do not. Raises StorageError: ONLY_SUPERVISORS,
    BACKUP_SECRET_WRONG, or that the backup is damaged; then nothing was taken.
    """
    ours = vault.parts
    with ours.remembered.merging:
        ours.session.supervisors_only()
        ours.clear_incoming()
        try:
            with device_errors():
                ours.incoming.mkdir(mode=0o700)
            vault_key = unpacked(path, secret, ours.incoming)
            with _opened(ours.incoming, vault_key) as theirs:
                return _Merge(ours, theirs).run()
        finally:
            ours.clear_incoming()


@contextmanager
def _opened(folder: Path, vault_key: bytes) -> Iterator[Parts]:
    """The other vault, for reading: nobody signs in there, and its log stays as it is."""
    device = Device(new_key(), key_store=False)
    opened = keys.open_with(folder / KEY_FILE, vault_key, device)
    db = open_database(folder / DATABASE)
    try:
        lock = ProcessLock(folder / "lock")
        ground = Ground(opened, db, Clock(), lock, folder / "log-head")
        session = Session(ground, opened)
    except BaseException:
        db.close()
        raise
    try:
        yield Parts(session)
    finally:
        session.close()


@dataclass(frozen=True)
class _Theirs:
    """A sound case of the other vault, the hashes of its row's versions there, the present one
    last, and those of the rows that it was merged from."""

    case: Case
    hashes: tuple[str, ...]
    origins: tuple[str, ...]


class _Merge:
    def __init__(self, ours: Parts, theirs: Parts) -> None:
        self._ours = ours
        self._theirs = theirs
        with ours.session.reading():
            self._read_log()
        self._their_log = histories(theirs.session.audit.entries())
        self._waiting = {case.id for _, case in theirs.outgoing.waiting()}
        self._counts: Counter[str] = Counter()

    def _read_log(self) -> None:
        """What became of our cases so far."""
        entries = list(self._ours.session.audit.entries())
        self._log = histories(entries)
        gone = {entry.row for entry in entries if entry.action is Action.DESTROYED}
        self._destroyed = gone - self._log.keys()
        rows = (entry for entry in entries if entry.action in LEAVES_A_ROW)
        self._last_change = {entry.row: entry.action for entry in rows}
        self._seen = self._ours.session.audit.next_number()

    def _see_what_others_did(self) -> None:
        """Whoever else is in goes on working: a case that they changed since is looked at anew."""
        audit = self._ours.session.audit
        news = audit.some(self._seen, audit.next_number() - self._seen)
        if any(told is None or told["action"] in _CHANGES for _, told in news):
            self._read_log()

    def run(self) -> Merged:
        for row in self._theirs.session.db.execute(f"{CASES} ORDER BY number").fetchall():
            self._counts[self._one(row)] += 1
        with self._ours.session.changing():
            taken = sum(self._counts[one] for one in _TAKEN)
            self._ours.session.note(Action.RESTORED, count=taken, detail="merged")
        return Merged(**self._counts)

    def _one(self, row: tuple[Any, ...]) -> _Outcome:
        history = self._their_log.get(str(row[1]))
        try:
            case = opened_case(self._theirs.session.keyring, row)
            origins = attached_to(self._theirs.session.keyring, row).origins
        except StorageError:
            return _Outcome.DAMAGED
        if history is None or sha256(row[-1]) != history.hashes[-1]:
            return _Outcome.DAMAGED
        theirs = _Theirs(case, tuple(history.hashes), origins)
        with self._ours.session.reading():
            self._see_what_others_did()
            outcome, case_id, former = self._decided(theirs)
            if outcome in _TAKEN:
                self._take(replace(case, id=case_id), former, row)
            elif outcome is _Outcome.KNOWN:
                with self._ours.session.changing():
                    self._say(case_id, case.id)
            self._seen = self._ours.session.audit.next_number()
        return outcome

    def _decided(self, theirs: _Theirs) -> tuple[_Outcome, str, Former | None]:
        """What to do with a case, under which id, and what stands there now."""
        case_id, outcome = theirs.case.id, _Outcome.ADDED
        while True:
            if case_id in self._destroyed:
                return _Outcome.DESTROYED, case_id, None
            history, former = self._log.get(case_id), self._ours.writer.former(case_id)
            if history is None or former is None:
                return outcome, case_id, None
            if former.case is None and theirs.hashes[-1] == history.hashes[-1]:
                return _Outcome.UPDATED, case_id, former  # Ours is damaged: theirs mends it.
            known = {*history.hashes, *former.attached.origins}
            if theirs.hashes[-1] in known or _same(theirs.case, former.case):
                return _Outcome.KNOWN, case_id, former
            if self._present(case_id, history, former) & {*theirs.hashes, *theirs.origins}:
                return _Outcome.UPDATED, case_id, former
            parted = next(one for one in theirs.hashes if one not in known)
            case_id = str(uuid.uuid5(_NAMESPACE, f"{case_id} {parted}"))
            outcome = _Outcome.KEPT_BOTH

    def _present(self, case_id: str, history: History, former: Former) -> set[str]:
        """The hashes of what our row is now: in this vault, and in the one it was taken from."""
        merged = self._last_change.get(case_id) is Action.MERGED
        return {history.hashes[-1], *(former.attached.origins[-1:] if merged else ())}

    def _take(self, case: Case, former: Former | None, row: tuple[Any, ...]) -> None:
        settings = self._ours.settings.current()
        their_id = str(row[1])
        picture = self._picture(their_id) if settings.keep_review_copies else None
        files: list[SealedFile] = []
        if settings.keep_originals and self._last_change.get(case.id) is not Action.MERGED:
            files = self._files(their_id, former)
        try:
            with self._ours.session.changing():
                case = self._ours.writer.of_patient(case, former.case if former else None)
                origin = sha256(row[-1])
                number = self._ours.writer.put(case, former, picture, files, origin=origin)
                self._queue(case, their_id)
                self._say(case.id, their_id)
        except BaseException:
            self._ours.originals.discard(files)
            raise
        finally:
            self._ours.originals.settle(files)
        self._ours.history.saw(summary.read(number, case.id, summary.written(case)))

    def _queue(self, case: Case, their_id: str) -> None:
        """What was sent from there is not sent again from here; what waits there waits here."""
        session, outgoing = self._ours.session, self._ours.outgoing
        if their_id in self._waiting:
            outgoing.queue(session.note(Action.QUEUED, row=case.id), case)
        here = outgoing.receipts(case.id)
        for receipt in self._theirs.outgoing.receipts(their_id):
            if receipt not in here:
                outgoing.keep(case.id, receipt)

    def _say(self, case_id: str, their_id: str) -> None:
        """What was said over there is known here, too. A damaged opinion stays behind."""
        here = {one.id for one in self._ours.opinions.sound(case_id)}
        for row in self._theirs.opinions.rows(their_id):
            try:
                opinion = self._theirs.opinions.opened(row)
            except StorageError:
                self._counts["incomplete"] += 1
                continue
            if opinion.id not in here:
                self._ours.opinions.put(case_id, opinion)

    def _picture(self, their_id: str) -> bytes | None:
        try:
            return self._theirs.cases.review_copy(their_id)
        except StorageError:
            self._counts["incomplete"] += 1
            return None

    def _files(self, their_id: str, former: Former | None) -> list[SealedFile]:
        """Their original files that are whole, sealed for us."""
        here = former.attached.originals if former else {}
        whole = []
        for row in self._theirs.originals.of(their_id):
            if row[0] in here:
                continue
            try:
                file = self._theirs.originals.opened(row)
            except StorageError:
                file = None
            if file and self._theirs.originals.is_whole(file):
                whole.append(file)
            else:
                self._counts["incomplete"] += 1
        folder = self._theirs.originals.folder
        self._ours.space.make(self._ours.settings.current(), [folder / one.id for one in whole])
        pieces = [(one.suffix, self._theirs.originals.plain(one)) for one in whole]
        return self._ours.originals.seal_pieces(pieces) if pieces else []


#: What makes of a case something else than was read from the log.
_CHANGES = LEAVES_A_ROW | {Action.DESTROYED}
_TAKEN = (_Outcome.ADDED, _Outcome.UPDATED, _Outcome.KEPT_BOTH)


def _same(one: Case, other: Case | None) -> bool:
    return other is not None and documents.written(one) == documents.written(other)
