"""One file that a person chooses for something other than a reading: a backup, a pack."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import flet as ft

from ui import picked_copies
from ui.auto_lock import AutoLock

#: Where it is, or what is in it: a browser gives contents only.
Chosen = Path | bytes
_NUMBERS = re.compile(r"(\d+)")


class FileChoice:
    """A dialog, and what to do with its answer. Names stay behind."""

    def __init__(
        self,
        auto_lock: AutoLock,
        on_chosen: Callable[[Chosen], Awaitable[None]],
        fail: Callable[[Exception], None],
        expect_dialog: Callable[[], None],
    ) -> None:
        """``expect_dialog`` raises where the system can open none."""
        self._auto_lock, self._on_chosen, self._fail = auto_lock, on_chosen, fail
        self._expect_dialog = expect_dialog
        #: For the button of a browser, which opens the dialog within the tap.
        self.picker = ft.FilePicker(on_result=self._picked)

    async def choose(self) -> None:
        """Open the dialog, where it gives paths."""
        try:
            self._expect_dialog()
            with self._auto_lock.own_window():
                files = await self.picker.pick_files()
        except Exception as error:  # noqa: BLE001 - the dialog belongs to the system
            self._fail(error)
            return
        await self._take(files)

    def opening(self) -> None:
        """The browser is about to open the dialog."""
        self._auto_lock.window_opened()

    async def _picked(self, event: ft.FilePickerResultEvent) -> None:
        self._auto_lock.window_closed()
        await self._take(event.files)

    async def _take(self, files: list[ft.FilePickerFile]) -> None:
        for file in files[:1]:
            if file.path:
                await self._on_chosen(Path(file.path))
            elif file.bytes is not None:
                await self._on_chosen(bytes(file.bytes))


def in_order(files: Iterable[ft.FilePickerFile]) -> list[ft.FilePickerFile]:
    """By name, and numbers in it by their value, as people name the images of a study. Browsers
    hand over first what was read first, mostly the smallest, and dialogs keep no order either."""
    return sorted(files, key=lambda file: [_rank(part) for part in _NUMBERS.split(file.name)])


def _rank(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdecimal() else (-1, part.casefold())


def size_of(chosen: Chosen) -> int:
    """In bytes. Raises OSError."""
    return chosen.stat().st_size if isinstance(chosen, Path) else len(chosen)


def forget(chosen: Chosen | None) -> None:
    """Delete the copy that a phone made of it."""
    picked_copies.forget([chosen], os.environ)
