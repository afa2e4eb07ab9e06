"""A case of the vault as a report that can be written in every form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from core.build import VERSION
from core.imaging.study import Source
from core.reading.manifest import Manifest, PackClass
from core.reading.pack import PackShelf
from core.reading.result import Reading
from core.reporting.coding import System, part_id
from core.reporting.report import Agreement, Clinician, Confirmation, ReadAt, Replaced, Report
from storage.keys import User
from storage.vault import Case, Opinion

#: What answers for a clinician's opinion where the clinic has given no name of its own.
NO_CLINIC = "Clinic not named"
_AGREEMENTS = {Opinion.AGREES: Agreement.AGREES, Opinion.DISAGREES: Agreement.DISAGREES}


def manifest_of(reading: Reading, shelf: PackShelf) -> Manifest | None:
    """What the pack that read says of itself, where that very version is on board."""
    pack = reading.pack
    if pack is None or pack.id not in shelf.names():
        return None
    manifest = shelf.manifest(pack.id)
    return manifest if manifest.version == pack.version else None


def report_of(
    case: Case,
    manifest: Manifest | None,
    *,
    people: Sequence[User],
    clinic: str,
    labelled_at: datetime,
    was_sent: Sequence[object] = (),
) -> Report:
    """The report about a case. Without a label, or with one that is not sure, it is unconfirmed.

    The same case with the same label always gives a report of the same id. ``was_sent`` are the
    receipts of what a server already has of the case: then a confirmed report names the
    unconfirmed one that it replaces. The note is left out: nobody knows what was typed there.
    """
    confirmation = _confirmation(case, people, clinic or NO_CLINIC, labelled_at)
    labels = tuple(case.reading.probabilities)
    first = part_id(case.id, "report")
    return Report(
        id=part_id(case.id, _part(confirmation)),
        case_id=case.id,
        reading=case.reading,
        read_at=ReadAt(device=case.read_at, known=case.read_at),
        software=VERSION,
        source=Source.PICTURE,
        classes=classes_of(manifest),
        pseudonym=case.pseudonym,
        clinician=_person(case.saved_by, people),
        confirmation=confirmation,
        replaces=Replaced(first, labels) if confirmation and was_sent else None,
    )


def classes_of(manifest: Manifest | None) -> Mapping[str, PackClass]:
    return {each.label: each for each in manifest.classes} if manifest else {}


def _part(confirmation: Confirmation | None) -> str:
    if confirmation is None:
        return "report"
    said = f"{confirmation.agreement} {confirmation.label} {confirmation.clinician.value}"
    return f"report {hashlib.sha256(said.encode()).hexdigest()}"


def _confirmation(
    case: Case, people: Sequence[User], clinic: str, labelled_at: datetime
) -> Confirmation | None:
    agreement = _AGREEMENTS.get(case.opinion) if case.opinion else None
    clinician = _person(case.labelled_by, people)
    if agreement is None or clinician is None:
        return None
    known = {*case.reading.probabilities}
    label = case.label if case.label in known else None
    return Confirmation(clinician, labelled_at, agreement, clinic, label)


def _person(user_id: str | None, people: Sequence[User]) -> Clinician | None:
    """A user of the vault; by number alone once removed."""
    if user_id is None:
        return None
    name = next((user.name for user in people if user.id == user_id), None)
    return Clinician(System.USER.value, user_id, name)
