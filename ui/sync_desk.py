"""Sync in the app: while the vault is open, and only then, what waits is sent by itself."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from core.errors import OutpostError
from core.sync.enrolment import SCOPES, read_code
from core.sync.failures import SyncFailure
from core.sync.known import from_document
from core.sync.worker import Phase, Progress
from core.sync.writing import planned
from storage.settings import Settings
from storage.store import OpenVault
from storage.sync_enrolment import Enrolled, SyncEnrolment
from storage.sync_outbox import SyncOutbox
from storage.sync_quarantine import DropReason, Quarantine
from ui import sync_words
from ui.case_report import manifest_of
from ui.front_desk import FrontDesk
from ui.language.formats import moment
from ui.state import AppState, Gate
from ui.sync_conditions import Conditions, held_back
from ui.sync_pass import SyncPass, enrol, scopes_for
from ui.sync_views import Held, RefusedLine, SyncView
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader

T = TypeVar("T")
#: Seconds between two looks at what waits, and between two passes when nothing does.
LOOK_S, IDLE_PASS_S = 20.0, 900.0


class SyncDesk:
    """One session's sync. ``told`` asks the device about its network and battery."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        told: Callable[[], Awaitable[Conditions]],
        copy: Callable[[str], Awaitable[object]],
    ) -> None:
        self._state, self._front, self._reader = state, front, reader
        self._told, self._copy = told, copy
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._pass: SyncPass | None = None
        self._busy = asyncio.Lock()
        front.opened.append(self._begin)
        front.locked.append(self._end)

    # What the person does

    async def look(self) -> None:
        """How things stand, without asking any server."""
        if (found := await self._in_thread(self._looked)) is not None:
            self._change(**found)

    async def send_now(self) -> None:
        """A pass that a person asked for: no setting holds it back."""
        self._state.trouble, self._state.told = None, ""
        last = await self._run()
        if last and last.sent and last.phase is Phase.DONE:
            self._state.told = sync_words.JUST_SENT.format(count=last.sent)

    async def show_key(self) -> None:
        """The public half of the device's key, for whoever registers it."""
        vault = self._front.vault
        key = await self._in_thread(lambda: SyncEnrolment(vault.parts.session).key().public_jwk)
        if key:
            self._change(key=json.dumps({"keys": [key]}))

    async def copy_key(self) -> None:
        await self._copy(self._state.sync.key)
        self._state.told = sync_words.KEY_COPIED

    def begin_enrolment(self) -> None:
        self._change(enrolling=True, key="")

    async def enrol(self, pasted: str) -> None:
        """Try a code, and keep it only if the server lets this device in."""
        if not pasted.strip():
            self._state.trouble = sync_words.SyncTrouble.CODE_MISSING.say()
            return
        vault = self._front.vault
        self._state.busy = True
        try:
            done = await self._in_thread(lambda: enrol(vault, read_code(pasted)))
        finally:
            self._state.busy = False
        if done:
            self._pass = None
            self._change(enrolling=False, key="", failure=None)
            self._state.told = sync_words.ENROLLED
            await self.look()

    async def retry(self, *numbers: int) -> None:
        """Let what was refused be sent again."""
        quarantine = Quarantine(self._front.vault.parts.session)
        done = await self._in_thread(lambda: [quarantine.retry(each) for each in numbers] or True)
        if done:
            self._state.told = sync_words.WILL_RETRY
        await self.look()

    def ask_why(self, number: int) -> None:
        """Before something is dropped; 0: it is not, after all."""
        self._change(dropping=number)

    async def drop(self, number: int, reason: str) -> None:
        """Never send it. The case stays."""
        vault, why = self._front.vault, DropReason(reason)
        done = await self._in_thread(
            lambda: Quarantine(vault.parts.session).drop(number, why) or True
        )
        if done:
            self._state.told = sync_words.DROPPED
        self._change(dropping=0)
        await self.look()

    # By itself

    def _begin(self) -> None:
        self._stop = threading.Event()
        self._task = asyncio.ensure_future(self._by_itself(self._stop))

    def _end(self) -> None:
        """What is under way ends at its next step: the vault is locked, and every step asks it."""
        self._stop.set()
        if self._task:
            self._task.cancel()
        self._task = self._pass = None
        self._state.sync = SyncView()

    async def _by_itself(self, stop: threading.Event) -> None:
        """Send what waits, and look now and then for what the server has."""
        idle, wait = IDLE_PASS_S, 0.0
        while not stop.is_set() and self._state.gate is Gate.OPEN:
            # What is damaged is said to whoever comes to the page, and not every few seconds.
            with suppress(OutpostError):
                self._change(**await asyncio.to_thread(self._looked))
            view = self._state.sync
            if view.address and wait <= 0 and (view.waiting or idle >= IDLE_PASS_S):
                conditions = await self._told()
                now = self._front.vault.parts.session.clock.now().known
                held = held_back(self._state.settings, conditions, now)
                self._change(held=held, can_tell=conditions.are_known)
                if held is Held.NO:
                    last = await self._run()
                    self._pass_over_anothers()
                    idle = 0.0
                    wait = last.wait_s if last and last.phase is Phase.STOPPED else 0.0
            await asyncio.sleep(LOOK_S)
            idle, wait = idle + LOOK_S, wait - LOOK_S

    def _pass_over_anothers(self) -> None:
        """Somebody else who is in sends just now: nobody need be told of that unasked."""
        failure = self._state.sync.failure
        if self._stop.is_set() or not failure or failure.code != SyncFailure.SYNC_UNDER_WAY.code:
            return
        if self._front.vault.is_anyone_beside():
            self._change(failure=None)

    async def _run(self) -> Progress | None:
        """One pass, shown step by step. None when it could not begin, which is shown too."""
        if self._busy.locked():
            return None
        async with self._busy:
            loop, stop = asyncio.get_running_loop(), self._stop
            sync = self._sync(self._front.vault)

            def work() -> Progress | None:
                last: Progress | None = None
                for last in sync.run():
                    loop.call_soon_threadsafe(self._show, last, stop, sync.clocks_differ)
                    if stop.is_set():
                        break
                return last

            try:
                return await asyncio.to_thread(work)
            except OutpostError as error:
                if not stop.is_set():
                    self._change(failure=error.statement, phase="")
                return None
            finally:
                if not stop.is_set():
                    self._change(phase="")
                    await self.look()

    def _sync(self, vault: OpenVault) -> SyncPass:
        if self._pass is None or self._pass.vault is not vault:
            shelf = self._reader().shelf
            self._pass = SyncPass(
                vault, lambda reading: manifest_of(reading, shelf), self._stop.wait
            )
        return self._pass

    def _show(self, progress: Progress, stop: threading.Event, clocks_differ: bool) -> None:
        if stop.is_set():
            return
        over = progress.phase in (Phase.DONE, Phase.STOPPED)
        self._change(
            phase="" if over else progress.phase.value,
            waiting=progress.waiting,
            sent=progress.sent,
            failure=progress.failure,
            clocks_differ=clocks_differ,
            next_minutes=max(1, round(progress.wait_s / 60)) if progress.wait_s else 0,
        )

    # How it is done

    def _looked(self) -> dict[str, object]:
        session = self._front.vault.parts.session
        keeping, outbox = SyncEnrolment(session), SyncOutbox(self._front.vault.parts)
        enrolled, state = keeping.current(), keeping.state()
        oldest = outbox.oldest()
        about = from_document(state.about) if state.about else None
        return {
            "address": enrolled.enrolment.endpoint if enrolled else "",
            "scopes": _scopes(enrolled, self._state.settings),
            "waiting": outbox.count(),
            "oldest": moment(oldest.astimezone()) if oldest else "",
            "received": outbox.received(),
            "last_sync": moment(state.last_success.astimezone()) if state.last_success else "",
            "lacks": tuple(each.say() for each in planned(about.capabilities).lacks)
            if about
            else (),
            "refused": tuple(
                RefusedLine(
                    each.number,
                    each.case_id,
                    moment(each.since.astimezone()) if each.since else "",
                    each.status,
                    each.words,
                )
                for each in Quarantine(session).all()
            ),
        }

    async def _in_thread(self, work: Callable[[], T]) -> T | None:
        """None when it went wrong, which is said."""
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            if not self._stop.is_set():
                self._state.trouble = statement_of(error)
            return None

    def _change(self, **changes: object) -> None:
        changed = replace(self._state.sync, **changes)  # type: ignore[arg-type]
        if changed != self._state.sync:  # Else the screen would be drawn anew for nothing.
            self._state.sync = changed


def _scopes(enrolled: Enrolled | None, settings: Settings) -> str:
    """What this device asks the server for; nothing where no permissions are asked for."""
    if enrolled is None:
        return " ".join((SCOPES, *scopes_for(settings)))
    if not enrolled.enrolment.client_id:
        return ""
    own = enrolled.enrolment.scopes
    return own if own != SCOPES else " ".join((own, *scopes_for(settings)))
