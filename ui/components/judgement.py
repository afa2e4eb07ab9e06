"""What the clinician says of a reading, and the button that keeps it."""

from __future__ import annotations

import flet as ft

from storage.vault import Opinion
from ui import case_words, theme
from ui.components.choices import choice_row
from ui.components.fields import plain_field, use_typed
from ui.components.notice import quiet
from ui.components.section import section
from ui.read_case import CANNOT_SAY, OTHER, Case
from ui.wiring import Actions


@ft.component
def Judgement(  # noqa: N802 - a component
    case: Case, keeps_codes: bool, busy: bool, actions: Actions
) -> ft.Control:
    """Agree, disagree or not sure; the right label, a note, the patient's code. What is typed
    goes into the case's draft at once, so that no lock and no other screen loses it."""
    draft = case.draft
    opinion, set_opinion = ft.use_state(draft.opinion)
    right, set_right = ft.use_state(draft.right_label)
    note, code = use_typed(draft.note), use_typed(draft.code)
    draft.note, draft.code = note.text, code.text

    def judged(value: str) -> None:
        draft.opinion = Opinion(value)
        set_opinion(draft.opinion)

    def corrected(value: str) -> None:
        draft.right_label = None if value == OTHER else value
        set_right(value)

    async def save() -> None:
        draft.note, draft.code = note.text, code.text
        await actions.book.save()

    controls: list[ft.Control] = []
    if draft.own_impression is not None:
        controls.append(quiet(_impression(case)))
    if _can_be_judged(case):
        controls.append(ft.Text(case_words.JUDGE_QUESTION, size=theme.sized(16)))
        opinions = [(one.value, name) for one, name in case_words.OPINIONS.items()]
        controls.append(choice_row(opinions, opinion or "", judged))
    if opinion is Opinion.DISAGREES:
        controls.append(ft.Text(case_words.RIGHT_LABEL, size=theme.sized(16)))
        controls.append(choice_row(_others(case), right or "", corrected))
    controls += [
        plain_field(case_words.NOTE, note, lines=2),
        plain_field(case_words.CODE, code),
        quiet(_about_codes(case, keeps_codes)),
        _save_button(case, busy, save),
    ]
    title = case_words.JUDGE_TITLE if _can_be_judged(case) else case_words.SAVE_TITLE
    return section(title, controls)


def _save_button(case: Case, busy: bool, save: object) -> ft.Control:
    if busy:
        return ft.ProgressBar(semantics_label=case_words.SAVING)
    label = case_words.SAVE if case.kept is None else case_words.SAVE_CHANGES
    # After a refusal most people want the next image, and not this one in the vault.
    kind = ft.FilledButton if _can_be_judged(case) else ft.OutlinedButton
    return kind(label, icon=ft.Icons.SAVE_OUTLINED, on_click=save)


def _can_be_judged(case: Case) -> bool:
    """A refusal says nothing that one could agree with, unless numbers were asked for."""
    return case.result is not None and bool(case.result.probabilities)


def _others(case: Case) -> list[tuple[str, str]]:
    """Every class but the reading's own, and none of them."""
    labels = case.result.labels if case.result else ()
    found = case.reading.finding if case.reading else None
    known = [(label.id, label.name) for label in labels if label.id != found]
    return [*known, (OTHER, case_words.OTHER_NAME)]


def impression_name(case: Case, value: str) -> str:
    names = {label.id: label.name for label in (case.result.labels if case.result else ())}
    names[OTHER] = case_words.OTHER_NAME
    names[CANNOT_SAY] = case_words.CANNOT_SAY_NAME
    return names.get(value, value)


def _impression(case: Case) -> str:
    said = case.draft.own_impression or ""
    name = impression_name(case, said)
    # A finding's name goes on with the sentence; "I cannot say" is one of its own.
    return case_words.IMPRESSION_LABEL.format(
        impression=name if said == CANNOT_SAY else name.lower()
    )


def _about_codes(case: Case, keeps_codes: bool) -> str:
    if case.kept is not None and case.kept.pseudonym and not case.kept.code:
        return case_words.CODE_KNOWN
    return case_words.CODE_KEPT if keeps_codes else case_words.CODE_NOT_KEPT
