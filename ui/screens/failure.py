"""What went wrong, and what to do about it. Never a traceback."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.language import said
from ui.state import AppState
from ui.wiring import Actions


def failure_screen(state: AppState, actions: Actions) -> ft.Control:
    """The sentence, its code in small, and the way back."""
    failure = state.failure or words.Trouble.UNEXPECTED_ERROR.say()
    return narrow_column(
        [
            heading(words.ERROR_TITLE),
            ft.Semantics(
                content=notice(said(failure), theme.TROUBLE_TONE, 16),
                identifier="failure",
                container=True,
                live_region=True,
            ),
            quiet(words.CODE.format(code=failure.code)),
            ft.FilledButton(
                words.ANOTHER_IMAGE,
                icon=ft.Icons.ARROW_BACK,
                on_click=actions.desk.start_over,
            ),
        ]
    )
