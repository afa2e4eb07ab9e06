"""The heat map's own colours, from nothing to most."""

from __future__ import annotations

from functools import cache

import flet as ft
import numpy as np

from core.reading.explanation import colour
from ui import theme
from ui.components.notice import quiet

_STOPS = 9


def heat_scale(label: str) -> ft.Control:
    """A strip over black, as the map lies over an image."""
    strip = ft.Container(
        ft.Container(height=24, gradient=ft.LinearGradient(list(_colours()))),
        bgcolor=ft.Colors.BLACK,
        border_radius=theme.TIGHT,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )
    shown = ft.Semantics(content=strip, label=label, image=True, container=True)
    return ft.Column([shown, quiet(label)], spacing=theme.TIGHT)


@cache
def _colours() -> tuple[str, ...]:
    """As ``#aarrggbb``, from what draws the map."""
    drawn = colour(np.linspace(0, 1, _STOPS, dtype=np.float32)[np.newaxis], opacity=1.0)[0]
    return tuple(f"#{a:02x}{r:02x}{g:02x}{b:02x}" for r, g, b, a in drawn.tolist())
