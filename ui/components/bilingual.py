"""A clinical sentence, and under it the English while nobody has reviewed the translation."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.language import current_language, english_beside
from ui.language.speech import left_to_right


def clinical_text(
    text: str,
    size: int = 15,
    color: ft.ColorValue | None = None,
    weight: ft.FontWeight | None = None,
) -> ft.Control:
    """The sentence alone where it is English or reviewed; else with a mark and the English."""
    shown = ft.Text(text, size=theme.sized(size), color=color, weight=weight)
    english = english_beside(text)
    if not english:
        return shown
    colour = color or ft.Colors.ON_SURFACE_VARIANT
    mark = ft.Icon(
        ft.Icons.TRANSLATE, size=16, color=colour, semantics_label=words.NOT_REVIEWED_HERE
    )
    told = ft.Text(
        left_to_right(english),
        size=theme.sized(size - 1),
        color=colour,
        italic=True,
        text_align=ft.TextAlign.LEFT,
        expand=True,
    )
    # The English begins on the left, whichever way the page runs.
    order = [told, mark] if current_language().right_to_left else [mark, told]
    beside = ft.Row(order, spacing=theme.TIGHT * 2, vertical_alignment=ft.CrossAxisAlignment.START)
    return ft.Column(
        [shown, beside],
        spacing=theme.TIGHT,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
