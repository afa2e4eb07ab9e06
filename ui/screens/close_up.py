"""The image of a reading, as large as the screen allows."""

from __future__ import annotations

import flet as ft

from ui import theme
from ui.components.reading_image import ReadingImage, adjusting, frame_slider
from ui.read_case import Case, CloseUp
from ui.state import AppState
from ui.wiring import Actions

#: What the bars, the margins and the tools below the image take of the height and the width.
_BARS, _TABS, _TOOLS, _SLIDER = 56, 80, 2 * theme.TARGET, 72
_RAIL, _BESIDE = 88, 340
#: No image is smaller than this: then one scrolls.
_LEAST = 200


def close_up_of(state: AppState, case: Case) -> CloseUp | None:
    """What is looked at closely now, if it is of this case."""
    now = state.close_up
    return now if now and now.case_id == case.id else None


def close_up_screen(state: AppState, actions: Actions, case: Case) -> ft.Control:
    """All of it fits, so that one finger moves the image and not the page."""
    close_up = close_up_of(state, case)
    room = state.height - _BARS - 2 * theme.MARGIN - _TOOLS - 2 * theme.GAP
    if state.width < theme.WIDE_FROM:
        slider = frame_slider(actions, case, close_up)
        high = room - _TABS - (_SLIDER if slider else 0)
        image = _image(state, actions, case, state.width - 2 * theme.MARGIN, high)
        return _column([image, *slider])
    more = adjusting(actions, case, close_up)
    beside = _BESIDE if more else 0
    wide = state.width - _RAIL - 3 * theme.MARGIN - beside
    return ft.Row(
        [
            ft.Container(_image(state, actions, case, wide, room), width=wide),
            *([ft.Container(_column(more), width=beside)] if more else []),
        ],
        spacing=theme.MARGIN,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _image(
    state: AppState, actions: Actions, case: Case, most_wide: float, most_high: float
) -> ft.Control:
    high = max(_LEAST, most_high)
    close_up = close_up_of(state, case)
    return ReadingImage(state, actions, case, close_up, most_wide, high, key=f"large-{case.id}")


def _column(controls: list[ft.Control]) -> ft.Control:
    return ft.Column(
        controls, spacing=theme.TIGHT * 2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )
