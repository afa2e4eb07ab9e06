"""One question of the help; its answer comes when it is tapped."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import theme
from ui.components.section import heading


@ft.component
def HelpTopic(title: str, answer: Sequence[ft.Control]) -> ft.Control:  # noqa: N802
    """Remembers for itself whether it is open."""
    is_open, set_open = ft.use_state(False)
    icon = ft.Icons.EXPAND_LESS if is_open else ft.Icons.EXPAND_MORE
    head = ft.ListTile(
        title=heading(title, 2),
        trailing=ft.Icon(icon),
        min_height=theme.TARGET,
        content_padding=ft.Padding.symmetric(horizontal=theme.MARGIN),
        on_click=lambda: set_open(not is_open),
    )
    below = ft.Container(
        ft.Column(list(answer), spacing=theme.GAP),
        padding=ft.Padding.only(left=theme.MARGIN, right=theme.MARGIN, bottom=theme.MARGIN),
    )
    return ft.Container(
        ft.Column([head, *([below] if is_open else [])], spacing=0),
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )
