"""Opinions that people gave, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import review_words, theme
from ui.components.notice import quiet
from ui.review_views import OpinionLine


def opinion_list(lines: Sequence[OpinionLine]) -> list[ft.Control]:
    """Each with who gave it, when, and what they said."""
    return [_opinion(line) for line in lines]


def _opinion(line: OpinionLine) -> ft.Control:
    controls: list[ft.Control] = [
        ft.Text(line.title, size=theme.sized(16), weight=ft.FontWeight.W_600),
        quiet(line.about),
        *(ft.Text(each, size=theme.sized(15)) for each in line.said),
    ]
    if line.replaced:
        controls.append(quiet(review_words.REPLACED))
    return ft.Container(
        ft.Column(controls, spacing=2),
        padding=theme.GAP,
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_HIGH,
    )
