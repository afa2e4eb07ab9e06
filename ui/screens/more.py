"""Everything that is not done every day."""

from __future__ import annotations

import flet as ft

from ui import archive_words as archive
from ui import care_words as care
from ui import checkup_words as checkup
from ui import help_words, sync_words, theme, words
from ui import insights_words as insights
from ui import review_words as review
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

    icons = ft.Icons
    reviews = tile(Place.REVIEW, review.REVIEW_TITLE, review.REVIEW_HINT, icons.PEOPLE_ALT_OUTLINED)
    tiles = [
        tile(Place.HELP, help_words.HELP_TITLE, help_words.HELP_HINT, icons.HELP_OUTLINE),
        tile(Place.SETTINGS, words.SETTINGS_TITLE, words.SETTINGS_HINT, icons.SETTINGS_OUTLINED),
        tile(Place.INSIGHTS, insights.INSIGHTS_TITLE, insights.INSIGHTS_HINT, icons.INSIGHTS),
        *([reviews] if state.person and state.person.may_review else []),
        tile(Place.SYNC, sync_words.SYNC_TITLE, sync_words.SYNC_HINT, icons.SYNC),
        tile(Place.ARCHIVE, archive.ARCHIVE_TITLE, archive.ARCHIVE_HINT, icons.INVENTORY_OUTLINED),
        tile(Place.USERS, words.USERS_TITLE, words.USERS_HINT, icons.GROUP_OUTLINED),
        tile(Place.VAULT, care.CARE_TITLE, care.CARE_HINT, icons.ENHANCED_ENCRYPTION),
        tile(Place.AUDIT, words.AUDIT_TITLE, words.AUDIT_HINT, icons.FACT_CHECK_OUTLINED),
        tile(Place.CHECKUP, checkup.CHECKUP_TITLE, checkup.CHECKUP_HINT, icons.HEALTH_AND_SAFETY),
        tile(Place.PROBLEM, help_words.PROBLEM_TITLE, help_words.PROBLEM_HINT, icons.BUG_REPORT),
        tile(Place.ABOUT, words.ABOUT_TITLE, words.ABOUT_HINT, icons.INFO_OUTLINE),
    ]
    return narrow_column([heading(words.MORE_TAB), ft.Column(tiles, spacing=theme.TIGHT * 2)])
