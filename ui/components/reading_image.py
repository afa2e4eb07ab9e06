"""The image of a reading: with its heat map, and, on demand, other frames and windows."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from core.imaging.study import Window
from ui import image_words, theme, words
from ui.components.frame_strip import frame_strip, small_frame
from ui.components.heat_viewer import HeatViewer, LargeHeatViewer
from ui.components.icon_button import icon_button
from ui.components.notice import quiet
from ui.components.stepper import stepper
from ui.components.window_controls import drag_layer, window_controls
from ui.read_case import Case, CloseUp, Picture
from ui.state import AppState
from ui.wiring import Actions


@ft.component
def ReadingImage(  # noqa: N802 - a component
    state: AppState,
    actions: Actions,
    case: Case,
    close_up: CloseUp | None,
    most_wide: float,
    most_high: float,
) -> ft.Control:
    """``close_up`` None: as it was first shown."""
    drags, set_drags = ft.use_state(False)
    if case.picture is None:
        return ft.Container()
    picture = close_picture(close_up) if close_up else case.picture
    view = close_up.view if close_up else None
    is_large = case.id == state.enlarged
    tools = [_shrink(actions) if is_large else _enlarge(actions, case)]
    over = None
    if close_up and view and view.range:
        tools.append(_drag_tool(drags, set_drags))
        if drags:
            over = _drag(actions, case, close_up)
    kind = LargeHeatViewer if is_large else HeatViewer
    viewer = kind(picture, most_wide, most_high, tools, over, key=f"heat-{case.id}")
    hint = [quiet(image_words.DRAG_WINDOW)] if over else []
    return ft.Column(
        [viewer, *hint],
        spacing=theme.TIGHT,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def close_picture(close_up: CloseUp) -> Picture:
    """What a close-up shows, as a picture with its heat map."""
    view = close_up.view
    shown, total = view.shown, view.total
    note = words.FRAME_OF.format(number=view.frame + 1, total=total) if total > 1 else ""
    caption = close_up.heat_caption
    if total > 1 and not caption:
        caption = image_words.NO_HEAT_HERE
    return Picture(
        shown.image,
        shown.width,
        shown.height,
        close_up.heat,
        caption,
        note,
        close_up.contour,
        adjustable=True,
    )


def _drag(actions: Actions, case: Case, close_up: CloseUp) -> Callable[[float, float], ft.Control]:
    async def on_window(window: Window | None) -> None:
        await actions.close_ups.set_window(case, window)

    return lambda width, height: drag_layer(close_up.view, width, height, on_window)


def _enlarge(actions: Actions, case: Case) -> ft.Control:
    async def enlarge() -> None:
        await actions.close_ups.enlarge(case)

    return icon_button(ft.Icons.OPEN_IN_FULL, image_words.ENLARGE, enlarge)


def _shrink(actions: Actions) -> ft.Control:
    label, icon = image_words.MAKE_SMALL, ft.Icons.CLOSE_FULLSCREEN
    return icon_button(icon, label, actions.close_ups.shrink)


def _drag_tool(drags: bool, set_drags: Callable[[bool], None]) -> ft.Control:
    icon = ft.Icons.CONTRAST if not drags else ft.Icons.PAN_TOOL_OUTLINED
    return icon_button(icon, image_words.DRAG_SWITCH, lambda: set_drags(not drags))


def frame_slider(actions: Actions, case: Case, close_up: CloseUp | None) -> list[ft.Control]:
    """From frame to frame where there is no room for more."""
    if close_up is None or close_up.view.total < 2:
        return []

    async def frame(value: float) -> None:
        await actions.close_ups.show_frame(case, round(value) - 1)

    view = close_up.view
    said = image_words.FRAME_NUMBER.format(number=view.frame + 1, total=view.total)
    limits = 1.0, float(view.total)
    return [stepper(image_words.FRAME_NAME, said, float(view.frame + 1), limits, 1.0, frame)]


def adjusting(actions: Actions, case: Case, close_up: CloseUp | None) -> list[ft.Control]:
    """The frames that decided, and the controls of frames and window once they are asked for."""
    if case.picture is None:
        return []
    close_ups = actions.close_ups

    async def frame(index: int) -> None:
        await close_ups.show_frame(case, index)

    async def strip(first: int) -> None:
        await close_ups.show_strip(case, first)

    async def window(chosen: Window | None) -> None:
        await close_ups.set_window(case, chosen)

    async def begin() -> None:
        await close_ups.begin(case)

    controls: list[ft.Control] = []
    if case.picture.tops:
        shown = close_up.view.frame if close_up else case.picture.tops[0][0]
        tiles = [small_frame(i, small, i == shown, frame) for i, small in case.picture.tops]
        controls.append(quiet(image_words.TOP_FRAMES))
        controls.append(ft.Row(tiles, wrap=True, spacing=theme.TIGHT, run_spacing=theme.TIGHT))
    if close_up:
        controls += frame_strip(close_up.view, frame, strip)
        controls += window_controls(close_up.view, window)
        controls.append(
            ft.TextButton(image_words.HIDE_VIEW, icon=ft.Icons.UNDO, on_click=close_ups.end)
        )
    elif case.picture.adjustable:
        label, icon = image_words.ADJUST_VIEW, ft.Icons.TUNE
        controls.append(ft.TextButton(label, icon=icon, on_click=begin))
    return controls
