"""A hundred dots, some of them filled: a share that can be counted."""

from __future__ import annotations

import flet as ft
import flet.canvas as cv

from ui import pack_words as words

_COLUMNS, _ROWS, _STEP, _RADIUS = 20, 5, 14, 5


def hundred_dots(count: int) -> ft.Control:
    """``count`` of 100, from the top left on."""
    full = ft.Paint(color=ft.Colors.PRIMARY)
    empty = ft.Paint(
        color=ft.Colors.OUTLINE, style=ft.PaintingStyle.STROKE, stroke_width=1.5, anti_alias=True
    )
    dots = [
        cv.Circle(
            x=_STEP * (number % _COLUMNS) + _STEP / 2,
            y=_STEP * (number // _COLUMNS) + _STEP / 2,
            radius=_RADIUS,
            paint=full if number < count else empty,
        )
        for number in range(_COLUMNS * _ROWS)
    ]
    return ft.Semantics(
        content=cv.Canvas(dots, width=_COLUMNS * _STEP, height=_ROWS * _STEP),
        label=words.DOTS.format(count=count),
        image=True,
        container=True,
        exclude_semantics=True,
    )
