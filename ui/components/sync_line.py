"""Home's line about sync: how many results wait, and how long they have waited."""

from __future__ import annotations

import flet as ft

from ui import sync_words as words
from ui import theme
from ui.components.notice import notice, quiet
from ui.state import AppState, Place
from ui.wiring import Actions


def sync_line(state: AppState, actions: Actions) -> list[ft.Control]:
    """Nothing where nothing waits, or where nobody ever meant to send anything."""
    view = state.sync
    if not view.address:
        return []

    async def opened() -> None:
        await actions.go(Place.SYNC)

    lines: list[ft.Control] = []
    if view.waiting:
        since = words.WAIT_SINCE.format(count=view.waiting, since=view.oldest)
        lines.append(quiet(since))
    if view.refused:
        said = words.SET_ASIDE.format(count=len(view.refused))
        lines.append(notice(said, theme.CAUTION_TONE, 14))
    if not lines:
        return []
    line = ft.Column(lines, spacing=theme.TIGHT * 2)
    return [
        ft.Semantics(
            content=ft.Container(line, on_click=opened, ink=True, padding=theme.TIGHT),
            identifier="sync",
            container=True,
        )
    ]
