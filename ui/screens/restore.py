"""A device's vault from a backup, before there is one."""

from __future__ import annotations

import flet as ft

from ui import care_words as care
from ui import vault_words
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.file_button import file_button
from ui.components.notice import failure_notice, quiet
from ui.components.section import behind_work, heading, narrow_column
from ui.language import formats
from ui.screens.welcome import secret_rule
from ui.state import AppState
from ui.wiring import Actions


def restore_screen(state: AppState, actions: Actions) -> ft.Control:
    """Which file; what opens it; who signs in here from now on."""
    return behind_work(_restoring(state, actions), _working() if state.busy else None)


def _working() -> ft.Control:
    bar = ft.ProgressBar(semantics_label=care.RESTORING)
    return narrow_column([heading(care.RESTORE_TITLE), bar, quiet(care.RESTORING)])


def _restoring(state: AppState, actions: Actions) -> ft.Control:
    file_bytes, takes_pins = state.care.file_bytes, state.entrance.takes_pins
    label = care.CHOOSE_BACKUP if file_bytes is None else care.CHOOSE_ANOTHER_BACKUP
    chosen: list[ft.Control] = []
    if file_bytes is not None:
        chosen.append(
            quiet(care.BACKUP_CHOSEN.format(size=formats.number(file_bytes / 1e6, ".1f")))
        )
    form = _Form(takes_pins, state.in_browser, actions, key="form")
    return narrow_column(
        [
            heading(care.RESTORE_TITLE),
            quiet(care.RESTORE_TEXT),
            *failure_notice(state.trouble),
            file_button(label, actions.backup_choice, in_browser=state.in_browser),
            *chosen,
            *([form] if file_bytes is not None else []),
            ft.TextButton(vault_words.BACK, on_click=actions.care.end_restore),
        ]
    )


@ft.component
def _Form(takes_pins: bool, in_browser: bool, actions: Actions) -> ft.Control:  # noqa: N802
    opener, name, secret, again = use_typed(), use_typed(), use_typed(), use_typed()
    differ, set_differ = ft.use_state(False)

    async def restore() -> None:
        set_differ(secret.text != again.text)
        if secret.text == again.text:
            await actions.care.restore(opener.text, name.text, secret.text)

    label = vault_words.SECRET_PIN_OK if takes_pins else vault_words.SECRET_PASSPHRASE
    return narrow_column(
        [
            secret_field(care.OPENER, opener),
            plain_field(vault_words.NAME, name),
            quiet(secret_rule(takes_pins, in_browser)),
            secret_field(label, secret),
            secret_field(
                vault_words.SECRET_AGAIN,
                again,
                restore,
                vault_words.SECRETS_DIFFER if differ else "",
            ),
            ft.FilledButton(care.RESTORE_NOW, on_click=restore),
        ]
    )
