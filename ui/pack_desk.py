"""The packs on board: shown, checked, installed, put back. Slow work runs in threads."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.errors import PackError
from core.reading.manifest import Manifest
from storage.audit import Action
from storage.clock import device_time
from storage.failures import StorageError
from ui import file_choice, words
from ui import pack_words as said
from ui.file_choice import Chosen
from ui.front_desk import FrontDesk
from ui.language import formats
from ui.language import said as spoken
from ui.pack_figures import figures_of
from ui.pack_views import OfferView, PackView, PackWork, pack_view
from ui.reader_source import ReaderSource
from ui.state import AppState
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.pack_source.updating import Offer, Step
    from core.reading.pack import PackShelf
    from core.reading.reader import Reader

T = TypeVar("T")
_MEGABYTE = 1_000_000


class _Stopped(Exception):  # noqa: N818 - no error: a person's wish
    """The person had enough."""


class PackDesk:
    """One session's hands on the packs."""

    def __init__(self, state: AppState, front: FrontDesk, reader: ReaderSource) -> None:
        self._state, self._front, self._reader = state, front, reader
        self._stopped = False

    async def load(self) -> None:
        """Every pack, checked as it would be before use."""
        try:
            self._state.packs = await asyncio.to_thread(self._views)
            self._state.packs_failure = None
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._state.packs_failure = statement_of(error)

    async def check(self) -> None:
        """Check every signature and digest anew."""
        self._state.packs = None
        await self.load()
        if self._state.packs is not None:
            bad = sum(pack.problem is not None for pack in self._state.packs)
            self._state.told = said.CHECK_FAULTS.format(count=bad) if bad else said.CHECKED

    async def install(self, chosen: Chosen) -> None:
        """A pack's file was chosen."""

        def work(shelf: PackShelf) -> Manifest:
            from core.pack_source.updating import install_file

            if isinstance(chosen, Path):
                return install_file(chosen, shelf)
            with tempfile.TemporaryDirectory(prefix="outpost-pack-") as folder:
                path = Path(folder, "chosen.outpostpack")
                path.write_bytes(chosen)
                return install_file(path, shelf)

        await self._change(work, said.TRYING, said.INSTALLED)
        file_choice.forget(chosen)

    def choosing_failed(self, error: Exception) -> None:
        self._state.trouble = statement_of(error)

    async def go_back(self, pack: str) -> None:
        """Put the version before in use again."""

        def work(shelf: PackShelf) -> Manifest:
            from core.pack_source.updating import put_back

            return put_back(shelf, pack)

        await self._change(work, said.TRYING, said.WENT_BACK)

    async def look(self, address: str) -> None:
        """Ask a folder of packs what it offers."""

        def work(shelf: PackShelf) -> list[Offer]:
            from core.pack_source.source import PackSource
            from core.pack_source.updating import look

            with PackSource(address.strip()) as source:
                return look(source, shelf)

        offers = await self._in_thread(work, said.LOOKING)
        if offers is not None:
            views = tuple(_offer_view(offer) for offer in offers if _can_be_installed(offer))
            self._state.pack_work = PackWork(offers=views)
            self._state.packs = None  # Its list of withdrawn packs counts from now on.
            self._reader.renew()
            await self.load()

    async def fetch(self, address: str, pack: str) -> None:
        """Install what a folder of packs offers of one pack."""
        loop, self._stopped = asyncio.get_running_loop(), False

        def told(step: Step) -> None:
            if self._stopped:
                raise _Stopped
            share = step.bytes / max(1, step.model_bytes)
            loop.call_soon_threadsafe(self._fetched, step.pack, min(1.0, share))

        def work(shelf: PackShelf) -> Manifest:
            from core.pack_source.source import PackSource
            from core.pack_source.updating import update

            with PackSource(address.strip()) as source:
                (done,) = update(source, shelf, [pack], told)
            if done.failure:
                raise done.failure
            assert done.manifest is not None
            return done.manifest

        await self._change(work, said.LOOKING, said.INSTALLED)

    def stop(self) -> None:
        """Fetch no more. What has come stays for the next time."""
        self._stopped = True

    # How it is done

    def _views(self) -> tuple[PackView, ...]:
        from core.pack_source.updating import can_put_back

        reader = self._reader()
        found = list_packs(reader)
        with suppress(PackError):
            back = can_put_back(reader.shelf)
            found = [replace(view, can_go_back=view.id in back) for view in found]
        return tuple(found)

    async def _change(self, work: Callable[[PackShelf], Manifest], doing: str, done: str) -> None:
        """Another version of a pack counts from now on; the log keeps that it does."""
        vault = self._front.vault

        def whole(shelf: PackShelf) -> Manifest:
            manifest = work(shelf)
            self._reader.renew()
            vault.record(Action.PACK_INSTALLED, row=manifest.id, detail=manifest.version)
            return manifest

        manifest = await self._in_thread(whole, doing)
        self._reader.renew()
        self._state.packs = None
        await self.load()
        if manifest is not None:
            title = spoken(manifest.title)
            self._state.told = done.format(title=title, version=manifest.version)

    async def _in_thread(self, work: Callable[[PackShelf], T], doing: str) -> T | None:
        """None when it went wrong, which is said, or was stopped."""
        state = self._state
        state.trouble, state.told = None, ""
        state.pack_work = PackWork(said=doing)
        try:
            self._expect_supervisor()
            shelf = (await asyncio.to_thread(self._reader)).shelf
            return await asyncio.to_thread(work, shelf)
        except _Stopped:
            return None
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
            return None
        finally:
            state.pack_work = PackWork()

    def _expect_supervisor(self) -> None:
        """Raises StorageError (ONLY_SUPERVISORS)."""
        person = self._state.person
        if person is None or not person.supervisor:
            from storage.failures import StorageFailure

            raise StorageError(StorageFailure.ONLY_SUPERVISORS)

    def _fetched(self, pack: str, share: float) -> None:
        text = said.FETCHING.format(pack=pack, percent=formats.percent(100 * share))
        self._state.pack_work = PackWork(text if share < 1 else said.TRYING, share)


def list_packs(reader: Reader) -> list[PackView]:
    """Every pack on the shelf, checked as it would be before use; a bad one says why."""
    found, today = [], device_time().date()
    for name in reader.shelf.names():
        try:
            manifest = reader.shelf.open(name).manifest
        except PackError as error:
            found.append(PackView(name, name, problem=error.statement))
            continue
        past = ""
        if today > manifest.review_by:
            past = said.PAST_REVIEW.format(
                title=spoken(manifest.title), day=formats.day(manifest.review_by)
            )
        found.append(replace(pack_view(manifest), figures=figures_of(manifest), past_review=past))
    return found


def _can_be_installed(offer: Offer) -> bool:
    from core.pack_source.updating import OfferKind

    return offer.kind in {OfferKind.NEWER, OfferKind.NEW}


def _offer_view(offer: Offer) -> OfferView:
    text = said.OFFERED if offer.present else said.OFFERED_NEW
    shown = text.format(
        pack=offer.pack,
        version=offer.version,
        present=offer.present or words.NOT_KNOWN,
        megabytes=round(offer.model_bytes / _MEGABYTE),
    )
    return OfferView(offer.pack, offer.version, shown)
