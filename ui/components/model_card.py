"""Which model spoke, and what it is not for."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.notice import notice, quiet
from ui.components.section import bullets, section
from ui.language import listed
from ui.result_views import ModelView


def model_card(model: ModelView) -> ft.Control:
    """Title, version, status, contraindications."""
    controls: list[ft.Control] = [
        ft.Text(model.title, size=theme.sized(16), weight=ft.FontWeight.W_600)
    ]
    if model.experimental:
        controls.append(quiet(model.version))
        controls.append(notice(model.status.capitalize(), theme.CAUTION_TONE))
    else:
        controls.append(quiet(listed([model.version, model.status])))
    if model.not_for:
        controls.append(ft.Text(words.NOT_FOR, size=theme.sized(15), weight=ft.FontWeight.W_600))
        controls.append(bullets(model.not_for))
    return section(words.MODEL, controls)
