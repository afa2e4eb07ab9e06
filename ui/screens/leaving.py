"""Before something unsaved is forgotten."""

from __future__ import annotations

import flet as ft

from ui import case_words, theme
from ui.components.notice import notice
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions


def leaving_screen(state: AppState, actions: Actions) -> ft.Control:
    """Save, stay, or leave: the safe ones first."""
    count = state.unsaved
    said = case_words.LEAVING_ONE if count == 1 else case_words.LEAVING_MANY.format(count=count)

    async def save() -> None:
        await actions.book.save_all()
        if not state.unsaved:
            actions.desk.leave()

    label = case_words.SAVE if count == 1 else case_words.SAVE_ALL
    return narrow_column(
        [
            heading(case_words.LEAVING_TITLE),
            notice(said, theme.CAUTION_TONE),
            ft.FilledButton(label, icon=ft.Icons.SAVE_OUTLINED, on_click=save),
            ft.OutlinedButton(
                case_words.STAY, icon=ft.Icons.ARROW_BACK, on_click=actions.desk.stay
            ),
            ft.TextButton(
                case_words.LEAVE_ONE if count == 1 else case_words.LEAVE,
                icon=ft.Icons.DELETE_OUTLINE,
                on_click=actions.desk.start_over,
            ),
        ]
    )
