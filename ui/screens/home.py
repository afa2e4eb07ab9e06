"""Where a reading starts."""

from __future__ import annotations

import flet as ft

from ui import case_words, pack_words, theme, words
from ui.components.case_tile import case_tile
from ui.components.notice import notice, quiet
from ui.components.other_sources import other_sources
from ui.components.section import heading, narrow_column
from ui.components.sync_line import sync_line
from ui.language import said
from ui.pack_views import PackView
from ui.state import AppState, Place
from ui.wiring import Actions


def home_screen(state: AppState, actions: Actions) -> ft.Control:
    """A new reading first and largest; then what was read last, and what can read here."""
    return narrow_column(
        [
            *_overdue(state),
            _new_reading(state, actions),
            *other_sources(state, actions),
            *sync_line(state, actions),
            *_recent(state, actions),
            *_packs_on_board(state, actions),
            _fact(ft.Icons.LOCK_OUTLINE, words.PRIVACY),
            notice(words.HOME_LIMITS, theme.CAUTION_TONE, 14),
        ]
    )


def _new_reading(state: AppState, actions: Actions) -> ft.Control:
    """What nearly everyone comes for."""
    controls: list[ft.Control] = [
        heading(words.NEW_READING),
        ft.Text(words.HOME_SUBTITLE, size=theme.sized(16)),
        choose_button(state, actions, words.CHOOSE_IMAGE),
        quiet(words.CHOOSE_HINT),
    ]
    if state.has_camera:
        controls += [
            ft.OutlinedButton(
                words.TAKE_PHOTO,
                icon=ft.Icons.PHOTO_CAMERA_OUTLINED,
                style=_large(),
                on_click=actions.open_camera,
            ),
            quiet(words.PHOTO_HINT),
        ]
    return ft.Container(
        ft.Column(controls, spacing=theme.GAP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        padding=theme.MARGIN,
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_HIGH,
        # A banner that arrives above it must not make the button a new one under the finger.
        key="new-reading",
    )


def _large() -> ft.ButtonStyle:
    return ft.ButtonStyle(
        padding=ft.Padding.symmetric(horizontal=20, vertical=24),
        text_style=ft.TextStyle(
            size=theme.sized(19),
            weight=ft.FontWeight.W_600,
            font_family_fallback=theme.LETTERS,
        ),
    )


def _overdue(state: AppState) -> list[ft.Control]:
    """A banner that stays, for every pack that should have been reviewed."""
    packs = state.packs or ()
    return [notice(pack.past_review, theme.CAUTION_TONE) for pack in packs if pack.past_review]


def _packs_on_board(state: AppState, actions: Actions) -> list[ft.Control]:
    """Which images can be read here, and the way to what is known of each model."""
    readers = [pack for pack in state.packs or () if pack.reads]
    if not readers:
        return []

    async def all_packs() -> None:
        await actions.go(Place.PACKS)

    lines = [
        ft.Row(
            [
                ft.Icon(
                    _mark(pack, state), size=theme.sized(20), color=ft.Colors.ON_SURFACE_VARIANT
                ),
                ft.Text(_about(pack, state), size=theme.sized(15), expand=True),
            ],
            spacing=theme.GAP,
            vertical_alignment=ft.CrossAxisAlignment.START,
        )
        for pack in readers
    ]
    return [
        heading(pack_words.ON_BOARD, 2),
        ft.Column(lines, spacing=theme.TIGHT * 2),
        ft.TextButton(pack_words.ALL_MODELS, icon=ft.Icons.INVENTORY_2, on_click=all_packs),
    ]


def _mark(pack: PackView, state: AppState) -> ft.IconData:
    if pack.problem:
        return ft.Icons.ERROR_OUTLINE
    off = pack.experimental and not state.experimental
    return ft.Icons.REMOVE_CIRCLE_OUTLINE if off else ft.Icons.CHECK_CIRCLE_OUTLINE


def _about(pack: PackView, state: AppState) -> str:
    title = said(pack.title)
    if pack.problem:
        return pack_words.CANNOT_BE_USED.format(title=title)
    if not pack.experimental:
        return title
    text = pack_words.EXPERIMENTAL_ON if state.experimental else pack_words.EXPERIMENTAL_OFF
    return text.format(title=title)


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
        return ft.FilledButton(label, icon=icon, style=_large(), on_click=actions.choose)
    pick = ft.PickFiles(
        actions.picker, allow_multiple=True, with_data=True, cancel_upload_on_window_blur=False
    )
    opened = actions.auto_lock.window_opened
    return ft.FilledButton(label, icon=icon, style=_large(), action=pick, on_click=opened)


def _fact(icon: ft.IconData, text: str) -> ft.Control:
    return ft.Row(
        [
            ft.Icon(icon, size=theme.sized(22), color=ft.Colors.ON_SURFACE_VARIANT),
            ft.Text(text, expand=True),
        ],
        spacing=theme.GAP,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )
