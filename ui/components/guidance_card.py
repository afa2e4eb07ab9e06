"""What to do next, with its urgency and its source."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.notice import quiet
from ui.components.section import section
from ui.view_models import GuidanceView


def guidance_card(guidance: GuidanceView) -> ft.Control:
    """The text is core's, word for word."""
    controls: list[ft.Control] = []
    if guidance.source:
        controls.append(_urgency(guidance))
    controls.append(ft.Text(guidance.text, size=16))
    if guidance.source:
        controls.append(quiet(words.SOURCE.format(source=guidance.source)))
        controls.append(quiet(words.GUIDANCE_UNREVIEWED))
    return section(words.WHAT_NEXT, controls)


def _urgency(guidance: GuidanceView) -> ft.Control:
    tone = theme.URGENCY_TONES[guidance.urgency]
    said = words.URGENCY.format(urgency=guidance.urgency_text)
    text = f"{said}; {guidance.escalation}" if guidance.escalation else said
    return ft.Container(
        ft.Row(
            [
                ft.Icon(tone.icon, size=20, color=tone.foreground),
                ft.Text(
                    text, size=15, weight=ft.FontWeight.W_600, color=tone.foreground, expand=True
                ),
            ],
            spacing=theme.TIGHT * 2,
        ),
        padding=ft.Padding.symmetric(horizontal=theme.GAP, vertical=theme.TIGHT * 2),
        border_radius=theme.CORNER,
        bgcolor=tone.background,
    )
