"""A pack's figures, as counts of a hundred images."""

from __future__ import annotations

import flet as ft

from ui import pack_words as words
from ui import theme
from ui.components.hundred_dots import hundred_dots
from ui.components.notice import notice, quiet
from ui.components.share_bar import Part, share_bar
from ui.pack_figures import Alarm, Answered, Common, Figures


@ft.component
def PackFiguresCard(figures: Figures) -> ft.Control:  # noqa: N802 - a component
    """What it does with a hundred images; below, when asked for, what its alarms are worth."""
    is_open, set_open = ft.use_state(False)
    controls: list[ft.Control] = []
    if figures.answered:
        controls += _answered(figures.answered)
    if figures.alarms:
        icon = ft.Icons.EXPAND_LESS if is_open else ft.Icons.EXPAND_MORE
        label = words.SHOW_LESS if is_open else words.SHOW_MORE
        controls.append(ft.TextButton(label, icon=icon, on_click=lambda: set_open(not is_open)))
    if is_open:
        controls += [_alarm(alarm) for alarm in figures.alarms]
        controls.append(notice(words.IMAGES_NOT_PATIENTS, theme.NOTE_TONE, 14))
    return ft.Column(controls, spacing=theme.GAP)


def _answered(answered: Answered) -> list[ft.Control]:
    title = ft.Text(words.FIGURES_TITLE, size=theme.sized(15), weight=ft.FontWeight.W_600)
    confident, uncertain = ft.Colors.PRIMARY, ft.Colors.OUTLINE
    parts = [
        Part(
            answered.uncertain,
            uncertain,
            ft.Icons.HELP_OUTLINE,
            words.NOT_ANSWERED.format(count=answered.uncertain),
        )
    ]
    if answered.right or answered.wrong:
        right = words.ANSWERED_RIGHT.format(count=answered.right)
        wrong = words.ANSWERED_WRONG.format(count=answered.wrong)
        parts.insert(0, Part(answered.right, confident, ft.Icons.TASK_ALT, right))
        parts.insert(1, Part(answered.wrong, ft.Colors.ERROR, ft.Icons.CLOSE, wrong))
    return [title, share_bar(parts), quiet(" ".join(answered.about))]


def _alarm(alarm: Alarm) -> ft.Control:
    return ft.Column(
        [
            ft.Text(alarm.title, size=theme.sized(15), weight=ft.FontWeight.W_600),
            ft.Text(alarm.text, size=theme.sized(15)),
            *[_common(common) for common in alarm.common],
        ],
        spacing=theme.GAP,
    )


def _common(common: Common) -> ft.Control:
    return ft.Column(
        [
            ft.Text(common.where, size=theme.sized(15), weight=ft.FontWeight.W_500),
            hundred_dots(common.alarms),
            ft.Text(common.alarms_text, size=theme.sized(15)),
            quiet(common.silent_text),
        ],
        spacing=theme.TIGHT,
    )
