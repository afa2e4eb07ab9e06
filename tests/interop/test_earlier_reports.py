"""Earlier reports of a pseudonym, from a FHIR server that others wrote."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.reading.pack import PackShelf
from core.reading.reader import Reader
from core.reporting.fhir import transaction
from core.reporting.report import Agreement, ReadAt, Report, Subject
from core.sync.device_key import DeviceKey
from core.sync.earlier import earlier_reports
from core.sync.enrolment import Enrolment
from core.sync.failures import SyncError
from core.sync.server import FhirServer
from storage.sync_documents import SyncDocuments
from storage.sync_enrolment import SyncEnrolment
from tests.interop.sekmet import sekmet
from tests.reporting.reports import CONFIDENT, report
from tests.reporting.test_dicom_documents import CONFIRMED
from tests.sync.vaults import enrolled, filled, fresh
from tests.ui.vaults import first_start, front_of, room_at
from ui import archive_words
from ui.case_views import moment
from ui.case_work import kept_case
from ui.earlier_desk import EarlierDesk
from ui.terminal.earlier import earlier

CLIENT = {"client_id": "phone", "scopes": "system/*.cruds"}


@pytest.fixture(scope="module")
def key() -> DeviceKey:
    return DeviceKey.new()


@pytest.fixture(scope="module")
def server(key: DeviceKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    with sekmet(tmp_path_factory.mktemp("server"), {"phone": key.public_jwk}) as address:
        sign_in = Enrolment(endpoint=address, **CLIENT).sign_in(key)
        with FhirServer(address, sign_in=sign_in) as opened:
            yield opened


def numbered(number: int, pseudonym: str, subject: Subject = Subject.BY_IDENTIFIER) -> Report:
    """A report of its own, read ``number`` days later than the first."""
    first = report(CONFIDENT)
    at = first.read_at.known + timedelta(days=number)
    digits = f"{number:012d}"
    return replace(
        first,
        id=f"152bee5d-dd99-53c9-ba07-{digits}",
        case_id=f"ecb92a60-1ba4-5b98-bcf6-{digits}",
        read_at=ReadAt(device=at, known=at),
        pseudonym=pseudonym,
        subject=subject,
    )


def test_the_reports_of_one_patient_come_the_newest_first_and_no_one_elses(
    server: FhirServer,
) -> None:
    ours = [numbered(number, "K7QX-MINE") for number in (1, 2)]
    others = [numbered(number, "K7QX-OTHER") for number in (3, 4)]
    for each in (*ours, *others):
        server.post("", transaction(each))

    found = earlier_reports(server, "K7QX-MINE")

    assert [each.id for each in found] == [ours[1].id, ours[0].id]
    assert found[0].reading.verdict is CONFIDENT.verdict
    assert found[0].reading.pack == CONFIDENT.pack
    assert found[0].read_at == ours[1].read_at
    assert earlier_reports(server, "K7QX-NOBODY") == []


def test_a_report_on_a_patient_that_the_server_made_of_the_pseudonym_is_found_too(
    server: FhirServer,
) -> None:
    made = numbered(5, "K7QX-MADE", Subject.CREATED)
    server.post("", transaction(made))

    assert [each.id for each in earlier_reports(server, "K7QX-MADE")] == [made.id]


def test_reports_that_others_wrote_about_the_same_subject_are_passed_over(
    server: FhirServer,
) -> None:
    mine = numbered(6, "K7QX-BOTH")
    bundle = transaction(mine)
    server.post("", bundle)
    told = next(
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "DiagnosticReport"
    )
    foreign = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Somebody else's"},
        "subject": told["subject"],
    }
    server.post("DiagnosticReport", foreign)

    assert [each.id for each in earlier_reports(server, "K7QX-BOTH")] == [mine.id]


def test_the_command_line_shows_them_beside_a_case(
    server: FhirServer, key: DeviceKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = filled(tmp_path / "vault", 1)
    SyncDocuments(vault.parts.session).keep("device-key", {"pem": key.pem})
    enrolled(vault, server.address, **CLIENT)
    (case,) = vault.cases().cases
    assert case.pseudonym
    options = Namespace(case=case.id)

    assert earlier(options, vault) == 1
    server.post("", transaction(numbered(7, case.pseudonym)))
    server.post("", transaction(replace(numbered(8, case.pseudonym), case_id=case.id)))
    assert earlier(options, vault) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert "confident" in line
    assert "not confirmed" in line
    assert numbered(7, "").case_id in line
    assert case.pseudonym not in line


def test_the_app_shows_them_beside_a_case_and_keeps_nothing_of_them(
    server: FhirServer, key: DeviceKey, tmp_path: Path
) -> None:
    async def work() -> None:
        room = room_at(tmp_path)
        front = front_of(room)
        state, reader = front.state, Reader(PackShelf(), threads=1)
        desk = EarlierDesk(state, front, lambda: reader)
        await first_start(front)
        vault = front.vault
        SyncDocuments(vault.parts.session).keep("device-key", {"pem": key.pem})
        enrolled(vault, server.address, **CLIENT)
        kept = vault.save(fresh(1))
        state.kept = kept_case(kept, None, reader)
        assert kept.pseudonym
        confirmed = numbered(11, kept.pseudonym)
        server.post("", transaction(replace(confirmed, confirmation=CONFIRMED)))
        server.post("", transaction(numbered(10, kept.pseudonym)))
        server.post("", transaction(replace(numbered(12, kept.pseudonym), case_id=kept.id)))

        await desk.look()
        assert state.trouble is None
        assert state.earlier
        assert state.earlier.lines
        newest, older = state.earlier.lines
        assert newest.standing == archive_words.EARLIER_STANDING[Agreement.DISAGREES]
        assert older.standing == archive_words.EARLIER_UNVERIFIED
        assert newest.verdict is older.verdict is CONFIDENT.verdict
        assert newest.when == moment(confirmed.read_at.known)
        assert kept.pseudonym not in repr(state.earlier)
        assert [each.id for each in vault.cases().cases] == [kept.id]

        enrolled_with = SyncEnrolment(vault.parts.session)
        nowhere = Enrolment(endpoint="http://127.0.0.1:9/fhir", **CLIENT)
        enrolled_with.enrol(nowhere)
        await desk.look()
        assert state.earlier is None
        assert state.trouble

        front.lock()
        assert state.earlier is None

    asyncio.run(work())


def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with FhirServer("http://127.0.0.1:9/fhir") as nowhere, pytest.raises(SyncError):
        earlier_reports(nowhere, "K7QX")
