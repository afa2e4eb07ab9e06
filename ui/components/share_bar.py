"""Parts of a whole as one bar, each told in words below: never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flet as ft

from ui import theme
from ui.components.notice import quiet


@dataclass(frozen=True)
class Part:
    """A part of the bar: how large, in what colour and with which icon, and in words."""

    amount: float
    colour: ft.Colors
    icon: ft.IconData
    text: str


def share_bar(parts: Sequence[Part]) -> ft.Control:
    """Parts of nothing are told, and take no room in the bar."""
    bar = ft.Row(
        [
            ft.Container(bgcolor=part.colour, height=18, expand=max(1, round(part.amount * 10)))
            for part in parts
            if part.amount > 0
        ],
        spacing=2,
    )
    legend = [
        ft.Row(
            [
                ft.Icon(part.icon, color=part.colour, size=theme.sized(18)),
                ft.Text(part.text, size=theme.sized(15), expand=True),
            ],
            spacing=theme.TIGHT * 2,
            vertical_alignment=ft.CrossAxisAlignment.START,
        )
        for part in parts
    ]
    whole = ft.Container(bar, border_radius=theme.TIGHT, clip_behavior=ft.ClipBehavior.ANTI_ALIAS)
    if not any(part.amount > 0 for part in parts):
        whole = quiet("")
    return ft.Column([whole, *legend], spacing=theme.TIGHT * 2)
