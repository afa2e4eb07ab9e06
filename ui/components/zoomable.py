"""A picture that can be looked at closely: pan and zoom by hand, wheel or button."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft

from ui import image_words, theme
from ui.components.icon_button import icon_button

#: How far one may zoom in, and how much one tap on a button does.
_LARGEST, _STEP = 8.0, 1.5


@ft.component
def Zoomable(  # noqa: N802 - a component
    layers: Sequence[ft.Control],
    width: float,
    height: float,
    tools: Sequence[ft.Control] = (),
    below: Sequence[ft.Control] = (),
    moves: bool = True,
) -> ft.Control:
    """``layers`` lie on one another and move together; ``tools`` stand beside the zoom buttons,
    ``below`` between those and the picture. ``moves`` False: a drag is for something else; the
    buttons still zoom."""
    viewer = ft.use_ref(lambda: ft.Ref[ft.InteractiveViewer]()).current

    async def zoom(by: float) -> None:
        """Around the middle: by itself the client zooms around the top left corner."""
        await viewer.current.zoom(by)
        away = (1 - by) / (2 * by)
        await viewer.current.pan(width * away, height * away)

    async def larger() -> None:
        await zoom(_STEP)

    async def smaller() -> None:
        await zoom(1 / _STEP)

    async def whole() -> None:
        await viewer.current.reset()

    window = ft.Container(
        ft.InteractiveViewer(
            ref=viewer,
            content=ft.Stack(list(layers), width=width, height=height),
            width=width,
            height=height,
            min_scale=1.0,
            pan_enabled=moves,
            max_scale=_LARGEST,
            # Whoever moves the picture is there: the lock hears of it.
            on_interaction_end=lambda _: None,
        ),
        bgcolor=ft.Colors.BLACK,
        border_radius=theme.CORNER,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        alignment=ft.Alignment.CENTER,
    )
    buttons = ft.Row(
        [
            icon_button(ft.Icons.ZOOM_IN, image_words.ZOOM_IN, larger),
            icon_button(ft.Icons.ZOOM_OUT, image_words.ZOOM_OUT, smaller),
            icon_button(ft.Icons.FIT_SCREEN, image_words.ZOOM_RESET, whole),
            *tools,
        ],
        wrap=True,
        spacing=0,
        run_spacing=0,
    )
    return ft.Column(
        [window, *below, buttons],
        spacing=theme.TIGHT,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
