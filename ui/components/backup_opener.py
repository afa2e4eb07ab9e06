"""Which backup, and what opens it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from ui import care_words as care
from ui.components.fields import secret_field, use_typed
from ui.components.file_button import file_button
from ui.components.notice import quiet
from ui.components.section import narrow_column
from ui.file_choice import FileChoice
from ui.language import formats


@ft.component
def BackupOpener(  # noqa: N802
    file_bytes: int | None,
    label: str,
    in_browser: bool,
    choice: FileChoice,
    open_it: Callable[[str], Awaitable[None]],
) -> ft.Control:
    """``file_bytes``: the size of the file that was chosen; the secret is asked after it."""
    secret = use_typed()

    async def go() -> None:
        await open_it(secret.text)

    if file_bytes is None:
        return file_button(care.CHOOSE_BACKUP, choice, in_browser=in_browser)
    return narrow_column(
        [
            quiet(care.BACKUP_CHOSEN.format(size=formats.number(file_bytes / 1e6, ".1f"))),
            secret_field(care.OPENER, secret, go),
            ft.FilledButton(label, on_click=go),
            file_button(care.CHOOSE_ANOTHER_BACKUP, choice, in_browser=in_browser),
        ]
    )
