"""A report about a problem: shown whole before it goes anywhere."""

from __future__ import annotations

import flet as ft

from ui import help_words as words
from ui import theme
from ui.components.file_text import file_text
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions


def problem_screen(state: AppState, actions: Actions) -> ft.Control:
    """What is shown is what is saved."""
    top = [heading(words.PROBLEM_TITLE), notice(words.PROBLEM_INTRO, theme.NOTE_TONE)]
    if not state.problem:
        bar = ft.ProgressBar(semantics_label=words.GATHERING)
        return narrow_column([*top, bar, quiet(words.GATHERING)])
    buttons: list[ft.Control] = [
        ft.FilledButton(
            words.SAVE_REPORT, icon=ft.Icons.SAVE_ALT, on_click=actions.checkup.save_report
        )
    ]
    if state.has_share_sheet:
        share = ft.OutlinedButton(
            words.SHARE_REPORT, icon=ft.Icons.SHARE, on_click=actions.checkup.share_report
        )
        buttons.append(share)
    return narrow_column([*top, file_text(state.problem), *buttons])
