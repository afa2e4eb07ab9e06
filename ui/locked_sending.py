"""Sending while the vault is locked, where the clinic allows it: by the sync key alone.

That key opens the copies in the outbox and no case. What sending needs besides is taken along when
the vault is locked: the server and this device's key for it, the clinic's choices, and of every
copy since when it is as it is and which label it had before. Whatever else a sync does waits until
someone signs in: setting aside what the server refuses, images and the cases that have one,
second opinions, and the mark by which copies of the vault are noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core.errors import OutpostError
from core.reading.manifest import Manifest
from core.reading.result import Reading
from core.sync import anchor
from core.sync.delivery import Delivery, Kept, Refused
from core.sync.device_key import DeviceKey
from core.sync.enrolment import Enrolment
from core.sync.failures import SyncError, SyncFailure
from core.sync.known import About, from_document
from core.sync.pacing import Pace
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.wire import Wire
from core.sync.worker import Phase, Progress, Worker
from core.sync.writing import planned
from storage.clock import Clock
from storage.failures import StorageError
from storage.keys import User
from storage.locked_outbox import LockedOutbox
from storage.outgoing import Receipt
from storage.settings import Settings
from storage.store import OpenVault
from storage.sync_enrolment import Enrolled, SyncEnrolment
from storage.sync_lock import sole_sync
from storage.sync_outbox import SyncOutbox, Waiting
from storage.vault import Case, Opinion
from ui.sync_parcels import Packing
from ui.sync_pass import scopes_for

#: Copies that are taken along at most: locking must not take long.
MOST = 2_000
_CHUNK = 50


@dataclass(frozen=True)
class _Known:
    """What a copy does not say itself. ``former`` is the label before: opinion, class and who."""

    changed_at: datetime
    former: tuple[Opinion | None, str | None, str | None] | None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What goes along when the vault is locked. It opens no case."""

    folder: Path
    enrolled: Enrolled
    key: DeviceKey
    about: About
    confirmed_head: int
    settings: Settings
    people: tuple[User, ...]
    clock: Clock
    known: Mapping[int, _Known] = field(repr=False)


def take_along(vault: OpenVault) -> Taken | None:
    """What sending needs of a vault that is about to be locked; None where nothing waits, or where
    no sync has met the server yet. Raises StorageError."""
    session = vault.parts.session
    keeping, settings = SyncEnrolment(session), vault.settings()
    enrolled, state = keeping.current(), keeping.state()
    about = from_document(state.about) if state.about else None
    if enrolled is None or about is None or not settings.sync_while_locked:
        return None
    known = _known(vault, with_pictures=settings.send_images)
    if not known:
        return None
    return Taken(
        folder=vault.folder,
        enrolled=enrolled,
        key=keeping.key(),
        about=about,
        confirmed_head=state.confirmed_head,
        settings=settings,
        people=tuple(vault.users()) if settings.send_names else (),
        clock=session.clock,
        known=known,
    )


def _known(vault: OpenVault, *, with_pictures: bool) -> dict[int, _Known]:
    outbox, after = SyncOutbox(vault.parts), 0
    found: dict[int, _Known] = {}
    while len(found) < MOST and (copies := outbox.next(after, _CHUNK)):
        after = copies[-1].number
        for each in copies:
            # What a result says of its picture cannot be told without it.
            if not (with_pictures and _has_picture(vault, each.case)):
                found[each.number] = _Known(each.changed_at, _label(each.former))
    return found


def _has_picture(vault: OpenVault, case: Case) -> bool:
    try:
        return bool(vault.checked_picture(case.id))
    except StorageError:
        return True


def _label(case: Case | None) -> tuple[Opinion | None, str | None, str | None] | None:
    return None if case is None else (case.opinion, case.right_label, case.labelled_by)


class LockedSending:
    """Passes over what waits in a locked vault. ``pause`` waits so many seconds and returns whether
    to stop; ``wire`` can be replaced in tests."""

    def __init__(
        self,
        taken: Taken,
        outbox: LockedOutbox,
        manifest: Callable[[Reading], Manifest | None],
        pause: Callable[[float], bool],
        wire: Callable[[Enrolment], Wire] = lambda enrolment: Wire(enrolment.trust),
    ) -> None:
        self.taken, self._outbox, self._pause, self._wire = taken, outbox, pause, wire
        self._pace, self._strikes = Pace(), Counter[int]()
        self._refused: set[int] = set()
        self._packing = Packing(
            settings=taken.settings,
            people=taken.people,
            manifest=manifest,
            pictures=lambda case, manifest: (),
        )

    def run(self) -> Iterator[Progress]:
        """One pass; its last word is DONE or STOPPED. Raises SyncError (SYNC_UNDER_WAY,
        SYNC_VAULT_COPIED) and StorageError (OPEN_ELSEWHERE: somebody is in; LOCKED)."""
        taken = self.taken
        with sole_sync(taken.folder), self._server() as server:
            parcels = _Parcels(self._outbox, self._packing, taken, self._refused, server.address)
            try:
                plan = planned(taken.about.capabilities)
                if plan.anchored:
                    self._compare(server)
                worker = Worker(
                    parcels, Delivery(server, plan), self._pause, self._pace, self._strikes
                )
                yield from worker.run()
            except SyncError as error:
                if error.failure is SyncFailure.SYNC_VAULT_COPIED:
                    raise
                wait = self._pace.had_trouble(error.retry_after_s)
                waiting = parcels.waiting()
                yield Progress(Phase.STOPPED, waiting, failure=error.statement, wait_s=wait)

    def forget(self) -> None:
        """Let go of the key."""
        self._outbox.forget()

    def _server(self) -> FhirServer:
        enrolment = self.taken.enrolled.enrolment
        server = FhirServer(
            enrolment.endpoint,
            sign_in=enrolment.sign_in(self.taken.key, *scopes_for(self.taken.settings)),
            wire=self._wire(enrolment),
        )
        self.taken.about.tell(server)
        return server

    def _compare(self, server: FhirServer) -> None:
        """Raises SyncError (SYNC_VAULT_COPIED) unless the server's mark is the one that this vault
        left last: what another means is found out with the log, which is locked."""
        found = anchor.find(server, self.taken.enrolled.anchor_id)
        if anchor.head_number(found) != self.taken.confirmed_head:
            raise SyncError(SyncFailure.SYNC_VAULT_COPIED)


class _Parcels:
    """A locked vault's outbox as the worker wants it (``core.sync.worker.Outbox``)."""

    def __init__(
        self,
        outbox: LockedOutbox,
        packing: Packing,
        taken: Taken,
        refused: set[int],
        server: str,
    ) -> None:
        self._outbox, self._packing, self._taken = outbox, packing, taken
        self._refused, self._server = refused, server

    def next(self, after: int, limit: int) -> list[Parcel]:
        while True:
            copies = self._outbox.next(after, limit)
            parcels = [made for each in copies if (made := self._packed(*each))]
            if parcels or not copies:
                return parcels
            after = copies[-1][0]

    def waiting(self) -> int:
        return self._outbox.count()

    def settle(self, kept: Mapping[int, Kept]) -> None:
        now = self._taken.clock.now().known
        for number, each in kept.items():
            receipt = Receipt(
                server=self._server, resource=each.resource, version=each.version, received_at=now
            )
            self._outbox.settle(number, receipt)

    def quarantine(self, number: int, refused: Refused) -> None:
        """Left for the next sync after unlocking, which asks again and keeps the server's words."""
        self._refused.add(number)

    def _packed(self, number: int, case: Case) -> Parcel | None:
        known = self._taken.known.get(number)
        if known is None or number in self._refused:
            return None
        with suppress(ValueError, KeyError, OutpostError):
            return self._packing.parcel(_waiting(number, case, known))
        return None


def _waiting(number: int, case: Case, known: _Known) -> Waiting:
    former = None
    if known.former is not None:
        opinion, right, who = known.former
        former = replace(case, opinion=opinion, right_label=right, labelled_by=who)
    return Waiting(number, case, known.changed_at, former)
