"""One of a few: buttons to tap, of which the chosen one is filled and has a tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from ui import case_words, theme

#: A value and its name.
Option = tuple[str, str]


def choice_row(
    options: Sequence[Option], chosen: str, on_choose: Callable[[str], object]
) -> ft.Control:
    """Side by side as far as there is room, then below."""
    buttons = [_button(value, name, value == chosen, on_choose) for value, name in options]
    return ft.Row(buttons, wrap=True, spacing=theme.TIGHT * 2, run_spacing=theme.TIGHT * 2)


def _button(
    value: str, name: str, is_chosen: bool, on_choose: Callable[[str], object]
) -> ft.Control:
    async def tapped() -> None:
        result = on_choose(value)
        if hasattr(result, "__await__"):
            await result  # type: ignore[misc]

    style = ft.ButtonStyle(padding=ft.Padding.symmetric(horizontal=theme.MARGIN, vertical=16))
    if not is_chosen:
        return ft.OutlinedButton(name, style=style, on_click=tapped)
    tick = ft.Icon(ft.Icons.CHECK, semantics_label=case_words.CHOSEN)
    return ft.FilledButton(name, icon=tick, style=style, on_click=tapped)
