"""The hospital's image archive: set up, searched, fetched from into a new reading, and sent to."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from core.errors import ImagingError
from core.imaging.limits import Deadline
from core.imaging.opening import Origin
from core.pacs.access import Access, SignIn
from core.pacs.failures import PacsError, PacsFailure
from storage.archive_access import ArchiveAccess
from storage.audit import Action
from storage.store import OpenVault
from ui import archive_words as words
from ui.archive_views import ArchiveView, StudyLine, Work
from ui.case_documents import Form, document
from ui.front_desk import FrontDesk
from ui.language import formats, listed
from ui.state import AppState, Gate, Place, Stage
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.pacs.answers import FoundStudy
    from core.reading.reader import Reader

T = TypeVar("T")
#: A study is held in memory, so that none lies unsealed on a disk: so much of it at most.
MOST_BYTES = 512_000_000
#: Files between two words of how many have come.
_TOLD_EVERY = 10
#: The forms that an archive keeps.
FORMS = (Form.STRUCTURED_REPORT, Form.SECONDARY_CAPTURE)


class ArchiveDesk:
    """One session's way to the archive. One thing at a time: another one gives the first up."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        read: Callable[[Sequence[Origin]], Awaitable[None]],
    ) -> None:
        """``read`` takes fetched files as if a person had chosen them."""
        self._state, self._front, self._reader, self._read = state, front, reader, read
        self._stop = threading.Event()
        self._beginning: asyncio.Task[None] | None = None
        front.opened.append(self._begin)
        front.locked.append(self._end)

    # Setting it up

    async def look(self) -> None:
        """The page is come to: which archive is set up, without asking it."""
        vault, stop = self._front.vault, self._stop
        self.change(False)
        try:
            access = await asyncio.to_thread(ArchiveAccess(vault.parts.session).current)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            if self._state.gate is Gate.OPEN:
                self._state.trouble = statement_of(error)
            return
        view = self._state.archive
        # Whoever opened the form meanwhile keeps it, with what they typed.
        if stop is self._stop and view.work is Work.NOTHING and not view.changing:
            self._show(access)

    def change(self, changing: bool) -> None:
        """Open or close the form."""
        self._change(changing=changing)

    async def keep(self, access: Access) -> None:
        """Try it, and keep it only if the archive answers."""
        vault = self._front.vault

        def tried(_: threading.Event) -> Access:
            vault.parts.session.supervisors_only()
            access.checked()
            ArchiveAccess(vault.parts.session).keep(access)
            return access

        if kept := await self._working(Work.TRYING, tried):
            self._show(kept)
            self._state.told = words.KEPT

    async def forget(self) -> None:
        vault = self._front.vault

        def forgotten(_: threading.Event) -> bool:
            ArchiveAccess(vault.parts.session).forget()
            return True

        if await self._working(Work.NOTHING, forgotten):
            self._show(None)
            self._state.told = words.FORGOTTEN

    # Finding and fetching

    async def find(self, number: str) -> None:
        """The studies of an accession number."""
        if not number.strip():
            self._state.trouble = words.ArchiveTrouble.NUMBER_MISSING.say()
            return
        vault = self._front.vault
        self._change(found=None)

        def found(_: threading.Event) -> tuple[FoundStudy, ...]:
            with _required(vault).open() as pacs:
                return tuple(pacs.find(accession=number.strip()))

        studies = await self._working(Work.SEARCHING, found)
        if studies is not None:
            self._change(found=tuple(map(_line, studies)))

    async def fetch(self, study: StudyLine) -> None:
        """Fetch a study and read it, as if it had been chosen. What was fetched lies nowhere but in
        memory."""
        if self._state.stage is not Stage.HOME:
            self._state.trouble = words.ArchiveTrouble.READING_UNDER_WAY.say()
            return
        vault, loop = self._front.vault, asyncio.get_running_loop()
        self._change(received=0, expected=study.instances)

        def received(count: int, stop: threading.Event) -> None:
            if not stop.is_set():
                self._change(received=count)

        def fetched(stop: threading.Event) -> list[Origin] | None:
            files: list[bytes] = []
            with (
                _required(vault).open() as pacs,
                closing(pacs.received(study.uid, MOST_BYTES)) as arriving,
            ):
                for content in arriving:
                    if stop.is_set():
                        return None
                    files.append(content)
                    if len(files) % _TOLD_EVERY == 0:
                        loop.call_soon_threadsafe(received, len(files), stop)
            images: list[Origin] = [each for each in files if _is_image(each)]
            if not images:
                raise PacsError(PacsFailure.PACS_NO_IMAGES)
            return images

        images = await self._working(Work.FETCHING, fetched)
        if images is None:
            return
        if self._state.stage is not Stage.HOME:
            self._state.trouble = words.ArchiveTrouble.READING_UNDER_WAY.say()
            return
        self._change(found=None)
        self._state.place = Place.READ
        await self._read(images)

    def cancel(self) -> None:
        """Give up what is under way. What still arrives is dropped unseen."""
        self._stop.set()
        self._stop = threading.Event()
        self._change(work=Work.NOTHING, received=0)

    # Sending

    async def send(self, case_id: str, form: Form) -> None:
        """Store a case in the archive. The log tells of it before it leaves, and once it is there;
        a picture goes only where a person has looked at it."""
        vault = self._front.vault

        def sent(_: threading.Event) -> bool:
            access = _required(vault)
            made = document(vault, self._reader().shelf, case_id, form)
            with access.open() as pacs:
                receipt = pacs.store([made.content])
            if receipt.refused:
                reason = receipt.refused[0].reason
                told = "-" if reason is None else f"{reason:#06x}"
                raise PacsError(PacsFailure.PACS_NOT_KEPT, reason=told)
            vault.record(Action.EXPORTED, row=case_id, detail=f"archive: {form.value}")
            return True

        if await self._working(Work.SENDING, sent):
            self._state.told = words.STORED

    # How it is done

    def _begin(self) -> None:
        self._beginning = asyncio.ensure_future(self.look())

    def _end(self) -> None:
        self._stop.set()
        self._stop = threading.Event()
        self._state.archive = ArchiveView()

    async def _working(self, work: Work, call: Callable[[threading.Event], T]) -> T | None:
        """None when it went wrong, which is said, or was given up: then the event is set."""
        self._stop.set()
        stop = self._stop = threading.Event()
        self._state.trouble, self._state.told = None, ""
        self._change(work=work)
        try:
            done = await asyncio.to_thread(call, stop)
            return None if stop.is_set() else done
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            if not stop.is_set():
                self._state.trouble = statement_of(error)
            return None
        finally:
            if not stop.is_set():
                self._change(work=Work.NOTHING)

    def _show(self, access: Access | None) -> None:
        """Everything but the secret."""
        known = access or Access(address="")
        self._change(
            address=known.address,
            sign_in=known.sign_in,
            user=known.user,
            authority=known.authority,
            changing=False,
        )

    def _change(self, **changes: object) -> None:
        self._state.archive = replace(self._state.archive, **changes)  # type: ignore[arg-type]


def access_of(address: str, sign_in: SignIn, user: str, secret: str, authority: str) -> Access:
    """What was typed, without what the way in does not need."""
    signs_in = sign_in is not SignIn.NONE
    return Access(
        address=address.strip(),
        sign_in=sign_in,
        user=user.strip() if sign_in is SignIn.PASSWORD else "",
        secret=secret if signs_in else "",
        authority=authority.strip(),
    )


def _required(vault: OpenVault) -> Access:
    """The archive that is set up. Raises PacsError (PACS_NO_ARCHIVE), StorageError."""
    access = ArchiveAccess(vault.parts.session).current()
    if access is None:
        raise PacsError(PacsFailure.PACS_NO_ARCHIVE)
    return access


def _line(study: FoundStudy) -> StudyLine:
    """A study in words, without its patient: day, kinds and size."""
    try:
        when = formats.day(datetime.strptime(study.date, "%Y%m%d").date())
    except ValueError:
        when = words.NO_DATE
    files = () if study.instances is None else (words.FILES.format(count=study.instances),)
    kinds = tuple(each for each in study.modalities if each.isalnum())
    return StudyLine(study.study_uid, when, listed((*kinds, *files)), study.instances)


def _is_image(content: bytes) -> bool:
    """Whether there is a picture to read: archives keep reports in the study too. What cannot be
    told is kept, so that opening it says why."""
    from core.imaging.dicom.header import read_header

    try:
        header = read_header(io.BytesIO(content), len(content), Deadline(), pixels=False)
    except ImagingError:
        return True
    return "Rows" in header.dataset
