"""The two questions before a vault is destroyed."""

from __future__ import annotations

import flet as ft

from ui import care_words as care
from ui import theme
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import Person
from ui.wiring import Actions


@ft.component
def EraseForm(waiting: int, person: Person, actions: Actions) -> ft.Control:  # noqa: N802
    """First a word that nobody types by mistake, then the secret of whoever is signed in."""
    word, secret = use_typed(), use_typed()
    second, set_second = ft.use_state(False)

    def first_answer() -> None:
        set_second(word.text.strip().casefold() == care.ERASE_WORD.casefold())

    async def erase() -> None:
        await actions.care.erase(secret.text)

    controls: list[ft.Control] = [
        heading(care.ERASE_TITLE),
        notice(care.ERASE_TEXT, theme.TROUBLE_TONE),
    ]
    if waiting:
        controls.append(notice(care.ERASE_NOT_SENT.format(count=waiting), theme.CAUTION_TONE))
    if not second:
        controls += [
            plain_field(care.ERASE_TYPE.format(word=care.ERASE_WORD), word, first_answer),
            ft.OutlinedButton(care.ERASE, on_click=first_answer),
        ]
    else:
        label = care.ERASE_SECRET if person.id else care.ERASE_KEY
        controls += [
            quiet(care.SURE),
            secret_field(label, secret, erase),
            ft.FilledButton(
                care.ERASE_NOW,
                icon=ft.Icons.DELETE_FOREVER,
                bgcolor=ft.Colors.ERROR,
                color=ft.Colors.ON_ERROR,
                on_click=erase,
            ),
        ]
    controls.append(ft.TextButton(care.CANCEL, on_click=lambda: actions.care.do("")))
    return narrow_column(controls)
