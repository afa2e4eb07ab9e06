"""What this device's clock shows, and whether it is right."""

from __future__ import annotations

from datetime import datetime

import flet as ft

from storage.clock import ClockFlag, Moment
from ui import clock_words as words
from ui import theme
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.language import formats
from ui.state import AppState
from ui.wiring import Actions


def clock_screen(state: AppState, actions: Actions) -> ft.Control:
    """Both times, large enough to compare; what is wrong; and for supervisors the way to say that
    it is not."""
    shown = [] if state.clock is None else _shown(state.clock, state, actions)
    again = ft.TextButton(words.LOOK_AGAIN, icon=ft.Icons.REFRESH, on_click=actions.clock.look)
    return narrow_column([heading(words.CLOCK_TITLE), *shown, again])


def _shown(moment: Moment, state: AppState, actions: Actions) -> list[ft.Control]:
    times = [_time(words.DEVICE_SHOWS, moment.device), _time(words.RECORDS_GO_BY, moment.known)]
    match moment.flag:
        case ClockFlag.FINE:
            return [*times, notice(words.CLOCK_FINE, theme.SUCCESS_TONE)]
        case ClockFlag.BEHIND:
            return [*times, notice(words.CLOCK_IS_BEHIND, theme.CAUTION_TONE)]
        case ClockFlag.FAR_AHEAD:
            ahead = notice(words.CLOCK_IS_AHEAD, theme.CAUTION_TONE)
            return [*times, ahead, *_question(moment, state, actions)]


def _question(moment: Moment, state: AppState, actions: Actions) -> list[ft.Control]:
    asked = ft.Text(words.IS_IT_RIGHT, size=theme.sized(16))
    if state.person is None or not state.person.supervisor:
        return [asked, notice(words.SUPERVISOR_CONFIRMS, theme.NOTE_TONE)]
    yes = words.DATE_IS_RIGHT.format(moment=formats.moment(moment.device))
    return [
        asked,
        quiet(words.FOR_GOOD),
        ft.FilledButton(yes, icon=ft.Icons.EVENT_AVAILABLE, on_click=actions.clock.confirm),
    ]


def _time(label: str, when: datetime) -> ft.Control:
    """A label and a time below it."""
    shown = formats.moment(when)
    column = ft.Column(
        [quiet(label), ft.Text(shown, size=theme.sized(24), weight=ft.FontWeight.W_600)],
        spacing=0,
    )
    said = f"{label}: {shown}"
    return ft.Semantics(content=column, label=said, exclude_semantics=True, container=True)
