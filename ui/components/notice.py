"""A coloured box with an icon: never colour alone."""

from __future__ import annotations

import flet as ft

from core.sentences import Statement
from ui import theme
from ui.theme import Tone


def notice(text: str, tone: Tone, size: int = 15) -> ft.Control:
    """One sentence that must be seen."""
    return ft.Container(
        ft.Row(
            [
                ft.Icon(tone.icon, color=tone.foreground, size=22),
                ft.Text(text, color=tone.foreground, size=size, expand=True),
            ],
            vertical_alignment=ft.CrossAxisAlignment.START,
            spacing=theme.GAP,
        ),
        padding=theme.GAP,
        border_radius=theme.CORNER,
        bgcolor=tone.background,
    )


def quiet(text: str) -> ft.Control:
    """A sentence beside the point."""
    return ft.Text(text, size=14, color=ft.Colors.ON_SURFACE_VARIANT)


def failure_notice(failure: Statement | None) -> list[ft.Control]:
    """What went wrong, read aloud when it appears; nothing when nothing did."""
    if failure is None:
        return []
    said = ft.Semantics(
        content=notice(failure.text, theme.TROUBLE_TONE),
        identifier="failure",
        container=True,
        live_region=True,
    )
    return [said]


def success_notice(said: str) -> ft.Control:
    """What went well, read aloud when it appears."""
    return ft.Semantics(
        content=notice(said, theme.SUCCESS_TONE),
        identifier="told",
        container=True,
        live_region=True,
    )
