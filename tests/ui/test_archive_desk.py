"""The image archive in the app, against a real one: set up, found, fetched, read, and sent to."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from core.imaging.opening import Origin, open_study
from core.pacs.access import Access, SignIn
from core.pacs.multipart import written
from core.reading.reader import Reader
from storage.archive_access import ArchiveAccess
from storage.audit import Action
from storage.faults import FaultKind
from tests.imaging.dicom_files import dicom, phantom
from tests.interop.archive_of_canned_answers import Answer, Asked, answering
from tests.interop.orthanc import PASSWORD, USER, Orthanc, running
from tests.ui.test_sharing import Desk
from tests.ui.vaults import first_start
from ui import archive_words
from ui.archive_desk import ArchiveDesk
from ui.archive_views import StudyLine, Work
from ui.case_documents import Form
from ui.state import Place, Stage

NUMBER = "ACC-77"
JSON = {"Content-Type": "application/dicom+json"}


def film(number: int = 0) -> bytes:
    return dicom(
        phantom(20, 24),
        StudyInstanceUID="1.2.3.77",
        SeriesInstanceUID="1.2.3.77.1",
        SOPInstanceUID=f"1.2.3.77.1.{number + 1}",
        AccessionNumber=NUMBER,
        PatientID="4711",
        PatientName="Muster^Eva",
        StudyDate="20260102",
    )


class Room(Desk):
    """A signed-in session with an archive desk; what it fetches is kept here to be looked at."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        super().__init__(folder, reader)
        self.read: list[Origin] = []
        front = self.clinic.front
        self.archive = ArchiveDesk(self.state, front, lambda: reader, self._take)

    async def _take(self, origins: Sequence[Origin]) -> None:
        self.read += origins

    def log(self) -> list[tuple[Action, str]]:
        return [(each.action, each.detail) for each in self.clinic.front.vault.log()]


def visit(room: Room, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(room.clinic.front)
        await work()

    asyncio.run(run())


def access(address: str) -> Access:
    return Access(address=address, sign_in=SignIn.PASSWORD, user=USER, secret=PASSWORD)


@pytest.fixture
def room(tmp_path: Path, reader: Reader) -> Room:
    return Room(tmp_path, reader)


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    yield from running(tmp_path_factory.mktemp("orthanc"))


def test_a_study_is_found_by_its_number_fetched_and_its_report_stored(
    room: Room, orthanc: Orthanc
) -> None:
    async def work() -> None:
        state = room.state
        await room.archive.keep(replace(access(orthanc.address), secret="wrong"))
        assert state.trouble
        assert state.trouble.code == "pacs_sign_in"
        assert state.archive.address == ""
        await room.archive.keep(access(orthanc.address))
        assert (state.trouble, state.archive.address) == (None, orthanc.address)
        with access(orthanc.address).open() as pacs:
            pacs.store([film(0), film(1)])

        await room.archive.find("NOT-THERE")
        assert state.archive.found == ()
        await room.archive.find(f" {NUMBER} ")
        assert state.archive.found
        (study,) = state.archive.found
        assert study.instances == 2
        assert "Muster" not in f"{study.title} {study.about} {state.archive!r}"

        await room.archive.fetch(study)
        assert state.trouble is None
        assert state.place is Place.READ
        assert len(open_study(room.read).frames) == 2

        case_id = await room.keep_a_case()
        await room.archive.send(case_id, Form.SECONDARY_CAPTURE)
        assert state.trouble
        assert state.trouble.code == "not_looked_at"
        await room.archive.send(case_id, Form.STRUCTURED_REPORT)
        assert (state.trouble, state.told) == (None, archive_words.STORED)
        assert room.log()[-2:] == [
            (Action.EXPORTED, "report: dicom-sr"),
            (Action.EXPORTED, "archive: dicom-sr"),
        ]
        pseudonym = room.clinic.front.vault.case(case_id).pseudonym
        with access(orthanc.address).open() as pacs:
            (kept,) = pacs.find(patient_id=pseudonym)
        assert kept.modalities == ("SR",)

    orthanc.inside(lambda: visit(room, work))


def one_study(asked: Asked) -> Answer:
    """An archive with one study of one picture and one report."""
    if asked.method == "POST":
        refused = '{"00081198": {"vr": "SQ", "Value": [{"00081197": {"Value": [42752]}}]}}'
        return 409, JSON, refused.encode()
    if "AccessionNumber" in asked.path:
        return 200, JSON, b'[{"0020000D": {"vr": "UI", "Value": ["1.2.3.77"]}}]'
    stream = io.BytesIO(film())
    report = pydicom.dcmread(stream)
    for name in ("Rows", "Columns", "PixelData"):
        del report[name]
    other = io.BytesIO()
    report.save_as(other)
    kind, body = written([film(), other.getvalue()])
    return 200, {"Content-Type": kind}, body


def test_reports_in_a_fetched_study_are_left_out(room: Room) -> None:
    async def work() -> None:
        with answering(one_study) as archive:
            await room.archive.keep(Access(address=archive.address))
            await room.archive.find(NUMBER)
            (study,) = room.state.archive.found or ()
            await room.archive.fetch(study)

        assert room.state.trouble is None
        assert room.read == [film()]

    visit(room, work)


def test_a_study_never_takes_the_place_of_a_reading_under_way(room: Room) -> None:
    async def work() -> None:
        with answering(one_study) as archive:
            await room.archive.keep(Access(address=archive.address))
            room.state.stage = Stage.RESULT
            await room.archive.fetch(StudyLine("1.2.3.77", "", "", None))

            assert room.state.trouble
            assert room.state.trouble.code == "reading_under_way"
            assert (room.read, len(archive.asked)) == ([], 1)

    visit(room, work)


def test_what_was_given_up_is_dropped_when_it_arrives(room: Room) -> None:
    async def work() -> None:
        loop, asked_for = asyncio.get_running_loop(), asyncio.Event()
        let_go = asyncio.Event()

        def slow(asked: Asked) -> Answer:
            if "AccessionNumber" not in asked.path:
                loop.call_soon_threadsafe(asked_for.set)
                asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result()
            return one_study(asked)

        with answering(slow) as archive:
            await room.archive.keep(Access(address=archive.address))
            fetching = asyncio.ensure_future(
                room.archive.fetch(StudyLine("1.2.3.77", "", "", None))
            )
            await asked_for.wait()
            assert room.state.archive.work is Work.FETCHING
            room.archive.cancel()
            assert room.state.archive.work is Work.NOTHING
            let_go.set()
            await fetching

        assert (room.read, room.state.trouble, room.state.place) == ([], None, Place.READ)

    visit(room, work)


def test_an_archive_that_does_not_keep_a_report_is_not_told_to_have_it(room: Room) -> None:
    async def work() -> None:
        case_id = await room.keep_a_case()
        with answering(one_study) as archive:
            await room.archive.keep(Access(address=archive.address))
            await room.archive.send(case_id, Form.STRUCTURED_REPORT)

        assert room.state.trouble
        assert room.state.trouble.code == "pacs_not_kept"
        assert "archive: dicom-sr" not in [detail for _, detail in room.log()]

    visit(room, work)


def test_a_form_opened_before_the_archive_is_looked_up_stays_open(room: Room) -> None:
    async def work() -> None:
        coming = asyncio.create_task(room.archive.look())
        await asyncio.sleep(0)
        room.archive.change(True)
        await coming
        assert room.state.archive.changing
        await room.archive.look()  # To come anew closes it.
        assert not room.state.archive.changing

    visit(room, work)


def test_the_way_in_is_sealed_supervisors_alone_change_it_and_the_lock_hides_it(room: Room) -> None:
    async def work() -> None:
        front = room.clinic.front
        with answering(one_study) as archive:
            told = Access(address=archive.address, sign_in=SignIn.TOKEN, secret="ZZTOKEN-4711")
            await room.archive.keep(told)
        vault = front.vault
        keeping = ArchiveAccess(vault.parts.session)
        assert keeping.current() == told
        assert "ZZTOKEN" not in repr(room.state)
        for path in vault.folder.rglob("*"):
            assert not path.is_file() or b"ZZTOKEN" not in path.read_bytes()
        assert vault.verify() == []

        former = vault.parts.session.db.execute("SELECT * FROM sync_documents").fetchall()
        await room.archive.forget()
        assert keeping.current() is None
        db = vault.parts.session.db
        for row in former:
            db.execute("INSERT OR REPLACE INTO sync_documents VALUES (?, ?, ?)", list(row))
        faults = vault.verify()
        assert [(each.kind, each.row) for each in faults] == [(FaultKind.REPLAYED, "archive")]
        await room.archive.send("", Form.STRUCTURED_REPORT)
        assert room.state.trouble
        assert room.state.trouble.code == "row_damaged"

        front.lock()
        assert room.state.archive.address == ""

    visit(room, work)
