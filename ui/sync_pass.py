"""One pass of a sync, the same for the app and for the command line. Slow: never on the event loop.

What it does in its order: sign in, compare the anchor, send what waits, send images, leave the
anchor, exchange second opinions. Each step stands by itself, so that a pass that is cut off
anywhere is simply begun again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from core.reading.manifest import Manifest
from core.reading.result import Reading
from core.sync import anchor, known
from core.sync.delivery import Delivery
from core.sync.enrolment import IMAGE_SCOPES, PATIENT_SCOPES, Enrolment
from core.sync.failures import SyncError, SyncFailure
from core.sync.pacing import Pace
from core.sync.server import FhirServer
from core.sync.trust import is_this_machine
from core.sync.wire import Wire
from core.sync.worker import Phase, Progress, Worker
from core.sync.writing import Lack, Plan, planned
from storage import log_head
from storage.clock import FAR_AHEAD, Clock
from storage.failures import StorageError
from storage.settings import Settings
from storage.store import OpenVault
from storage.sync_enrolment import Enrolled, SyncEnrolment
from storage.sync_lock import sole_sync
from storage.sync_outbox import SyncOutbox, Waiting
from storage.sync_quarantine import Quarantine
from ui.second_opinions import ask_again, exchange
from ui.sync_parcels import OutboxOfParcels, Packing, pictures_of

#: What the server said of itself is asked again after this time.
_ASK_AGAIN = timedelta(days=1)
#: Two clocks that know nothing of each other, and show the same within this, are right.
_SAME = timedelta(days=1)


@dataclass
class SyncPass:
    """Passes over one open vault. Keep it for as long as the vault is open: it keeps its pace.

    ``pause`` waits so many seconds and returns whether to stop. ``manifest`` is what the pack that
    read says of itself. ``wire`` can be replaced in tests and measured. ``clocks_differ`` says that
    the server's last Date was too far ahead to be believed.
    """

    vault: OpenVault
    manifest: Callable[[Reading], Manifest | None]
    pause: Callable[[float], bool]
    wire: Callable[[Enrolment], Wire] = lambda enrolment: Wire(enrolment.trust)
    clocks_differ: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._pace = Pace()
        self._strikes: Counter[int] = Counter()
        self._enrolment = SyncEnrolment(self.vault.parts.session)
        self._outbox = SyncOutbox(self.vault.parts)

    def run(self) -> Iterator[Progress]:
        """One pass; its last word is DONE or STOPPED. Raises OutpostError where it cannot even
        begin: SyncError (SYNC_NOT_ENROLLED, SYNC_UNDER_WAY, SYNC_VAULT_COPIED), StorageError."""
        enrolled = self._enrolment.required()
        with sole_sync(self.vault.folder), self._server(enrolled) as server:
            try:
                yield from self._run(enrolled, server)
            except SyncError as error:
                if error.failure is SyncFailure.SYNC_VAULT_COPIED:
                    raise
                wait = self._pace.had_trouble(error.retry_after_s)
                waiting = self._outbox.count()
                yield Progress(Phase.STOPPED, waiting, failure=error.statement, wait_s=wait)

    def _run(self, enrolled: Enrolled, server: FhirServer) -> Iterator[Progress]:
        plan = self._prepared(enrolled, server)
        found = self._compared(enrolled, server) if plan.anchored else None
        Quarantine(self.vault.parts.session).drop_replaced()
        packing = self._packing()
        delivery = Delivery(server, plan)
        outbox = OutboxOfParcels(self.vault, packing, server.address)
        worker = Worker(outbox, delivery, self.pause, self._pace, self._strikes)
        last: Progress | None = None
        for progress in worker.run():
            if last is not None:
                yield last
            last = progress
        if last is None:
            return
        if last.phase is Phase.DONE and plan.pictures and packing.settings.send_images:
            yield from self._send_pictures(packing, delivery)
        if found is not None:
            self._leave(enrolled, server, found)
        if last.phase is Phase.DONE:
            exchange(self.vault, server, plan)
            now = self.vault.parts.session.clock.now().known
            self._enrolment.remember(last_success=now)
        yield last

    # The server

    def _server(self, enrolled: Enrolled) -> FhirServer:
        enrolment = enrolled.enrolment
        server = FhirServer(
            enrolment.endpoint,
            sign_in=enrolment.sign_in(self._enrolment.key(), *scopes_for(self.vault.settings())),
            wire=self.wire(enrolment),
        )
        clock, learn = self.vault.parts.session.clock, _learning_from(enrolment)

        def hear(told: datetime) -> None:
            self.clocks_differ = not learn(clock, told)

        server.time.listeners.append(hear)
        return server

    def _prepared(self, enrolled: Enrolled, server: FhirServer) -> Plan:
        """What the server can do: as it said not long ago, else asked."""
        state = self._enrolment.state()
        now = self.vault.parts.session.clock.now().known
        fresh = state.about_read and abs(now - state.about_read) < _ASK_AGAIN
        about = known.from_document(state.about) if fresh and state.about else None
        if about is None:
            about = known.learn(server)
            self._enrolment.remember(about=about.document(), about_read=now)
        about.tell(server)
        return planned(about.capabilities)

    # The anchor

    def _compared(self, enrolled: Enrolled, server: FhirServer) -> anchor.Found:
        """The server's anchor, after what it means was done. Raises SyncError
        (SYNC_VAULT_COPIED)."""
        found = anchor.find(server, enrolled.anchor_id)
        confirmed = self._enrolment.state().confirmed_head
        standing = anchor.standing(found, confirmed, self._holds)
        if standing is anchor.Standing.COPIED:
            raise SyncError(SyncFailure.SYNC_VAULT_COPIED)
        if standing is anchor.Standing.SERVER_OLDER:
            head = anchor.head_number(found)
            self._outbox.send_again_after(head)
            ask_again(self.vault)
            # What is queued now is not forgotten: so the older head is what is known from here.
            self._enrolment.remember(confirmed_head=head)
        return found

    def _holds(self, document: dict[str, object]) -> bool:
        try:
            return self.vault.still_holds(log_head.parsed(document))
        except StorageError:
            return False

    def _leave(self, enrolled: Enrolled, server: FhirServer, found: anchor.Found) -> None:
        head = self.vault.signed_head()
        try:
            anchor.leave(server, enrolled.anchor_id, found, head.document())
        except SyncError as error:
            # Changed since it was read: by a copy of this vault, or by our own request, of which
            # the answer was lost. The next pass tells which.
            if error.status in (409, 412):
                return
            raise
        self._enrolment.remember(confirmed_head=head.head.number)

    # Images

    def _packing(self) -> Packing:
        return Packing(
            settings=self.vault.settings(),
            people=self.vault.users(),
            manifest=self.manifest,
            pictures=lambda case, manifest: pictures_of(self.vault, case, manifest),
        )

    def _send_pictures(self, packing: Packing, delivery: Delivery) -> Iterator[Progress]:
        """One image at a time. What is refused stays here: nothing else waits for it."""
        after = 0
        while item := self._outbox.next_picture(after):
            after, case = item
            if case is not None:
                copy = Waiting(after, case, case.read_at)
                for entry in packing.binaries(copy):
                    try:
                        delivery.send_picture(entry)
                    except SyncError as error:
                        if error.failure is not SyncFailure.SYNC_REFUSED:
                            return  # The results are there. The images are tried at the next pass.
            self._outbox.picture_done(after)
            yield Progress(Phase.SENDING, self._outbox.count())


def scopes_for(settings: Settings) -> tuple[str, ...]:
    """The permissions that the clinic's settings need besides the fewest."""
    images = (IMAGE_SCOPES,) if settings.send_images else ()
    return (*images, PATIENT_SCOPES) if settings.create_patients else images


def learn_date(clock: Clock, told: datetime) -> bool:
    """Raise the floor of known time by a server's Date, unless that is too far ahead to be believed
    from one clock alone. Whether it did."""
    believed = told <= clock.floor() + FAR_AHEAD
    if believed:
        clock.learn(told)
    return believed


def learn_date_from_elsewhere(clock: Clock, told: datetime) -> bool:
    """The same for a server on another machine, that proved to be itself (TLS): where this device's
    clock shows the same, two clocks say so that know nothing of each other. So a device that lay in
    a drawer for years needs to meet the server once."""
    if abs(told - clock.now().device) <= _SAME:
        clock.learn(told)
        return True
    return learn_date(clock, told)


def _learning_from(enrolment: Enrolment) -> Callable[[Clock, datetime], bool]:
    here = is_this_machine(urlsplit(enrolment.endpoint).hostname or "")
    return learn_date if here else learn_date_from_elsewhere


@dataclass(frozen=True)
class Checked:
    """What came of trying an enrolment: the server's name for its software, and what it lacks."""

    software: str
    lacks: tuple[Lack, ...]


def enrol(
    vault: OpenVault,
    enrolment: Enrolment,
    wire: Callable[[Enrolment], Wire] = lambda enrolment: Wire(enrolment.trust),
) -> Checked:
    """Try an enrolment, and keep it only when the server lets this device in.

    Raises SyncError, and StorageError (ONLY_SUPERVISORS).
    """
    session = vault.parts.session
    keeping = SyncEnrolment(session)
    with session.reading():
        session.supervisors_only()
    sign_in = enrolment.sign_in(keeping.key())
    with FhirServer(enrolment.endpoint, sign_in=sign_in, wire=wire(enrolment)) as server:
        learn = _learning_from(enrolment)
        server.time.listeners.append(partial(learn, session.clock))
        about = known.learn(server)
        Delivery(server, planned(about.capabilities)).is_alive()
    keeping.enrol(enrolment)
    now = session.clock.now().known
    keeping.remember(about=about.document(), about_read=now)
    return Checked(about.capabilities.software, planned(about.capabilities).lacks)
