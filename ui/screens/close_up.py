"""The image of a reading, as large as the screen allows."""

from __future__ import annotations

import flet as ft

from ui import image_words, theme
from ui.components.reading_image import ReadingImage, adjusting
from ui.read_case import Case
from ui.state import AppState
from ui.wiring import Actions

#: What the bars, the margins and the tools below the image take of the height and the width.
_ABOVE_AND_BELOW, _TABS, _RAIL, _BESIDE = 312, 80, 88, 340


def close_up_screen(state: AppState, actions: Actions, case: Case) -> ft.Control:
    """So that it can be moved by one finger, it all fits: nothing on this screen scrolls where
    there is room enough."""
    close_up = state.close_up if state.close_up and state.close_up.case_id == case.id else None
    back = ft.OutlinedButton(
        image_words.MAKE_SMALL, icon=ft.Icons.CLOSE_FULLSCREEN, on_click=actions.close_ups.shrink
    )
    wide = state.width >= theme.WIDE_FROM
    taken = _ABOVE_AND_BELOW + (0 if wide else _TABS)
    high = max(200.0, state.height - taken)
    more = adjusting(actions, case, close_up)
    if not wide:
        image = _image(state, actions, case, state.width - 2 * theme.MARGIN, high)
        return _column([back, image, *more])
    beside = _BESIDE if more else 0
    room = state.width - _RAIL - 3 * theme.MARGIN - beside
    image = _image(state, actions, case, room, high)
    return ft.Row(
        [
            ft.Container(_column([back, image]), width=room),
            *([ft.Container(_column(more), width=beside)] if more else []),
        ],
        spacing=theme.MARGIN,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _image(
    state: AppState, actions: Actions, case: Case, most_wide: float, most_high: float
) -> ft.Control:
    close_up = state.close_up if state.close_up and state.close_up.case_id == case.id else None
    return ReadingImage(
        state, actions, case, close_up, most_wide, most_high, key=f"large-{case.id}"
    )


def _column(controls: list[ft.Control]) -> ft.Control:
    return ft.Column(
        controls, spacing=theme.TIGHT * 2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )
