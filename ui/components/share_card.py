"""Taking a copy of a case: which form, what of identity leaves with it, and where to."""

from __future__ import annotations

import flet as ft

from storage.vault import Case
from ui import archive_words, masking_words
from ui import sharing_words as words
from ui.archive_desk import FORMS
from ui.archive_views import Work
from ui.case_documents import NEED_A_PICTURE, Form, shows_picture
from ui.components.choices import choice_row
from ui.components.notice import notice, quiet
from ui.components.section import section
from ui.read_case import Case as ReadCase
from ui.state import AppState, Place
from ui.theme import CAUTION_TONE, NOTE_TONE
from ui.wiring import Actions
from ui.writing import KeptPicture, Search


def share_card(state: AppState, case: ReadCase, actions: Actions) -> list[ft.Control]:
    """For a case that is in the vault as it stands; nothing for one that is not."""
    if case.kept is None:
        return []
    pictures_kept = state.place is Place.HISTORY or state.settings.keep_review_copies
    card = ShareCard(
        case.kept,
        case.picture is not None and pictures_kept,
        state.settings.export_images,
        state.making,
        state.has_share_sheet,
        state.kept_picture,
        state.archive.address,
        state.archive.work,
        actions,
        key=f"share-{case.id}",
    )
    return [card]


@ft.component
def ShareCard(  # noqa: N802 - a component
    case: Case,
    pictured: bool,
    pictures_allowed: bool,
    making: str,
    shares: bool,
    looked: KeptPicture | None,
    archive: str,
    work: Work,
    actions: Actions,
) -> ft.Control:
    """``pictured``: a picture is kept with the case. ``pictures_allowed``: it may go into FHIR
    records. ``making``: the form being written now. ``shares``: there is a share sheet here.
    ``looked``: what is known of writing in a kept picture. ``archive``: the image archive's
    address, where one is set up, and ``work`` what goes on with it."""
    chosen, choose = ft.use_state("")
    shown = bool(chosen) and pictured and shows_picture(Form(chosen), allowed=pictures_allowed)

    def look() -> None:
        if shown:
            actions.masking.look_soon(case.id)

    ft.use_effect(look, [case.id, shown, case.picture_checked])
    controls: list[ft.Control] = [
        quiet(words.SHARE_INTRO),
        choice_row([(form.value, _names()[form]) for form in _forms(pictured)], chosen, choose),
    ]
    if chosen:
        controls += _about(case, Form(chosen), pictured, pictures_allowed)
        if shown:
            known = looked if looked and looked.case_id == case.id else None
            controls += _writing(case, known, actions)
        if case.picture_checked or not shown:
            controls += _buttons(case.id, Form(chosen), making, shares, actions)
            if archive and Form(chosen) in FORMS and not making:
                controls += _to_the_archive(case.id, Form(chosen), archive, work, actions)
    return section(words.SHARE_TITLE, controls)


def _forms(pictured: bool) -> list[Form]:
    return [form for form in Form if pictured or form not in NEED_A_PICTURE]


def _about(case: Case, form: Form, pictured: bool, pictures_allowed: bool) -> list[ft.Control]:
    said = [_abouts()[form], *leaves(case, form, pictured, pictures_allowed)]
    return [quiet(said[0]), notice(" ".join(said[1:]), NOTE_TONE, 14)]


def _writing(case: Case, looked: KeptPicture | None, actions: Actions) -> list[ft.Control]:
    """What is known of writing in the picture that would leave, and the way to cover it."""

    async def begin() -> None:
        await actions.masking.begin(case.id)

    icon = ft.Icons.CHECK_BOX_OUTLINE_BLANK
    if not case.picture_checked:
        said = notice(masking_words.NOT_LOOKED_AT, CAUTION_TONE)
        return [said, ft.FilledButton(masking_words.LOOK_NOW, icon=icon, on_click=begin)]
    again = ft.OutlinedButton(masking_words.LOOK_AGAIN, icon=icon, on_click=begin)
    return [ft.Semantics(content=_found(looked), live_region=True), again]


def _found(looked: KeptPicture | None) -> ft.Control:
    if looked is None or looked.writing.search is Search.UNDER_WAY:
        return quiet(masking_words.LOOKING)
    if looked.writing.search is Search.FAILED:
        return notice(masking_words.NOT_ON_BOARD, CAUTION_TONE)
    if looked.writing.found:
        told = masking_words.STILL_THERE.format(count=looked.writing.found)
        return notice(told, CAUTION_TONE)
    return quiet(masking_words.NONE_LEFT)


def leaves(case: Case, form: Form, pictured: bool, pictures_allowed: bool) -> list[str]:
    """What of identity leaves the device with a file of this form, sentence by sentence."""
    if form is Form.PICTURE:
        return [words.LEAVES_PICTURE_ONLY, words.LOOK_FOR_WRITING, words.UNSEALED]
    said = [
        words.LEAVES_REPORT,
        words.LEAVES_PSEUDONYM if case.pseudonym else words.LEAVES_NO_PATIENT,
        words.STAYS,
    ]
    if pictured and shows_picture(form, allowed=pictures_allowed):
        said.append(words.LOOK_FOR_WRITING)
    elif pictured and form is Form.FHIR:
        said.append(words.NO_PICTURES_ALLOWED)
    return [*said, words.UNSEALED]


def _buttons(
    case_id: str, form: Form, making: str, shares: bool, actions: Actions
) -> list[ft.Control]:
    if making:
        return [ft.ProgressBar(semantics_label=words.MAKING_FILE), quiet(words.MAKING_FILE)]

    async def save() -> None:
        await actions.sharing.save(case_id, form)

    async def share() -> None:
        await actions.sharing.share(case_id, form)

    saving = ft.Icons.SAVE_ALT
    if not shares:
        return [ft.FilledButton(words.SAVE_FILE, icon=saving, on_click=save)]
    return [
        ft.FilledButton(words.SHARE_FILE, icon=ft.Icons.SHARE, on_click=share),
        ft.OutlinedButton(words.SAVE_FILE, icon=saving, on_click=save),
    ]


def _to_the_archive(
    case_id: str, form: Form, archive: str, work: Work, actions: Actions
) -> list[ft.Control]:
    if work is Work.SENDING:
        said = archive_words.SENDING
        return [ft.ProgressBar(semantics_label=said), quiet(said)]

    async def send() -> None:
        await actions.archive.send(case_id, form)

    button = ft.OutlinedButton(
        archive_words.SEND,
        icon=ft.Icons.INVENTORY_OUTLINED,
        on_click=send,
        disabled=work is not Work.NOTHING,
    )
    at = archive_words.ARCHIVE_AT.format(address=archive)
    return [button, quiet(f"{at}. {archive_words.FILED_APART}")]


def _names() -> dict[Form, str]:
    return {
        Form.PDF: words.PDF_FORM,
        Form.HTML: words.HTML_FORM,
        Form.TEXT: words.TEXT_FORM,
        Form.PICTURE: words.PICTURE_FORM,
        Form.FHIR: words.FHIR_FORM,
        Form.STRUCTURED_REPORT: words.STRUCTURED_REPORT_FORM,
        Form.SECONDARY_CAPTURE: words.SECONDARY_CAPTURE_FORM,
    }


def _abouts() -> dict[Form, str]:
    return {
        Form.PDF: words.PDF_ABOUT,
        Form.HTML: words.HTML_ABOUT,
        Form.TEXT: words.TEXT_ABOUT,
        Form.PICTURE: words.PICTURE_ABOUT,
        Form.FHIR: words.FHIR_ABOUT,
        Form.STRUCTURED_REPORT: words.STRUCTURED_REPORT_ABOUT,
        Form.SECONDARY_CAPTURE: words.SECONDARY_CAPTURE_ABOUT,
    }
