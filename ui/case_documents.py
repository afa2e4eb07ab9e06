"""A case of the vault in the forms in which it may leave the device.

Documents are made in memory: nothing of them is written to a temporary file here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import OutpostError
from core.reading.pack import PackShelf
from core.reporting.illustration import attached, illustrate_copy, jpeg
from core.sentences import Sentence
from storage.audit import Action
from storage.store import OpenVault
from ui.case_report import manifest_of, report_of
from ui.page_speech import page_speech
from ui.told import Told


class Form(StrEnum):
    """The forms. The value is what the audit log calls it."""

    PDF = "pdf"
    HTML = "html"
    TEXT = "text"
    PICTURE = "picture"
    FHIR = "fhir"
    STRUCTURED_REPORT = "dicom-sr"
    SECONDARY_CAPTURE = "dicom-sc"


#: What a file of each form is called after its dot.
SUFFIXES = {
    Form.PDF: "pdf",
    Form.HTML: "html",
    Form.TEXT: "txt",
    Form.PICTURE: "jpg",
    Form.FHIR: "json",
    Form.STRUCTURED_REPORT: "dcm",
    Form.SECONDARY_CAPTURE: "dcm",
}
#: What cannot be made without the picture that is kept with a case.
NEED_A_PICTURE = frozenset({Form.PICTURE, Form.SECONDARY_CAPTURE})


class DocumentTrouble(Sentence):
    """Why a case cannot leave in a form."""

    NO_PICTURE_KEPT = (
        "No picture was kept with this case, so there is nothing to write. Choose another form."
    )
    NOT_LOOKED_AT = (
        "Nobody has looked at this case's picture for writing yet, so it does not leave. Look "
        "first, or choose a form without a picture."
    )


@dataclass(frozen=True)
class Document:
    """A file to hand out. Its name holds a part of the case's random number, and no person."""

    name: str
    content: bytes


def told_about(vault: OpenVault, shelf: PackShelf, case_id: str, *, pictured: bool = True) -> Told:
    """What may be told of a case. ``pictured`` False leaves its picture in the vault. Whoever
    writes it down calls ``log_export``. Raises OutpostError."""
    case = vault.case(case_id)
    manifest = manifest_of(case.reading, shelf)
    report = report_of(
        case,
        manifest,
        people=vault.users(),
        clinic=vault.settings().clinic_name,
        labelled_at=_last_changed(vault, case_id),
        was_sent=vault.receipts(case_id),
    )
    copy = vault.review_copy(case_id) if pictured else None
    shown = illustrate_copy(copy, case.reading, manifest) if copy else None
    return Told(report, manifest, shown)


def log_export(vault: OpenVault, case_id: str, forms: Sequence[str]) -> None:
    """Keep in the log in which forms a case was written. Before it leaves: what was written and
    then not taken is in the log too, and never the other way round."""
    vault.record(Action.EXPORTED, row=case_id, detail=f"report: {', '.join(forms)}")


def document(vault: OpenVault, shelf: PackShelf, case_id: str, form: Form) -> Document:
    """A case in one form. The log tells of it before it leaves. A picture goes only where a person
    has looked at it for writing. Raises OutpostError."""
    pictured = shows_picture(form, allowed=vault.settings().export_images)
    if form in NEED_A_PICTURE and vault.review_copy(case_id) is None:
        raise OutpostError(DocumentTrouble.NO_PICTURE_KEPT)
    if pictured and vault.review_copy(case_id) and not vault.checked_picture(case_id):
        raise OutpostError(DocumentTrouble.NOT_LOOKED_AT)
    content = _MAKERS[form](told_about(vault, shelf, case_id, pictured=pictured))
    log_export(vault, case_id, (form.value,))
    return Document(f"outpost-{case_id[:8]}-{form.value}.{SUFFIXES[form]}", content)


def shows_picture(form: Form, *, allowed: bool) -> bool:
    """Whether a file of this form shows the picture. ``allowed``: it may go into FHIR records."""
    if form is Form.FHIR:
        return allowed
    return form not in {Form.TEXT, Form.STRUCTURED_REPORT}


def _last_changed(vault: OpenVault, case_id: str) -> datetime:
    changes = (Action.SAVED, Action.EDITED, Action.MERGED)
    entries = [each for each in vault.log() if each.row == case_id and each.action in changes]
    return entries[-1].moment.known


def _pdf(told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.pdf import pdf_page

    return pdf_page(page(told.report, told.manifest, told.shown, page_speech()))


def _html(told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.web import web_page

    return web_page(page(told.report, told.manifest, told.shown, page_speech())).encode()


def _text(told: Told) -> bytes:
    from core.reporting.page.content import page
    from core.reporting.page.plain import plain

    return plain(page(told.report, told.manifest, None, page_speech())).encode()


def _picture(told: Told) -> bytes:
    """With the heat map over it, where there is one."""
    if told.shown is None:
        raise OutpostError(DocumentTrouble.NO_PICTURE_KEPT)
    return jpeg(told.shown.image if told.shown.heat is None else told.shown.heat)


def _fhir(told: Told) -> bytes:
    from core.reporting.fhir import transaction

    report = told.report
    if told.shown:
        report = replace(report, pictures=attached(told.shown))
    return json.dumps(transaction(report), indent=1, ensure_ascii=False).encode() + b"\n"


def _structured_report(told: Told) -> bytes:
    from core.reporting.dicom.context import context_for
    from core.reporting.dicom.structured_report import structured_report

    return structured_report(told.report, context_for(told.report), [])


def _secondary_capture(told: Told) -> bytes:
    from core.reporting.dicom.context import context_for
    from core.reporting.dicom.secondary_capture import secondary_capture

    if told.shown is None:
        raise OutpostError(DocumentTrouble.NO_PICTURE_KEPT)
    return secondary_capture(told.report, context_for(told.report), told.shown)


_MAKERS: dict[Form, Callable[[Told], bytes]] = {
    Form.PDF: _pdf,
    Form.HTML: _html,
    Form.TEXT: _text,
    Form.PICTURE: _picture,
    Form.FHIR: _fhir,
    Form.STRUCTURED_REPORT: _structured_report,
    Form.SECONDARY_CAPTURE: _secondary_capture,
}
