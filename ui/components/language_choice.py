"""The languages, each by its own name."""

from __future__ import annotations

import flet as ft

from ui.components.choices import choice_row
from ui.language import Language
from ui.state import AppState
from ui.wiring import Actions


def language_choice(state: AppState, actions: Actions) -> ft.Control:
    """Whoever looks for their language may read nothing else on the screen."""
    options = [(language.value, language.own_name) for language in Language]
    return choice_row(options, state.language.value, actions.choose_language)
