"""Cases: saved, listed, opened and deleted in the vault, one session's view of them.

The vault works in threads; the state is only ever touched on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.errors import OutpostError
from core.imaging.patches import as_shown, covered
from core.reading.result import Verdict
from storage.case_store import LARGEST_REVIEW_COPY
from storage.clock import device_time
from storage.history import Filter
from storage.store import OpenVault
from storage.vault import Case as KeptCase
from storage.vault import Opinion
from ui import case_words
from ui.case_views import Choices, Event, case_line, names_in, timeline
from ui.case_work import frame_shown, kept_case, naming
from ui.front_desk import FrontDesk
from ui.language import said
from ui.pictures import at_most
from ui.read_case import Case
from ui.state import AppState, HistoryView, Place, Wanted
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader

T = TypeVar("T")
PAGE, RECENT = 20, 3
#: What the filters hold instead of nothing.
NONE = "none"
TODAY, WEEK, MONTH = "today", "week", "month"


class CaseBook:
    """What a person may do with cases after signing in."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        originals: Callable[[int], Sequence[Path]],
    ) -> None:
        """``originals``: the files that one of the images on the screen came from."""
        self._state, self._front, self._reader = state, front, reader
        self._originals = originals
        self._cursors: list[int | None] = [None]
        front.locked.append(self._forget)

    # Saving

    async def save(self) -> None:
        """Keep the case on the screen, new or corrected."""
        state = self._state
        if state.place is Place.HISTORY:
            if state.kept and (kept := await self._keep(state.kept, ())):
                state.told = case_words.SAVED_AGAIN
                await self._show(kept.id)
            return
        position = state.shown
        if await self._save_at(position):
            await self.refresh_recent()
            state.told = case_words.SAVED

    async def save_all(self) -> None:
        """Keep every image that was read and is not kept yet."""
        for position, case in enumerate(list(self._state.cases)):
            if case.is_unsaved and not await self._save_at(position):
                return
        await self.refresh_recent()
        self._state.told = case_words.SAVED

    async def _save_at(self, position: int) -> bool:
        case = self._state.cases[position]
        kept = await self._keep(case, self._originals(position))
        if kept is None:
            return False
        # The person may be on their way already.
        if position < len(self._state.cases) and self._state.cases[position].id == case.id:
            self._state.cases[position] = replace(case, kept=kept)
        return True

    async def _keep(self, case: Case, originals: Sequence[Path]) -> KeptCase | None:
        vault = self._front.vault
        return await self._in_thread(lambda: kept_in(vault, case, originals))

    # The list

    async def refresh_recent(self) -> None:
        """The latest cases, for the start."""
        vault = self._front.vault

        def latest() -> tuple[object, ...]:
            page = vault.history(limit=RECENT)
            named = naming(self._reader())
            return tuple(case_line(line, named) for line in page.lines)

        found = await self._in_thread(latest, quietly=True)
        self._state.recent = found or ()  # type: ignore[assignment]

    async def refresh(self) -> None:
        """The first page of what is wanted."""
        self._cursors = [None]
        await self._load()

    async def want(self, **changes: str) -> None:
        """Another filter, or another patient."""
        history = self._state.history
        self._state.history = replace(history, wanted=replace(history.wanted, **changes))
        await self.refresh()

    async def want_everything(self) -> None:
        self._state.history = replace(self._state.history, wanted=Wanted())
        await self.refresh()

    async def older(self) -> None:
        await self._load()

    async def newer(self) -> None:
        # The last is where the next page begins; the one before, where this one does.
        self._cursors = self._cursors[:-2] or [None]
        await self._load()

    async def _load(self) -> None:
        """The page that the last cursor begins."""
        vault, wanted = self._front.vault, self._state.history.wanted
        before, number = self._cursors[-1], len(self._cursors)

        def load() -> HistoryView:
            page = vault.history(filter_for(wanted, device_time()), limit=PAGE, before=before)
            reader = self._reader()
            named = naming(reader)
            packs = tuple((m.id, said(m.title)) for m in reader.shelf.readers())
            users = tuple((user.id, user.name) for user in vault.users())
            self._cursors.append(page.next)
            return HistoryView(
                tuple(case_line(line, named) for line in page.lines),
                len(page.damaged),
                number,
                page.next is not None,
                wanted,
                Choices(packs, users),
            )

        if view := await self._in_thread(load):
            self._state.history = view

    # One case

    async def open(self, case_id: str) -> None:
        """Show a case. The log keeps who looked at it."""
        self._state.case_id, self._state.kept, self._state.timeline = case_id, None, ()
        self._state.place = Place.HISTORY
        await self._show(case_id)

    async def _show(self, case_id: str) -> None:
        vault = self._front.vault

        def load() -> tuple[Case, tuple[Event, ...]]:
            case = kept_case(vault.case(case_id), vault.review_copy(case_id), self._reader())
            log = vault.log()
            names = names_in(log, {user.id: user.name for user in vault.users()})
            return case, timeline(log, case_id, vault.receipts(case_id), names)

        shown = await self._in_thread(load)
        if shown and self._state.case_id == case_id:
            self._state.kept, self._state.timeline = shown

    def close(self) -> None:
        """Back to the list."""
        self._state.case_id, self._state.kept, self._state.timeline = "", None, ()

    async def destroy(self, reason: str) -> None:
        """Delete the case on the screen for good."""
        vault, case_id = self._front.vault, self._state.case_id
        if await self._in_thread(lambda: vault.destroy(case_id, reason) or True):
            self.close()
            await self.refresh()
            self._state.told = case_words.DELETED

    # How it is done

    def _forget(self) -> None:
        """Nothing of the vault stays in memory behind the lock; only where one was."""
        self._state.recent, self._state.history = (), HistoryView()
        self._state.kept, self._state.timeline = None, ()
        self._cursors = [None]

    async def _in_thread(self, work: Callable[[], T], *, quietly: bool = False) -> T | None:
        """None when it went wrong, which is said."""
        state = self._state
        state.trouble, state.told, state.busy = None, "", not quietly
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
        finally:
            state.busy = False
        return None


def kept_in(vault: OpenVault, case: Case, originals: Sequence[Path]) -> KeptCase:
    """Save a case with what the clinician says of it. Raises OutpostError."""
    if case.reading is None or case.read_at is None:
        raise OutpostError(case_words.CaseTrouble.NOTHING_TO_SAVE)
    draft = case.draft
    base = case.kept or KeptCase(id=case.id, reading=case.reading, read_at=case.read_at)
    said = replace(
        base,
        reading=case.reading,
        opinion=draft.opinion,
        right_label=draft.right_label if draft.opinion is Opinion.DISAGREES else None,
        note=draft.note.strip(),
        code=draft.code.strip() or base.code,
        own_impression=draft.own_impression,
    )
    picture = None
    if case.picture and case.kept is None:
        picture, checked = masked_copy(case.picture.image, case)
        said = replace(said, picture_checked=checked)
    try:
        return vault.save(said, review_copy=picture, originals=originals)
    except ValueError as error:
        raise OutpostError(case_words.CaseTrouble.CODE_WITHOUT_LETTERS) from error


def masked_copy(image: bytes, case: Case) -> tuple[bytes, bool]:
    """The picture as it is kept, what the person covered black in it; and whether it is the very
    frame that they looked at."""
    masks, reading = case.masks, case.reading
    if masks is None or reading is None:
        return at_most(image, LARGEST_REVIEW_COPY), False
    patches = as_shown(masks.patches, reading.framing)
    if patches:
        image = covered(image, patches)
    return at_most(image, LARGEST_REVIEW_COPY), masks.fit(frame_shown(reading))


def filter_for(wanted: Wanted, now: datetime) -> Filter:
    """What the vault is asked for."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = {
        TODAY: midnight,
        WEEK: midnight - timedelta(days=6),
        MONTH: midnight - timedelta(days=29),
    }
    opinions = {"": frozenset[Opinion | None](), NONE: frozenset({None})}
    packs = {"": frozenset[str | None](), NONE: frozenset({None})}
    return Filter(
        packs=packs.get(wanted.pack, frozenset({wanted.pack})),
        verdicts=frozenset({Verdict(wanted.verdict)} if wanted.verdict else ()),
        opinions=opinions[wanted.opinion]
        if wanted.opinion in opinions
        else frozenset({Opinion(wanted.opinion)}),
        users=frozenset({wanted.user} if wanted.user else ()),
        since=since.get(wanted.time),
        text=wanted.text.strip(),
    )
