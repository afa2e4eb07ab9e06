"""Two studies of one patient: each with its date, its verdict and what it rests on."""

from __future__ import annotations

import flet as ft

from ui import case_words, image_words, theme
from ui.case_views import moment
from ui.components.heat_viewer import HeatViewer
from ui.components.model_card import model_card
from ui.components.notice import notice
from ui.components.probability_bars import probability_bars
from ui.components.section import heading
from ui.components.verdict_banner import verdict_banner
from ui.read_case import Case
from ui.state import AppState
from ui.wiring import Actions

_RAIL, _SHARE = 88, 0.45


def compare_screen(state: AppState, actions: Actions) -> ft.Control:
    """Side by side where there is room; on a phone one below the other, the earlier one first."""
    both = state.compared
    if both is None:
        raise ValueError("nothing is compared")
    wide = state.width >= theme.WIDE_FROM
    room = state.width - 2 * theme.MARGIN - (_RAIL if wide else 0)
    each = room / 2 - theme.MARGIN if wide else room
    high = state.height * _SHARE
    earlier = _study(both.earlier, image_words.COMPARE_EARLIER, each, high)
    later = _study(both.later, image_words.COMPARE_LATER, each, high)
    studies: ft.Control
    if wide:
        studies = ft.Row(
            [earlier, later],
            spacing=2 * theme.MARGIN,
            vertical_alignment=ft.CrossAxisAlignment.START,
        )
    else:
        studies = ft.Column([earlier, later], spacing=theme.WIDE_GAP)
    back = ft.OutlinedButton(
        image_words.COMPARE_END, icon=ft.Icons.ARROW_BACK, on_click=actions.comparing.put_down
    )
    return ft.Column(
        [
            heading(image_words.COMPARE_TITLE),
            notice(image_words.COMPARE_WARNING, theme.NOTE_TONE),
            studies,
            back,
        ],
        spacing=theme.MARGIN,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _study(case: Case, title: str, width: float, high: float) -> ft.Control:
    if case.result is None or case.read_at is None:
        raise ValueError("nothing was read")
    controls = [
        heading(title.format(when=moment(case.read_at)), 2),
        verdict_banner(case.result),
    ]
    if case.picture:
        controls.append(HeatViewer(case.picture, width, high, key=f"compared-{case.id}"))
    else:
        controls.append(notice(case_words.NO_PICTURE, theme.NOTE_TONE))
    if case.result.probabilities:
        controls.append(probability_bars(case.result.probabilities))
    if case.result.model:
        controls.append(model_card(case.result.model))
    column = ft.Column(
        controls, spacing=theme.GAP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )
    return ft.Container(column, width=width)
