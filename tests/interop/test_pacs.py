"""Find, fetch and store, against a real archive and against one that misbehaves."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import hypothesis
import pydicom
import pytest
from hypothesis import strategies as st

from core.pacs import server
from core.pacs.answers import Refused, receipt, studies
from core.pacs.failures import PacsError
from core.pacs.multipart import parts, written
from core.pacs.server import Pacs, Transport
from core.reporting.dicom.context import context_of
from core.reporting.dicom.secondary_capture import capture_of, secondary_capture
from core.reporting.dicom.structured_report import structured_report
from tests.imaging.dicom_files import dicom, phantom
from tests.interop.archive_of_canned_answers import Answer, Asked, answering
from tests.interop.orthanc import PASSWORD, USER, Orthanc, running
from tests.reporting.reports import report
from tests.reporting.test_dicom_documents import SHOWN

JSON = {"Content-Type": "application/dicom+json"}


def film(number: int = 0, **attributes: Any) -> bytes:
    known = {
        "StudyInstanceUID": "1.2.3.77",
        "SeriesInstanceUID": "1.2.3.77.1",
        "SOPInstanceUID": f"1.2.3.77.1.{number + 1}",
        "AccessionNumber": "ACC-77",
        "PatientID": "4711",
        "PatientName": "Müster^Éva",
        "SpecificCharacterSet": "ISO_IR 192",
        "StudyDate": "20260102",
    }
    return dicom(phantom(20, 24), **(known | attributes))


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    yield from running(tmp_path_factory.mktemp("orthanc"))


def signed_in(archive: Orthanc) -> Pacs:
    return Pacs(archive.address, sign_in=(USER, PASSWORD))


def test_orthanc_stores_finds_and_returns_a_study(orthanc: Orthanc, tmp_path: Path) -> None:
    films = [film(0), film(1)]

    def visit() -> tuple[Any, ...]:
        with signed_in(orthanc) as pacs:
            stored = pacs.store(films)
            found = pacs.find(accession="ACC-77")
            return stored, found, pacs.fetch(found[0].study_uid, tmp_path)

    stored, found, fetched = orthanc.inside(visit)

    assert stored.kept == ("1.2.3.77.1.1", "1.2.3.77.1.2")
    assert stored.is_complete
    assert [each.study_uid for each in found] == ["1.2.3.77"]
    assert (found[0].patient_id, found[0].patient_name) == ("4711", "Müster^Éva")
    assert (found[0].date, found[0].modalities, found[0].instances) == ("20260102", ("CT",), 2)
    assert "Müster" not in repr(found[0])
    back = {pydicom.dcmread(path).SOPInstanceUID: pydicom.dcmread(path) for path in fetched}
    for content in films:
        sent = pydicom.dcmread(io.BytesIO(content))
        assert back[sent.SOPInstanceUID].PixelData == sent.PixelData


def test_orthanc_files_a_report_and_its_picture_with_the_study_that_was_read(
    orthanc: Orthanc, tmp_path: Path
) -> None:
    source = film(5, StudyInstanceUID="1.2.3.88", AccessionNumber="ACC-88")
    told, context = report(), context_of([source])
    documents = [
        structured_report(told, context, [capture_of(told)]),
        secondary_capture(told, context, SHOWN),
    ]

    def visit() -> tuple[Any, ...]:
        with signed_in(orthanc) as pacs:
            first = pacs.store([source, *documents])
            pacs.store(documents)  # a second time, as after a lost answer
            (found,) = pacs.find(accession="ACC-88")
            return first, found, pacs.fetch("1.2.3.88", tmp_path)

    first, found, fetched = orthanc.inside(visit)

    assert first.is_complete
    assert found.instances == 3
    assert set(found.modalities) == {"CT", "OT", "SR"}
    back = {pydicom.dcmread(path).SOPInstanceUID: path.read_bytes() for path in fetched}
    for content in documents:
        sent = pydicom.dcmread(io.BytesIO(content))
        again = pydicom.dcmread(io.BytesIO(back[sent.SOPInstanceUID]))
        assert again.to_json_dict() == sent.to_json_dict()


def test_orthanc_says_what_it_does_not_have(orthanc: Orthanc, tmp_path: Path) -> None:
    def visit() -> str:
        with signed_in(orthanc) as pacs:
            assert pacs.find(accession="NONE") == []
            with pytest.raises(PacsError) as caught:
                pacs.fetch("1.2.3.4.5.6", tmp_path)
            return caught.value.code

    assert orthanc.inside(visit) == "pacs_not_found"


def test_a_search_matches_the_number_alone(orthanc: Orthanc) -> None:
    def visit() -> list[int]:
        with signed_in(orthanc) as pacs:
            pacs.store([film(0), film(9, StudyInstanceUID="1.2.3.99", AccessionNumber="ACC-770")])
            found = [len(pacs.find(accession=each)) for each in ("ACC-77", "ACC-7", "ACC-770")]
            for pattern in ("ACC-*", "ACC-7?"):
                with pytest.raises(PacsError):
                    pacs.find(accession=pattern)
            return found

    assert orthanc.inside(visit) == [1, 0, 1]


def test_a_wrong_password_is_told_apart(orthanc: Orthanc) -> None:
    def visit() -> str:
        with (
            Pacs(orthanc.address, sign_in=(USER, "wrong")) as pacs,
            pytest.raises(PacsError) as caught,
        ):
            pacs.find(accession="ACC-77")
        return caught.value.code

    assert orthanc.inside(visit) == "pacs_sign_in"


# An archive that misbehaves


def code_of(answer: Answer, tmp_path: Path, act: str) -> str:
    with answering(lambda _: answer) as archive, Pacs(archive.address) as pacs:
        with pytest.raises(PacsError) as caught:
            if act == "find":
                pacs.find(accession="A")
            elif act == "fetch":
                pacs.fetch("1.2.3", tmp_path)
            else:
                pacs.store([film()])
        assert caught.value.__cause__ is None
        return caught.value.code


@pytest.mark.parametrize(
    ("act", "answer", "code"),
    [
        ("find", (500, {}, b"Patient 4711 not indexed"), "pacs_refused"),
        ("find", (302, {"Location": "http://127.0.0.1:1/"}, b""), "pacs_refused"),
        ("find", (401, {}, b""), "pacs_sign_in"),
        ("find", (200, JSON, b"<html>sign in</html>"), "pacs_answer_unknown"),
        ("find", (200, JSON, b'{"0020000D": 1}'), "pacs_answer_unknown"),
        ("find", (200, JSON, b'[{"0020000D": {"Value": "1.2"}}]'), "pacs_answer_unknown"),
        ("fetch", (200, JSON, b"[]"), "pacs_answer_unknown"),
        ("fetch", (200, {"Content-Type": "multipart/related"}, b""), "pacs_answer_unknown"),
        (
            "fetch",
            (200, {"Content-Type": "multipart/related; boundary=x"}, b"--x\r\n\r\ncut short"),
            "pacs_answer_unknown",
        ),
        (
            "fetch",
            (200, {"Content-Type": "multipart/related; boundary=x"}, b"--x\r\n" + b"h" * 40_000),
            "pacs_study_too_large",
        ),
        ("store", (503, {}, b""), "pacs_refused"),
        ("store", (200, JSON, b"ok"), "pacs_answer_unknown"),
    ],
)
def test_an_odd_answer_is_an_error_in_words(
    act: str, answer: Answer, code: str, tmp_path: Path
) -> None:
    assert code_of(answer, tmp_path, act) == code


def test_what_an_answer_does_not_name_as_kept_was_not_kept() -> None:
    def answer(_: Asked) -> Answer:
        told = {
            "00081199": {"vr": "SQ", "Value": [{"00081155": {"Value": ["1.2.3.77.1.1"]}}]},
            "00081198": {
                "vr": "SQ",
                "Value": [{"00081155": {"Value": ["1.2.3.77.1.2"]}, "00081197": {"Value": [272]}}],
            },
        }
        return 202, JSON, json.dumps(told).encode()

    with answering(answer) as archive, Pacs(archive.address) as pacs:
        told = pacs.store([film(0), film(1), film(2)])

    assert told.kept == ("1.2.3.77.1.1",)
    assert told.refused == (Refused("1.2.3.77.1.2", 272), Refused("1.2.3.77.1.3", None))
    assert not told.is_complete


def test_one_named_both_kept_and_failed_counts_as_refused() -> None:
    both = {"Value": [{"00081155": {"Value": ["1.2"]}, "00081197": {"Value": [1]}}]}

    assert receipt({"00081199": both, "00081198": both}, ["1.2"]).kept == ()


def test_an_archive_that_refused_all_is_heard() -> None:
    told = {"00081198": {"Value": [{"00081155": {"Value": ["1.2.3.77.1.1"]}}]}}
    with (
        answering(lambda _: (409, JSON, json.dumps(told).encode())) as archive,
        Pacs(archive.address) as pacs,
    ):
        assert pacs.store([film()]).refused == (Refused("1.2.3.77.1.1", None),)


def test_large_deliveries_go_in_several_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MAX_BATCH_BYTES", len(film()) * 2 + 10)

    def answer(asked: Asked) -> Answer:
        count = asked.body.count(b"Content-Type: application/dicom")
        if count > 2:
            return 413, {}, b""
        kept = [{"00081155": {"Value": [f"1.2.3.77.1.{n + 1}"]}} for n in range(5)]
        return 200, JSON, json.dumps({"00081199": {"Value": kept}}).encode()

    with answering(answer) as archive, Pacs(archive.address) as pacs:
        told = pacs.store([film(number) for number in range(5)])
        assert len(archive.asked) == 3
    assert len(told.kept) == 5


def test_an_archive_that_sends_the_same_page_for_ever_is_left() -> None:
    page = [{"0020000D": {"Value": [f"1.2.{n}"]}} for n in range(100)]
    with (
        answering(lambda _: (200, JSON, json.dumps(page).encode())) as archive,
        Pacs(archive.address) as pacs,
    ):
        assert len(pacs.find(date="20260102")) == 100
        assert len(archive.asked) == 2


def test_a_long_answer_is_read_page_by_page() -> None:
    def answer(asked: Asked) -> Answer:
        offset = int(asked.path.split("offset=")[1].split("&")[0])
        count = 100 if offset < 200 else 7
        page = [{"0020000D": {"Value": [f"1.2.{offset + n}"]}} for n in range(count)]
        return 200, JSON, json.dumps(page).encode()

    with answering(answer) as archive, Pacs(archive.address) as pacs:
        assert len(pacs.find(patient_id="4711")) == 207


def test_a_study_that_never_ends_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind, body = written([film(number) for number in range(9)])
    answer: Answer = (200, {"Content-Type": kind}, body)
    monkeypatch.setattr(server, "MAX_STUDY_FILES", 3)
    assert code_of(answer, tmp_path, "fetch") == "pacs_study_too_large"
    monkeypatch.setattr(server, "MAX_STUDY_FILES", 100)
    monkeypatch.setattr(server, "MAX_STUDY_BYTES", 2000)
    assert code_of(answer, tmp_path, "fetch") == "pacs_study_too_large"


@pytest.mark.parametrize("uid", ["../../etc/passwd", "1.2?x=1", "", "1..2", "1." * 40 + "1"])
def test_a_uid_that_is_none_is_never_asked_for(uid: str, tmp_path: Path) -> None:
    with answering(lambda _: (200, JSON, b"[]")) as archive, Pacs(archive.address) as pacs:
        with pytest.raises(PacsError) as caught:
            pacs.fetch(uid, tmp_path)
        assert caught.value.code == "pacs_uid_invalid"
        assert archive.asked == []


def test_a_search_for_nothing_is_not_sent() -> None:
    with answering(lambda _: (200, JSON, b"[]")) as archive, Pacs(archive.address) as pacs:
        with pytest.raises(ValueError, match="search"):
            pacs.find(accession="")
        assert archive.asked == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://pacs.clinic.example/dicom-web", "pacs_not_encrypted"),
        ("http://192.168.1.9:8042/dicom-web", "pacs_not_encrypted"),
        ("ftp://pacs.clinic.example", "pacs_address_invalid"),
        ("https://user:word@pacs.clinic.example", "pacs_address_invalid"),
        ("pacs.clinic.example", "pacs_address_invalid"),
        ("https://", "pacs_address_invalid"),
        ("", "pacs_address_invalid"),
    ],
)
def test_an_address_that_must_not_be_used_is_refused(address: str, code: str) -> None:
    with pytest.raises(PacsError) as caught:
        Pacs(address, sign_in=("a", "b"))
    assert caught.value.code == code


def test_plain_http_is_used_where_it_was_allowed_and_on_this_machine() -> None:
    with Pacs("http://192.168.1.9:8042/dicom-web", transport=Transport.PLAIN_ALLOWED):
        pass
    with Pacs("http://localhost/dicom-web"), Pacs("https://pacs.clinic.example/dicom-web/"):
        pass


def test_nobody_there_is_told_apart() -> None:
    with answering(lambda _: (200, JSON, b"[]")) as archive:
        address = archive.address
    with Pacs(address) as pacs, pytest.raises(PacsError) as caught:
        pacs.find(accession="A")
    assert caught.value.code == "pacs_unreachable"


def test_what_is_no_dicom_file_is_not_sent() -> None:
    with answering(lambda _: (200, JSON, b"{}")) as archive, Pacs(archive.address) as pacs:
        for files, code in (([], "pacs_nothing_to_store"), ([film(), b"a"], "pacs_not_dicom")):
            with pytest.raises(PacsError) as caught:
                pacs.store(files)
            assert caught.value.code == code
        assert archive.asked == []


def test_neither_errors_nor_logs_name_a_patient(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer: Answer = (500, {}, b"patient SECRET-4711 is not here")
    with answering(lambda _: answer) as archive, Pacs(archive.address) as pacs:
        with pytest.raises(PacsError) as caught:
            pacs.find(patient_id="SECRET-4711")
        assert "SECRET" not in str(caught.value)
    assert "SECRET" not in caplog.text


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=200)
def test_files_survive_any_cutting_of_the_body(data: Any) -> None:
    files = data.draw(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
    kind, body = written(files)
    boundary = kind.rsplit("=", 1)[1].encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    edges = [0, *cuts, len(body)]
    chunks = [body[a:b] for a, b in pairwise(edges)]

    assert list(parts(chunks, boundary)) == files


@hypothesis.given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["0020000D", "Value", "00081199", "00081155"]), inner),
    max_leaves=12,
))  # fmt: skip
def test_no_answer_raises_anything_but_our_error(answer: Any) -> None:
    for read in (studies, lambda told: receipt(told, ["1.2"])):
        try:
            read(answer)
        except PacsError as error:
            assert error.code == "pacs_answer_unknown"
