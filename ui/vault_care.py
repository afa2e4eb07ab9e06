"""Looking after the vault: backups, keys, erasing. Slow work runs in threads."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

from storage.backup import Contents, write_backup
from storage.clock import device_time
from storage.merging import Merged, merge
from storage.settings import Settings
from ui import care_words, file_choice
from ui.care_views import ERASING, CareView
from ui.file_choice import Chosen
from ui.front_desk import FrontDesk
from ui.sharing import HandOut
from ui.state import AppState, Gate
from ui.troubles import statement_of
from ui.vault_room import VaultRoom

T = TypeVar("T")
BACKUP_FILE, RECEIPT_FILE = "outpost-{day:%Y-%m-%d}.backup", "outpost-erased-{day:%Y-%m-%d}.json"
#: By how much a backup must have grown before the bar moves.
_STEP = 0.01


class VaultCare:
    """One session's hands on the vault itself."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        room: VaultRoom,
        hand_out: HandOut,
        place_for: Callable[[str], Awaitable[Path | None]] | None,
        destroy_device: Callable[[], Awaitable[bool]],
    ) -> None:
        """``place_for`` asks where a file of this name should go, where the system gives places;
        elsewhere ``hand_out`` takes the content. ``destroy_device``: the device's part of the
        keys, wherever it is; whether there was one."""
        self._state, self._front, self._room = state, front, room
        self._hand_out, self._place_for = hand_out, place_for
        self._destroy_device = destroy_device
        self._chosen: Chosen | None = None
        self._at_work = False
        #: Told when the vault is gone: what is in memory goes too.
        self.erased: list[Callable[[], None]] = []
        front.locked.append(self._forget)

    async def arrive(self) -> None:
        """The page is come to: nothing is under way."""
        self._drop_file()
        self._state.care = CareView()

    def do(self, what: str) -> None:
        """Open or close one of the page's forms."""
        self._drop_file()
        self._state.trouble, self._state.told = None, ""
        self._state.care = CareView(doing=what)

    # Backup

    async def back_up(self, passphrase: str, *, originals: bool) -> None:
        """Write a backup where the person says, and read it again."""
        vault, name = self._front.vault, BACKUP_FILE.format(day=device_time())
        contents = Contents.CASES_AND_ORIGINALS if originals else Contents.CASES
        moved = self._mover()

        def write(path: Path) -> None:
            write_backup(
                vault,
                path,
                passphrase=passphrase or None,
                contents=contents,
                cost=self._room.cost(),
                progress=moved,
            )

        def content() -> bytes:
            with tempfile.TemporaryDirectory(prefix="outpost-backup-") as folder:
                path = Path(folder, name)
                write(path)
                return path.read_bytes()

        if self._place_for is None:
            made = await self._in_thread(content)
            if made is not None and not vault.was_put_out:
                self._say_backed_up(await self._hand_out(name, made))
            return
        path = await self._place_for(name)
        if path and await self._in_thread(lambda: write(path) or True):
            self._say_backed_up(True)

    def _say_backed_up(self, taken: bool) -> None:
        self._state.care = CareView()
        if self._state.trouble is None:
            self._state.told = care_words.BACKED_UP if taken else care_words.BACKUP_NOT_TAKEN

    def _mover(self) -> Callable[[float], None]:
        """Moves the bar from the worker's thread, not too often."""
        loop, last = asyncio.get_running_loop(), 0.0

        def moved(share: float) -> None:
            nonlocal last
            if share >= 1 or share - last >= _STEP:
                last = share
                loop.call_soon_threadsafe(lambda: self._change(share=share))

        return moved

    # Merging and restoring

    async def chose(self, chosen: Chosen) -> None:
        """A backup was chosen; what opens it is asked next."""
        self._drop_file()
        self._chosen = chosen
        size = await self._in_thread(lambda: file_choice.size_of(chosen))
        self._change(file_bytes=size, said=())

    def choosing_failed(self, error: Exception) -> None:
        self._state.trouble = statement_of(error)

    async def take_over(self, secret: str) -> None:
        """Merge the chosen backup into this vault."""
        vault = self._front.vault

        def work() -> Merged:
            with self._as_file() as path:
                return merge(vault, path, secret)

        merged = await self._in_thread(work)
        if merged is not None:
            self._drop_file()
            self._state.care = CareView(said=merged_sentences(merged))

    def begin_restore(self) -> None:
        """From the first start: there is a backup to begin with."""
        self.do("")
        self._state.gate = Gate.RESTORE

    async def end_restore(self) -> None:
        """Back to the first start."""
        self.do("")
        await self._front.look()

    async def restore(self, opener: str, name: str, secret: str) -> None:
        """Make this device's vault from the chosen backup, with this person to sign in first."""

        def work() -> bool:
            with self._as_file() as path:
                self._room.restore(path, opener, name, secret)
            return True

        if await self._in_thread(work):
            await self.end_restore()
            await self._front.unlock(secret)
            self._state.told = care_words.RESTORED

    @contextmanager
    def _as_file(self) -> Iterator[Path]:
        """The chosen backup, sealed as it is, as a file that stays no longer than this."""
        if isinstance(self._chosen, Path):
            yield self._chosen
            return
        with tempfile.TemporaryDirectory(prefix="outpost-backup-") as folder:
            path = Path(folder, "backup")
            path.write_bytes(self._chosen or b"")
            yield path

    # Keys

    async def rotate(self) -> None:
        if await self._in_thread(lambda: self._front.vault.rotate() or True):
            self.do("")
            self._state.told = care_words.ROTATED

    async def begin_new_pseudonyms(self) -> None:
        epoch = await self._in_thread(self._front.vault.replace_site_key)
        if epoch is not None:
            self.do("")
            self._state.told = care_words.PSEUDONYMS_BEGUN.format(epoch=epoch)

    # Erasing

    async def begin_erasing(self) -> None:
        """The first of the two questions, with what would be lost."""
        self.do(ERASING)
        vault = self._front.vault
        waiting = await self._in_thread(lambda: len(vault.outbox()))
        self._change(waiting=waiting or 0)

    async def erase(self, secret: str) -> None:
        """Destroy the vault, once the one who asks has proved to be who they are."""
        person, loop = self._state.person, asyncio.get_running_loop()
        user_id = person.id if person else ""

        def destroy() -> bool:
            return asyncio.run_coroutine_threadsafe(self._destroy_device(), loop).result()

        def work() -> str:
            self._room.check(user_id, secret)
            return self._room.erase(self._front, destroy).text()

        receipt = await self._in_thread(work)
        if receipt is not None:
            self._front.let_go()
            for told in self.erased:
                told()
            self._state.settings = Settings()
            self._state.care = CareView(receipt=receipt)

    async def save_receipt(self) -> None:
        name = RECEIPT_FILE.format(day=device_time())
        await self._hand_out(name, self._state.care.receipt.encode())

    async def start_anew(self) -> None:
        """After erasing: the first start again."""
        self.do("")
        await self._front.look()

    # How it is done

    async def _in_thread(self, work: Callable[[], T]) -> T | None:
        """None when it went wrong, which is said; or when a second tap asks again for what is
        being done."""
        if self._at_work:
            return None
        state = self._state
        state.trouble, state.told = None, ""
        self._at_work = state.busy = True
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
            return None
        finally:
            self._at_work = state.busy = False
            self._change(share=None)

    def _drop_file(self) -> None:
        file_choice.forget(self._chosen)
        self._chosen = None

    def _forget(self) -> None:
        self._drop_file()
        self._state.care = CareView()

    def _change(self, **changes: object) -> None:
        self._state.care = replace(self._state.care, **changes)  # type: ignore[arg-type]


def merged_sentences(merged: Merged) -> tuple[str, ...]:
    """What became of a backup's cases; how many came in is always said."""
    texts = {
        "added": care_words.MERGED_ADDED,
        "updated": care_words.MERGED_UPDATED,
        "kept_both": care_words.MERGED_KEPT_BOTH,
        "known": care_words.MERGED_KNOWN,
        "destroyed": care_words.MERGED_DESTROYED,
        "damaged": care_words.MERGED_DAMAGED,
        "incomplete": care_words.MERGED_INCOMPLETE,
    }
    counts = asdict(merged)
    return tuple(
        text.format(count=counts[name])
        for name, text in texts.items()
        if counts[name] or name == "added"
    )
