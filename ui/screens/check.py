"""The image before it is read: is it the right one, upright, whole, and free of identity?"""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from core.imaging.framing import WHOLE, Crop, Quad, turned_crop, turned_point
from ui import image_words, masking_words, theme
from ui.components.corner_editor import (
    CornerEditor,
    Points,
    moved_freely,
    moved_squarely,
    whole,
)
from ui.components.frame_strip import frame_strip
from ui.components.heat_viewer import fitted
from ui.components.icon_button import icon_button
from ui.components.mask_board import cover_layers
from ui.components.mask_editor import MaskEditor
from ui.components.notice import failure_notice, notice, quiet
from ui.components.removed_card import removed_card
from ui.components.section import heading, narrow_column, section
from ui.components.window_controls import window_controls
from ui.components.writing_card import writing_card
from ui.components.zoomable import Zoomable
from ui.language import said
from ui.sheet import Sheet, Tool
from ui.state import AppState
from ui.wiring import Actions

_PHONE_SHARE, _WIDE_SHARE = 0.4, 0.62
_RAIL, _IMAGE_PART = 88, 0.5


def check_screen(state: AppState, actions: Actions) -> ft.Control:
    """The image, what is wrong with it, and the button that has it read."""
    sheet = state.sheet
    if sheet is None:
        raise ValueError("nothing lies on the light box")
    if sheet.tool is not Tool.NONE and sheet.bare is not None:
        return _editing(state, sheet, actions)
    told = [*failure_notice(sheet.trouble), *_problems(sheet, actions)]
    looking = _looking(sheet, actions)
    more = [removed_card(sheet.removed, sheet.files), *_notes(sheet)]
    if state.width < theme.WIDE_FROM:
        most = state.width - 2 * theme.MARGIN, state.height * _PHONE_SHARE
        read, *others = _ways(state, actions)
        image = _image(sheet, most, [read], actions)
        controls = [heading(image_words.CHECK_TITLE), *told, image, *others]
        return narrow_column([*controls, writing_card(sheet), *looking, *more])
    room = (state.width - _RAIL - 3 * theme.MARGIN) * _IMAGE_PART
    image = _image(sheet, (room, state.height * _WIDE_SHARE), [], actions)
    # Windows and frames while the image is in sight, before what is only to be read.
    beside = [heading(image_words.CHECK_TITLE), *told, *_ways(state, actions), *looking]
    beside += [writing_card(sheet), *more]
    return ft.Row(
        [
            ft.Container(image, width=room),
            ft.Container(narrow_column(beside), expand=True),
        ],
        spacing=theme.MARGIN,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _problems(sheet: Sheet, actions: Actions) -> list[ft.Control]:
    """What is wrong with the picture, and how to mend it: before the reading, not after."""
    problems = [notice(said(problem), theme.CAUTION_TONE) for problem in sheet.problems]
    if _is_askew(sheet):
        problems += [
            notice(image_words.ASKEW, theme.NOTE_TONE),
            _straighten(actions, ft.FilledTonalButton),
        ]
    return problems


def _is_askew(sheet: Sheet) -> bool:
    return sheet.askew and sheet.framing.corners is None


def _straighten(actions: Actions, kind: Callable[..., ft.Control]) -> ft.Control:
    async def straighten() -> None:
        await actions.light_box.begin(Tool.STRAIGHTEN)

    icon = ft.Icons.FILTER_CENTER_FOCUS
    return kind(image_words.STRAIGHTEN, icon=icon, on_click=straighten)


def _ways(state: AppState, actions: Actions) -> list[ft.Control]:
    """Ahead first, then back."""
    box = actions.light_box
    ways: list[ft.Control] = [
        ft.FilledButton(image_words.READ_IT, icon=ft.Icons.IMAGE_SEARCH, on_click=box.read)
    ]
    if state.from_camera:
        ways.append(
            ft.OutlinedButton(
                image_words.RETAKE,
                icon=ft.Icons.PHOTO_CAMERA_OUTLINED,
                on_click=actions.retake,
            )
        )
    ways.append(
        ft.TextButton(
            image_words.CHOOSE_ANOTHER, icon=ft.Icons.ARROW_BACK, on_click=actions.desk.cancel
        )
    )
    return ways


def _image(
    sheet: Sheet, most: tuple[float, float], below: list[ft.Control], actions: Actions
) -> ft.Control:
    shown = sheet.view.shown
    width, height = fitted(shown.width, shown.height, *most)
    picture = ft.Image(
        src=shown.image,
        width=width,
        height=height,
        fit=ft.BoxFit.FILL,
        gapless_playback=True,
        semantics_label=image_words.CHECK_IMAGE_LABEL,
    )
    layers = [picture, *cover_layers(sheet.patches, (width, height))]
    return Zoomable(layers, width, height, _tools(sheet, actions), below, key="checked")


def _tools(sheet: Sheet, actions: Actions) -> list[ft.Control]:
    box = actions.light_box

    async def left() -> None:
        await box.turn(-1)

    async def right() -> None:
        await box.turn(1)

    async def crop() -> None:
        await box.begin(Tool.CROP)

    async def cover() -> None:
        await box.begin(Tool.MASK)

    tools = [
        icon_button(ft.Icons.ROTATE_LEFT, image_words.TURN_LEFT, left),
        icon_button(ft.Icons.ROTATE_RIGHT, image_words.TURN_RIGHT, right),
        ft.TextButton(image_words.CROP, icon=ft.Icons.CROP, on_click=crop),
        ft.TextButton(masking_words.COVER, icon=ft.Icons.CHECK_BOX_OUTLINE_BLANK, on_click=cover),
    ]
    if sheet.can_straighten and not _is_askew(sheet):  # else it stands above, where it is advised
        tools.append(_straighten(actions, ft.TextButton))
    if not sheet.framing.is_plain:
        label, icon = image_words.AS_IT_WAS, ft.Icons.UNDO
        tools.append(ft.TextButton(label, icon=icon, on_click=box.undo))
    return tools


def _looking(sheet: Sheet, actions: Actions) -> list[ft.Control]:
    """Frames and windows, where there are any to choose from."""
    box, view = actions.light_box, sheet.view
    parts: list[ft.Control] = []
    if frames := frame_strip(view, box.show_frame, box.show_strip):
        parts.append(section(image_words.FRAMES_TITLE, frames))
    if view.range and (view.range.is_hounsfield or view.total > 1 or view.start is not None):
        windows = window_controls(view, box.set_window)
        parts.append(section(image_words.WINDOWS_TITLE, windows))
    return parts


def _notes(sheet: Sheet) -> list[ft.Control]:
    return [quiet(said(one)) for one in sheet.notices]


def _editing(state: AppState, sheet: Sheet, actions: Actions) -> ft.Control:
    """The picture with four corners or with covers on it. Nothing scrolls away under the finger:
    the frame keeps this screen still, and only what is below the picture scrolls."""
    bare = sheet.bare
    if bare is None:
        raise ValueError("there is no picture to edit")
    straightening = sheet.tool is Tool.STRAIGHTEN
    most_wide = min(state.width, theme.TEXT_WIDTH) - 2 * theme.MARGIN - theme.TARGET
    size = fitted(bare.width, bare.height, most_wide, state.height * _PHONE_SHARE)
    if sheet.tool is Tool.MASK:
        box = actions.light_box
        editor: ft.Control = MaskEditor(
            bare.image, size, sheet.patches, box.mask, box.put_down, key="editor-MASK"
        )
        return narrow_column([heading(masking_words.TITLE), quiet(masking_words.HINT), editor])
    turns = sheet.framing.quarter_turns

    async def use(points: Points) -> None:
        if straightening:
            await actions.light_box.straighten(_quad(points, turns))
        else:
            await actions.light_box.crop(_crop(points, turns))

    start = _film(sheet, turns) if straightening else _part(sheet.framing.crop, turns)
    title = image_words.STRAIGHTEN_TITLE if straightening else image_words.CROP_TITLE
    hint = image_words.STRAIGHTEN_HINT if straightening else image_words.CROP_HINT
    editor = CornerEditor(
        bare.image,
        size,
        start,
        moved_freely if straightening else moved_squarely,
        use,
        actions.light_box.put_down,
        key=f"editor-{sheet.tool.name}",
    )
    about = [quiet(hint)]
    if straightening and sheet.framing.corners is None:
        found = sheet.suggested is not None
        about.append(
            quiet(image_words.CORNERS_SUGGESTED if found else image_words.CORNERS_NOT_FOUND)
        )
    return narrow_column([heading(title), *about, editor])


def _film(sheet: Sheet, turns: int) -> Points:
    """The corners to begin with: the person's own, else the detector's, else the picture's."""
    quad = sheet.framing.corners or sheet.suggested
    return _shown(quad.points, turns) if quad else whole()


def _part(crop: Crop, turns: int) -> Points:
    part = turned_crop(crop, turns) if crop != WHOLE else crop
    left, top, right, bottom = part.left, part.top, part.right, part.bottom
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _shown(points: Points, turns: int) -> Points:
    """Corners as they lie on the turned picture, again from its top left on."""
    turned = [turned_point(point, turns) for point in points]
    return tuple(turned[(index - turns) % 4] for index in range(4))  # type: ignore[return-value]


def _quad(points: Points, turns: int) -> Quad:
    """Corners on the turned picture as those of the picture as it was opened."""
    back = [turned_point(point, -turns) for point in points]
    return Quad(*(back[(index + turns) % 4] for index in range(4)))


def _crop(points: Points, turns: int) -> Crop:
    (left, top), _, (right, bottom), _ = points
    return turned_crop(Crop(left, top, right, bottom), -turns)
