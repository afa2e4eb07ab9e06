"""A switch with its words beside it, which take as many lines as they need."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from ui import theme


def switch_row(label: str, value: bool, on_change: Callable[..., object]) -> ft.Control:
    """Heard as one: a switch of this name. (A switch's own label keeps to one line.)"""
    return ft.MergeSemantics(
        ft.Container(
            ft.Row(
                [
                    ft.Switch(value=value, on_change=on_change),
                    ft.Text(label, size=theme.sized(15), expand=True),
                ],
                spacing=theme.GAP,
            ),
            padding=ft.Padding.symmetric(vertical=theme.TIGHT),
        )
    )
