"""Window presets, level and width: how brightness is made of the stored samples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import flet as ft

from core.imaging.rendering import PRESETS
from core.imaging.study import Window
from ui import image_words
from ui.components.choices import choice_row
from ui.components.notice import quiet
from ui.components.stepper import stepper
from ui.study_view import StudyView, WindowRange, window_of, within

SetWindow = Callable[[Window | None], Awaitable[None]]
_AS_FIRST = ""
#: One tap moves a slider by this share of its length.
_STEPS = 40


def window_controls(view: StudyView, on_window: SetWindow) -> list[ft.Control]:
    """Nothing for colour, which has no window."""
    limits = view.range
    if limits is None:
        return []
    window = within(limits, window_of(view))

    async def level(value: float) -> None:
        await on_window(within(limits, replace(window, center=value)))

    async def width(value: float) -> None:
        await on_window(within(limits, replace(window, width=value)))

    levels, widths = (limits.lowest, limits.highest), (limits.widest / 400, limits.widest)
    names = image_words.LEVEL_NAME, image_words.WIDTH_NAME
    says = (
        image_words.LEVEL.format(value=_number(window.center, limits)),
        image_words.WIDTH.format(value=_number(window.width, limits)),
    )
    return [
        _presets(view, limits, on_window),
        stepper(names[0], says[0], window.center, levels, _step(levels), level),
        stepper(names[1], says[1], window.width, widths, _step(widths), width),
        quiet(image_words.VIEW_ONLY),
    ]


def _step(limits: tuple[float, float]) -> float:
    return (limits[1] - limits[0]) / _STEPS


def _presets(view: StudyView, limits: WindowRange, on_window: SetWindow) -> ft.Control:
    """By name for Hounsfield units; everything else can only go back to how it was."""

    async def chosen(name: str) -> None:
        await on_window(PRESETS.get(name))

    options = [(_AS_FIRST, image_words.OWN_WINDOW)]
    if limits.is_hounsfield:
        options += [(name, image_words.PRESETS[name]) for name in PRESETS]
    now = [name for name, window in PRESETS.items() if window == view.window]
    current = _AS_FIRST if view.window is None else (now[0] if now else "-")
    return choice_row(options, current, chosen)


def _number(value: float, limits: WindowRange) -> str:
    number = f"{value:.0f}" if limits.widest >= 100 else f"{value:.2f}"
    return image_words.HOUNSFIELD.format(value=number) if limits.is_hounsfield else number


def dragged(view: StudyView, across: float, down: float, width: float, height: float) -> Window:
    """The window after a drag over the picture: sideways for the width, up and down for the
    level, as radiology workstations have it. Raises ValueError where none can be set."""
    if view.range is None:
        raise ValueError("colour has no window")
    window, limits = window_of(view), view.range
    span = min(limits.widest, 4 * window.width)
    level = window.center + down / height * span
    return within(limits, replace(window, center=level, width=window.width + across / width * span))


def drag_layer(
    view: StudyView, width: float, height: float, on_window: SetWindow
) -> ft.GestureDetector:
    """Over the picture, while dragging sets the window and does not move the picture."""

    held = [0.0, 0.0]

    def taken(event: ft.DragStartEvent[ft.GestureDetector]) -> None:
        held[:] = [event.global_position.x, event.global_position.y]

    async def moved(event: ft.DragUpdateEvent[ft.GestureDetector]) -> None:
        at = event.global_position
        across, down = at.x - held[0], at.y - held[1]
        await on_window(dragged(view, across, down, width, height))

    return ft.GestureDetector(
        content=ft.Container(width=width, height=height),
        mouse_cursor=ft.MouseCursor.MOVE,
        drag_interval=60,
        # As for corners: a page that scrolls would win against a pan.
        on_horizontal_drag_start=taken,
        on_horizontal_drag_update=moved,
        on_vertical_drag_start=taken,
        on_vertical_drag_update=moved,
        exclude_from_semantics=True,
    )
