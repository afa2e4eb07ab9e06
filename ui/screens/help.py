"""Help that works without a network: questions, answers, and small pictures of what is meant."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from core.reading.result import Verdict
from ui import checkup_words, theme
from ui import help_words as words
from ui import words as common_words
from ui.components.heat_scale import heat_scale
from ui.components.help_topic import HelpTopic
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState, Place
from ui.wiring import Actions


def help_screen(_: AppState, actions: Actions) -> ft.Control:
    """What people ask first, first."""
    topics = [
        _topic(words.FIRST_TITLE, _steps(words.FIRST_STEPS)),
        _topic(words.PHOTO_TITLE, _steps(words.PHOTO_STEPS)),
        _topic(words.VERDICTS_TITLE, _verdicts()),
        _topic(words.HEAT_TITLE, [heat_scale(words.HEAT_SCALE), _text(words.HEAT_TEXT)]),
        _topic(words.NUMBERS_TITLE, [_text(words.NUMBERS_TEXT)]),
        _topic(words.SAVING_TITLE, [_text(words.SAVING_TEXT)]),
        _topic(words.SHARING_TITLE, [_text(words.SHARING_TEXT)]),
        _topic(words.LOCK_TITLE, [_text(words.LOCK_TEXT)]),
        _topic(words.BACKUP_HELP_TITLE, [_text(words.BACKUP_HELP_TEXT)]),
        _topic(words.BROKEN_TITLE, _broken(actions)),
    ]
    return narrow_column(
        [
            heading(words.HELP_TITLE),
            quiet(words.HELP_INTRO),
            ft.Column(topics, spacing=theme.TIGHT * 2),
            notice(common_words.NOT_A_DEVICE, theme.CAUTION_TONE),
        ]
    )


def _topic(title: str, answer: Sequence[ft.Control]) -> ft.Control:
    return HelpTopic(title, answer, key=title)


def _text(text: str) -> ft.Control:
    return ft.Text(text, size=theme.sized(16))


def _steps(steps: Sequence[str]) -> list[ft.Control]:
    return [
        ft.Row(
            [
                ft.CircleAvatar(
                    content=ft.Text(str(number), size=theme.sized(14), weight=ft.FontWeight.W_600),
                    radius=14,
                    bgcolor=ft.Colors.PRIMARY_CONTAINER,
                    color=ft.Colors.ON_PRIMARY_CONTAINER,
                ),
                ft.Text(step, size=theme.sized(16), expand=True),
            ],
            spacing=theme.GAP,
            vertical_alignment=ft.CrossAxisAlignment.START,
        )
        for number, step in enumerate(steps, 1)
    ]


def _verdicts() -> list[ft.Control]:
    """As they look on the screen."""
    texts = {
        Verdict.CONFIDENT: words.VERDICT_CONFIDENT_HELP,
        Verdict.UNCERTAIN: words.VERDICT_UNCERTAIN_HELP,
        Verdict.REJECTED: words.VERDICT_REJECTED_HELP,
    }
    shown: list[ft.Control] = []
    for verdict, text in texts.items():
        shown += [notice(common_words.VERDICTS[verdict], theme.VERDICT_TONES[verdict], 18)]
        shown += [_text(text)]
    return shown


def _broken(actions: Actions) -> list[ft.Control]:
    def link(label: str, place: Place, icon: ft.IconData) -> ft.Control:
        async def go() -> None:
            await actions.go(place)

        return ft.OutlinedButton(label, icon=icon, on_click=go)

    return [
        _text(words.BROKEN_TEXT),
        link(checkup_words.CHECKUP_TITLE, Place.CHECKUP, ft.Icons.HEALTH_AND_SAFETY),
        link(words.PROBLEM_TITLE, Place.PROBLEM, ft.Icons.BUG_REPORT),
    ]
