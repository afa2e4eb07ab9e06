"""A heading, and a card with a heading."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import theme
from ui.components.bilingual import clinical_text


def heading(text: str, level: int = 1) -> ft.Control:
    """A heading that screen readers know as one. Level 1 names the screen."""
    style = ft.TextThemeStyle.HEADLINE_SMALL if level == 1 else ft.TextThemeStyle.TITLE_MEDIUM
    return ft.Semantics(
        content=ft.Text(text, theme_style=style, weight=ft.FontWeight.W_600),
        label=text,
        header=True,
        heading_level=level,
        exclude_semantics=True,
    )


def section(title: str, controls: Sequence[ft.Control]) -> ft.Control:
    """A titled card."""
    return ft.Container(
        ft.Column(
            [heading(title, 2), *controls],
            spacing=theme.GAP,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        ),
        padding=theme.MARGIN,
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
    )


def bullets(sentences: Sequence[str]) -> ft.Control:
    """Sentences one below the other."""
    return ft.Column(
        [
            ft.Row(
                [
                    ft.Container(
                        ft.Icon(ft.Icons.CIRCLE, size=6, color=ft.Colors.ON_SURFACE_VARIANT),
                        padding=ft.Padding.only(top=8),
                    ),
                    ft.Container(clinical_text(sentence), expand=True),
                ],
                vertical_alignment=ft.CrossAxisAlignment.START,
                spacing=theme.GAP,
            )
            for sentence in sentences
        ],
        spacing=theme.TIGHT * 2,
    )


def narrow_column(controls: Sequence[ft.Control]) -> ft.Control:
    """A column of text no wider than lines should be."""
    column = ft.Column(
        list(controls),
        spacing=theme.MARGIN,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
    return ft.Container(column, width=theme.TEXT_WIDTH)


def behind_work(form: ft.Control, working: ft.Control | None) -> ft.Control:
    """``form``, or what is ``working`` in its place: the form is out of sight then, not gone. Taken
    away, it would come back empty, and whoever mistyped one passphrase types all of it again."""
    kept = ft.Container(form, visible=working is None)
    return ft.Column([kept, *([working] if working else [])])
