"""A reading as structured report and secondary capture: judged by tools that others wrote."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from core.errors import ImagingError
from core.imaging.deidentification.files import deidentify
from core.imaging.deidentification.identity import Replacement
from core.imaging.dicom import header
from core.reading.guidance import standing_sentence
from core.reading.result import Verdict
from core.reporting.dicom.context import StudyContext, context_for, context_of
from core.reporting.dicom.secondary_capture import captioned, capture_of, secondary_capture
from core.reporting.dicom.structured_report import structured_report
from core.reporting.illustration import Illustration
from core.reporting.report import Agreement, Confirmation, Report
from tests.imaging.dicom_files import data_set, dicom, phantom, written
from tests.reporting.reports import (
    CLINICIAN,
    CONFIDENT,
    REJECTED,
    REJECTED_BY_PACK,
    all_reports,
    everything,
    report,
)
from tests.reporting.tools import conformance_errors, dumped

#: The header of the one study that documents are filed under.
SOURCE = dicom(
    phantom(30, 40),
    PatientName="Muster^Eva",
    PatientID="4711",
    PatientSex="F",
    PatientBirthDate="19500101",
    AccessionNumber="ACC-1",
    StudyDate="20260101",
    StudyTime="101010",
    OtherPatientIDs="other",
    InstitutionName="Elsewhere",
)
GREY = (phantom(90, 120) >> 8).astype(np.uint8)
SHOWN = Illustration(
    np.dstack([GREY] * 3), np.dstack([GREY, GREY // 2, GREY // 3]), "fracture", 0, 1
)
CONFIRMED = Confirmation(
    CLINICIAN, datetime(2026, 11, 23, 11, tzinfo=UTC), Agreement.DISAGREES, "Clinic", "no_fracture"
)


def read(content: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(content))


def made(told: Report, context: StudyContext | None = None) -> pydicom.FileDataset:
    return read(structured_report(told, context or context_for(told), [capture_of(told)]))


def items(ds: Dataset, meaning: str) -> list[Dataset]:
    """The content items of a concept, at any depth."""
    found = []
    for each in ds.get("ContentSequence", []):
        name = each.get("ConceptNameCodeSequence")
        if name and name[0].CodeMeaning == meaning:
            found.append(each)
        found += items(each, meaning)
    return found


def documents(repo: Path) -> dict[str, Report]:
    """Every verdict and pack, unconfirmed and confirmed."""
    found = all_reports(repo)
    for name, each in list(found.items()):
        agreed = replace(CONFIRMED, agreement=Agreement.AGREES, label=None)
        found[f"{name}, said"] = replace(each, confirmation=agreed)
    return found | {"another finding": report(confirmation=CONFIRMED)}


@pytest.mark.parametrize(
    "where", [context_for, lambda _: context_of([SOURCE])], ids=["own", "pacs"]
)
def test_dciodvfy_finds_no_error_for_any_verdict_and_pack(
    repo: Path, tmp_path: Path, where: Callable[[Report], StudyContext]
) -> None:
    wrong = {}
    for name, told in documents(repo).items():
        report_file = structured_report(told, where(told), [capture_of(told)])
        picture = secondary_capture(told, where(told), SHOWN)
        wrong[name] = conformance_errors(report_file, tmp_path)
        wrong[f"{name}, picture"] = conformance_errors(picture, tmp_path)

    assert len(wrong) > 40
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "keyword",
    [
        "CompletionFlag",
        "VerificationFlag",
        "VerifyingObserverSequence",
        "ContentDate",
        "ConceptNameCodeSequence",
        "ContinuityOfContent",
        "StudyInstanceUID",
        "Modality",
        "PatientID",
        "CurrentRequestedProcedureEvidenceSequence",
    ],
)
def test_dciodvfy_would_see_what_is_missing(keyword: str, tmp_path: Path) -> None:
    ds = made(report(confirmation=CONFIRMED), context_of([SOURCE]))
    del ds[keyword]
    stream = io.BytesIO()
    ds.save_as(stream)

    assert conformance_errors(stream.getvalue(), tmp_path) != []


def test_dsrdump_reads_every_report(repo: Path, tmp_path: Path) -> None:
    for told in documents(repo).values():
        context = context_of([SOURCE])
        shown = dumped(structured_report(told, context, [capture_of(told)]), tmp_path)
        assert shown.startswith("Comprehensive 3D SR Document")
        assert 'CONTAINER:(126000,DCM,"Imaging Measurement Report")' in shown
        assert standing_sentence() in shown
        assert (told.reading.pack.id if told.reading.pack else "Outpost") in shown
        for label, probability in told.findings.items():
            assert f'"Probability")="{probability:.6f}" (1,UCUM,"no units")' in shown
            assert told.display(label) in shown


def test_every_class_has_its_code_and_its_probability() -> None:
    groups = items(made(everything()), "Measurement Group")
    told = {}
    for group in groups:
        (finding,), (number,) = items(group, "Finding"), items(group, "Probability")
        coded = finding.ConceptCodeSequence[0]
        value = coded.get("CodeValue") or coded.LongCodeValue
        told[value, coded.CodingSchemeDesignator] = float(
            number.MeasuredValueSequence[0].NumericValue
        )

    assert told == {
        ("class.limb.no_fracture", "99OUTPOST"): 0.0625,
        ("125605004", "SCT"): 0.9375,
    }


def test_a_rejected_reading_has_no_probability() -> None:
    for reading in (REJECTED, REJECTED_BY_PACK):
        ds = made(report(reading))
        assert items(ds, "Probability") == []
        (verdict,) = items(ds, "Verdict of a computer program")
        assert verdict.ConceptCodeSequence[0].CodeMeaning == Verdict.REJECTED
        said = [each.TextValue for each in items(ds, "Reason of the verdict")]
        assert said == [each.text for each in reading.reasons]


def test_the_model_is_the_observer_and_its_version_is_told() -> None:
    ds = made(report())

    assert items(ds, "Device Observer Model Name")[0].TextValue == "limb"
    assert items(ds, "Algorithm Version")[0].TextValue == "1.2.0"
    other = replace(CONFIDENT, pack=replace(CONFIDENT.pack, version="1.3.0"))  # type: ignore[type-var]
    seen = {items(each, "Device Observer UID")[0].UID for each in (ds, made(report(other)))}
    assert len(seen) == 2


def test_unverified_until_a_clinician_has_said_something_of_it() -> None:
    plain, said = made(report()), made(report(confirmation=CONFIRMED))

    assert (plain.VerificationFlag, plain.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    assert "VerifyingObserverSequence" not in plain
    assert "no clinician has confirmed it" in items(plain, "Comment")[0].TextValue
    assert (said.VerificationFlag, said.PreliminaryFlag) == ("VERIFIED", "FINAL")
    (observer,) = said.VerifyingObserverSequence
    assert (str(observer.VerifyingObserverName), observer.VerifyingOrganization) == (
        "A. Nurse",
        "Clinic",
    )
    assert observer.VerificationDateTime == "20261123110000+0000"
    assert "no clinician" not in items(said, "Comment")[0].TextValue
    (opinion,) = items(said, "Clinician's opinion of the reading")
    assert opinion.ConceptCodeSequence[0].CodeMeaning == "disagrees"
    (held,) = items(said, "Class that the clinician holds right")
    assert held.ConceptCodeSequence[0].CodeMeaning == "No fracture"


def test_a_report_of_a_known_study_is_filed_under_it_and_points_to_its_images() -> None:
    source, ds = read(SOURCE), made(report(), context_of([SOURCE]))

    for keyword in ("StudyInstanceUID", "PatientName", "PatientID", "AccessionNumber"):
        assert ds[keyword].value == source[keyword].value
    assert "OtherPatientIDs" not in ds
    assert "InstitutionName" not in ds
    (study,) = ds.CurrentRequestedProcedureEvidenceSequence
    assert study.StudyInstanceUID == source.StudyInstanceUID
    pointed = [
        image.ReferencedSOPInstanceUID
        for series in study.ReferencedSeriesSequence
        for image in series.ReferencedSOPSequence
    ]
    assert pointed == [source.SOPInstanceUID, capture_of(report()).instance_uid]
    (number, *_) = items(ds, "Probability")
    inferred = number.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert inferred == source.SOPInstanceUID
    assert ds.SeriesInstanceUID != source.SeriesInstanceUID


def test_a_report_of_a_picture_names_the_patient_by_the_pseudonym_alone() -> None:
    ds, nobody = made(everything()), made(report())

    assert (str(ds.PatientName), ds.PatientID) == ("K7QX-2M4P", "K7QX-2M4P")
    assert (str(nobody.PatientName), nobody.PatientID) == ("", "")
    assert ds.PatientBirthDate == ds.PatientSex == ""


def test_a_report_under_a_pseudonym_meets_the_de_identified_files_of_its_study() -> None:
    one = Replacement(b"1" * 32, lambda code: hashlib.sha256(code.encode()).hexdigest()[:8])
    context = context_of([SOURCE]).under(one)
    content = structured_report(report(), context)
    ds, file = read(content), read(deidentify(SOURCE, one).content)

    for keyword in ("StudyInstanceUID", "PatientID", "PatientName"):
        assert ds[keyword].value == file[keyword].value
    image = ds.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert image.SeriesInstanceUID == file.SeriesInstanceUID
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == file.SOPInstanceUID
    for name in (b"Muster", b"4711", b"ACC-1", b"19500101", b"20260101"):
        assert name not in content


def test_a_correction_names_the_report_that_it_replaces() -> None:
    earlier = report(id=everything().replaces.id)  # type: ignore[union-attr]
    (study,) = made(everything()).PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence

    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == made(earlier).SOPInstanceUID
    assert series.SeriesInstanceUID == made(earlier).SeriesInstanceUID
    assert "PredecessorDocumentsSequence" not in made(report())


_PRINTED = """
import hashlib
from core.reporting.dicom.context import context_for
from core.reporting.dicom.structured_report import structured_report
from tests.reporting.reports import everything
print(hashlib.sha256(structured_report(everything(), context_for(everything()))).hexdigest())
"""


def test_the_same_report_is_the_same_bytes_on_every_device(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PRINTED], cwd=repo, capture_output=True, text=True, check=True
    )
    here = structured_report(everything(), context_for(everything()))

    assert done.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_the_capture_shows_the_heat_map_and_says_below_whose_it_is() -> None:
    ds = read(secondary_capture(report(), context_of([SOURCE]), SHOWN))
    pixels = ds.pixel_array

    assert pixels.shape[1] == 512
    assert pixels.shape[0] > 512 * 90 // 120
    assert (ds.SOPInstanceUID, ds.SeriesInstanceUID) == (
        capture_of(report()).instance_uid,
        capture_of(report()).series_uid,
    )
    assert ds.SourceImageSequence[0].ReferencedSOPInstanceUID == read(SOURCE).SOPInstanceUID
    assert list(ds.ImageType) == ["DERIVED", "SECONDARY"]
    assert pixels[:380, :, 0].mean() > pixels[:380, :, 2].mean() + 10  # the heat, in colour
    assert (pixels[400:] > 200).mean() > 0.01  # the words
    plain = captioned(report(REJECTED), replace(SHOWN, heat=None, heat_label=None))
    assert (plain[..., 0] == plain[..., 2]).all()


def test_the_capture_points_to_the_frame_that_it_shows() -> None:
    film = dicom(np.stack([phantom(8, 8)] * 3), NumberOfFrames=3)
    shown = replace(SHOWN, frame=2, frames=3)
    (source,) = read(secondary_capture(report(), context_of([film]), shown)).SourceImageSequence

    assert source.ReferencedFrameNumber == 3


def test_files_of_several_studies_are_refused_in_words() -> None:
    other = dicom(phantom(8, 8), StudyInstanceUID="1.2.9")
    for origins, code in (
        ([SOURCE, other], "series_mixed"),
        ([b"nothing"], "damaged_dicom"),
        ([dicom(phantom(8, 8), StudyInstanceUID=None)], "damaged_dicom"),
    ):
        with pytest.raises(ImagingError) as caught:
            context_of(origins)
        assert caught.value.code == code


def test_a_file_that_grows_without_end_when_unpacked_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(header, "MAX_FILE_BYTES", 50_000)
    large = written(data_set(np.zeros((400, 400), np.uint8)), "1.2.840.10008.1.2.1.99")

    assert len(large) < 5_000
    with pytest.raises(ImagingError) as caught:
        context_of([large])
    assert caught.value.code == "file_too_large"


def test_a_name_in_one_piece_cannot_become_several() -> None:
    odd: Any = replace(CLINICIAN, name="A^B=C\\D")
    ds = made(report(confirmation=replace(CONFIRMED, clinician=odd)))

    assert str(ds.VerifyingObserverSequence[0].VerifyingObserverName) == "A B C D"


def test_the_identity_of_a_study_is_not_printed() -> None:
    assert "Muster" not in repr(context_of([SOURCE]))


_START = """
import sys
import core.analysis, core.reporting.fhir
print([name for name in sys.modules if "reporting.dicom" in name or name == "pydicom"])
"""


def test_nothing_of_it_is_loaded_at_the_start(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _START], cwd=repo, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
