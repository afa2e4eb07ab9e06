"""First start, signing in, locking: one session's way to the vault.

Stretching a secret takes half a second on purpose and runs in a thread. The state is only ever
touched on the event loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from core.errors import OutpostError
from core.sentences import Statement
from storage import recovery
from storage.failures import StorageError, StorageFailure
from storage.key_file import Role
from storage.keys import User
from storage.settings import Settings
from storage.slots import Device
from storage.store import OpenVault
from ui.state import AppState, Entrance, Gate, LockedBy, Person, WelcomeStep
from ui.troubles import statement_of
from ui.vault_room import VaultRoom

T = TypeVar("T")


def person_of(user: User) -> Person:
    is_supervisor, is_reviewer = user.role is Role.SUPERVISOR, user.role is Role.REVIEWER
    return Person(user.id, user.name, is_supervisor, is_reviewer)


class FrontDesk:
    """Holds the session's open vault, from unlocking to locking."""

    def __init__(
        self,
        state: AppState,
        room: VaultRoom,
        read_device: Callable[[], Awaitable[Device]],
        make_device: Callable[[], Awaitable[Device]],
    ) -> None:
        self.state, self._room = state, room
        self._read_device, self._make_device = read_device, make_device
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()
        self._vault: OpenVault | None = None
        #: What somebody else decided while this person was coming in.
        self._heard: Settings | None = None
        #: The vault being closed; None before the first lock.
        self.closing: asyncio.Future[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        #: Told of every unlock and lock, in this order, on the event loop.
        self.opened: list[Callable[[], None]] = []
        self.locked: list[Callable[[], None]] = []
        #: Given a vault that is about to be closed, in the thread that does; they raise nothing.
        self.closing_down: list[Callable[[OpenVault], None]] = []
        #: Told, on the event loop, of settings that somebody else has changed; the former ones.
        self.decided: list[Callable[[Settings], None]] = []
        #: Whether someone still looks at this session.
        self.is_here: Callable[[], bool] = lambda: True

    @property
    def vault(self) -> OpenVault:
        """The open vault. A locked one answers every question with StorageError (LOCKED)."""
        if self._vault is None:
            raise StorageError(StorageFailure.LOCKED)
        return self._vault

    def still_has(self, vault: OpenVault) -> bool:
        """Whether whoever had this vault open is still in. What was looked up in it meanwhile is
        nothing for whoever came after."""
        return self._vault is vault

    # What the person does

    async def look(self) -> None:
        """Find out whether this is a first start, and who may sign in."""
        self._loop, self._context = asyncio.get_running_loop(), contextvars.copy_context()
        self.state.gate = Gate.LOOKING
        try:
            there = await asyncio.to_thread(self._room.has_vault)
            lost = await self._settle(there)
            if there:
                await self._show_lock(lost)
                return
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._say(statement_of(error))
            self.state.gate = Gate.BARRED
            return
        self.state.entrance = Entrance(takes_pins=self._room.takes_pins)
        self.state.gate = Gate.WELCOME

    async def _settle(self, there: bool) -> Statement | None:
        """The device's part of the keys. What is said when it is lost: none is made in its place
        before somebody comes with the recovery key, for the old one may come back."""
        try:
            device = await (self._read_device() if there else self._make_device())
            await asyncio.to_thread(self._room.settle, device)
        except StorageError as error:
            if error.failure is not StorageFailure.DEVICE_SECRET_LOST:
                raise
            return error.statement
        return None

    def step(self, step: WelcomeStep) -> None:
        """Another step of the welcome."""
        self._change(step=step, failure=None)

    async def begin(self, name: str, secret: str) -> None:
        """Make the vault with its first supervisor, and sign in."""

        def make() -> tuple[str, OpenVault]:
            key = self._room.create(name, secret)
            return key, self._room.unlock(self, self._room.users()[0].id, secret)

        made = await self._working(make)
        if made is not None:
            recovery_key, vault = made
            self._take(vault)
            self._change(recovery_key=recovery_key, step=WelcomeStep.RECOVERY_KEY)
        elif self._said(StorageFailure.ALREADY_A_VAULT):  # Made in another tab meanwhile.
            await self.look()

    async def start(self) -> None:
        """The welcome is over: to the first reading."""
        self._change(recovery_key="")
        try:
            await self._come_in()
        except OutpostError:  # Another tab signed in meanwhile.
            await self.look()

    def choose(self, person: str) -> None:
        """Who wants to sign in; "": somebody else."""
        self._change(chosen=person, failure=None, recovering=False)
        self._count_down()

    def use_recovery_key(self, wanted: bool) -> None:
        self._change(recovering=wanted, failure=None)

    async def unlock(self, secret: str) -> None:
        """Sign in as the person chosen."""
        chosen = self.state.entrance.chosen
        vault = await self._working(lambda: self._room.unlock(self, chosen, secret))
        if vault is None:
            self._count_down()
            return
        self._take(vault)
        await self._come_in_unless_put_out()

    async def recover(self, typed: str) -> None:
        """Open the vault with the printed key."""
        try:
            recovery.typed(typed)
            if not self._room.has_device:
                device = await self._make_device()
                await asyncio.to_thread(self._room.settle, device)
        except StorageError as error:
            self._say(error.statement)
            return
        vault = await self._working(lambda: self._room.recover(self, typed))
        if vault is not None:
            self._take(vault)
            await self._come_in_unless_put_out()

    def lock(self) -> None:
        """Cover everything at once, and close the vault as soon as it is free: what works in it
        just now may take a while, and the event loop must not wait for that."""
        self._lock(None)

    def lock_unused(self) -> None:
        """The same, where nobody asked for it: the lock says why."""
        self._lock(LockedBy.TIME)

    def switch_user(self) -> None:
        """Lock, and ask who comes next."""
        self.lock()
        self.choose("")

    def let_go(self) -> None:
        """The vault is erased: nothing of it stays on the screen, and there is no lock to show."""
        self._vault = None
        self.state.gate, self.state.person, self.state.notices = Gate.ERASED, None, ()
        self.state.entrance = Entrance()
        for told in self.locked:
            told()

    def put_out(self, vault: OpenVault) -> None:
        """Another tab took this vault over. Called in any thread."""
        self._on_the_loop(self._leave_if, vault, LockedBy.ELSEWHERE)

    # How it is done

    def _lock(self, because: LockedBy | None) -> None:
        vault = self._vault
        if self.state.gate is Gate.OPEN:
            self._leave(because)
        elif self.state.gate is Gate.WELCOME:  # Left while the recovery key was shown.
            self._vault = None
        else:
            return
        if vault is not None:
            self.closing = asyncio.ensure_future(asyncio.to_thread(self._close, vault))

    def _take(self, vault: OpenVault) -> None:
        """Hold this vault from now on, and hear what others who are in do to it."""
        self._vault = vault
        vault.put_out.append(lambda: self._on_the_loop(self._leave_if, vault, LockedBy.ACCESS))
        vault.settings_changed.append(lambda said: self._on_the_loop(self._heed, vault, said))

    def _on_the_loop(self, work: Callable[..., None], *given: object) -> None:
        """From any thread. In this session's context, and not the other's: Flet draws for the
        session whose context it finds."""
        if self._loop:
            with suppress(RuntimeError):  # The loop is over, and so is this session.
                self._loop.call_soon_threadsafe(work, *given, context=self._context)

    def _leave_if(self, vault: OpenVault, because: LockedBy) -> None:
        """Put out of this vault, and not of one that was opened since."""
        if self._vault is vault:
            self._leave(because)
            self._vault = None

    def _heed(self, vault: OpenVault, settings: Settings) -> None:
        """Somebody else has changed the settings."""
        if self._vault is not vault:
            return
        self._heard = settings
        if self.state.gate is Gate.OPEN:
            former, self.state.settings = self.state.settings, settings
            for told in self.decided:
                told(former)

    async def _come_in_unless_put_out(self) -> None:
        """Whoever is removed in this very moment sees the lock."""
        try:
            await self._come_in()
        except StorageError as error:
            if error.failure is not StorageFailure.LOCKED:
                raise
            self._vault = None
            await self._look_again()
            self._say(error.statement)

    def _close(self, vault: OpenVault) -> None:
        try:
            for told in self.closing_down:
                told(vault)
        finally:
            self._room.close(vault)

    def _leave(self, because: LockedBy | None) -> None:
        if self.state.gate is not Gate.OPEN:
            return
        person, self._vault = self.state.person, None
        chosen = person.id if person else ""
        self.state.entrance = Entrance(
            people=self.state.entrance.people,
            chosen=chosen,
            takes_pins=self._room.takes_pins,
            locked_by=because,
        )
        self.state.gate, self.state.person, self.state.notices = Gate.LOCKED, None, ()
        for told in self.locked:
            told()
        self._looking = asyncio.ensure_future(self._look_again())

    async def _look_again(self) -> None:
        """Who may sign in may have changed while the vault was open."""
        try:
            await self._show_lock()
        except OutpostError as error:
            self._say(error.statement)
        # Erased in another tab: nobody is left to unlock as. A vault that is only out of reach
        # (a stick pulled out) keeps its device, and must not look like a first start.
        if not self._room.has_device:
            await self.look()

    async def _show_lock(self, lost: Statement | None = None) -> None:
        users = await asyncio.to_thread(self._room.users) if self._room.has_device else []
        held = await asyncio.to_thread(self._room.is_held_elsewhere, self)
        people = tuple(sorted(map(person_of, users), key=lambda person: person.name.casefold()))
        known = {person.id for person in people}
        chosen = self.state.entrance.chosen if self.state.entrance.chosen in known else ""
        if len(people) == 1:
            chosen = people[0].id
        self._change(
            people=people,
            chosen=chosen,
            takes_pins=self._room.takes_pins,
            held=held,
            recovering=not people,
            failure=lost,
        )
        if self._vault is None or self._vault.is_locked:  # Else somebody has come in meanwhile.
            self.state.gate = Gate.LOCKED
            self._count_down()

    async def _come_in(self) -> None:
        vault, self._heard = self.vault, None
        user = await asyncio.to_thread(vault.user)
        settings = await asyncio.to_thread(_settings, vault)
        self.state.notices = tuple(await asyncio.to_thread(vault.notices))
        if vault.is_locked:
            raise StorageError(StorageFailure.LOCKED)
        self.state.settings = self._heard or settings
        self.state.person = person_of(user) if user else Person("", "", True)
        self._change(busy=False, failure=None, held=False, wait=0)
        self.state.gate = Gate.OPEN
        for told in self.opened:
            told()

    async def _working(self, work: Callable[[], T]) -> T | None:
        """Slow work behind a notice; what goes wrong is said. None: it went wrong."""
        if self.state.entrance.busy:
            return None
        self._change(busy=True, failure=None)
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._say(statement_of(error))
            return None
        finally:
            self._change(busy=False)

    def _count_down(self) -> None:
        """Show how long the chosen person has to wait, second by second."""
        if self._counting:
            self._counting.cancel()
        self._counting = asyncio.ensure_future(self._counted())

    async def _counted(self) -> None:
        while self.state.gate is Gate.LOCKED:
            chosen = self.state.entrance.chosen
            wait = await asyncio.to_thread(self._room.seconds_to_wait, chosen) if chosen else 0
            if wait != self.state.entrance.wait:
                self._change(wait=wait)
            if not wait:
                return
            await asyncio.sleep(1)

    def _said(self, failure: StorageFailure) -> bool:
        said = self.state.entrance.failure
        return said is not None and said.code == failure.code

    def _say(self, statement: Statement) -> None:
        self._change(failure=statement)

    def _change(self, **changes: object) -> None:
        self.state.entrance = replace(self.state.entrance, **changes)  # type: ignore[arg-type]


def _settings(vault: OpenVault) -> Settings:
    """The clinic's settings; the defaults, which keep least, where theirs are damaged."""
    try:
        return vault.settings()
    except StorageError:
        return Settings()
