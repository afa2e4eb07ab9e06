"""One case in a list."""

from __future__ import annotations

import flet as ft

from ui import theme
from ui.case_views import CaseLine
from ui.wiring import Actions


def case_tile(line: CaseLine, actions: Actions) -> ft.Control:
    """The verdict by colour, icon and word; when, and whose."""
    tone = theme.VERDICT_TONES[line.verdict]

    async def chosen() -> None:
        await actions.book.open(line.id)

    return ft.ListTile(
        leading=ft.Icon(tone.icon, color=tone.foreground),
        title=line.title,
        subtitle=f"{line.when}. {line.about}",
        trailing=ft.Icon(ft.Icons.CHEVRON_RIGHT, color=tone.foreground),
        text_color=tone.foreground,
        bgcolor=tone.background,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=64,
        on_click=chosen,
    )
