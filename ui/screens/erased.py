"""The vault is gone: its receipt."""

from __future__ import annotations

import flet as ft

from ui import care_words as care
from ui import theme
from ui.components.file_text import file_text
from ui.components.notice import failure_notice, notice
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions


def erased_screen(state: AppState, actions: Actions) -> ft.Control:
    """Shown until the person goes on."""
    return narrow_column(
        [
            heading(care.ERASED_TITLE),
            notice(care.ERASED_TEXT, theme.NOTE_TONE),
            *failure_notice(state.trouble),
            file_text(state.care.receipt),
            ft.FilledButton(
                care.SAVE_RECEIPT, icon=ft.Icons.SAVE_ALT, on_click=actions.care.save_receipt
            ),
            ft.OutlinedButton(care.START_AGAIN, on_click=actions.care.start_anew),
        ]
    )
