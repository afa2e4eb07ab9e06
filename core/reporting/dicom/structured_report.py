"""A reading as a DICOM structured report: TID 1500 (PS3.16) in a Comprehensive 3D SR, which the
IHE AI Results profile asks for. docs/interop.md says where that profile is not followed."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import Comprehensive3DSRStorage

from core.reporting.dicom.content import root
from core.reporting.dicom.context import ImageReference, StudyContext, uid_of
from core.reporting.dicom.document import begun, day, moment, person_name, time, written
from core.reporting.report import Confirmation, Report


def structured_report(
    report: Report, context: StudyContext, captures: SequenceOf[ImageReference] = ()
) -> bytes:
    """The report as a file of PS3.10, filed under ``context``.

    It points to the images of ``context`` as what was read, and to ``captures`` (secondary
    captures in the same study) as what can be looked at. UNVERIFIED until the report carries a
    confirmation; then VERIFIED, with the clinician as verifying observer. The same report in the
    same context always gives the same bytes.
    """
    ds = begun(report, context, Comprehensive3DSRStorage, "structured report")
    ds.Modality = "SR"
    ds.SeriesNumber = 9900
    ds.SeriesDescription = "Computer reading"
    ds.ReferencedPerformedProcedureStepSequence = Sequence()
    ds.PerformedProcedureCodeSequence = Sequence()
    ds.ContentDate, ds.ContentTime = day(report), time(report)
    ds.CompletionFlag = "COMPLETE"
    ds.PreliminaryFlag = "FINAL" if report.confirmation else "PRELIMINARY"
    ds.VerificationFlag = "VERIFIED" if report.confirmation else "UNVERIFIED"
    if report.confirmation:
        ds.VerifyingObserverSequence = Sequence([_verifying(report.confirmation)])
    evidence = [*context.images, *captures]
    if evidence:
        ds.CurrentRequestedProcedureEvidenceSequence = Sequence(
            [_evidence(context.study_uid, evidence)]
        )
    if report.replaces:
        earlier = ImageReference(
            uid_of(report.replaces.id, "dicom series structured report"),
            Comprehensive3DSRStorage,
            uid_of(report.replaces.id, "dicom structured report"),
        )
        ds.PredecessorDocumentsSequence = Sequence([_evidence(context.study_uid, [earlier])])
    ds.update(root(report, context.images, captures))
    return written(ds)


def _verifying(confirmation: Confirmation) -> Dataset:
    """PS3.3 C.17.2, Verifying Observer Sequence."""
    observer = Dataset()
    clinician = confirmation.clinician
    observer.VerifyingOrganization = confirmation.organisation
    observer.VerificationDateTime = moment(confirmation.at)
    observer.VerifyingObserverName = person_name(clinician.name or clinician.value)
    observer.VerifyingObserverIdentificationCodeSequence = Sequence()
    return observer


def _evidence(study_uid: str, images: SequenceOf[ImageReference]) -> Dataset:
    """Images by study and series (PS3.3 C.17.2.1, SOP Instance Reference Macro)."""
    by_series: dict[str, list[Dataset]] = {}
    for image in images:
        pointed = Dataset()
        pointed.ReferencedSOPClassUID = image.class_uid
        pointed.ReferencedSOPInstanceUID = image.instance_uid
        by_series.setdefault(image.series_uid, []).append(pointed)
    study = Dataset()
    study.StudyInstanceUID = study_uid
    study.ReferencedSeriesSequence = Sequence()
    for series_uid, items in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = Sequence(items)
        study.ReferencedSeriesSequence.append(series)
    return study
