"""A coloured box with an icon: never colour alone."""

from __future__ import annotations

import flet as ft

from core.sentences import Statement
from ui import theme
from ui.components.bilingual import clinical_text
from ui.language import said
from ui.theme import Tone


def notice(text: str, tone: Tone, size: int = 15) -> ft.Control:
    """One sentence that must be seen."""
    return ft.Container(
        ft.Row(
            [
                ft.Icon(tone.icon, color=tone.foreground, size=theme.sized(22)),
                ft.Container(clinical_text(text, size, tone.foreground), expand=True),
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
    return ft.Text(text, size=theme.sized(14), color=ft.Colors.ON_SURFACE_VARIANT)


def failure_notice(failure: Statement | None) -> list[ft.Control]:
    """What went wrong, read aloud when it appears; nothing when nothing did."""
    if failure is None:
        return []
    shown = ft.Semantics(
        content=notice(said(failure), theme.TROUBLE_TONE),
        identifier="failure",
        container=True,
        live_region=True,
    )
    return [shown]


def success_notice(text: str) -> ft.Control:
    """What went well, read aloud when it appears."""
    return ft.Semantics(
        content=notice(text, theme.SUCCESS_TONE),
        identifier="told",
        container=True,
        live_region=True,
    )
