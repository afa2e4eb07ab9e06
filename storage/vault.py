"""What the vault keeps, and what the screens may ask of it (storage/store.py keeps it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from core.reading.result import Reading
from storage.key_file import Role


class Opinion(StrEnum):
    """What the clinician thinks of a reading."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_SURE = "not_sure"


class ReferenceStandard(StrEnum):
    """What an opinion rests on, so that a label drawn from it is worth what it is worth."""

    CLINICIAN = "clinician"
    SPECIALIST = "specialist"
    OTHER_IMAGING = "other_imaging"
    LABORATORY = "laboratory"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A reading, and what the clinician did with it.

    ``id`` is a random UUID. ``read_at`` carries its UTC offset.

    The patient: ``code`` is the clinic's own code. Given one, the vault works out ``pseudonym``
    from it, and keeps the code itself only where the clinic's settings say so. Both are None
    when no patient was named.

    The label: ``opinion`` is None until it is given; ``right_label`` is the class that the
    clinician holds true where it is not the reading's; ``reference_standard`` is what that rests
    on. ``own_impression`` is what the clinician saw before being shown the reading: None when
    that was not asked.

    ``picture_checked``: whether a person has looked at the kept picture for writing that names
    somebody, and what they marked is black in it. No picture leaves the vault before.

    Who: ``saved_by``, ``labelled_by`` are ids of users. Left None, the vault fills in whoever is
    signed in, and ``labelled_role`` with it, whenever the label is new or has changed.

    ``version`` is which state of the case this is, as the vault gave it: saving it back is refused
    once somebody else has changed the case in between, for their label would be lost, or get
    another's name. None, where the case is not from the vault, replaces whatever is there.
    """

    id: str
    reading: Reading
    read_at: datetime
    pseudonym: str | None = None
    opinion: Opinion | None = None
    note: str = ""
    own_impression: str | None = None
    code: str | None = None
    right_label: str | None = None
    reference_standard: ReferenceStandard | None = None
    saved_by: str | None = None
    labelled_by: str | None = None
    labelled_role: Role | None = None
    picture_checked: bool = False
    version: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.read_at.utcoffset() is None:
            raise ValueError("read_at needs its UTC offset")

    @property
    def seen_ai_first(self) -> bool:
        """Whether the clinician saw the reading before giving any impression of their own."""
        return self.own_impression is None

    @property
    def label(self) -> str | None:
        """The class that the clinician holds true; None when there is no saying."""
        if self.opinion is Opinion.AGREES:
            return self.reading.finding
        return self.right_label if self.opinion is Opinion.DISAGREES else None


@dataclass(frozen=True)
class Page:
    """Some cases, the newest first.

    ``damaged`` are the ids of cases that belong here but cannot be opened. ``next`` continues
    with older ones; None when there are none.
    """

    cases: tuple[Case, ...]
    damaged: tuple[str, ...] = ()
    next: int | None = None


class Vault(Protocol):
    """The encrypted store of cases.

    Every method raises ``OutpostError`` when the vault is locked or its file is damaged, and may
    be called from any thread.
    """

    def save(
        self, case: Case, *, review_copy: bytes | None = None, originals: Sequence[Path] = ()
    ) -> None:
        """Seal the case. When this returns, the case survives a power cut.

        A case of the same ``id`` is replaced; the audit log keeps that this happened. A copy
        waits in the outbox. ``review_copy`` is a small JPEG or PNG picture; left out, the one
        that is there stays. ``originals`` are kept only where the clinic's settings say so.
        """

    def case(self, case_id: str) -> Case:
        """The case of this ``id``. The audit log keeps who looked at it."""

    def cases(self, *, limit: int = 50, before: int | None = None) -> Page:
        """The cases first saved last, at most ``limit``. ``before`` is a former page's ``next``."""

    def destroy(self, case_id: str) -> None:
        """Destroy the case's key, so that no copy of the database made from now on opens it."""

    def lock(self) -> None:
        """Close the vault and let go of its keys."""
