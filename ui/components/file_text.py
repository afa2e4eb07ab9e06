"""A file that is about to be saved, word for word."""

from __future__ import annotations

import flet as ft

from ui import theme
from ui.language.speech import left_to_right


def file_text(text: str) -> ft.Control:
    """In letters of one width, and from left to right on every page: so it stands in the file."""
    lines = "\n".join(map(left_to_right, text.split("\n")))
    return ft.Container(
        ft.Text(
            lines,
            font_family=theme.FIXED_WIDTH,
            size=theme.sized(14),
            text_align=ft.TextAlign.LEFT,
        ),
        padding=theme.MARGIN,
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        alignment=ft.Alignment.CENTER_LEFT,
    )
