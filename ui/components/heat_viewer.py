"""The image with its heat map over it, and the two controls for that."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from ui import theme, words
from ui.components.notice import quiet
from ui.read_case import Picture

START_STRENGTH = 0.5


def fitted(width: int, height: int, most_wide: float, most_high: float) -> tuple[float, float]:
    """The largest size with this shape inside the given one; small images are enlarged."""
    scale = min(most_wide / width, most_high / height)
    return width * scale, height * scale


@ft.component
def HeatViewer(picture: Picture, most_wide: float, most_high: float) -> ft.Control:  # noqa: N802
    """Remembers for itself whether the heat map is on, and how strong."""
    is_on, set_on = ft.use_state(True)
    strength, set_strength = ft.use_state(START_STRENGTH)
    width, height = fitted(picture.width, picture.height, most_wide, most_high)
    layers: list[ft.Control] = [
        ft.Image(
            src=picture.image,
            width=width,
            height=height,
            fit=ft.BoxFit.FILL,
            gapless_playback=True,
            semantics_label=words.IMAGE_LABEL,
        )
    ]
    if picture.heat:
        layers.append(
            ft.Image(
                src=picture.heat,
                width=width,
                height=height,
                fit=ft.BoxFit.FILL,
                opacity=strength if is_on else 0.0,
                gapless_playback=True,
                semantics_label=words.HEAT_LABEL,
                exclude_from_semantics=not is_on,
            )
        )
    controls: list[ft.Control] = [
        ft.Container(
            ft.Stack(layers, width=width, height=height),
            bgcolor=ft.Colors.BLACK,
            border_radius=theme.CORNER,
            clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
            alignment=ft.Alignment.CENTER,
        )
    ]
    if picture.frame_note:
        controls.append(quiet(picture.frame_note))
    if picture.heat:
        controls.append(ft.Row([_switch(is_on, set_on), _slider(is_on, strength, set_strength)]))
    if picture.heat_caption:
        controls.append(quiet(picture.heat_caption))
    return ft.Column(
        controls, spacing=theme.TIGHT * 2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _switch(is_on: bool, set_on: Callable[[bool], None]) -> ft.Control:
    return ft.Container(
        ft.Switch(
            label=words.HEAT_SHOW,
            value=is_on,
            on_change=lambda event: set_on(bool(event.control.value)),
        ),
        height=theme.TARGET,
    )


def _slider(is_on: bool, strength: float, set_strength: Callable[[float], None]) -> ft.Control:
    """Not ft.Slider: in a browser its hidden value label covers the whole page for screen
    readers, and nothing else can be clicked (Flutter's OverlayPortal)."""
    slider = ft.CupertinoSlider(
        value=strength,
        min=0.1,
        max=1.0,
        disabled=not is_on,
        active_color=ft.Colors.PRIMARY,
        thumb_color=ft.Colors.PRIMARY,
        height=theme.TARGET,
        on_change=lambda event: set_strength(float(event.control.value)),
    )
    return ft.Semantics(content=slider, label=words.HEAT_STRENGTH, expand=True)
