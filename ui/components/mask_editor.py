"""Covers on a picture: drawn, moved and taken away by hand, or with buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from core.imaging.patches import Patch, clipped
from ui import image_words, theme
from ui import masking_words as words
from ui.components.choices import choice_row
from ui.components.icon_button import icon_button
from ui.components.notice import quiet
from ui.view_models import percent

#: One tap on an arrow moves or grows a cover by this share of the picture.
_STEP = 0.02
#: No cover is smaller than this; a drag that comes to less was a slip of the finger.
_LEAST = 0.012
#: Where a cover that was asked for by button begins.
_FRESH = Patch(0.3, 0.44, 0.7, 0.56)
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
    board = _Board(image, size, covers, index, put, add, set_chosen)
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
        _arrows(
            [
                (ft.Icons.ARROW_BACK, image_words.MOVE_LEFT, lambda: move(-1, 0)),
                (ft.Icons.ARROW_UPWARD, image_words.MOVE_UP, lambda: move(0, -1)),
                (ft.Icons.ARROW_DOWNWARD, image_words.MOVE_DOWN, lambda: move(0, 1)),
                (ft.Icons.ARROW_FORWARD, image_words.MOVE_RIGHT, lambda: move(1, 0)),
            ]
        ),
        _arrows(
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


def _arrows(tools: Sequence[tuple[ft.IconData, str, Callable[[], None]]]) -> ft.Control:
    # Left is left in every language: it is a place in the picture.
    return ft.Row(
        [icon_button(*tool) for tool in tools],
        alignment=ft.MainAxisAlignment.CENTER,
        rtl=False,
    )


@ft.component
def _Board(  # noqa: N802 - a component
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

    def taken(event: ft.DragStartEvent[ft.GestureDetector]) -> None:
        point = share(event.local_position)
        number = at(covers, *point)
        held.update(start=point, number=number, patch=None if number is None else covers[number])
        if number is not None:
            choose(number)

    def dragged(event: ft.DragUpdateEvent[ft.GestureDetector]) -> None:
        if not held:
            return
        x, y = share(event.local_position)
        from_x, from_y = held["start"]
        if held["number"] is None:
            set_coming(drawn((from_x, from_y), (x, y)))
            held["end"] = x, y
        elif held["number"] < len(covers):
            put(held["number"], moved(held["patch"], x - from_x, y - from_y))

    def let_go(_: object) -> None:
        if held.get("number", 0) is None and "end" in held:
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
        on_horizontal_drag_start=taken,
        on_horizontal_drag_update=dragged,
        on_horizontal_drag_end=let_go,
        on_vertical_drag_start=taken,
        on_vertical_drag_update=dragged,
        on_vertical_drag_end=let_go,
        exclude_from_semantics=True,
    )
    stack = ft.Stack([picture, layer, detector], width=width, height=height)
    return ft.Row([stack], alignment=ft.MainAxisAlignment.CENTER, rtl=False)


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
