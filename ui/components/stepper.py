"""A number set by a slider, or step by step with two buttons: the keyboard reaches those."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from ui import image_words, theme
from ui.components.icon_button import icon_button


def stepper(
    name: str,
    said: str,
    value: float,
    limits: tuple[float, float],
    step: float,
    on_change: Callable[[float], Awaitable[None]],
) -> ft.Control:
    """``said`` is the name with its value, as it is shown and read aloud; ``limits`` hold."""
    lowest, highest = limits

    async def less() -> None:
        await on_change(max(lowest, value - step))

    async def more() -> None:
        await on_change(min(highest, value + step))

    async def slid(event: ft.Event[ft.CupertinoSlider]) -> None:
        await on_change(float(event.control.value))

    # Not ft.Slider: components/heat_viewer.py says why.
    slider = ft.CupertinoSlider(
        value=min(max(value, lowest), highest),
        min=lowest,
        max=highest,
        active_color=ft.Colors.PRIMARY,
        thumb_color=ft.Colors.PRIMARY,
        height=theme.TARGET,
        on_change=slid,
    )
    return ft.Column(
        [
            ft.Text(said, size=theme.sized(15)),
            ft.Row(
                [
                    icon_button(ft.Icons.REMOVE, image_words.LESS.format(what=name), less),
                    ft.Semantics(content=slider, label=said, expand=True),
                    icon_button(ft.Icons.ADD, image_words.MORE.format(what=name), more),
                ],
                spacing=0,
            ),
        ],
        spacing=0,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
