"""``report``, ``deidentify`` and ``pacs`` as a person or a script uses them: real processes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.imaging.dicom_files import dicom, phantom
from tests.interop.archive_of_canned_answers import Answer, Asked, answering
from tests.interop.orthanc import PASSWORD, USER, Orthanc, running
from tests.reporting.tools import conformance_errors

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "tall lamp seven river stone"
CANARY = "ZZCANARY"


def outpost(
    *arguments: str | Path, secrets: str = "", inside: Orthanc | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "main.py", *map(str, arguments)]
    return subprocess.run(
        inside.command(*command) if inside else command,
        cwd=ROOT,
        input=secrets.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that opens, and carries a name."""
    folder = tmp_path_factory.mktemp("pictures")
    grey = (phantom(300, 280) >> 8).astype(np.uint8)
    info = PngInfo()
    info.add_text("Patient", CANARY)
    path = folder / "picture.png"
    Image.fromarray(grey).save(path, pnginfo=info)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / f"{CANARY}.dcm"
    path.write_bytes(
        dicom(phantom(200, 220), PatientName=CANARY, PatientID="4711", AccessionNumber="ACC-5")
    )
    return path


def test_a_report_is_written_in_every_form_that_was_asked_for(
    picture: Path, tmp_path: Path
) -> None:
    forms = {
        "--fhir": "a.json",
        "--dicom-sr": "sr.dcm",
        "--dicom-sc": "sc.dcm",
        "--pdf": "a.pdf",
        "--html": "a.html",
    }
    asked = [part for flag, name in forms.items() for part in (flag, tmp_path / name)]
    done = outpost("report", picture, *asked, "--text", "-", "--pseudonym", "K7QX")

    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith("Computer reading of an image")
    assert "K7QX" in done.stdout.decode()
    bundle = json.loads((tmp_path / "a.json").read_bytes())
    assert bundle["type"] == "transaction"
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert "K7QX" in (tmp_path / "a.html").read_text(encoding="utf-8")
    report, capture = (pydicom.dcmread(tmp_path / name) for name in ("sr.dcm", "sc.dcm"))
    assert report.PatientID == capture.PatientID == "K7QX"
    assert report.StudyInstanceUID == capture.StudyInstanceUID
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == capture.SOPInstanceUID
    for name in forms.values():
        assert CANARY.encode() not in (tmp_path / name).read_bytes()
    for name in ("sr.dcm", "sc.dcm"):
        assert conformance_errors((tmp_path / name).read_bytes(), tmp_path) == []


def test_pictures_and_a_patient_go_into_fhir_only_when_asked_for(
    picture: Path, tmp_path: Path
) -> None:
    asked = ("report", picture, "--fhir", tmp_path / "a.json", "--pseudonym", "K7QX")
    kinds = []
    for more in ((), ("--with-pictures", "--with-patient")):
        assert outpost(*asked, *more).returncode == 0
        entries = json.loads((tmp_path / "a.json").read_bytes())["entry"]
        kinds.append({each["resource"]["resourceType"] for each in entries})

    assert {"Binary", "Patient"} & kinds[0] == set()
    assert kinds[1] - kinds[0] == {"Binary", "Patient"}


def test_a_dicom_report_is_filed_with_its_study_by_name_or_nameless(
    film: Path, tmp_path: Path
) -> None:
    named, nameless, key = tmp_path / "named.dcm", tmp_path / "nameless.dcm", tmp_path / "key"
    assert outpost("report", film, "--dicom-sr", named).returncode == 0
    done = outpost("report", film, "--dicom-sr", nameless, "--nameless", "--key", key)
    assert done.returncode == 0, done.stderr
    assert outpost("deidentify", film, tmp_path / "out", "--key", key).returncode == 0
    source = pydicom.dcmread(film)
    clean = pydicom.dcmread(tmp_path / "out" / "0000.dcm")

    assert pydicom.dcmread(named).PatientName == CANARY
    assert pydicom.dcmread(named).StudyInstanceUID == source.StudyInstanceUID
    assert CANARY.encode() not in nameless.read_bytes()
    assert pydicom.dcmread(nameless).StudyInstanceUID == clean.StudyInstanceUID
    assert pydicom.dcmread(nameless).PatientID == clean.PatientID


def test_what_cannot_be_written_leaves_nothing_behind(picture: Path, tmp_path: Path) -> None:
    page, missing = tmp_path / "page.pdf", tmp_path / "none.png"
    for arguments, status, said in (
        ((picture,), 2, "Say what to write"),
        ((picture, "--pdf", picture), 1, "out_is_source"),
        ((missing, "--pdf", page), 1, "file_not_found"),
        ((picture, picture, "--pdf", page), 1, "several_pictures"),
        ((picture, "--pdf", page, "--pseudonym", "护士"), 1, "pdf_needs_another_script"),
        ((picture, "--pack", "none", "--pdf", page), 2, "pack_not_found"),
        ((picture, "--pdf", tmp_path / "no" / "folder.pdf"), 1, "device_error"),
    ):
        done = outpost("report", *arguments)
        assert (done.returncode, page.exists()) == (status, False), done.stderr
        assert said in done.stderr.decode()
        assert b"Traceback" not in done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_case_of_the_vault_is_written_with_its_picture(picture: Path, tmp_path: Path) -> None:
    vault = ("--vault", tmp_path / "vault", "--secret-fd", "0")
    made = outpost("vault", "init", "--name", "A. Nurse", *vault, secrets=f"{PASSPHRASE}\n" * 2)
    assert made.returncode == 0, made.stderr
    kept = outpost(
        "analyze", picture, "--pack", "fracture_xray", "--save", "--json", *vault,
        secrets=PASSPHRASE + "\n",
    )  # fmt: skip
    case = json.loads(kept.stdout)["case"]
    page, report = tmp_path / "page.html", tmp_path / "report.dcm"
    unseen = ("report", case, "--html", page, "--dicom-sr", report)
    refused = outpost(*unseen, *vault, secrets=PASSPHRASE + "\n")
    assert b"picture_not_looked_at" in refused.stderr
    assert not page.exists()
    assert not report.exists()
    bare = outpost(*unseen, "--without-pictures", *vault, secrets=PASSPHRASE + "\n")
    assert bare.returncode == 0, bare.stderr
    assert "data:image/jpeg" not in page.read_text(encoding="utf-8")

    asked = (*unseen, "--i-looked")
    first = outpost(*asked, *vault, secrets=PASSPHRASE + "\n")
    once = report.read_bytes()
    again = outpost(*asked, *vault, secrets=PASSPHRASE + "\n")

    assert first.returncode == again.returncode == 0, first.stderr
    assert case in page.read_text(encoding="utf-8")
    assert "data:image/jpeg" in page.read_text(encoding="utf-8")
    assert once == report.read_bytes()
    log = outpost("vault", "log", "show", *vault, secrets=PASSPHRASE + "\n").stdout.decode()
    exported = [line for line in log.splitlines() if "exported" in line]
    assert ["picture looked at" in line for line in exported] == [False, True, True]
    wrong = outpost(*asked, *vault, secrets="another passphrase of five words\n")
    assert wrong.returncode == 1
    nobody = outpost("report", "11111111-1111-4111-8111-111111111111", "--text", "-", *vault,
                     secrets=PASSPHRASE + "\n")  # fmt: skip
    assert b"no_such_case" in nobody.stderr


# deidentify


def test_a_folder_is_de_identified_under_one_key(picture: Path, film: Path, tmp_path: Path) -> None:
    source, key = tmp_path / "disc" / "inner", tmp_path / "key"
    source.mkdir(parents=True)
    (source / f"{CANARY}.png").write_bytes(picture.read_bytes())
    (source / "film.dcm").write_bytes(film.read_bytes())
    done = outpost("deidentify", tmp_path / "disc", tmp_path / "out", "--key", key)
    again = outpost("deidentify", tmp_path / "disc", tmp_path / "again", "--key", key)
    other = outpost("deidentify", tmp_path / "disc", tmp_path / "other")

    assert done.returncode == again.returncode == other.returncode == 0, done.stderr
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".dcm", ".png"]
    assert len(key.read_bytes()) == 32
    assert os.name == "nt" or key.stat().st_mode & 0o077 == 0
    for path in (tmp_path / "out").iterdir():
        assert CANARY not in path.name
        assert CANARY.encode() not in path.read_bytes()
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    (one, two) = (
        pydicom.dcmread(next((tmp_path / name).glob("*.dcm"))) for name in ("out", "other")
    )
    assert one.PatientID != two.PatientID
    assert one.PatientIdentityRemoved == "YES"
    assert b"Look at the picture" in done.stderr


def test_options_of_the_profile_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(dicom(phantom(20, 20), StationName="ROOM3", PatientAge="044Y"))
    chosen = ("--retain-device", "--retain-bands")
    assert outpost("deidentify", path, tmp_path / "out", *chosen).returncode == 0
    kept = pydicom.dcmread(tmp_path / "out" / "0000.dcm")

    assert (kept.StationName, kept.PatientAge) == ("ROOM3", "040Y")


def test_a_file_that_cannot_be_de_identified_is_named_and_not_written(
    picture: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"\0" * 128 + b"DICM" + CANARY.encode() * 40)
    done = outpost("deidentify", bad, picture, tmp_path / "out")

    assert done.returncode == 1
    assert b"bad.dcm: not written" in done.stderr
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".png"]
    short = tmp_path / "short"
    short.write_bytes(b"1234")
    assert outpost("deidentify", picture, tmp_path / "out", "--key", short).returncode == 1


# pacs


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    yield from running(tmp_path_factory.mktemp("orthanc"))


def test_orthanc_stores_finds_and_returns_what_the_command_line_sends(
    orthanc: Orthanc, film: Path, tmp_path: Path
) -> None:
    def pacs(action: str, *more: str | Path) -> subprocess.CompletedProcess[bytes]:
        known = (orthanc.address, "--user", USER, "--secret-fd", "0")
        return outpost("pacs", action, *known, *more, secrets=PASSWORD + "\n", inside=orthanc)

    stored = pacs("store", film)
    found = pacs("find", "--accession", "ACC-5")
    named = pacs("find", "--accession", "ACC-5", "--json", "--names")
    fetched = pacs("fetch", "--accession", "ACC-5", tmp_path / "study")
    uid = pydicom.dcmread(film).StudyInstanceUID

    assert stored.returncode == 0, stored.stderr
    assert stored.stdout.startswith(b"kept")
    assert found.stdout.decode().startswith(uid)
    assert CANARY not in found.stdout.decode()
    assert json.loads(named.stdout)["patient_name"] == CANARY
    assert fetched.returncode == 0, fetched.stderr
    (path,) = (tmp_path / "study").iterdir()
    assert pydicom.dcmread(path).PixelData == pydicom.dcmread(film).PixelData
    assert pacs("fetch", "--study", uid, tmp_path / "study").returncode == 2
    assert pacs("find", "--accession", "NONE").returncode == 1


def test_what_an_archive_refuses_is_said(film: Path) -> None:
    uid = pydicom.dcmread(film).SOPInstanceUID
    failed = {"00081155": {"Value": [uid]}, "00081197": {"Value": [0xA700]}}

    def answer(asked: Asked) -> Answer:
        told: Any = {"00081198": {"Value": [failed]}}
        return 202, {"Content-Type": "application/dicom+json"}, json.dumps(told).encode()

    with answering(answer) as archive:
        done = outpost("pacs", "store", archive.address, film)

    assert done.returncode == 1
    assert f"refused  {uid}  (reason 0xa700)" in done.stderr.decode()


def test_a_token_is_sent_and_never_shown() -> None:
    empty: Answer = (204, {}, b"")
    with answering(lambda _: empty) as archive:
        asked = ("pacs", "find", archive.address, "--accession", "A", "--token")
        done = outpost(*asked, "--secret-fd", "0", secrets="s3cret\n")
        (seen,) = archive.asked

    assert done.returncode == 1
    assert seen.headers["Authorization"] == "Bearer s3cret"
    assert b"s3cret" not in done.stdout + done.stderr


def test_an_unencrypted_address_is_used_only_when_that_was_said() -> None:
    address = "http://192.0.2.1/dicom-web"
    done = outpost("pacs", "find", address, "--accession", "A")

    assert done.returncode == 1
    assert b"pacs_not_encrypted" in done.stderr
    assert outpost("pacs", "find", "https://192.0.2.1/x").returncode == 2


def test_help_opens_nothing() -> None:
    for command in ("report", "deidentify", "pacs"):
        done = outpost(command, "--help")
        assert done.returncode == 0
        assert io.StringIO(done.stdout.decode()).read().startswith("usage: main.py")
