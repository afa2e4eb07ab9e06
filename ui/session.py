"""One window or browser tab: its desks, and what the client tells of itself."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import flet as ft
from flet.controls.context import _context_page

from core.errors import OutpostError
from storage import device_secret
from storage.lock_policy import LockTimes
from storage.settings import Settings
from storage.slots import Device
from ui.auto_lock import AutoLock
from ui.case_book import CaseBook
from ui.checkup_desk import CheckupDesk
from ui.file_choice import FileChoice
from ui.front_desk import FrontDesk
from ui.insights_desk import InsightsDesk
from ui.key_store import key_store
from ui.language_desk import LanguageDesk
from ui.locked_sync_desk import LockedSyncDesk
from ui.office import Office
from ui.pack_desk import PackDesk
from ui.parked import Parked
from ui.reader_source import ReaderSource
from ui.reading_desk import ReadingDesk
from ui.routes import destination
from ui.state import AppState, Place
from ui.sync_conditions import Device as SyncDevice
from ui.sync_desk import SyncDesk
from ui.text_size import size_text
from ui.theme import choose_theme
from ui.unsaved_work import UnsavedWork
from ui.vault_care import VaultCare
from ui.vault_room import VaultRoom
from ui.wiring import Actions

_HIDDEN = {ft.AppLifecycleState.HIDE, ft.AppLifecycleState.PAUSE, ft.AppLifecycleState.DETACH}
_PHONES = {ft.PagePlatform.ANDROID, ft.PagePlatform.IOS}
_THEME, _TEXT_SIZE, _PATIENCE_S = "outpost-theme", "outpost-text-size", 5
_SHOWN = {ft.AppLifecycleState.RESUME, ft.AppLifecycleState.SHOW}


class Session:
    """Wires one person's desks together. Nothing is shared between sessions but the reader and
    the vault's room, which lets one of them in at a time, or everyone where a clinic is served."""

    def __init__(
        self, page: ft.Page, state: AppState, reader: ReaderSource, room: VaultRoom
    ) -> None:
        self._page, self._state, self._room = page, state, room
        self._connected = True
        self._owner: str | None = None
        self._parked: dict[str, Parked] = {}
        self._store = key_store(page)
        self._preferences = ft.SharedPreferences()
        self._front = FrontDesk(state, room, self._read_device, self._make_device)
        self._front.is_here = lambda: self._connected
        self._desk = ReadingDesk(state, reader, self._asks_first, self._check_space)
        self._office = Office(state, self._front, room, self._hand_out)
        self._auto_lock = AutoLock(self._front, self._times)
        self._front.decided.append(self._wait_as_decided)
        self.actions = Actions(
            state,
            self._desk,
            self._front,
            CaseBook(state, self._front, reader, self._desk.files_of),
            self._office,
            self._auto_lock,
            reader,
            page,
            self._keep_theme,
            self._keep_text_size,
        )
        self.actions.language = LanguageDesk(page, state, self._front, self._preferences)
        on_computer = not page.web and page.platform not in _PHONES
        self.actions.care = VaultCare(
            state,
            self._front,
            room,
            self._hand_out,
            self.actions.place_for if on_computer else None,
            self._destroy_device,
        )
        self.actions.care.erased.append(self._forget_everything)
        self.actions.backup_choice = FileChoice(
            self._auto_lock,
            self.actions.care.chose,
            self.actions.care.choosing_failed,
            self.actions.expect_dialog,
        )
        self.actions.insights = InsightsDesk(state, self._front)
        device = SyncDevice(page)
        self.actions.sync = SyncDesk(
            state, self._front, reader, device.told, self.actions.clipboard.set
        )
        LockedSyncDesk(state, self._front, reader, device.told, room.locked_outbox)
        self.actions.packs = PackDesk(state, self._front, reader)
        self.actions.checkup = CheckupDesk(
            state,
            reader,
            room.folder,
            self.actions.may_use_camera,
            self.actions.packs.load,
            self.actions.hand_out,
            self.actions.share_out,
            f"{page.platform.value if page.platform else 'unknown'}{' (web)' if page.web else ''}",
        )
        self.actions.pack_choice = FileChoice(
            self._auto_lock,
            self.actions.packs.install,
            self.actions.packs.choosing_failed,
            self.actions.expect_dialog,
        )
        self._front.opened.append(self._came_in)
        self._front.locked.append(self._went_out)
        self._unsaved = UnsavedWork(
            state, self._front, self._desk, self.actions.light_box, lambda: self._connected
        )
        self._listen()

    async def begin(self) -> None:
        """Where the address leads, once the vault is open."""
        await self.actions.language.begin()
        await self._wear_theme()
        to = destination(self._page.route or "/")
        self._state.place, self._state.case_id = to.place, to.case_id
        await self._front.look()

    def _listen(self) -> None:
        page, state = self._page, self._state

        def resized(event: ft.PageResizeEvent) -> None:
            state.width, state.height = event.width, event.height

        def lifecycle(event: ft.AppLifecycleStateChangeEvent) -> None:
            if event.state in _HIDDEN:
                self._auto_lock.hidden()
            elif event.state in _SHOWN:
                self._auto_lock.shown()

        async def moved(event: ft.RouteChangeEvent) -> None:
            await self.actions.moved(event.route)

        async def popped(event: ft.ViewPopEvent) -> None:
            await self.actions.back()

        page.on_resize = resized
        page.on_app_lifecycle_state_change = lifecycle
        page.on_route_change = moved
        page.on_view_pop = popped
        page.on_connect = self._connect
        page.on_disconnect = self._disconnect
        page.on_close = self._close
        self._hear_every_event()

    def _hear_every_event(self) -> None:
        """Whatever a person does comes by here, so that the lock knows that somebody is there."""
        dispatch = self._page.session.dispatch_event

        async def heard(control_id: int, name: str, data: Any) -> None:
            if self._auto_lock.event_may_pass(name):
                await dispatch(control_id, name, data)

        self._page.session.dispatch_event = heard  # type: ignore[method-assign]

    def _connect(self, _: object) -> None:
        self._connected = True
        self.actions.bar.reconnected(self._page.route or "/")
        self._auto_lock.shown()

    def _disconnect(self, _: object) -> None:
        """The tab was closed, or is being reloaded."""
        self._connected = False
        self._auto_lock.hidden()

    def _close(self, _: object) -> None:
        """Nobody came back for an hour."""
        self._unsaved.close()
        self._front.lock()
        self._forget_everything()

    def _forget_everything(self) -> None:
        """Nothing that was read stays in memory."""
        self._parked.clear()
        self._desk.cancel()
        self._owner = None

    def _came_in(self) -> None:
        """Whoever comes in finds their own work, and nobody else's."""
        person = self._state.person.id if self._state.person else ""
        if self._owner not in (None, person):
            parked = self._desk.park()
            if parked and self._owner is not None:
                self._parked[self._owner] = parked
            self._state.place, self._state.case_id = Place.READ, ""
            if mine := self._parked.pop(person, None):
                self._desk.take_up(mine)
        self._owner = person
        if not person:  # With the recovery key: the first thing to do is to be someone again.
            self._state.place = Place.USERS
        self._page.run_task(self.actions.arrive)
        self._page.run_task(self._prepare_history)

    def _went_out(self) -> None:
        self._state.entrance = replace(self._state.entrance, keeps_work=self._state.unsaved > 0)
        if not self._connected:
            self._draw_for_nobody()

    def _draw_for_nobody(self) -> None:
        """Flet draws nothing while no client is there, and sends what it drew last to the one
        that comes next: which must be the lock, and not the case."""
        _context_page.set(self._page)
        self._page.views.update()  # type: ignore[attr-defined]

    async def _prepare_history(self) -> None:
        """So that the first filter is fast."""
        with contextlib.suppress(OutpostError):  # locked again, or damaged: said when it is seen
            await asyncio.to_thread(self._front.vault.prepare_history)

    async def _read_device(self) -> Device:
        return await device_secret.read_device(self._room.folder, self._store)

    async def _make_device(self) -> Device:
        return await device_secret.make_device(self._room.folder, self._store)

    async def _destroy_device(self) -> bool:
        return await device_secret.destroy_device(self._room.folder, self._store)

    async def _hand_out(self, name: str, content: bytes) -> bool:
        return await self.actions.hand_out(name, content)

    async def _wear_theme(self) -> None:
        """The theme and the size of text that were chosen on this device or in this browser."""
        with contextlib.suppress(Exception):  # whatever is wrong there, the device decides
            size = await asyncio.wait_for(self._preferences.get(_TEXT_SIZE), _PATIENCE_S)
            if isinstance(size, str):
                self._wear_text_size(size)
            chosen = await asyncio.wait_for(self._preferences.get(_THEME), _PATIENCE_S)
            if isinstance(chosen, str):
                self._state.theme = chosen
                choose_theme(self._page, chosen)
                self._page.update()

    def _keep_theme(self, chosen: str) -> None:
        choose_theme(self._page, chosen)
        self._page.update()
        self._page.run_task(self._preferences.set, _THEME, chosen)

    def _wear_text_size(self, name: str) -> None:
        self._state.text_size = name
        size_text(self._page, name)
        choose_theme(self._page, self._state.theme)
        self._page.update()

    def _keep_text_size(self, name: str) -> None:
        self._wear_text_size(name)
        self._page.run_task(self._preferences.set, _TEXT_SIZE, name)

    def _check_space(self, files: Sequence[Path]) -> None:
        self._front.vault.check_space(files)

    def _asks_first(self) -> bool:
        share = self._state.settings.ask_first_impression
        return share > 0 and random.randrange(share) == 0

    def _wait_as_decided(self, former: Settings) -> None:
        """Somebody else has changed after how long the vault is locked."""
        now = self._state.settings
        if (former.lock_when_idle, former.lock_in_background) != (
            now.lock_when_idle,
            now.lock_in_background,
        ):
            self._auto_lock.begin()

    def _times(self) -> LockTimes:
        settings = self._state.settings
        return LockTimes(idle=settings.lock_when_idle, grace=settings.lock_in_background)
