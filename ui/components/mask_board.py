"""A picture under its covers: a drag that begins on a cover moves it, any other draws one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from core.imaging.patches import Patch, clipped
from ui import masking_words as words

#: No cover is smaller than this; a drag that comes to less was a slip of the finger.
_LEAST = 0.012
_LINE = 2

Covers = tuple[Patch, ...]


def drawn(start: tuple[float, float], end: tuple[float, float]) -> Patch | None:
    """The cover between two points; None for one too small to be meant."""
    (x1, y1), (x2, y2) = start, end
    patch = clipped(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    if patch is None or min(patch.right - patch.left, patch.bottom - patch.top) < _LEAST:
        return None
    return patch


def moved(patch: Patch, across: float, down: float) -> Patch:
    """The same cover elsewhere, kept inside the picture."""
    across = min(max(across, -patch.left), 1 - patch.right)
    down = min(max(down, -patch.top), 1 - patch.bottom)
    return Patch(
        max(0.0, patch.left + across),
        max(0.0, patch.top + down),
        min(1.0, patch.right + across),
        min(1.0, patch.bottom + down),
    )


def grown(patch: Patch, wider: float, taller: float) -> Patch:
    """Larger or smaller on its right and its lower side, and on the other where that is the
    picture's own edge."""
    right = min(1.0, max(patch.left + _LEAST, patch.right + wider))
    bottom = min(1.0, max(patch.top + _LEAST, patch.bottom + taller))
    left, top = patch.left, patch.top
    if right == 1.0 and wider > 0:
        left = max(0.0, left - (patch.right + wider - right))
    if bottom == 1.0 and taller > 0:
        top = max(0.0, top - (patch.bottom + taller - bottom))
    return Patch(min(left, right - _LEAST), min(top, bottom - _LEAST), right, bottom)


def at(covers: Sequence[Patch], x: float, y: float) -> int | None:
    """The smallest cover that holds this point, so that one inside another can be had."""
    holding = [number for number, each in enumerate(covers) if each.holds(x, y)]
    return min(holding, key=lambda n: _area(covers[n]), default=None)


def _area(patch: Patch) -> float:
    return (patch.right - patch.left) * (patch.bottom - patch.top)


@ft.component
def MaskBoard(  # noqa: N802 - a component
    image: bytes,
    size: tuple[float, float],
    covers: Covers,
    chosen: int,
    put: Callable[[int, Patch], None],
    add: Callable[[Patch], None],
    choose: Callable[[int], None],
) -> ft.Control:
    """The picture under its covers. A drag that begins on a cover moves it, any other draws one."""
    width, height = size
    coming, set_coming = ft.use_state(None)
    #: Where a drag began, and the cover that it began on as it was then.
    held = ft.use_ref(lambda: {}).current

    def share(position: ft.Offset) -> tuple[float, float]:
        return position.x / width, position.y / height

    def tapped(event: ft.TapEvent[ft.GestureDetector]) -> None:
        if event.local_position is not None:
            number = at(covers, *share(event.local_position))
            if number is not None:
                choose(number)

    def touched(event: ft.DragDownEvent[ft.GestureDetector]) -> None:
        held["down"] = share(event.local_position)

    def taken(event: ft.DragStartEvent[ft.GestureDetector]) -> None:
        # Where the finger came down: a drag begins only once it has moved some way.
        point = held.pop("down", None) or share(event.local_position)
        number = at(covers, *point)
        held.update(start=point, number=number, patch=None if number is None else covers[number])
        if number is not None:
            choose(number)

    def dragged(event: ft.DragUpdateEvent[ft.GestureDetector]) -> None:
        if "start" not in held:
            return
        x, y = share(event.local_position)
        from_x, from_y = held["start"]
        if held["number"] is None:
            set_coming(drawn((from_x, from_y), (x, y)))
            held["end"] = x, y
        elif held["number"] < len(covers):
            put(held["number"], moved(held["patch"], x - from_x, y - from_y))

    def let_go(_: object) -> None:
        if "end" in held and held["number"] is None:
            patch = drawn(held["start"], held["end"])
            if patch is not None:
                add(patch)
        held.clear()
        set_coming(None)

    picture = ft.Image(
        src=image,
        width=width,
        height=height,
        fit=ft.BoxFit.FILL,
        gapless_playback=True,
        semantics_label=words.PICTURE_LABEL.format(count=len(covers)),
    )
    drawing = [] if coming is None else [_cover(coming, size, "", is_chosen=True)]
    # One layer, however many covers: what hears the finger must stay where it is meanwhile.
    layer = ft.Stack([*cover_layers(covers, size, chosen), *drawing], width=width, height=height)
    detector = ft.GestureDetector(
        content=ft.Container(width=width, height=height, bgcolor=ft.Colors.TRANSPARENT),
        mouse_cursor=ft.MouseCursor.PRECISE,
        drag_interval=30,
        on_tap_down=tapped,
        # Not a pan: on a touch screen the page, which scrolls, would win against one.
        on_horizontal_drag_down=touched,
        on_horizontal_drag_start=taken,
        on_horizontal_drag_update=dragged,
        on_horizontal_drag_end=let_go,
        on_vertical_drag_down=touched,
        on_vertical_drag_start=taken,
        on_vertical_drag_update=dragged,
        on_vertical_drag_end=let_go,
        exclude_from_semantics=True,
    )
    stack = ft.Stack([picture, layer, detector], width=width, height=height)
    return ft.Row([stack], alignment=ft.MainAxisAlignment.CENTER)


def cover_layers(
    covers: Sequence[Patch], size: tuple[float, float], chosen: int | None = None
) -> list[ft.Control]:
    """Covers to lie over a picture of this size on the screen, each with its number: dark, and
    not quite black, so that one sees what is under it."""
    return [
        _cover(each, size, str(number + 1), is_chosen=number == chosen)
        for number, each in enumerate(covers)
    ]


def _cover(patch: Patch, size: tuple[float, float], text: str, *, is_chosen: bool) -> ft.Control:
    width, height = size
    line = ft.Colors.YELLOW if is_chosen else ft.Colors.WHITE
    return ft.Container(
        # The list below the picture names it: a number in a box says nothing to those who hear.
        ft.Semantics(
            content=ft.Text(text, size=12, color=line, no_wrap=True), exclude_semantics=True
        ),
        left=patch.left * width,
        top=patch.top * height,
        width=max(_LINE * 2, (patch.right - patch.left) * width),
        height=max(_LINE * 2, (patch.bottom - patch.top) * height),
        border=ft.Border.all(_LINE, line),
        bgcolor=ft.Colors.with_opacity(0.62, ft.Colors.BLACK),
        clip_behavior=ft.ClipBehavior.HARD_EDGE,
    )
