"""What can be seen while work is done, and a way out of it."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.section import heading, narrow_column
from ui.screens.cases import queue
from ui.state import AppState, Stage
from ui.wiring import Actions


def progress_screen(state: AppState, actions: Actions) -> ft.Control:
    """A bar where the end is known, a moving one where it is not."""
    progress = state.progress
    title = words.OPENING if state.stage is Stage.OPENING else words.READING
    known = progress.total > 1 and state.stage is Stage.READING
    notes = []
    if progress.images > 1:
        notes.append(words.IMAGE_OF.format(number=progress.image, total=progress.images))
    if known:
        notes.append(words.FRAMES_READ.format(read=progress.read, total=progress.total))
    several = progress.images > 1
    stop = ft.OutlinedButton(
        words.STOP_BATCH, icon=ft.Icons.STOP_CIRCLE_OUTLINED, on_click=actions.desk.stop_batch
    )
    return narrow_column(
        [
            heading(title),
            ft.ProgressBar(
                value=progress.read / progress.total if known else None,
                bar_height=10,
                border_radius=5,
                bgcolor=ft.Colors.SURFACE_CONTAINER_HIGHEST,
                semantics_label=title,
            ),
            ft.Semantics(
                content=ft.Text(". ".join(notes), size=theme.sized(16)),
                identifier="progress",
                container=True,
            ),
            *([stop] if several else []),
            ft.OutlinedButton(
                words.CANCEL,
                icon=ft.Icons.CLOSE,
                on_click=actions.desk.cancel,
            ),
            *([queue(state, actions)] if several else []),
        ]
    )
