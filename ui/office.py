"""Users, the audit log and the settings: what a clinic decides about its vault."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from storage.audit import Entry
from storage.clock import device_time
from storage.key_file import Role
from storage.keys import User
from storage.settings import Settings
from ui import care_words, case_words
from ui.case_views import fault_line, log_line, names_in
from ui.front_desk import FrontDesk, person_of
from ui.state import AppState, OfficeView, Person
from ui.troubles import statement_of
from ui.vault_room import VaultRoom

T = TypeVar("T")
PAGE = 30
#: What the users page is doing; "" shows the list.
ADDING, CHANGING, RENEWING, REMOVING = "adding", "changing", "renewing", "removing:"
LOG_FILE, CHECK_FILE = "outpost-audit-log.jsonl", "outpost-vault-check.txt"


class Office:
    """One session's view of them."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        room: VaultRoom,
        hand_out: Callable[[str, bytes], Awaitable[bool]],
    ) -> None:
        """``hand_out``: give a file of this name to the person; whether they took it."""
        self._state, self._front, self._room, self._hand_out = state, front, room, hand_out
        self._log: list[Entry] = []
        self._names: dict[str, str] = {}
        self._at_work = False
        front.locked.append(self._forget)

    async def introduce(self, clinic: str, device: str) -> None:
        """The clinic's name and the device's, at the first start."""
        if clinic.strip() or device.strip():
            await self.decide(clinic_name=clinic.strip(), device_name=device.strip())

    # Users

    async def show_users(self) -> None:
        """The page is come to: everyone who may sign in. Whoever opens a form before they are
        found keeps it."""
        self._change(doing="", recovery_key="")
        users = await self._in_thread(self._front.vault.users)
        if users is not None:
            self._change(people=_by_name(users))

    def do(self, what: str) -> None:
        """Open or close one of the page's forms."""
        self._state.trouble, self._state.told = None, ""
        self._change(doing=what, recovery_key="")

    async def add_user(self, name: str, secret: str, role: Role) -> None:
        """Let someone in. A form that is refused keeps what was typed."""
        vault = self._front.vault

        def work() -> tuple[User, tuple[Person, ...]]:
            added = vault.add_user(name, role, secret, self._room.cost())
            return added, _by_name(vault.users())

        if done := await self._in_thread(work, busily=True):
            user, people = done
            self._change(people=people, doing="")
            self._state.told = case_words.ADDED.format(name=user.name)

    async def remove_user(self, user_id: str, name: str) -> None:
        """Let someone in no more."""
        vault = self._front.vault

        def work() -> tuple[Person, ...]:
            vault.remove_user(user_id)
            return _by_name(vault.users())

        if people := await self._in_thread(work, busily=True):
            self._change(people=people, doing="")
            self._state.told = case_words.REMOVED.format(name=name)

    async def change_secret(self, current: str, secret: str) -> None:
        vault = self._front.vault
        changed = await self._in_thread(
            lambda: vault.change_secret(current, secret, self._room.cost()) or True, busily=True
        )
        if changed:
            self._change(doing="")
            self._state.told = case_words.SECRET_CHANGED

    async def new_recovery_key(self) -> None:
        if printed := await self._in_thread(self._front.vault.new_recovery_key, busily=True):
            self._change(doing="", recovery_key=printed)

    # The log

    async def show_log(self) -> None:
        """Its newest page."""
        vault = self._front.vault
        found = await self._in_thread(lambda: (vault.log(), vault.users(), vault.head()))
        if found is None:
            return
        log, users, head = found
        self._log = log[::-1]
        self._names = names_in(log, {user.id: user.name for user in users})
        self._change(verdict="", faults=(), head=head)
        self.turn_to(1)

    def turn_to(self, number: int) -> None:
        """A page of the log, counted from 1; only its lines are drawn."""
        at = (number - 1) * PAGE
        lines = tuple(log_line(entry, self._names) for entry in self._log[at : at + PAGE])
        self._change(log=lines, number=number, has_older=at + PAGE < len(self._log))

    async def verify(self) -> None:
        """Check the log and every seal."""
        faults = await self._in_thread(self._front.vault.verify, busily=True)
        if faults is None:
            return
        said = case_words.VERIFIED_FAULTS if faults else case_words.VERIFIED_FINE
        self._change(verdict=said.format(count=len(faults)), faults=tuple(map(fault_line, faults)))

    async def export_check(self) -> None:
        """What the check came to, as a file: for whoever looks after the device. It names random
        numbers of rows, and the head of the log that was checked."""
        vault, view = self._front.vault, self._state.office

        def written() -> bytes:
            head = vault.signed_head().head
            lines = [
                f"Outpost vault check, {device_time():%Y-%m-%d %H:%M}",
                view.verdict,
                *view.faults,
                f"log: {head.number} entries, head {head.hash}",
            ]
            return ("\n".join(lines) + "\n").encode()

        content = await self._in_thread(written)
        if content and await self._hand_out(CHECK_FILE, content):
            self._state.told = care_words.CHECK_SAVED

    async def export_log(self) -> None:
        """The log as a file that can be checked elsewhere."""
        vault = self._front.vault

        def written() -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, LOG_FILE)
                vault.export_log(path)
                return path.read_bytes()

        content = await self._in_thread(written)
        if content and await self._hand_out(LOG_FILE, content):
            await self.show_log()
            self._state.told = case_words.EXPORTED

    # Settings

    async def decide(self, **changes: object) -> None:
        """Keep other settings. Supervisors only, which the vault sees to."""
        vault = self._front.vault

        def altered(now: Settings) -> Settings:
            return replace(now, **changes)  # type: ignore[arg-type]

        wanted = await self._in_thread(lambda: vault.alter_settings(altered))
        if wanted is not None:
            self._state.settings = wanted
            self._state.told = case_words.SETTINGS_SAVED

    # How it is done

    async def _in_thread(self, work: Callable[[], T], *, busily: bool = False) -> T | None:
        """None when it went wrong, which is said; or when a second tap on the same button asks
        again for what is being done ``busily``."""
        if busily and self._at_work:
            return None
        state, vault = self._state, self._front.vault
        state.trouble, state.told = None, ""
        if busily:
            self._at_work = state.busy = True
        try:
            done = await asyncio.to_thread(work)
            return done if self._front.still_has(vault) else None
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
            return None
        finally:
            if busily:
                self._at_work = state.busy = False

    def _forget(self) -> None:
        self._state.office = OfficeView()
        self._log, self._names = [], {}

    def _change(self, **changes: object) -> None:
        self._state.office = replace(self._state.office, **changes)  # type: ignore[arg-type]


def _by_name(users: Iterable[User]) -> tuple[Person, ...]:
    return tuple(sorted(map(person_of, users), key=lambda one: one.name.casefold()))
