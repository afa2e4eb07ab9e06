"""What the clinic decides, and how this device looks."""

from __future__ import annotations

import flet as ft

from ui import case_words, settings_words, words
from ui.components.choices import choice_row
from ui.components.fields import plain_field, use_typed
from ui.components.keeping_settings import keeping_settings
from ui.components.language_choice import language_choice
from ui.components.notice import quiet
from ui.components.section import heading, narrow_column, section
from ui.state import AppState
from ui.wiring import Actions

_IDLE_S = (60, 120, 300, 600, 900)
_GRACE_S = (0, 20, 60, 180)
_SHARES = (0, 20, 10, 5, 1)


def settings_screen(state: AppState, actions: Actions) -> ft.Control:
    """Whatever is tapped is kept at once; names are kept by a button."""
    supervisor = state.person is not None and state.person.supervisor
    clinic = [
        _Names(state.settings.clinic_name, state.settings.device_name, actions, key="names"),
        _lock(state, actions),
        keeping_settings(state.settings, actions),
        _asking(state, actions),
    ]
    return narrow_column(
        [
            heading(words.SETTINGS_TITLE),
            _theme(state, actions),
            _text_size(state, actions),
            section(case_words.LANGUAGE_TITLE, [language_choice(state, actions)]),
            quiet(case_words.SETTINGS_INTRO),
            *(clinic if supervisor else []),
        ]
    )


def _theme(state: AppState, actions: Actions) -> ft.Control:
    options = list(case_words.THEMES.items())
    return section(
        case_words.THEME_TITLE,
        [choice_row(options, state.theme, actions.choose_theme), quiet(case_words.THEME_HINT)],
    )


def _text_size(state: AppState, actions: Actions) -> ft.Control:
    names = {
        "usual": settings_words.TEXT_USUAL,
        "large": settings_words.TEXT_LARGE,
        "larger": settings_words.TEXT_LARGER,
        "largest": settings_words.TEXT_LARGEST,
    }
    return section(
        settings_words.TEXT_SIZE_TITLE,
        [
            choice_row(list(names.items()), state.text_size, actions.choose_text_size),
            quiet(settings_words.TEXT_SIZE_HINT),
        ],
    )


@ft.component
def _Names(clinic_name: str, device_name: str, actions: Actions) -> ft.Control:  # noqa: N802
    clinic, device = use_typed(clinic_name), use_typed(device_name)

    async def save() -> None:
        await actions.office.decide(
            clinic_name=clinic.text.strip(), device_name=device.text.strip()
        )

    return section(
        case_words.NAMES_TITLE,
        [
            plain_field(case_words.CLINIC_NAME, clinic),
            plain_field(case_words.DEVICE_NAME, device, save),
            ft.OutlinedButton(case_words.SAVE_SETTINGS, on_click=save),
        ],
    )


def _lock(state: AppState, actions: Actions) -> ft.Control:
    async def idle(value: str) -> None:
        await actions.office.decide(lock_when_idle=int(value))
        actions.auto_lock.begin()

    async def grace(value: str) -> None:
        await actions.office.decide(lock_in_background=int(value))
        actions.auto_lock.begin()

    settings = state.settings
    return section(
        case_words.LOCK_TITLE,
        [
            quiet(case_words.IDLE),
            choice_row(_times(_IDLE_S), str(settings.lock_when_idle), idle),
            quiet(case_words.GRACE),
            choice_row(_times(_GRACE_S), str(settings.lock_in_background), grace),
            quiet(case_words.LOCK_HINT),
        ],
    )


def _times(seconds: tuple[int, ...]) -> list[tuple[str, str]]:
    return [(str(one), _time(one)) for one in seconds]


def _time(seconds: int) -> str:
    if seconds == 0:
        return case_words.AT_ONCE
    if seconds % 60:
        return case_words.SECONDS.format(count=seconds)
    return case_words.MINUTES.format(count=seconds // 60)


def _asking(state: AppState, actions: Actions) -> ft.Control:
    async def share(value: str) -> None:
        await actions.office.decide(ask_first_impression=int(value))

    shares = [(str(one), _share(one)) for one in _SHARES]
    return section(
        case_words.ASK_TITLE,
        [
            quiet(case_words.ASK_HINT),
            choice_row(shares, str(state.settings.ask_first_impression), share),
        ],
    )


def _share(one_in: int) -> str:
    if one_in == 0:
        return case_words.ASK_NEVER
    return case_words.ASK_ALWAYS if one_in == 1 else case_words.ASK_ONE_IN.format(count=one_in)
