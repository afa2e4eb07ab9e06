"""The language of one window or browser tab, kept with its Flet session."""

from __future__ import annotations

import flet as ft

from ui.language.current import ask_windows
from ui.language.languages import Language

_KEY = "language"


def speak_in(page: ft.Page, language: Language) -> None:
    """From now on everything that is drawn or said for ``page`` is in ``language``."""
    page.session.store.set(_KEY, language)


def _of_this_window() -> Language | None:
    try:
        found = ft.context.page.session.store.get(_KEY)
    except RuntimeError:  # no window is being served, or it is gone
        return None
    return found if isinstance(found, Language) else None


ask_windows(_of_this_window)
