"""Where images come from: the camera, the clipboard, a folder; and what is done before they are
read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import flet as ft

from core.errors import ImagingError, OutpostError
from core.imaging.opening import Origin, find_series
from ui.image_words import ImageTrouble
from ui.light_box import LightBox
from ui.reading_desk import MAX_IMAGES, ReadingDesk
from ui.troubles import statement_of
from ui.words import Trouble

if TYPE_CHECKING:
    from ui.state import AppState

_log = logging.getLogger("outpost.ui")
_CLIPBOARD_PATIENCE_S = 20


class ImageDesk:
    """Everything that ends in an image on the light box, or in several that are read at once."""

    def __init__(
        self,
        state: AppState,
        desk: ReadingDesk,
        box: LightBox,
        own_window: Callable[[], AbstractContextManager[object]],
        expect_dialog: Callable[[], None],
    ) -> None:
        self._state, self._desk, self._box = state, desk, box
        self._own_window, self._expect_dialog = own_window, expect_dialog

    async def chosen(self, origins: Sequence[Origin]) -> None:
        """Files that a person chose."""
        self._state.from_camera = False
        await self._desk.check(origins, self._box.look)

    async def photographed(self, picture: bytes) -> None:
        """A photo; it can be taken again."""
        self._state.from_camera = True
        await self._desk.check([picture], self._box.look)

    async def paste(self, clipboard: ft.Clipboard) -> None:
        """What another program copied. Asked for within the tap, as browsers demand."""
        try:
            with self._own_window():
                found = await asyncio.wait_for(clipboard.get_image(), _CLIPBOARD_PATIENCE_S)
        except Exception as error:  # noqa: BLE001 - the clipboard belongs to the system
            _log.info("%s after %s", ImageTrouble.NO_PASTE.code, type(error).__name__)
            self._state.trouble = ImageTrouble.NO_PASTE.say()
            return
        if found:
            await self.chosen([bytes(found)])
        else:
            self._state.trouble = ImageTrouble.NOTHING_TO_PASTE.say()

    async def choose_folder(self, picker: ft.FilePicker) -> None:
        """Every series in a folder. Only where there are folders: not in a browser."""
        try:
            self._expect_dialog()
            with self._own_window():
                named = await picker.get_directory_path()
            if named:
                await self.read_folder(Path(named))
        except Exception as error:  # noqa: BLE001 - the dialog belongs to the system
            self._state.trouble = statement_of(error)

    async def read_folder(self, folder: Path) -> None:
        """Find the images in a folder and read them. Raises OutpostError."""
        files = await asyncio.to_thread(_files_in, folder)
        if not files:
            raise OutpostError(ImageTrouble.EMPTY_FOLDER)
        await self.chosen(files)


def _files_in(folder: Path) -> list[Origin]:
    """The files of as many series as can be read in one go. Raises ImagingError."""
    files: list[Origin] = []
    for number, series in enumerate(find_series(folder)):
        if number == MAX_IMAGES:
            raise ImagingError(Trouble.TOO_MANY_IMAGES, count=f"> {MAX_IMAGES}", limit=MAX_IMAGES)
        files += series
    return files
