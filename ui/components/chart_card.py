"""A chart with the same in words: for those who hear the screen, and those who want the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import insights_words as words
from ui import theme
from ui.components.notice import quiet
from ui.components.section import bullets, section

HEIGHT = 200


@ft.component
def ChartCard(  # noqa: N802 - a component
    title: str,
    summary: str,
    chart: ft.Control,
    lines: Sequence[str],
    hint: str = "",
    legend: ft.Control | None = None,
) -> ft.Control:
    """``summary`` is read aloud in the chart's place; ``lines`` hold every number in it."""
    is_open, set_open = ft.use_state(False)
    label = words.HIDE_NUMBERS if is_open else words.SHOW_NUMBERS
    icon = ft.Icons.EXPAND_LESS if is_open else ft.Icons.EXPAND_MORE
    drawn = ft.Semantics(
        content=ft.Container(chart, height=HEIGHT),
        label=summary,
        image=True,
        container=True,
        exclude_semantics=True,
    )
    return section(
        title,
        [
            drawn,
            *([legend] if legend else []),
            ft.Text(summary, size=theme.sized(15)),
            *([quiet(hint)] if hint else []),
            ft.TextButton(label, icon=icon, on_click=lambda: set_open(not is_open)),
            *([bullets(lines)] if is_open else []),
        ],
    )
