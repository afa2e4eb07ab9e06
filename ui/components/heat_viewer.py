"""The image with its heat map over it, and the controls for looking at both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from ui import image_words, theme, words
from ui.components.icon_button import icon_button
from ui.components.notice import quiet
from ui.components.zoomable import Zoomable
from ui.read_case import Picture

START_STRENGTH = 0.5


def fitted(width: int, height: int, most_wide: float, most_high: float) -> tuple[float, float]:
    """The largest size with this shape inside the given one; small images are enlarged."""
    scale = min(most_wide / width, most_high / height)
    return width * scale, height * scale


@ft.component
def HeatViewer(  # noqa: N802 - a component
    picture: Picture,
    most_wide: float,
    most_high: float,
    tools: Sequence[ft.Control] = (),
    over: Callable[[float, float], ft.Control] | None = None,
) -> ft.Control:
    """Remembers for itself whether heat map and contour are on, how strong, and whether black and
    white are exchanged. ``tools`` stand beside the zoom buttons; ``over`` makes a layer over the
    picture, which then does not move."""
    is_on, set_on = ft.use_state(True)
    contour_on, set_contour = ft.use_state(False)
    inverted, set_inverted = ft.use_state(False)
    strength, set_strength = ft.use_state(START_STRENGTH)
    width, height = fitted(picture.width, picture.height, most_wide, most_high)
    layers = [_image(picture, width, height, inverted)]
    if picture.heat:
        layers.append(_heat(picture.heat, width, height, strength if is_on else 0.0))
    if picture.contour and contour_on:
        layers.append(_over(picture.contour, width, height, image_words.CONTOUR_LABEL))
    if over:
        layers.append(over(width, height))
    invert = icon_button(
        ft.Icons.INVERT_COLORS, image_words.INVERT, lambda: set_inverted(not inverted)
    )
    zoomable = Zoomable(layers, width, height, [invert, *tools], over is None)
    controls: list[ft.Control] = [zoomable]
    if picture.frame_note:
        controls.append(quiet(picture.frame_note))
    if picture.heat:
        controls.append(ft.Row([_switch(is_on, set_on), _slider(is_on, strength, set_strength)]))
    if picture.contour:
        controls.append(_contour_switch(contour_on, set_contour))
    if picture.heat_caption:
        controls.append(quiet(picture.heat_caption))
    return ft.Column(
        controls, spacing=theme.TIGHT, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _image(picture: Picture, width: float, height: float, inverted: bool) -> ft.Control:
    """Inverted by the client: white minus what is there. The bytes stay as they came."""
    return ft.Image(
        src=picture.image,
        width=width,
        height=height,
        fit=ft.BoxFit.FILL,
        color=ft.Colors.WHITE if inverted else None,
        color_blend_mode=ft.BlendMode.DIFFERENCE if inverted else None,
        gapless_playback=True,
        semantics_label=words.IMAGE_LABEL,
    )


def _heat(heat: bytes, width: float, height: float, opacity: float) -> ft.Control:
    return ft.Image(
        src=heat,
        width=width,
        height=height,
        fit=ft.BoxFit.FILL,
        opacity=opacity,
        gapless_playback=True,
        semantics_label=words.HEAT_LABEL,
        exclude_from_semantics=not opacity,
    )


def _over(picture: bytes, width: float, height: float, label: str) -> ft.Control:
    return ft.Image(
        src=picture,
        width=width,
        height=height,
        fit=ft.BoxFit.FILL,
        gapless_playback=True,
        semantics_label=label,
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


def _contour_switch(is_on: bool, set_on: Callable[[bool], None]) -> ft.Control:
    return ft.Row(
        [
            ft.Container(
                ft.Switch(
                    label=image_words.CONTOUR,
                    value=is_on,
                    on_change=lambda event: set_on(bool(event.control.value)),
                ),
                height=theme.TARGET,
            )
        ]
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
