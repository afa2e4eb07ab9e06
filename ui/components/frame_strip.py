"""A series, frame by frame: a slider, and small pictures of which one page is drawn at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from ui import image_words, theme
from ui.components.icon_button import icon_button
from ui.components.stepper import stepper
from ui.study_view import STRIP_LENGTH, THUMBNAIL_SIDE, Strip, StudyView

Go = Callable[[int], Awaitable[None]]


def frame_strip(view: StudyView, on_frame: Go, on_strip: Go) -> list[ft.Control]:
    """Nothing where there is one frame. Frames are counted from 1 on the screen."""
    if view.total < 2 or view.strip is None:
        return []

    async def slid(value: float) -> None:
        await on_frame(round(value) - 1)

    said = image_words.FRAME_NUMBER.format(number=view.frame + 1, total=view.total)
    slider = stepper(
        image_words.FRAME_NAME, said, float(view.frame + 1), (1.0, float(view.total)), 1.0, slid
    )
    return [slider, _strip(view, view.strip, on_frame, on_strip)]


def _strip(view: StudyView, strip: Strip, on_frame: Go, on_strip: Go) -> ft.Control:
    async def earlier() -> None:
        await on_strip(strip.first - STRIP_LENGTH)

    async def later() -> None:
        await on_strip(strip.first + STRIP_LENGTH)

    pictures = [
        small_frame(strip.first + offset, picture, strip.first + offset == view.frame, on_frame)
        for offset, picture in enumerate(strip.thumbnails)
    ]
    controls = [*pictures]
    if strip.first > 0:
        controls.insert(0, icon_button(ft.Icons.CHEVRON_LEFT, image_words.STRIP_EARLIER, earlier))
    if strip.first + STRIP_LENGTH < view.total:
        controls.append(icon_button(ft.Icons.CHEVRON_RIGHT, image_words.STRIP_LATER, later))
    return ft.Row(
        controls,
        wrap=True,
        spacing=theme.TIGHT,
        run_spacing=theme.TIGHT,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )


def small_frame(index: int, picture: bytes | None, is_shown: bool, on_frame: Go) -> ft.Control:
    """One small picture to tap, its number below; the one that is shown has a border and a bold
    number."""

    async def chosen() -> None:
        await on_frame(index)

    side = THUMBNAIL_SIDE
    image: ft.Control = (
        ft.Icon(ft.Icons.BROKEN_IMAGE_OUTLINED, size=side // 2)
        if picture is None
        else ft.Image(
            src=picture,
            width=side,
            height=side,
            fit=ft.BoxFit.CONTAIN,
            gapless_playback=True,
            exclude_from_semantics=True,
        )
    )
    number = ft.Text(
        str(index + 1),
        size=theme.sized(13),
        weight=ft.FontWeight.W_700 if is_shown else ft.FontWeight.W_400,
        semantics_label=image_words.STRIP_FRAME.format(number=index + 1),
    )
    colour = ft.Colors.PRIMARY if is_shown else ft.Colors.TRANSPARENT
    return ft.TextButton(
        ft.Column(
            [ft.Container(image, bgcolor=ft.Colors.BLACK), number],
            spacing=2,
            tight=True,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        style=ft.ButtonStyle(
            padding=2,
            side=ft.BorderSide(3, colour),
            shape=ft.RoundedRectangleBorder(radius=theme.TIGHT),
        ),
        on_click=chosen,
    )
