"""The verdict: icon, word, colour, and the sentence it comes down to."""

from __future__ import annotations

import flet as ft

from ui import theme
from ui.result_views import ResultView


def verdict_banner(view: ResultView) -> ft.Control:
    """Read aloud when it appears."""
    tone = theme.VERDICT_TONES[view.verdict]
    return ft.Semantics(
        content=ft.Container(
            ft.Row(
                [
                    ft.Icon(tone.icon, size=40, color=tone.foreground),
                    ft.Column(
                        [
                            ft.Text(
                                view.word,
                                size=theme.sized(24),
                                weight=ft.FontWeight.W_700,
                                color=tone.foreground,
                            ),
                            ft.Text(view.summary, size=theme.sized(17), color=tone.foreground),
                        ],
                        spacing=2,
                        expand=True,
                    ),
                ],
                spacing=theme.MARGIN,
                vertical_alignment=ft.CrossAxisAlignment.START,
            ),
            padding=theme.MARGIN,
            border_radius=theme.CORNER,
            bgcolor=tone.background,
        ),
        identifier="verdict",
        container=True,
        live_region=True,
    )
