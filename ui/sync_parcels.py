"""Cases of the outbox as what is sent of them: what the clinic allows, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import ImagingError, OutpostError
from core.reading.manifest import Manifest
from core.reading.result import Reading
from core.reporting.fhir import transaction
from core.reporting.illustration import attached, illustrate_copy
from core.reporting.report import AttachedPicture, Replaced, Report, Subject
from core.sync.delivery import Kept, Refused
from core.sync.discovery import Json
from core.sync.parcels import Parcel
from core.sync.writing import kind_of
from storage.failures import StorageError, StorageFailure
from storage.keys import User
from storage.outgoing import Receipt
from storage.settings import Settings
from storage.store import OpenVault
from storage.sync_outbox import SyncOutbox, Waiting
from storage.sync_quarantine import Quarantine
from storage.vault import Case
from ui.case_report import report_of

#: What a case is quarantined with that cannot be put into FHIR at all.
NOT_TOLD = "outpost: this case cannot be written as FHIR"


@dataclass
class Packing:
    """How cases become parcels: the clinic's choices, and the packs that read."""

    settings: Settings
    people: Sequence[User]
    manifest: Callable[[Reading], Manifest | None]
    pictures: Callable[[Case, Manifest | None], tuple[AttachedPicture, ...]]
    _manifests: dict[object, Manifest | None] = field(default_factory=dict)

    def report(self, waiting: Waiting) -> Report:
        """The report of a copy. Names of clinicians go along only where the clinic says so; the
        note never does."""
        manifest = self._manifest_of(waiting.case)
        made = self._made(waiting.case, waiting, manifest)
        if waiting.former is not None:
            former = self._made(waiting.former, waiting, manifest).id
            if former != made.id:
                labels = tuple(waiting.case.reading.probabilities)
                made = replace(made, replaces=Replaced(former, labels))
        subject = Subject.CREATED if self.settings.create_patients else Subject.BY_IDENTIFIER
        shown = self.pictures(waiting.case, manifest) if self.settings.send_images else ()
        return replace(made, subject=subject, pictures=shown)

    def _made(self, case: Case, waiting: Waiting, manifest: Manifest | None) -> Report:
        return report_of(
            case,
            manifest,
            people=self.people if self.settings.send_names else (),
            clinic=self.settings.clinic_name,
            labelled_at=waiting.changed_at,
        )

    def parcel(self, waiting: Waiting) -> Parcel:
        return Parcel(waiting.number, tuple(transaction(self.report(waiting))["entry"]))

    def binaries(self, waiting: Waiting) -> list[Json]:
        """The entries that hold images, which go alone."""
        entries: list[Json] = transaction(self.report(waiting))["entry"]
        return [each for each in entries if kind_of(each) == "Binary"]

    def _manifest_of(self, case: Case) -> Manifest | None:
        pack = case.reading.pack
        if pack not in self._manifests:
            self._manifests[pack] = self.manifest(case.reading)
        return self._manifests[pack]


class OutboxOfParcels:
    """A vault's outbox as the worker wants it (``core.sync.worker.Outbox``)."""

    def __init__(self, vault: OpenVault, packing: Packing, server: str) -> None:
        self._session = vault.parts.session
        self._outbox, self._quarantine = SyncOutbox(vault.parts), Quarantine(self._session)
        self._packing, self._server = packing, server

    def next(self, after: int, limit: int) -> list[Parcel]:
        while True:
            copies = self._outbox.next(after, limit)
            parcels = [made for each in copies if (made := self._packed(each))]
            if parcels or not copies:
                return parcels
            after = copies[-1].number

    def waiting(self) -> int:
        return self._outbox.count()

    def settle(self, kept: Mapping[int, Kept]) -> None:
        now = self._session.clock.now().known
        receipts = {
            number: Receipt(
                server=self._server, resource=each.resource, version=each.version, received_at=now
            )
            for number, each in kept.items()
        }
        self._outbox.settle(receipts, pictures=self._packing.settings.send_images)

    def quarantine(self, number: int, refused: Refused) -> None:
        self._quarantine.put(number, refused.status, refused.words)

    def _packed(self, copy: Waiting) -> Parcel | None:
        try:
            return self._packing.parcel(copy)
        except (ValueError, KeyError, OutpostError):
            self._quarantine.put(copy.number, 0, NOT_TOLD)
            return None


def pictures_of(
    vault: OpenVault, case: Case, manifest: Manifest | None
) -> tuple[AttachedPicture, ...]:
    """What the vault keeps of a case's image, and its heat map; none where it keeps none, or where
    nobody has looked at it for writing yet."""
    try:
        copy = vault.checked_picture(case.id)
        return attached(illustrate_copy(copy, case.reading, manifest)) if copy else ()
    except (StorageError, ImagingError) as error:
        if error.failure is StorageFailure.LOCKED:
            raise
        return ()  # Damaged: the results go without it, and the vault check names it.
