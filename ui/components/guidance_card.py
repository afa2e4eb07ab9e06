"""What to do next, with its urgency and its source."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.bilingual import clinical_text
from ui.components.notice import quiet
from ui.components.section import section
from ui.language import english_beside
from ui.result_views import GuidanceView


def guidance_card(guidance: GuidanceView) -> ft.Control:
    """The text is core's, word for word."""
    controls: list[ft.Control] = []
    if guidance.source:
        controls.append(_urgency(guidance))
    controls.append(clinical_text(guidance.text, 16))
    if guidance.source:
        controls.append(quiet(words.SOURCE.format(source=guidance.source)))
        controls.append(quiet(words.GUIDANCE_UNREVIEWED))
    if english_beside(guidance.text):
        controls.append(quiet(words.NOT_REVIEWED_HERE))
    return section(words.WHAT_NEXT, controls)


def _urgency(guidance: GuidanceView) -> ft.Control:
    tone = theme.URGENCY_TONES[guidance.urgency]
    return ft.Container(
        ft.Row(
            [
                ft.Icon(tone.icon, size=theme.sized(20), color=tone.foreground),
                ft.Container(
                    clinical_text(guidance.urgency_line, 15, tone.foreground, ft.FontWeight.W_600),
                    expand=True,
                ),
            ],
            spacing=theme.TIGHT * 2,
        ),
        padding=ft.Padding.symmetric(horizontal=theme.GAP, vertical=theme.TIGHT * 2),
        border_radius=theme.CORNER,
        bgcolor=tone.background,
    )
