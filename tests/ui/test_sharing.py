"""Copies of a case: in every form, logged, and with nothing in them that stays here."""

from __future__ import annotations

import asyncio
import io
import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from PIL import Image

from core.reading.reader import Reader
from storage.audit import Action
from tests.ui.test_case_book import Clinic
from tests.ui.vaults import first_start, front_of, room_at
from ui import sharing_words
from ui.case_book import CaseBook
from ui.case_documents import Form
from ui.components.share_card import leaves
from ui.masking_desk import MaskingDesk
from ui.reading_desk import ReadingDesk
from ui.sharing import Sharing
from ui.state import AppState

CODE, NOTE = "ZZCODE-77", "ZZNOTE of the patient"


class Desk:
    """A signed-in session that hands files to a dictionary."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        self.state = AppState()
        front = front_of(room_at(folder), self.state)
        desk = ReadingDesk(self.state, lambda: reader)
        book = CaseBook(self.state, front, lambda: reader, desk.files_of)
        self.clinic = Clinic(self.state, front, desk, book)
        self.handed: dict[str, bytes] = {}
        self.taken = True
        self.masking = MaskingDesk(self.state, front)
        self.sharing = Sharing(self.state, front, lambda: reader, self.take, self.take)

    async def take(self, name: str, content: bytes) -> bool:
        self.handed[name] = content
        return self.taken

    async def keep_a_case(self) -> str:
        await self.clinic.read()
        draft = self.state.case.draft
        draft.code, draft.note = CODE, NOTE
        await self.clinic.book.save()
        return self.state.case.id

    async def look_for_writing(self) -> None:
        """As a person does who finds nothing to cover."""
        await self.masking.begin(self.state.case.id)
        await self.masking.keep(())

    async def given(self, case_id: str, form: Form) -> bytes:
        self.handed.clear()
        await self.sharing.save(case_id, form)
        assert self.state.trouble is None
        return next(iter(self.handed.values()))

    def exports(self) -> list[tuple[str, str]]:
        log = self.clinic.front.vault.log()
        return [(each.row, each.detail) for each in log if each.action is Action.EXPORTED]


@pytest.fixture
def desk(tmp_path: Path, reader: Reader) -> Desk:
    return Desk(tmp_path, reader)


def signed_in(desk: Desk, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await first_start(desk.clinic.front)
        await work()

    asyncio.run(run())


def unpacked(pdf: bytes) -> bytes:
    """A PDF's streams, uncompressed as far as they can be."""
    found = [pdf]
    for part in pdf.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue
    return b"".join(found)


def test_every_form_opens_is_logged_and_holds_neither_code_nor_note(desk: Desk) -> None:
    async def work() -> None:
        case_id = await desk.keep_a_case()
        await desk.look_for_writing()
        files = {form: await desk.given(case_id, form) for form in Form}

        assert files[Form.PDF].startswith(b"%PDF")
        assert b"</html>" in files[Form.HTML]
        assert files[Form.TEXT].startswith(b"Computer reading of an image")
        assert Image.open(io.BytesIO(files[Form.PICTURE])).format == "JPEG"
        assert json.loads(files[Form.FHIR])["type"] == "transaction"
        for form in (Form.STRUCTURED_REPORT, Form.SECONDARY_CAPTURE):
            assert pydicom.dcmread(io.BytesIO(files[form])).PatientID.startswith("1-")
        for content in (*files.values(), unpacked(files[Form.PDF])):
            assert b"ZZCODE" not in content
            assert b"ZZNOTE" not in content
        assert desk.exports() == [(case_id, f"report: {form.value}") for form in Form]

    signed_in(desk, work)


def test_pictures_go_into_a_fhir_record_only_where_the_clinic_allows_it(desk: Desk) -> None:
    async def work() -> None:
        case_id = await desk.keep_a_case()
        await desk.look_for_writing()
        without = await desk.given(case_id, Form.FHIR)
        vault = desk.clinic.front.vault
        vault.change_settings(replace(vault.settings(), export_images=True))

        assert b'"Binary"' not in without
        assert b'"Binary"' in await desk.given(case_id, Form.FHIR)

    signed_in(desk, work)


def test_a_picture_that_nobody_looked_at_for_writing_does_not_leave(desk: Desk) -> None:
    async def work() -> None:
        case_id = await desk.keep_a_case()
        for form in (Form.PDF, Form.HTML, Form.PICTURE, Form.SECONDARY_CAPTURE):
            await desk.sharing.save(case_id, form)
            assert desk.state.trouble is not None
            assert desk.state.trouble.code == "not_looked_at"
        assert desk.handed == {}
        assert desk.exports() == []
        # Forms without it do, and so does a record that may hold no picture.
        for form in (Form.TEXT, Form.STRUCTURED_REPORT, Form.FHIR):
            await desk.given(case_id, form)

    signed_in(desk, work)


def test_a_case_without_a_picture_says_so_and_nothing_is_logged(desk: Desk) -> None:
    async def work() -> None:
        vault = desk.clinic.front.vault
        vault.change_settings(replace(vault.settings(), keep_review_copies=False))
        await desk.sharing.save(await desk.keep_a_case(), Form.PICTURE)

        assert desk.state.trouble is not None
        assert desk.state.trouble.code == "no_picture_kept"
        assert desk.handed == {}
        assert desk.exports() == []

    signed_in(desk, work)


def test_a_file_that_nobody_took_is_said_not_to_be_taken(desk: Desk) -> None:
    async def work() -> None:
        desk.taken = False
        await desk.sharing.share(await desk.keep_a_case(), Form.TEXT)

        assert desk.state.told == sharing_words.NOT_TAKEN

    signed_in(desk, work)


def test_it_is_said_what_of_identity_leaves(desk: Desk) -> None:
    async def work() -> None:
        await desk.keep_a_case()
        kept = desk.state.case.kept
        assert kept is not None
        report = leaves(kept, Form.PDF, pictured=True, pictures_allowed=False)
        assert sharing_words.LEAVES_PSEUDONYM in report
        assert sharing_words.LOOK_FOR_WRITING in report
        record = leaves(kept, Form.FHIR, pictured=True, pictures_allowed=False)
        assert sharing_words.NO_PICTURES_ALLOWED in record
        text = leaves(replace(kept, pseudonym=None), Form.TEXT, True, True)
        assert sharing_words.LEAVES_NO_PATIENT in text
        assert sharing_words.LOOK_FOR_WRITING not in text
        alone = leaves(kept, Form.PICTURE, True, True)
        assert sharing_words.LEAVES_REPORT not in alone

    signed_in(desk, work)
