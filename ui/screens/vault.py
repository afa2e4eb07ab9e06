"""The vault itself: backups, keys, erasing."""

from __future__ import annotations

import flet as ft

from ui import care_views, clock_words, theme, words
from ui import care_words as care
from ui.components.backup_form import BackupForm
from ui.components.backup_opener import BackupOpener
from ui.components.erase_form import EraseForm
from ui.components.notice import notice, quiet, success_notice
from ui.components.section import behind_work, heading, narrow_column, section
from ui.language import formats
from ui.state import AppState, Place
from ui.wiring import Actions


def vault_screen(state: AppState, actions: Actions) -> ft.Control:
    """The overview, or the form that was asked for."""
    if state.person is None or not state.person.supervisor:
        return narrow_column(
            [heading(care.CARE_TITLE), notice(care.SUPERVISORS_ONLY, theme.NOTE_TONE)]
        )
    return behind_work(_asked_for(state, actions), _working(state) if state.busy else None)


def _asked_for(state: AppState, actions: Actions) -> ft.Control:
    doing = state.care.doing
    if doing == care_views.BACKING_UP:
        return BackupForm(state.settings.keep_originals, actions, key="backup")
    if doing == care_views.MERGING:
        return _merging(state, actions)
    if doing == care_views.ROTATING:
        return _sure(care.ROTATE, care.ROTATE_TEXT, actions.care.rotate, actions)
    if doing == care_views.RENAMING:
        text, do = care.NEW_PSEUDONYMS_TEXT, actions.care.begin_new_pseudonyms
        return _sure(care.NEW_PSEUDONYMS, text, do, actions)
    if doing == care_views.ERASING and state.person:
        return EraseForm(state.care.waiting, state.person, actions, key="erase")
    return _overview(state, actions)


def _overview(state: AppState, actions: Actions) -> ft.Control:
    done = [success_notice(" ".join(state.care.said))] if state.care.said else []
    return narrow_column(
        [
            heading(care.CARE_TITLE),
            quiet(care.CARE_INTRO),
            *done,
            section(
                care.BACKUP_TITLE,
                [
                    quiet(care.BACKUP_TEXT),
                    _button(care.MAKE_BACKUP, care_views.BACKING_UP, actions, first=True),
                    _button(care.MERGE_TITLE, care_views.MERGING, actions),
                ],
            ),
            section(
                care.KEYS_TITLE,
                [
                    _button(care.ROTATE, care_views.ROTATING, actions),
                    _button(care.NEW_PSEUDONYMS, care_views.RENAMING, actions),
                    quiet(care.NEW_KEY_HINT),
                    _link(words.USERS_TITLE, Place.USERS, actions),
                    _link(words.AUDIT_TITLE, Place.AUDIT, actions),
                ],
            ),
            section(
                clock_words.CLOCK_TITLE,
                [
                    quiet(clock_words.CLOCK_HINT),
                    _link(clock_words.CHECK_DATE, Place.CLOCK, actions),
                ],
            ),
            section(
                care.ERASE_TITLE,
                [
                    quiet(care.ERASE_TEXT),
                    ft.OutlinedButton(
                        care.ERASE,
                        icon=ft.Icons.DELETE_FOREVER,
                        on_click=actions.care.begin_erasing,
                    ),
                ],
            ),
        ]
    )


def _button(label: str, what: str, actions: Actions, *, first: bool = False) -> ft.Control:
    kind = ft.FilledButton if first else ft.OutlinedButton
    return kind(label, on_click=lambda: actions.care.do(what))


def _link(label: str, place: Place, actions: Actions) -> ft.Control:
    async def go() -> None:
        await actions.go(place)

    return ft.TextButton(label, icon=ft.Icons.CHEVRON_RIGHT, on_click=go)


def _merging(state: AppState, actions: Actions) -> ft.Control:
    return narrow_column(
        [
            heading(care.MERGE_TITLE),
            quiet(care.MERGE_TEXT),
            BackupOpener(
                state.care.file_bytes,
                care.MERGE_NOW,
                state.in_browser,
                actions.backup_choice,
                actions.care.take_over,
                key="opener",
            ),
            _cancel(actions),
        ]
    )


def _sure(title: str, text: str, do: object, actions: Actions) -> ft.Control:
    """Asked before something that cannot be taken back."""
    return narrow_column(
        [
            heading(title),
            notice(text, theme.NOTE_TONE),
            quiet(care.SURE),
            ft.FilledButton(care.YES_DO_IT, on_click=do),
            _cancel(actions),
        ]
    )


def _cancel(actions: Actions) -> ft.Control:
    return ft.TextButton(care.CANCEL, on_click=lambda: actions.care.do(""))


def _working(state: AppState) -> ft.Control:
    share = state.care.share
    said = care.WORKING
    if share is not None:
        said = (
            care.BACKING_UP.format(percent=formats.percent(100 * share))
            if share < 1
            else care.READING_BACK
        )
    bar = ft.ProgressBar(value=share if share and share < 1 else None, semantics_label=said)
    return narrow_column([heading(care.CARE_TITLE), bar, quiet(said)])
