"""Four corners on a picture: dragged by hand, or moved step by step with buttons."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft
import flet.canvas as cv

from core.imaging.framing import LEAST_SIDE, Point, is_film
from ui import image_words, theme
from ui.components.arrows import arrows
from ui.components.choices import choice_row
from ui.components.notice import quiet

Points = tuple[Point, Point, Point, Point]
#: What a move of one corner comes to; None: no such corners.
Move = Callable[[Points, int, Point], Points | None]

#: One tap on an arrow moves a corner by this share of the picture.
_NUDGE = 0.01
_DOT = 24
_ROOM = theme.TARGET / 2


def whole() -> Points:
    """The corners of the picture itself."""
    return (0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)


def moved_freely(points: Points, index: int, to: Point) -> Points | None:
    """Of a film: every corner on its own, as long as it stays a film."""
    x, y = (min(1.0, max(0.0, share)) for share in to)
    moved = tuple((x, y) if at == index else point for at, point in enumerate(points))
    return moved if is_film(moved) else None  # type: ignore[return-value]


def moved_squarely(points: Points, index: int, to: Point) -> Points | None:
    """Of a crop: the corner takes its two neighbours along, so that it stays a rectangle."""
    left, top = points[0]
    right, bottom = points[2]
    x, y = (min(1.0, max(0.0, share)) for share in to)
    if index in (0, 3):
        left = min(x, right - LEAST_SIDE)
    else:
        right = max(x, left + LEAST_SIDE)
    if index in (0, 1):
        top = min(y, bottom - LEAST_SIDE)
    else:
        bottom = max(y, top + LEAST_SIDE)
    return (left, top), (right, top), (right, bottom), (left, bottom)


@ft.component
def CornerEditor(  # noqa: N802 - a component
    image: bytes,
    size: tuple[float, float],
    start: Points,
    move: Move,
    on_use: Callable[[Points], object],
    on_cancel: Callable[[], object],
) -> ft.Control:
    """``size``: width and height of the picture on the screen. Corners run clockwise from the top
    left, as shares of it."""
    points, set_points = ft.use_state(start)
    chosen, set_chosen = ft.use_state(0)
    wrong, set_wrong = ft.use_state(False)

    def put(index: int, to: Point) -> None:
        moved = move(points, index, to)
        set_wrong(moved is None)
        if moved is not None:
            set_points(moved)

    def nudge(across: float, down: float) -> None:
        x, y = points[chosen]
        put(chosen, (x + across * _NUDGE, y + down * _NUDGE))

    async def use() -> None:
        result = on_use(points)
        if hasattr(result, "__await__"):
            await result

    picture = _Board(image, size, points, chosen, put, set_chosen)
    names = [(str(index), name) for index, name in enumerate(image_words.CORNERS)]
    tools = [
        ft.FilledButton(image_words.USE_IT, icon=ft.Icons.CHECK, on_click=use),
        ft.OutlinedButton(image_words.CANCEL, icon=ft.Icons.CLOSE, on_click=on_cancel),
        choice_row(names, str(chosen), lambda value: set_chosen(int(value))),
        arrows(nudge),
    ]
    if wrong:
        said = ft.Semantics(content=quiet(image_words.CORNERS_WRONG), live_region=True)
        tools.insert(0, said)
    return ft.Column(
        [
            picture,
            ft.Column(
                tools,
                spacing=theme.GAP,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            ),
        ],
        spacing=theme.GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@ft.component
def _Board(  # noqa: N802 - a component
    image: bytes,
    size: tuple[float, float],
    points: Points,
    chosen: int,
    put: Callable[[int, Point], None],
    choose: Callable[[int], None],
) -> ft.Control:
    """The picture with room around it, so that corners at its edge can be taken hold of."""
    width, height = size
    places = [(x * width + _ROOM, y * height + _ROOM) for x, y in points]
    layers: list[ft.Control] = [
        ft.Container(
            ft.Image(
                src=image,
                width=width,
                height=height,
                fit=ft.BoxFit.FILL,
                gapless_playback=True,
                semantics_label=image_words.EDIT_IMAGE_LABEL,
            ),
            left=_ROOM,
            top=_ROOM,
        ),
        ft.Container(_lines(places), left=0, top=0, width=width + 2 * _ROOM),
    ]
    layers += [
        _Handle(index, places[index], points[index], size, index == chosen, put, choose,
                key=f"corner-{index}")
        for index in range(4)
    ]  # fmt: skip
    stack = ft.Stack(layers, width=width + 2 * _ROOM, height=height + 2 * _ROOM)
    return ft.Row([stack], alignment=ft.MainAxisAlignment.CENTER)


def _lines(places: list[tuple[float, float]]) -> ft.Control:
    """Dark under light, so that it is seen on any picture."""
    ends = zip(places, [*places[1:], places[0]], strict=True)
    pairs = [(start, end) for start, end in ends]
    shapes = [
        cv.Line(*start, *end, paint=ft.Paint(color=colour, stroke_width=thick))
        for colour, thick in ((ft.Colors.BLACK, 5), (ft.Colors.YELLOW, 2))
        for start, end in pairs
    ]
    return cv.Canvas(shapes)


@ft.component
def _Handle(  # noqa: N802 - a component
    index: int,
    place: tuple[float, float],
    point: Point,
    size: tuple[float, float],
    is_chosen: bool,
    put: Callable[[int, Point], None],
    choose: Callable[[int], None],
) -> ft.Control:
    """One corner, as large as whatever can be tapped; its dot is smaller and lets one see."""
    held = ft.use_ref(lambda: [0.0, 0.0, 0.0, 0.0]).current

    def taken(event: ft.DragStartEvent[ft.GestureDetector]) -> None:
        held[:] = [*point, event.global_position.x, event.global_position.y]
        choose(index)

    def dragged(event: ft.DragUpdateEvent[ft.GestureDetector]) -> None:
        x, y, from_x, from_y = held
        at = event.global_position
        put(index, (x + (at.x - from_x) / size[0], y + (at.y - from_y) / size[1]))

    dot = ft.Container(
        width=_DOT,
        height=_DOT,
        border_radius=_DOT / 2,
        border=ft.Border.all(3, ft.Colors.BLACK),
        bgcolor=ft.Colors.YELLOW if is_chosen else ft.Colors.with_opacity(0.35, ft.Colors.YELLOW),
    )
    detector = ft.GestureDetector(
        content=ft.Container(
            dot, width=theme.TARGET, height=theme.TARGET, alignment=ft.Alignment.CENTER
        ),
        mouse_cursor=ft.MouseCursor.GRAB,
        drag_interval=30,
        on_tap=lambda: choose(index),
        # Not a pan: on a touch screen the page, which scrolls, would win against one. These two
        # together win against it, and tell where the finger is in both directions.
        on_horizontal_drag_start=taken,
        on_horizontal_drag_update=dragged,
        on_vertical_drag_start=taken,
        on_vertical_drag_update=dragged,
        exclude_from_semantics=True,
    )
    half = theme.TARGET / 2
    return ft.Container(detector, left=place[0] - half, top=place[1] - half)
