"""In some cases: what the clinician sees, before the reading is shown."""

from __future__ import annotations

import flet as ft

from ui import case_words, theme
from ui.components.heat_viewer import HeatViewer
from ui.components.notice import quiet
from ui.components.section import heading, narrow_column
from ui.read_case import CANNOT_SAY, OTHER, Picture
from ui.state import AppState
from ui.wiring import Actions

_SHARE = 0.42


def impression_screen(state: AppState, actions: Actions) -> ft.Control:
    """The image alone, and the classes that the model knows. Nothing here tells the reading."""
    case = state.case
    labels = [(label.id, label.name) for label in (case.result.labels if case.result else ())]
    controls: list[ft.Control] = [heading(case_words.IMPRESSION_TITLE)]
    if case.picture:
        bare = Picture(case.picture.image, case.picture.width, case.picture.height)
        most_wide = min(state.width, theme.TEXT_WIDTH) - 2 * theme.MARGIN
        controls.append(HeatViewer(bare, most_wide, state.height * _SHARE, key="unread"))
    controls.append(quiet(case_words.IMPRESSION_WHY))
    for value, name in labels:
        controls.append(_button(ft.FilledButton, value, name, actions))
    for value, name in (
        (OTHER, case_words.OTHER_NAME),
        (CANNOT_SAY, case_words.CANNOT_SAY_NAME),
    ):
        controls.append(_button(ft.OutlinedButton, value, name, actions))
    return narrow_column(controls)


def _button(kind: type, value: str, name: str, actions: Actions) -> ft.Control:
    control: ft.Control = kind(name, on_click=lambda: actions.desk.see(value))
    return control
