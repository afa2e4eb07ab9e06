"""The content tree of the structured report: TID 1500 and the templates that it includes."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.reporting.coding import Standing
from core.reporting.dicom import concepts as c
from core.reporting.dicom.context import ImageReference, uid_of
from core.reporting.dicom.document import MANUFACTURER, person_name, serial_number
from core.reporting.fhir_actors import SOFTWARE
from core.reporting.fhir_findings import DECIMALS
from core.reporting.report import Confirmation, Report
from core.reporting.wording import conclusion


def root(
    report: Report, images: SequenceOf[ImageReference], captures: SequenceOf[ImageReference]
) -> Dataset:
    """The root container (TID 1500 row 1), as a data set to lay over the document's."""
    library = [*images, *captures]
    children = [
        c.code(c.MODIFIED_BY, c.LANGUAGE, c.ENGLISH),
        *_device(report),
        c.code(c.MODIFIED_BY, c.PROCEDURE, c.PROCEDURES.get(report.modality or "", c.IMAGING)),
        *([_library(library)] if library else []),
        *([_measurements(report, images)] if report.findings else []),
        _evaluations(report),
    ]
    made = Dataset()
    made.ValueType = "CONTAINER"
    made.ConceptNameCodeSequence = Sequence([c.REPORT.item()])
    made.ContinuityOfContent = "SEPARATE"
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "1500"
    made.ContentTemplateSequence = Sequence([template])
    made.ContentSequence = Sequence(children)
    return made


def _device(report: Report) -> list[Dataset]:
    """The program as observer (TID 1002, 1004)."""
    pack = report.reading.pack
    name = f"{pack.title} {pack.version}" if pack else f"{SOFTWARE} {report.software}"
    return [
        c.code(c.CONTEXT, c.OBSERVER_TYPE, c.DEVICE),
        c.uid(c.CONTEXT, c.DEVICE_UID, uid_of(serial_number(report), "device observer")),
        c.text(c.CONTEXT, c.DEVICE_NAME, name),
        c.text(c.CONTEXT, c.DEVICE_MANUFACTURER, MANUFACTURER),
        c.text(c.CONTEXT, c.DEVICE_MODEL, pack.id if pack else SOFTWARE),
        c.text(c.CONTEXT, c.DEVICE_SERIAL, serial_number(report)),
    ]


def _library(images: SequenceOf[ImageReference]) -> Dataset:
    """TID 1600, 1602."""
    pointed = [c.image(c.CONTAINS, None, each.class_uid, each.instance_uid) for each in images]
    return c.container(
        c.CONTAINS, c.IMAGE_LIBRARY, c.container(c.CONTAINS, c.IMAGE_LIBRARY_GROUP, *pointed)
    )


def _measurements(report: Report, images: SequenceOf[ImageReference]) -> Dataset:
    groups = [_group(report, label, images) for label in report.findings]
    return c.container(c.CONTAINS, c.MEASUREMENTS, *groups)


def _group(report: Report, label: str, images: SequenceOf[ImageReference]) -> Dataset:
    """One class of the pack with its probability (TID 1501)."""
    probability = f"{report.findings[label]:.{DECIMALS}f}"
    sources = [
        c.image(c.INFERRED_FROM, c.SOURCE, each.class_uid, each.instance_uid) for each in images
    ]
    reading, standing = report.reading, []
    if label == reading.finding:
        standing.append(Standing.LEADING)
    if label in reading.prediction_set:
        standing.append(Standing.POSSIBLE)
    return c.container(
        c.CONTAINS,
        c.MEASUREMENT_GROUP,
        c.text(c.CONTEXT, c.TRACKING, report.display(label)),
        c.uid(c.CONTEXT, c.TRACKING_UID, uid_of(report.case_id, f"finding {label}")),
        c.code(c.CONTAINS, c.FINDING, class_concept(report, label)),
        *_algorithm(report),
        c.number(c.CONTAINS, c.PROBABILITY, probability, c.NO_UNITS, *sources),
        *(
            c.code(c.CONTAINS, c.STANDING, c.ours(f"standing.{each}", each.value))
            for each in standing
        ),
    )


def class_concept(report: Report, label: str) -> c.Concept:
    """What a class is called: the pack's code in SNOMED CT or RadLex, else one of ours."""
    known = report.classes.get(label)
    pack = report.reading.pack
    local = c.ours(f"class.{pack.id if pack else ''}.{label}", report.display(label))
    return c.standard(known.code if known else None) or local


def _algorithm(report: Report) -> list[Dataset]:
    """TID 4019. Only a reading by a pack has findings."""
    pack = report.reading.pack
    if pack is None:
        return []
    return [
        c.text(c.MODIFIED_BY, c.ALGORITHM_NAME, pack.id),
        c.text(c.MODIFIED_BY, c.ALGORITHM_VERSION, pack.version),
        c.text(c.MODIFIED_BY, c.ALGORITHM_PARAMETERS, f"release status: {pack.status}"),
    ]


def _evaluations(report: Report) -> Dataset:
    """TID 1500 rows 12 to 14: verdict, reasons, the report in words, the clinician's opinion."""
    verdict = report.reading.verdict
    said = [
        c.code(c.CONTAINS, c.VERDICT, c.ours(f"verdict.{verdict}", verdict.value)),
        *(c.text(c.CONTAINS, c.REASON, reason.text) for reason in report.reading.reasons),
        *(_opinion(report, report.confirmation) if report.confirmation else []),
        c.text(c.CONTAINS, c.COMMENT, conclusion(report)),
    ]
    return c.container(c.CONTAINS, c.EVALUATIONS, *said)


def _opinion(report: Report, confirmation: Confirmation) -> list[Dataset]:
    """What the clinician said, with the clinician as its observer (TID 1003)."""
    clinician, agreement = confirmation.clinician, confirmation.agreement

    def observer() -> list[Dataset]:
        return [
            c.code(c.CONTEXT, c.OBSERVER_TYPE, c.PERSON),
            c.person(c.CONTEXT, c.PERSON_NAME, person_name(clinician.name or clinician.value)),
            c.text(c.CONTEXT, c.PERSON_ORGANISATION, confirmation.organisation),
        ]

    said = [
        c.code(c.CONTAINS, c.OPINION, c.ours(f"opinion.{agreement}", agreement.value), *observer())
    ]
    if confirmation.label is not None:
        held = class_concept(report, confirmation.label)
        said.append(c.code(c.CONTAINS, c.CLINICIANS_CLASS, held, *observer()))
    return said
