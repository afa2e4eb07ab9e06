"""What a backup holds, and what may open it beside the recovery key."""

from __future__ import annotations

import flet as ft

from ui import care_words as care
from ui.components.fields import secret_field, use_typed
from ui.components.notice import quiet
from ui.components.section import heading, narrow_column
from ui.components.switch_row import switch_row
from ui.wiring import Actions


@ft.component
def BackupForm(keeps_originals: bool, actions: Actions) -> ft.Control:  # noqa: N802
    """Remembers for itself what was typed."""
    secret, again = use_typed(), use_typed()
    originals, set_originals = ft.use_state(False)
    differ, set_differ = ft.use_state(False)

    async def make() -> None:
        set_differ(secret.text != again.text)
        if secret.text == again.text:
            await actions.care.back_up(secret.text, originals=originals)

    with_originals = switch_row(
        care.WITH_ORIGINALS, originals, lambda event: set_originals(bool(event.data))
    )
    return narrow_column(
        [
            heading(care.BACKUP_TITLE),
            quiet(care.BACKUP_TEXT),
            quiet(care.BACKUP_OPENS),
            secret_field(care.BACKUP_PASSPHRASE, secret),
            secret_field(care.BACKUP_AGAIN, again, make, care.PASSPHRASES_DIFFER if differ else ""),
            *([with_originals] if keeps_originals else []),
            ft.FilledButton(care.MAKE_BACKUP, icon=ft.Icons.SAVE_ALT, on_click=make),
            ft.TextButton(care.CANCEL, on_click=lambda: actions.care.do("")),
        ]
    )
