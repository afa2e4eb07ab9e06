"""Everything that is not done every day."""

from __future__ import annotations

import flet as ft

from ui import care_words, theme, words
from ui.components.section import heading, narrow_column
from ui.state import AppState, Place
from ui.wiring import Actions


def more_screen(state: AppState, actions: Actions) -> ft.Control:
    """A menu."""

    def tile(place: Place, title: str, hint: str, icon: ft.IconData) -> ft.Control:
        async def chosen() -> None:
            await actions.go(place)

        return ft.ListTile(
            leading=ft.Icon(icon),
            title=title,
            subtitle=hint,
            trailing=ft.Icon(ft.Icons.CHEVRON_RIGHT),
            bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
            shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
            min_height=64,
            on_click=chosen,
        )

    tiles = [
        tile(Place.SETTINGS, words.SETTINGS_TITLE, words.SETTINGS_HINT, ft.Icons.SETTINGS_OUTLINED),
        tile(Place.USERS, words.USERS_TITLE, words.USERS_HINT, ft.Icons.GROUP_OUTLINED),
        tile(Place.AUDIT, words.AUDIT_TITLE, words.AUDIT_HINT, ft.Icons.FACT_CHECK_OUTLINED),
        tile(
            Place.VAULT, care_words.CARE_TITLE, care_words.CARE_HINT, ft.Icons.ENHANCED_ENCRYPTION
        ),
        tile(Place.ABOUT, words.ABOUT_TITLE, words.ABOUT_HINT, ft.Icons.INFO_OUTLINE),
    ]
    return narrow_column([heading(words.MORE_TAB), ft.Column(tiles, spacing=theme.TIGHT * 2)])
