"""What people said of a case, each in a row of its own: opinions are added, never replaced.

The label that a case carries is its clinician's, and every change of it is kept here too. A second
opinion stands beside it and never touches the case. A correction is another opinion that names the
one it replaces. Every row has its own entry in the audit log, which commits to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.faults import sha256
from storage.key_file import Role
from storage.rows import OWN_KEY, opened_row, sealed_row
from storage.session import Session
from storage.vault import Case, Opinion, ReferenceStandard

FORMAT = 1
TABLE = "opinions"
OPINIONS = f"SELECT number, case_id, {OWN_KEY} FROM opinions"


class OpinionKind(StrEnum):
    """Whose opinion it is: the one that the case's own label tells, or someone else's."""

    OWN = "own"
    SECOND = "second"


class OpinionRole(StrEnum):
    """As what someone gave an opinion: as a user of this vault, or as a reviewer, here or
    elsewhere (``GivenOpinion.kind`` and ``origin`` tell which)."""

    CLINICIAN = Role.CLINICIAN.value
    SUPERVISOR = Role.SUPERVISOR.value
    REVIEWER = Role.REVIEWER.value


@dataclass(frozen=True, kw_only=True)
class GivenOpinion:
    """What one person said of a case, and when.

    Who: ``given_by`` is the id of a user of this vault, or what the server calls the reviewer
    (``Practitioner/12``); ``name`` is the reviewer's name there, empty for users. ``given_at``
    carries its UTC offset. Left empty, the vault fills in who is signed in, and the known time.

    What: as the label of ``Case``; ``opinion`` None takes a label back. ``blinded`` says that
    ``first_impression`` was given before the reading was shown.

    Where from: ``origin`` names the server's resource and version that it was read from, so that
    reading it again adds nothing; empty for what was given here. ``replaces`` is the ``id`` of a
    former second opinion on the same case. ``id`` is filled in by the vault.
    """

    opinion: Opinion | None
    right_label: str | None = None
    reference_standard: ReferenceStandard | None = None
    first_impression: str | None = None
    blinded: bool = False
    note: str = ""
    given_by: str = ""
    name: str = ""
    role: OpinionRole = OpinionRole.REVIEWER
    given_at: datetime | None = None
    origin: str = ""
    replaces: str = ""
    kind: OpinionKind = OpinionKind.SECOND
    id: str = ""

    def __post_init__(self) -> None:
        if self.given_at is not None and self.given_at.utcoffset() is None:
            raise ValueError("given_at needs its UTC offset")
        if self.first_impression is not None and not self.blinded:
            raise ValueError("a first impression is given before the reading is shown")


def in_force(opinions: Iterable[GivenOpinion]) -> list[GivenOpinion]:
    """Those that no later one replaces, in their order: of the case's own label the last."""
    known = list(opinions)
    replaced = {one.replaces for one in known}
    own = [one.id for one in known if one.kind is OpinionKind.OWN]
    return [one for one in known if one.id not in replaced and one.id not in own[:-1]]


class Opinions:
    """The rows of opinions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, case_id: str, opinion: GivenOpinion) -> GivenOpinion:
        """Add a second opinion. Returns it as it is kept: the one that is there, if its ``origin``
        is known.

        Raises StorageError (NO_SUCH_CASE, ROW_DAMAGED), and ValueError when it replaces what is
        no second opinion on this case.
        """
        if opinion.kind is not OpinionKind.SECOND:
            raise ValueError("the case's own label is given by saving the case")
        with self._session.changing():
            query = "SELECT 1 FROM cases WHERE id = ?"
            if self._session.db.execute(query, [case_id]).fetchone() is None:
                raise StorageError(StorageFailure.NO_SUCH_CASE)
            known = self.sound(case_id)
            for one in known:
                if opinion.origin and one.origin == opinion.origin:
                    return one
            seconds = {one.id for one in known if one.kind is OpinionKind.SECOND}
            if opinion.replaces and opinion.replaces not in seconds:
                raise ValueError("it replaces no second opinion on this case")
            return self.put(case_id, self._completed(opinion))

    def add_own(self, case: Case, former: Case | None) -> None:
        """Keep a label that is new or has changed, in the transaction that is open."""
        if _label(case) == (_label(former) if former else _NO_LABEL):
            return
        kept = self._completed(
            GivenOpinion(
                kind=OpinionKind.OWN,
                opinion=case.opinion,
                right_label=case.right_label,
                reference_standard=case.reference_standard,
                first_impression=case.own_impression,
                blinded=not case.seen_ai_first,
                given_by=case.labelled_by or "",
                role=OpinionRole(case.labelled_role or self._session.role()),
            )
        )
        self.put(case.id, kept)

    def put(self, case_id: str, opinion: GivenOpinion) -> GivenOpinion:
        """Write a row and its entry, in the transaction that is open."""
        number = self._session.audit.next_number()
        plain = _written(case_id, opinion)
        sealed = sealed_row(self._session.keyring, (TABLE, str(number)), 1, plain)
        change = "INSERT INTO opinions VALUES (?, ?, ?, ?, ?, ?)"
        self._session.db.execute(change, [number, case_id, *sealed])
        own = opinion.kind is OpinionKind.OWN
        action = Action.LABELLED if own else Action.OPINION_ADDED
        self._session.note(action, row=case_id, row_hash=sha256(sealed[-1]))
        return opinion

    def of(self, case_id: str) -> list[GivenOpinion]:
        """What was said of a case, the oldest first. Raises StorageError (ROW_DAMAGED)."""
        with self._session.reading():
            return [self.opened(row) for row in self.rows(case_id)]

    def sound(self, case_id: str) -> list[GivenOpinion]:
        """Like ``of``, without what is damaged."""
        found = []
        for row in self.rows(case_id):
            with suppress(StorageError):
                found.append(self.opened(row))
        return found

    def rows(self, case_id: str) -> list[tuple[Any, ...]]:
        """The rows of ``OPINIONS`` that are on a case, the oldest first."""
        query = f"{OPINIONS} WHERE case_id = ? ORDER BY number"
        return self._session.db.execute(query, [case_id]).fetchall()

    def opened(self, row: tuple[Any, ...]) -> GivenOpinion:
        """The opinion in a row of ``OPINIONS``. Raises StorageError (ROW_DAMAGED)."""
        number, case_id, *columns = row
        content = opened_row(self._session.keyring, (TABLE, str(number)), tuple(columns))
        try:
            return _read(case_id, content)
        except (ValueError, KeyError, TypeError):
            raise StorageError(StorageFailure.ROW_DAMAGED) from None  # It may quote the row.

    def _completed(self, opinion: GivenOpinion) -> GivenOpinion:
        given_at = opinion.given_at or self._session.clock.now().known
        if not opinion.given_by:
            user, role = self._session.user_id or "", OpinionRole(self._session.role().value)
            opinion = replace(opinion, given_by=user, role=role)
        return replace(opinion, given_at=given_at, id=opinion.id or os.urandom(16).hex())


_NO_LABEL = (None, None, None, None)


def _label(case: Case) -> tuple[object, ...]:
    return case.opinion, case.right_label, case.reference_standard, case.own_impression


def _written(case_id: str, opinion: GivenOpinion) -> bytes:
    document = {
        "format": FORMAT,
        "case": case_id,
        "id": opinion.id,
        "kind": opinion.kind.value,
        "opinion": opinion.opinion and opinion.opinion.value,
        "right_label": opinion.right_label,
        "reference_standard": opinion.reference_standard and opinion.reference_standard.value,
        "first_impression": opinion.first_impression,
        "blinded": opinion.blinded,
        "note": opinion.note,
        "given_by": opinion.given_by,
        "name": opinion.name,
        "role": opinion.role.value,
        "given_at": opinion.given_at and opinion.given_at.isoformat(),
        "origin": opinion.origin,
        "replaces": opinion.replaces,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def _read(case_id: object, content: bytes) -> GivenOpinion:
    """The opinion, if it is on this case. Raises ValueError, KeyError or TypeError."""
    document: Mapping[str, Any] = json.loads(content)
    if document["format"] != FORMAT or document["case"] != case_id:
        raise ValueError("an opinion of another format or on another case")
    opinion, standard = document["opinion"], document["reference_standard"]
    return GivenOpinion(
        id=document["id"],
        kind=OpinionKind(document["kind"]),
        opinion=None if opinion is None else Opinion(opinion),
        right_label=document["right_label"],
        reference_standard=None if standard is None else ReferenceStandard(standard),
        first_impression=document["first_impression"],
        blinded=document["blinded"],
        note=document["note"],
        given_by=document["given_by"],
        name=document["name"],
        role=OpinionRole(document["role"]),
        given_at=datetime.fromisoformat(document["given_at"]),
        origin=document["origin"],
        replaces=document["replaces"],
    )
