"""The image with its heat map over it, and the controls for looking at both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flet as ft

from ui import image_words, theme, words
from ui.components.icon_button import icon_button
from ui.components.notice import quiet
from ui.components.switch_row import switch_row
from ui.components.zoomable import Zoomable
from ui.read_case import Picture

START_STRENGTH = 0.5
#: Makes a layer over the picture, of this width and height.
Layer = Callable[[float, float], ft.Control]


@dataclass(frozen=True)
class Looks:
    """How a picture is looked at, and the ways to change that."""

    heat: bool
    set_heat: Callable[[bool], None]
    contour: bool
    set_contour: Callable[[bool], None]
    inverted: bool
    set_inverted: Callable[[bool], None]
    strength: float
    set_strength: Callable[[float], None]


def use_looks() -> Looks:
    """A hook: the heat map is on, everything else is off."""
    heat, set_heat = ft.use_state(True)
    contour, set_contour = ft.use_state(False)
    inverted, set_inverted = ft.use_state(False)
    strength, set_strength = ft.use_state(START_STRENGTH)
    return Looks(
        heat, set_heat, contour, set_contour, inverted, set_inverted, strength, set_strength
    )


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
    over: Layer | None = None,
) -> ft.Control:
    """Remembers for itself how it is looked at. ``tools`` stand beside the zoom buttons; with a
    layer ``over`` it the picture does not move."""
    looks = use_looks()
    width, height = fitted(picture.width, picture.height, most_wide, most_high)
    controls: list[ft.Control] = [
        Zoomable(
            layers(picture, looks, width, height, over),
            width,
            height,
            [_invert(looks), *tools],
            moves=over is None,
        )
    ]
    if picture.frame_note:
        controls.append(quiet(picture.frame_note))
    if picture.heat:
        controls += _heat_controls(looks)
    if picture.contour:
        controls.append(_switch_row(image_words.CONTOUR, looks.contour, looks.set_contour))
    if picture.heat_caption:
        controls.append(quiet(picture.heat_caption))
    return ft.Column(
        controls, spacing=theme.TIGHT, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


@ft.component
def LargeHeatViewer(  # noqa: N802 - a component
    picture: Picture,
    most_wide: float,
    most_high: float,
    tools: Sequence[ft.Control] = (),
    over: Layer | None = None,
) -> ft.Control:
    """The same where the picture shall have the room: every control is an icon."""
    looks = use_looks()
    width, height = fitted(picture.width, picture.height, most_wide, most_high)
    toggles = [_invert(looks)]
    if picture.heat:
        icon = ft.Icons.LAYERS if looks.heat else ft.Icons.LAYERS_CLEAR
        label = image_words.HEAT_HIDE if looks.heat else image_words.HEAT_BACK
        toggles.append(icon_button(icon, label, lambda: looks.set_heat(not looks.heat)))
    if picture.contour:
        icon = ft.Icons.CIRCLE_OUTLINED if looks.contour else ft.Icons.LENS_BLUR
        toggles.append(
            icon_button(icon, image_words.CONTOUR, lambda: looks.set_contour(not looks.contour))
        )
    shown = layers(picture, looks, width, height, over)
    return Zoomable(shown, width, height, [*toggles, *tools], moves=over is None)


def layers(
    picture: Picture, looks: Looks, width: float, height: float, over: Layer | None
) -> list[ft.Control]:
    """The image, and what is laid over it."""
    found: list[ft.Control] = [
        ft.Image(
            src=picture.image,
            width=width,
            height=height,
            fit=ft.BoxFit.FILL,
            # Inverted by the client: white minus what is there. The bytes stay as they came.
            color=ft.Colors.WHITE if looks.inverted else None,
            color_blend_mode=ft.BlendMode.DIFFERENCE if looks.inverted else None,
            gapless_playback=True,
            semantics_label=words.IMAGE_LABEL,
        )
    ]
    if picture.heat:
        found.append(
            ft.Image(
                src=picture.heat,
                width=width,
                height=height,
                fit=ft.BoxFit.FILL,
                opacity=looks.strength if looks.heat else 0.0,
                gapless_playback=True,
                semantics_label=words.HEAT_LABEL,
                exclude_from_semantics=not looks.heat,
            )
        )
    if picture.contour and looks.contour:
        found.append(
            ft.Image(
                src=picture.contour,
                width=width,
                height=height,
                fit=ft.BoxFit.FILL,
                gapless_playback=True,
                semantics_label=image_words.CONTOUR_LABEL,
            )
        )
    if over:
        found.append(over(width, height))
    return found


def _invert(looks: Looks) -> ft.Control:
    label = image_words.INVERT
    return icon_button(
        ft.Icons.INVERT_COLORS, label, lambda: looks.set_inverted(not looks.inverted)
    )


def _heat_controls(looks: Looks) -> list[ft.Control]:
    """One line, or two where text is so large that a phone has no room for the slider beside."""
    if theme.text_is_large():
        switch = _switch_row(words.HEAT_SHOW, looks.heat, looks.set_heat)
        return [switch, ft.Row([_slider(looks)])]
    return [ft.Row([_switch(words.HEAT_SHOW, looks.heat, looks.set_heat), _slider(looks)])]


def _switch_row(label: str, is_on: bool, set_on: Callable[[bool], None]) -> ft.Control:
    return switch_row(label, is_on, lambda event: set_on(bool(event.control.value)))


def _switch(label: str, is_on: bool, set_on: Callable[[bool], None]) -> ft.Control:
    return ft.Container(
        ft.Switch(
            label=label,
            value=is_on,
            on_change=lambda event: set_on(bool(event.control.value)),
        ),
        height=theme.TARGET,
    )


def _slider(looks: Looks) -> ft.Control:
    """Not ft.Slider: in a browser its hidden value label covers the whole page for screen
    readers, and nothing else can be clicked (Flutter's OverlayPortal)."""
    slider = ft.CupertinoSlider(
        value=looks.strength,
        min=0.1,
        max=1.0,
        disabled=not looks.heat,
        active_color=ft.Colors.PRIMARY,
        thumb_color=ft.Colors.PRIMARY,
        height=theme.TARGET,
        on_change=lambda event: looks.set_strength(float(event.control.value)),
    )
    return ft.Semantics(content=slider, label=words.HEAT_STRENGTH, expand=True)
