"""Where a reading starts."""

from __future__ import annotations

import flet as ft

from ui import case_words, theme, words
from ui.components.case_tile import case_tile
from ui.components.notice import notice, quiet
from ui.components.other_sources import other_sources
from ui.components.section import heading, narrow_column
from ui.state import AppState, Place
from ui.wiring import Actions


def home_screen(state: AppState, actions: Actions) -> ft.Control:
    """Choose a file or take a photo."""
    controls = [
        heading(words.HOME_TITLE),
        ft.Text(words.HOME_SUBTITLE, size=16),
        choose_button(state, actions, words.CHOOSE_IMAGE),
        quiet(words.CHOOSE_HINT),
    ]
    if state.has_camera:
        controls += [
            ft.OutlinedButton(
                words.TAKE_PHOTO,
                icon=ft.Icons.PHOTO_CAMERA_OUTLINED,
                on_click=actions.open_camera,
            ),
            quiet(words.PHOTO_HINT),
        ]
    controls += [
        *other_sources(state, actions),
        *_recent(state, actions),
        ft.Divider(height=theme.TIGHT, color=ft.Colors.OUTLINE_VARIANT),
        _fact(ft.Icons.LOCK_OUTLINE, words.PRIVACY),
        notice(words.HOME_LIMITS, theme.CAUTION_TONE, 14),
    ]
    return narrow_column(controls)


def _recent(state: AppState, actions: Actions) -> list[ft.Control]:
    """The latest cases, and the way to all of them."""
    if not state.recent:
        return []

    async def all_cases() -> None:
        await actions.go(Place.HISTORY)

    return [
        heading(case_words.RECENT, 2),
        ft.Column([case_tile(line, actions) for line in state.recent], spacing=theme.TIGHT * 2),
        ft.TextButton(case_words.ALL_CASES, icon=ft.Icons.HISTORY, on_click=all_cases),
    ]


def choose_button(state: AppState, actions: Actions, label: str) -> ft.Control:
    """The button that opens the file dialog. Browsers open one only within the tap itself."""
    icon = ft.Icons.FOLDER_OPEN
    if not state.in_browser:
        return ft.FilledButton(label, icon=icon, on_click=actions.choose)
    pick = ft.PickFiles(
        actions.picker, allow_multiple=True, with_data=True, cancel_upload_on_window_blur=False
    )
    opened = actions.auto_lock.window_opened
    return ft.FilledButton(label, icon=icon, action=pick, on_click=opened)


def _fact(icon: ft.IconData, text: str) -> ft.Control:
    return ft.Row(
        [ft.Icon(icon, size=22, color=ft.Colors.ON_SURFACE_VARIANT), ft.Text(text, expand=True)],
        spacing=theme.GAP,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )
