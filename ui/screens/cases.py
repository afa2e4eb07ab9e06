"""Several images chosen together: what each came to, while they are read and after."""

from __future__ import annotations

from collections import Counter

import flet as ft

from core.reading.result import Verdict
from ui import case_words, theme, words
from ui.components.section import heading, narrow_column
from ui.language import said as spoken
from ui.read_case import Case
from ui.state import AppState, Stage
from ui.wiring import Actions

_THUMBNAIL = 56


def cases_screen(state: AppState, actions: Actions) -> ft.Control:
    """A list to pick from. Images have numbers here, not file names: those may name people."""
    controls: list[ft.Control] = [
        heading(words.LIST_TITLE.format(count=len(state.cases))),
        ft.Text(summary(state.cases), size=theme.sized(16)),
        queue(state, actions),
    ]
    if state.busy:
        controls.append(ft.ProgressBar(semantics_label=case_words.SAVING))
    elif state.unsaved:
        controls.append(
            ft.FilledButton(
                case_words.SAVE_ALL,
                icon=ft.Icons.SAVE_OUTLINED,
                on_click=actions.book.save_all,
            )
        )
    controls.append(
        ft.OutlinedButton(
            words.NEW_READING,
            icon=ft.Icons.ADD_PHOTO_ALTERNATE_OUTLINED,
            on_click=actions.desk.leave,
        )
    )
    return narrow_column(controls)


def summary(cases: list[Case]) -> str:
    """How many of each verdict."""
    count = Counter(case.result.verdict if case.result else None for case in cases)
    return words.SUMMARY.format(
        confident=count[Verdict.CONFIDENT],
        uncertain=count[Verdict.UNCERTAIN],
        refused=count[Verdict.REJECTED],
        failed=count[None],
    )


def queue(state: AppState, actions: Actions) -> ft.Control:
    """One line an image."""
    reading, done = state.progress.image - 1, state.stage is Stage.LIST
    tiles = [
        _waiting(position, position == reading)
        if case.is_waiting
        else _tile(position, case, actions, may_open=done)
        for position, case in enumerate(state.cases)
    ]
    return ft.Column(tiles, spacing=theme.TIGHT * 2)


def _waiting(position: int, is_read_now: bool) -> ft.Control:
    word = words.NOW_READING if is_read_now else words.WAITING
    icon = ft.Icons.HOURGLASS_TOP if is_read_now else ft.Icons.HOURGLASS_EMPTY
    return ft.ListTile(
        leading=ft.Icon(icon),
        title=f"{words.IMAGE_NUMBER.format(number=position + 1)}: {word}",
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=theme.TARGET,
    )


def _tile(position: int, case: Case, actions: Actions, *, may_open: bool) -> ft.Control:
    tone = theme.VERDICT_TONES[case.result.verdict] if case.result else theme.TROUBLE_TONE
    word = case.result.word if case.result else words.FAILED_SHORT
    said = case.result.summary if case.result else (spoken(case.failure) if case.failure else "")
    if case.kept is not None:
        word = f"{word}, {words.SAVED_MARK}"
    return ft.ListTile(
        leading=_thumbnail(case),
        title=f"{words.IMAGE_NUMBER.format(number=case.number + 1)}: {word}",
        subtitle=said,
        trailing=ft.Icon(tone.icon, color=tone.foreground),
        text_color=tone.foreground,
        bgcolor=tone.background,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=72,
        on_click=(lambda: actions.desk.show(position)) if may_open else None,
    )


def _thumbnail(case: Case) -> ft.Control:
    if case.picture is None:
        return ft.Icon(ft.Icons.BROKEN_IMAGE_OUTLINED, size=_THUMBNAIL // 2)
    return ft.Image(
        src=case.picture.image,
        width=_THUMBNAIL,
        height=_THUMBNAIL,
        fit=ft.BoxFit.COVER,
        border_radius=theme.TIGHT,
        cache_width=2 * _THUMBNAIL,
        exclude_from_semantics=True,
    )
