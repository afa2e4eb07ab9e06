"""A button that shows an icon only: its name is there for those who hear, and for the mouse."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from ui import theme


def icon_button(icon: ft.IconData, label: str, on_click: Callable[..., object]) -> ft.Control:
    """As large as whatever can be tapped."""
    return ft.IconButton(
        # The name goes with the icon: a tooltip's own would stand beside the button, not on it.
        ft.Icon(icon, semantics_label=label),
        tooltip=ft.Tooltip(label, exclude_from_semantics=True),
        size_constraints=theme.TAPPABLE,
        on_click=on_click,
    )
