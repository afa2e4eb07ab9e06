"""``main.py report``: a case or an image, in every form that others understand."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.build import VERSION
from core.errors import OutpostError
from core.imaging.framed import frame_study
from core.imaging.opening import open_study
from core.imaging.study import Source
from core.reading.reader import Reader, Request
from core.reporting.illustration import attached, illustrate
from core.reporting.report import ReadAt, Report, Subject
from core.sentences import Sentence
from storage.clock import device_time
from storage.durable import export_durably
from ui.case_report import classes_of, manifest_of
from ui.reader_source import shelf_of_this_device
from ui.terminal.deidentifying import replacement_of
from ui.terminal.framing_options import framing_of
from ui.terminal.hospital_grammar import FORMS, PICTURED
from ui.told import Told

if TYPE_CHECKING:
    from core.reporting.dicom.context import StudyContext

OK, WRONG_USAGE = 0, 2


class ReportingError(OutpostError):
    """A report could not be written."""


class ReportingFailure(Sentence):
    """Why a report could not be written."""

    NO_PICTURE_KEPT = (
        "No picture was kept with this case, so there is nothing to capture. Write the report in "
        "another form."
    )
    OUT_IS_SOURCE = "That would overwrite the image itself. Choose another file to write."


def run_report(options: argparse.Namespace, request: Request) -> int:
    """Write every form that was asked for; the exit status. Raises OutpostError."""
    wanted = {form: _target(options, form) for form in FORMS}
    targets = {form: path for form, path in wanted.items() if path is not None}
    if not targets:
        print(f"Say what to write: {', '.join('--' + form for form in FORMS)}.", file=sys.stderr)
        return WRONG_USAGE
    paths = [Path(each) for each in options.source]
    if any(path.resolve() in {each.resolve() for each in paths} for path in targets.values()):
        raise ReportingError(ReportingFailure.OUT_IS_SOURCE)
    if len(paths) == 1 and _is_case(paths[0]):
        from ui.terminal.reporting_case import told_of

        with told_of(options, str(paths[0]), tuple(targets)) as told:
            _written(options, told, targets)
    else:
        _written(options, _of_image(options, paths, request), targets)
    return OK


def _target(options: argparse.Namespace, form: str) -> Path | None:
    path: Path | None = getattr(options, form.replace("-", "_"))
    return path


def _is_case(path: Path) -> bool:
    try:
        return str(uuid.UUID(str(path))) == str(path) and not path.exists()
    except ValueError:
        return False


def _of_image(options: argparse.Namespace, paths: list[Path], request: Request) -> Told:
    reader = Reader(shelf_of_this_device(), threads=options.threads)
    study = frame_study(open_study(paths), framing_of(options))
    reading = reader.read(study, request)
    manifest = manifest_of(reading, reader.shelf)
    now = device_time()
    report = Report(
        id=str(uuid.uuid4()),
        case_id=str(uuid.uuid4()),
        reading=reading,
        read_at=ReadAt(device=now, known=now),
        software=VERSION,
        source=study.source,
        classes=classes_of(manifest),
        modality=study.facts.modality,
        pseudonym=options.pseudonym,
    )
    files = tuple(paths) if study.source is Source.DICOM else ()
    return Told(report, manifest, illustrate(study, reading, manifest), files)


def _written(options: argparse.Namespace, told: Told, targets: dict[str, Path]) -> None:
    """Make every form before writing any, so that an error leaves nothing half done."""
    made = {form: _FORMS[form](options, told) for form in targets}
    for form, content in made.items():
        if str(targets[form]) == "-":
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        else:
            export_durably(targets[form], content)
    if any(form in PICTURED for form in made) or options.with_pictures:
        _warn_of_writing(told)


def _warn_of_writing(told: Told) -> None:
    """Say at the terminal when the picture that went out carries writing: a name, perhaps."""
    if told.shown is None:
        return
    from core.imaging.lettering.finding import detector_on_board
    from core.imaging.rendering import to_grey

    found = detector_on_board().find(to_grey(told.shown.image))
    if found:
        print(
            f"Writing was found in the picture ({len(found)} boxes). Look whether it names "
            "someone before it leaves; deidentify --show proposes what to mask.",
            file=sys.stderr,
        )


def _fhir(options: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.fhir import transaction

    report = told.report
    if options.with_pictures and told.shown:
        report = replace(report, pictures=attached(told.shown))
    if options.with_patient:
        report = replace(report, subject=Subject.CREATED)
    return json.dumps(transaction(report), indent=1, ensure_ascii=False).encode() + b"\n"


def _context(options: argparse.Namespace, told: Told) -> StudyContext:
    from core.reporting.dicom.context import context_for, context_of

    if not told.files:
        return context_for(told.report)
    context = context_of(told.files)
    return context.under(replacement_of(options.key)) if options.nameless else context


def _structured_report(options: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.dicom.secondary_capture import capture_of
    from core.reporting.dicom.structured_report import structured_report

    captures = [capture_of(told.report)] if options.dicom_sc else []
    return structured_report(told.report, _context(options, told), captures)


def _secondary_capture(options: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.dicom.secondary_capture import secondary_capture

    if told.shown is None:
        raise ReportingError(ReportingFailure.NO_PICTURE_KEPT)
    return secondary_capture(told.report, _context(options, told), told.shown)


def _pdf(_: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.pdf import pdf_page

    return pdf_page(page(told.report, told.manifest, told.shown))


def _html(_: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.web import web_page

    return web_page(page(told.report, told.manifest, told.shown)).encode()


def _text(_: argparse.Namespace, told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.plain import plain

    return plain(page(told.report, told.manifest, None)).encode()


_FORMS: dict[str, Callable[[argparse.Namespace, Told], bytes]] = {
    "fhir": _fhir,
    "dicom-sc": _secondary_capture,
    "dicom-sr": _structured_report,
    "pdf": _pdf,
    "html": _html,
    "text": _text,
}
