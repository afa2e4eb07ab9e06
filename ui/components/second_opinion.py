"""On a case of the vault: what others said of it, and asking them."""

from __future__ import annotations

import flet as ft

from core.sync.tasks import AskReason, Urgency
from ui import review_words, theme
from ui.components.choices import choice_row
from ui.components.notice import notice, quiet
from ui.components.opinion_list import opinion_list
from ui.components.section import section
from ui.review_views import SecondView
from ui.wiring import Actions


@ft.component
def SecondOpinion(  # noqa: N802 - a component
    view: SecondView, case_id: str, sends_images: bool, actions: Actions
) -> ft.Control:
    """Loads by itself when its case comes on the screen."""
    ft.use_effect(lambda: actions.review.load_soon(case_id), [case_id])
    is_open, set_open = ft.use_state(False)
    reason, set_reason = ft.use_state("")
    urgency, set_urgency = ft.use_state(Urgency.WHEN_THERE_IS_TIME.value)

    async def ask() -> None:
        await actions.review.ask(AskReason[reason], Urgency(urgency))
        set_open(False)

    known = view.case_id == case_id
    controls: list[ft.Control] = list(opinion_list(view.opinions)) if known else []
    if known and view.waiting:
        controls.append(notice(view.waiting, theme.NOTE_TONE))
    elif not is_open:
        controls += [quiet(review_words.SECOND_HINT), _button(lambda: set_open(True))]
    if is_open and not view.waiting:
        reasons = [(each.name, text) for each, text in review_words.REASONS.items()]
        urgencies = [(each.value, text) for each, text in review_words.URGENCIES.items()]
        controls += [
            ft.Text(review_words.WHY_ASK, size=theme.sized(16)),
            choice_row(reasons, reason, set_reason),
            ft.Text(review_words.HOW_SOON, size=theme.sized(16)),
            choice_row(urgencies, urgency, set_urgency),
            *([] if sends_images else [quiet(review_words.NO_IMAGE_SENT)]),
            ft.FilledButton(review_words.ASK_NOW, disabled=not reason, on_click=ask),
            ft.TextButton(review_words.CANCEL, on_click=lambda: set_open(False)),
        ]
    return section(review_words.SECOND_TITLE, controls)


def _button(on_click: object) -> ft.Control:
    return ft.OutlinedButton(review_words.ASK, icon=ft.Icons.PEOPLE_ALT_OUTLINED, on_click=on_click)
