"""One case of the vault: what was read, what was said of it, what happened to it."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import case_words, review_words, theme
from ui.case_views import Event, moment, patient
from ui.components.choices import choice_row
from ui.components.compare_card import compare_card
from ui.components.earlier_card import earlier_card
from ui.components.notice import notice, quiet
from ui.components.second_opinion import SecondOpinion
from ui.components.section import heading, narrow_column, section
from ui.components.share_card import share_card
from ui.screens.compare import compare_screen
from ui.screens.result import reading_parts
from ui.state import AppState
from ui.wiring import Actions


def kept_screen(state: AppState, actions: Actions) -> ft.Control:
    """As it was on the day, with what came after."""
    case = state.kept
    if case is None or case.kept is None or case.read_at is None:
        if state.trouble:
            return narrow_column(
                [ft.FilledButton(case_words.BACK_TO_HISTORY, on_click=actions.back)]
            )
        return narrow_column([ft.ProgressBar(semantics_label=case_words.LOADING)])
    if state.compared is not None and state.compared.is_of(case):
        return compare_screen(state, actions)
    top: list[ft.Control] = [
        heading(case_words.CASE_OF.format(when=moment(case.read_at))),
        ft.Text(patient(case.kept.code, case.kept.pseudonym), size=theme.sized(16)),
    ]
    if case.picture is None:
        top.append(notice(case_words.NO_PICTURE, theme.NOTE_TONE))
    held = [each for each in state.second.opinions if not each.replaced]
    if held and state.second.case_id == case.id:
        said = review_words.ANSWERED.format(opinion=held[-1].title)
        top.append(notice(said, theme.NOTE_TONE))
    asking = SecondOpinion(
        state.second, case.id, state.settings.send_images, actions, key=f"second-{case.id}"
    )
    below = [asking, *share_card(state, case, actions), _timeline(state.timeline)]
    below[:0] = [compare_card(state, case, actions), earlier_card(state, case, actions)]
    below.append(_Delete(actions, key=f"delete-{case.id}"))
    return reading_parts(state, actions, case, top, below)


def _timeline(events: Sequence[Event]) -> ft.Control:
    lines = [
        ft.Column([quiet(event.when), ft.Text(event.text, size=theme.sized(15))], spacing=2)
        for event in events
    ]
    return section(case_words.TIMELINE, lines)


@ft.component
def _Delete(actions: Actions) -> ft.Control:  # noqa: N802
    """Asked twice, and why."""
    is_open, set_open = ft.use_state(False)
    reason, set_reason = ft.use_state("")

    async def delete() -> None:
        await actions.book.destroy(reason)

    if not is_open:
        return ft.TextButton(
            case_words.DELETE, icon=ft.Icons.DELETE_OUTLINE, on_click=lambda: set_open(True)
        )
    return section(
        case_words.DELETE_TITLE,
        [
            ft.Text(case_words.DELETE_TEXT, size=theme.sized(15)),
            quiet(case_words.WHY_DELETE),
            choice_row(list(case_words.REASONS.items()), reason, set_reason),
            ft.FilledButton(
                case_words.DELETE_NOW,
                icon=ft.Icons.DELETE_FOREVER,
                bgcolor=ft.Colors.ERROR,
                color=ft.Colors.ON_ERROR,
                disabled=not reason,
                on_click=delete,
            ),
            ft.TextButton(case_words.CANCEL, on_click=lambda: set_open(False)),
        ],
    )
