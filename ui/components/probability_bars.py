"""Calibrated probabilities as bars with numbers."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import theme
from ui.result_views import ProbabilityRow


def probability_bars(rows: Sequence[ProbabilityRow]) -> ft.Control:
    """The likeliest first."""
    return ft.Column([_bar(row) for row in rows], spacing=theme.GAP)


def _bar(row: ProbabilityRow) -> ft.Control:
    strong = ft.FontWeight.W_600 if row.possible else ft.FontWeight.W_400
    return ft.Semantics(
        content=ft.Column(
            [
                ft.Row(
                    [
                        ft.Text(row.name, size=theme.sized(16), weight=strong, expand=True),
                        ft.Text(row.percent, size=theme.sized(16), weight=strong),
                    ]
                ),
                ft.ProgressBar(
                    value=row.share,
                    bar_height=10,
                    border_radius=5,
                    color=ft.Colors.PRIMARY if row.possible else ft.Colors.OUTLINE,
                    bgcolor=ft.Colors.SURFACE_CONTAINER_HIGHEST,
                ),
            ],
            spacing=theme.TIGHT,
        ),
        label=row.spoken,
        container=True,
        exclude_semantics=True,
    )
