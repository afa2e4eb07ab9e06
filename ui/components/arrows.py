"""Four arrows that move something in a picture."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from ui import image_words
from ui.components.icon_button import icon_button
from ui.language import current_language


def arrows(move: Callable[[int, int], None]) -> ft.Control:
    """``move`` is given steps to the right and downwards.

    Left is left in every language: it is a place in the picture. From right to left Flutter turns
    round a row, and the two arrows that lie in it; here both are turned back.
    """
    leftward = current_language().right_to_left
    back, forward = ft.Icons.ARROW_BACK, ft.Icons.ARROW_FORWARD
    if leftward:
        back, forward = forward, back
    tools = [
        icon_button(back, image_words.MOVE_LEFT, lambda: move(-1, 0)),
        icon_button(ft.Icons.ARROW_UPWARD, image_words.MOVE_UP, lambda: move(0, -1)),
        icon_button(ft.Icons.ARROW_DOWNWARD, image_words.MOVE_DOWN, lambda: move(0, 1)),
        icon_button(forward, image_words.MOVE_RIGHT, lambda: move(1, 0)),
    ]
    return ft.Row(tools[::-1] if leftward else tools, alignment=ft.MainAxisAlignment.CENTER)
