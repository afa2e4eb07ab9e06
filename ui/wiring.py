"""What the screens may ask for: every tap ends in one of these methods."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import flet as ft
from flet_permission_handler import Permission, PermissionHandler, PermissionStatus

from core.errors import OutpostError
from core.imaging.opening import Origin
from ui.address_bar import AddressBar
from ui.archive_desk import ArchiveDesk
from ui.auto_lock import AutoLock
from ui.case_book import CaseBook
from ui.checkup_desk import CheckupDesk
from ui.clock_desk import ClockDesk
from ui.close_up import CloseUps
from ui.comparing import Comparing
from ui.earlier_desk import EarlierDesk
from ui.file_choice import FileChoice, in_order
from ui.front_desk import FrontDesk
from ui.image_desk import ImageDesk
from ui.insights_desk import InsightsDesk
from ui.language_desk import LanguageDesk
from ui.light_box import LightBox
from ui.masking_desk import MaskingDesk
from ui.office import Office
from ui.pack_desk import PackDesk
from ui.reading_desk import ReadingDesk
from ui.review_desk import ReviewDesk
from ui.routes import address_of, destination
from ui.share_sheet import share_file
from ui.sharing import Sharing
from ui.state import AppState, Gate, Place, Stage, tab_of
from ui.sync_desk import SyncDesk
from ui.troubles import statement_of
from ui.vault_care import VaultCare
from ui.words import Trouble

if TYPE_CHECKING:
    from core.reading.reader import Reader

_log = logging.getLogger("outpost.ui")


class Actions:
    """One session's actions. Screens get this and the state, and nothing else."""

    def __init__(
        self,
        state: AppState,
        desk: ReadingDesk,
        front: FrontDesk,
        book: CaseBook,
        office: Office,
        auto_lock: AutoLock,
        reader: Callable[[], Reader],
        page: ft.Page,
        keep_theme: Callable[[str], None],
        keep_text_size: Callable[[str], None],
    ) -> None:
        self.state, self.desk, self.front = state, desk, front
        self.book, self.office, self.auto_lock = book, office, auto_lock
        self._reader, self._page, self._keep_theme = reader, page, keep_theme
        #: Text larger or smaller: for this device or browser only.
        self.choose_text_size = keep_text_size
        self.sharing = Sharing(state, front, reader, self.hand_out, self.share_out)
        self.light_box = LightBox(state, self._show_light_box)
        self.images = ImageDesk(
            state, desk, self.light_box, auto_lock.own_window, self.expect_dialog
        )
        self.close_ups = CloseUps(state, reader, desk.study_of)
        front.locked.append(self.close_ups.end)
        self.review = ReviewDesk(state, front, reader, page.run_task, ft.UrlLauncher().launch_url)
        self.comparing = Comparing(state, front, reader)
        self.masking = MaskingDesk(state, front)
        self.clock = ClockDesk(state, front)
        self.archive = ArchiveDesk(state, front, reader, self.images.chosen)
        self.earlier = EarlierDesk(state, front, reader)
        self.clipboard = ft.Clipboard()
        self.language: LanguageDesk
        self.care: VaultCare
        self.packs: PackDesk
        self.checkup: CheckupDesk
        self.insights: InsightsDesk
        self.sync: SyncDesk
        self.backup_choice: FileChoice
        self.pack_choice: FileChoice
        self.bar = AddressBar(page.navigate, page.route or "/")
        self.picker = ft.FilePicker(on_result=self.picked)

    # Where to

    async def go(self, place: Place) -> None:
        """Another place. A reading under way goes on meanwhile."""
        if place is self.state.place is Place.HISTORY:
            self.book.close()
        self.state.place = place
        self.state.trouble, self.state.told = None, ""
        await self.arrive()

    def hush(self) -> None:
        """Take away what was said: about the last action, and after signing in."""
        self.state.trouble, self.state.told, self.state.notices = None, "", ()

    async def arrive(self) -> None:
        """What a place shows is fetched when it is come to."""
        match self.state.place:
            case Place.PACKS | Place.ABOUT if self.state.packs is None:
                await self.packs.load()
            case Place.READ if self.state.stage is Stage.HOME:
                await self.book.refresh_recent()
                if self.state.packs is None:
                    await self.packs.load()
            case Place.HISTORY if self.state.case_id:
                await self.book.open(self.state.case_id)
            case Place.HISTORY:
                await self.book.refresh()
            case Place.USERS:
                await self.office.show_users()
            case Place.AUDIT:
                await self.office.show_log()
            case Place.CLOCK:
                await self.clock.look()
            case Place.SYNC:
                await self.sync.look()
            case Place.ARCHIVE:
                await self.archive.look()
            case Place.VAULT:
                await self.care.arrive()
            case Place.REVIEW:
                await self.review.refresh()
            case Place.CHECKUP:
                await self.checkup.run()
            case Place.PROBLEM:
                await self.checkup.gather()
            case Place.INSIGHTS:
                await self.insights.load()

    async def back(self) -> None:
        """One step up: what the system's back button does, and ours."""
        state = self.state
        if state.gate is not Gate.OPEN:
            return
        if state.place is Place.HISTORY and state.compared and state.compared.is_of(state.kept):
            self.comparing.put_down()
        elif state.place is Place.HISTORY and _covers(state, state.case_id):
            self.masking.put_down()
        elif state.place is Place.HISTORY and state.case_id == state.enlarged != "":
            self.close_ups.shrink()
        elif state.place is Place.HISTORY and state.case_id:
            self.book.close()
            await self.arrive()
        elif state.place is Place.REVIEW and state.review.shown:
            await self.review.refresh()
        elif state.place is not tab_of(state.place):
            await self.go(tab_of(state.place))
        elif state.place is Place.READ:
            self._back_from_reading()

    def _back_from_reading(self) -> None:
        match self.state.stage:
            case Stage.CHECKING if self.state.sheet and self.state.sheet.bare:
                self.light_box.put_down()
            case Stage.RESULT if _covers(self.state, self.state.case.id):
                self.masking.put_down()
            case Stage.RESULT if self.state.enlarged and self.state.enlarged == self.state.case.id:
                self.close_ups.shrink()
            case (
                Stage.CAMERA
                | Stage.OPENING
                | Stage.CHECKING
                | Stage.ASKING
                | Stage.READING
                | Stage.FAILED
            ):
                self.desk.cancel()
            case Stage.LEAVING:
                self.desk.stay()
            case Stage.RESULT | Stage.IMPRESSION if len(self.state.cases) > 1:
                self.desk.show_list()
            case Stage.RESULT | Stage.IMPRESSION | Stage.LIST:
                self.desk.leave()

    async def visit(self, address: str) -> None:
        """An address that the browser shows now: typed, kept, or come back to."""
        state = self.state
        if state.gate is not Gate.OPEN or address == address_of(state):
            return
        to = destination(address)
        if to.place is Place.READ and not to.reading and state.place is Place.READ:
            self._back_from_reading()
            return
        if to.case_id:
            state.place = to.place
            await self.book.open(to.case_id)
            return
        if state.case_id:
            self.book.close()
        await self.go(to.place)

    async def moved(self, address: str) -> None:
        """The browser shows another address."""
        if self.bar.is_a_persons(address):
            await self.visit(address)
            if self.state.gate is Gate.OPEN:  # One may have stayed, to be asked something.
                self.bar.show(address_of(self.state))

    async def begin_with(self, clinic: str, device: str) -> None:
        """The last step of the first start."""
        await self.office.introduce(clinic, device)
        await self.front.start()

    def choose_theme(self, chosen: str) -> None:
        """Light, dark, or as the device: for this device or browser only."""
        self.state.theme = chosen
        self._keep_theme(chosen)

    async def choose_language(self, code: str) -> None:
        """A language, at once: what was said already is said anew."""
        await self.language.choose(code)
        self.hush()
        self.state.packs, self.state.recent = None, ()
        await self.desk.retell()
        if self.state.gate is Gate.OPEN:
            await self.arrive()

    # Images

    async def choose(self) -> None:
        """The file dialog, where it gives paths. In a browser the button opens it by itself,
        within the tap, as browsers demand."""
        if sys.platform == "linux" and not self._is_phone() and not shutil.which("zenity"):
            self.desk.fail(Trouble.NO_FILE_DIALOG.say())
            return
        try:
            with self.auto_lock.own_window():
                files = await self.picker.pick_files(allow_multiple=True)
        except Exception as error:  # noqa: BLE001 - the dialog belongs to the system
            self.desk.fail(statement_of(error))
            return
        await self._read(files)

    async def picked(self, event: ft.FilePickerResultEvent) -> None:
        """The browser's dialog was closed."""
        self.auto_lock.window_closed()
        await self._read(event.files)

    async def photographed(self, picture: bytes) -> None:
        await self.images.photographed(picture)

    async def may_use_camera(self) -> bool | None:
        """Whether the phone lets us use its camera; None while nobody was asked."""
        status = await PermissionHandler().get_status(Permission.CAMERA)
        if status in {PermissionStatus.GRANTED, PermissionStatus.LIMITED}:
            return True
        refused = {PermissionStatus.PERMANENTLY_DENIED, PermissionStatus.RESTRICTED}
        return False if status in refused else None

    def open_camera(self) -> None:
        self.state.stage = Stage.CAMERA

    def retake(self) -> None:
        """The photo was no good: back to the camera."""
        self.desk.cancel()
        self.open_camera()

    def _show_light_box(self) -> None:
        self.state.stage = Stage.CHECKING

    async def paste(self) -> None:
        await self.images.paste(self.clipboard)

    async def choose_folder(self) -> None:
        await self.images.choose_folder(self.picker)

    def camera_failed(self, error: Exception | None) -> None:
        if error:
            _log.info("%s after %s", Trouble.NO_CAMERA.code, type(error).__name__)
        self.desk.fail(Trouble.NO_CAMERA.say())

    async def _read(self, files: Iterable[ft.FilePickerFile]) -> None:
        """Names stay behind here: only contents and places go on."""
        origins: list[Origin] = []
        for file in in_order(files):
            if file.path:
                origins.append(Path(file.path))
            elif file.bytes is not None:
                origins.append(bytes(file.bytes))
        await self.images.chosen(origins)

    async def hand_out(self, name: str, content: bytes) -> bool:
        """Give a file to the person: a download in a browser, a dialog elsewhere. Whether it was
        taken; a browser does not tell."""
        try:
            self.expect_dialog()
            with self.auto_lock.own_window():
                taken = await self.picker.save_file(file_name=name, src_bytes=content)
        except Exception as error:  # noqa: BLE001 - the dialog belongs to the system
            self.state.trouble = statement_of(error)
            return False
        return taken is not None or self.state.in_browser

    async def place_for(self, name: str) -> Path | None:
        """Ask where a file of this name should go; None when no place was chosen."""
        try:
            self.expect_dialog()
            with self.auto_lock.own_window():
                path = await self.picker.save_file(file_name=name)
        except Exception as error:  # noqa: BLE001 - the dialog belongs to the system
            self.state.trouble = statement_of(error)
            return None
        return Path(path) if path else None

    def expect_dialog(self) -> None:
        """Raises OutpostError where the system has no file dialog that we can open."""
        own = not self.state.in_browser and not self._is_phone()
        if own and sys.platform == "linux" and not shutil.which("zenity"):
            raise OutpostError(Trouble.NO_FILE_DIALOG)

    async def share_out(self, name: str, content: bytes) -> bool:
        """Pass a file on to another app, through the system's share sheet. Whether it was."""
        try:
            with self.auto_lock.own_window():
                return await share_file(name, content, os.environ)
        except Exception as error:  # noqa: BLE001 - the sheet belongs to the system
            self.state.trouble = statement_of(error)
            return False

    def _is_phone(self) -> bool:
        return self._page.platform in {ft.PagePlatform.ANDROID, ft.PagePlatform.IOS}


def _covers(state: AppState, case_id: str) -> bool:
    """Whether this case's kept picture is on the screen, to be covered."""
    return state.kept_picture is not None and state.kept_picture.is_of(case_id)
