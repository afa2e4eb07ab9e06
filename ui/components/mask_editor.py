"""Covers on a picture: drawn, moved and taken away by hand, or with buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from core.imaging.patches import Patch
from ui import image_words, theme
from ui import masking_words as words
from ui.components.arrows import arrows
from ui.components.choices import choice_row
from ui.components.icon_button import icon_button
from ui.components.mask_board import Covers, MaskBoard, grown, moved
from ui.components.notice import quiet
from ui.result_views import percent

#: One tap on an arrow moves or grows a cover by this share of the picture.
_STEP = 0.02
#: Where a cover that was asked for by button begins.
_FRESH = Patch(0.3, 0.44, 0.7, 0.56)


@ft.component
def MaskEditor(  # noqa: N802 - a component
    image: bytes,
    size: tuple[float, float],
    start: Covers,
    on_use: Callable[[Covers], object],
    on_cancel: Callable[[], object],
) -> ft.Control:
    """``size``: width and height of the picture on the screen. ``start``: the covers to begin
    with, in shares of it."""
    covers, set_covers = ft.use_state(start)
    chosen, set_chosen = ft.use_state(0)
    index = min(chosen, len(covers) - 1)

    def put(number: int, patch: Patch) -> None:
        set_covers(tuple(patch if n == number else each for n, each in enumerate(covers)))

    def add(patch: Patch) -> None:
        set_covers((*covers, patch))
        set_chosen(len(covers))

    def take_away() -> None:
        set_covers(tuple(each for n, each in enumerate(covers) if n != index))
        set_chosen(max(0, index - 1))

    async def use() -> None:
        result = on_use(covers)
        if hasattr(result, "__await__"):
            await result

    label = words.MASK_THESE.format(count=len(covers)) if covers else words.NOTHING_TO_MASK
    tools: list[ft.Control] = [
        ft.FilledButton(label, icon=ft.Icons.CHECK, on_click=use),
        ft.OutlinedButton(image_words.CANCEL, icon=ft.Icons.CLOSE, on_click=on_cancel),
        ft.OutlinedButton(words.ADD, icon=ft.Icons.ADD_BOX_OUTLINED, on_click=lambda: add(_FRESH)),
    ]
    if covers:
        tools += _about(covers, index, put, set_chosen, take_away)
    board = MaskBoard(image, size, covers, index, put, add, set_chosen)
    column = ft.Column(tools, spacing=theme.GAP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
    return ft.Column(
        [board, column],
        spacing=theme.GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _about(
    covers: Covers,
    index: int,
    put: Callable[[int, Patch], None],
    choose: Callable[[int], None],
    take_away: Callable[[], None],
) -> list[ft.Control]:
    """The chosen cover: which one, where it is, and the buttons that change it."""
    patch = covers[index]
    names = [
        (str(number), words.ONE_COVER.format(number=number + 1)) for number in range(len(covers))
    ]

    def move(across: float, down: float) -> None:
        put(index, moved(patch, across * _STEP, down * _STEP))

    def grow(wider: float, taller: float) -> None:
        put(index, grown(patch, wider * _STEP, taller * _STEP))

    where = words.WHERE.format(
        number=index + 1,
        left=percent(patch.left),
        top=percent(patch.top),
        width=percent(patch.right - patch.left),
        height=percent(patch.bottom - patch.top),
    )
    return [
        choice_row(names, str(index), lambda value: choose(int(value))),
        ft.Semantics(content=quiet(where), live_region=True),
        arrows(move),
        _sizes(
            [
                (ft.Icons.UNFOLD_LESS, words.LOWER, lambda: grow(0, -1)),
                (ft.Icons.UNFOLD_MORE, words.TALLER, lambda: grow(0, 1)),
                (ft.Icons.CLOSE_FULLSCREEN, words.NARROWER, lambda: grow(-1, 0)),
                (ft.Icons.OPEN_IN_FULL, words.WIDER, lambda: grow(1, 0)),
            ]
        ),
        ft.OutlinedButton(
            words.TAKE_AWAY, icon=ft.Icons.DELETE_OUTLINE, on_click=lambda: take_away()
        ),
    ]


def _sizes(tools: Sequence[tuple[ft.IconData, str, Callable[[], None]]]) -> ft.Control:
    return ft.Row([icon_button(*tool) for tool in tools], alignment=ft.MainAxisAlignment.CENTER)
