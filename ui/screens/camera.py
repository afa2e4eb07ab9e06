"""The camera: the picture as it will be taken, and the button that takes it."""

from __future__ import annotations

import flet as ft
import flet_camera as fc
from flet_permission_handler import Permission, PermissionHandler, PermissionStatus

from ui import image_words, theme, words
from ui.components.notice import quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions

#: Room around a film, so that its edges are on the photo and can be straightened.
_GUIDE_MARGIN = 28
_ALLOWED = {PermissionStatus.GRANTED, PermissionStatus.LIMITED}


async def _start(camera: fc.Camera, permissions: PermissionHandler | None) -> None:
    """Raises PermissionError or LookupError, or whatever the device's camera raises."""
    if permissions and await permissions.request(Permission.CAMERA) not in _ALLOWED:
        raise PermissionError
    cameras = await camera.get_available_cameras()
    if not cameras:
        raise LookupError
    backward = [c for c in cameras if c.lens_direction is fc.CameraLensDirection.BACK]
    await camera.initialize((backward or cameras)[0], fc.ResolutionPreset.MAX, enable_audio=False)


def _guide() -> ft.Control:
    """A frame to lay the film into, and a cross to hold the phone straight by."""
    line = ft.BorderSide(2, ft.Colors.with_opacity(0.85, ft.Colors.YELLOW))
    cross = ft.Icon(ft.Icons.ADD, color=ft.Colors.with_opacity(0.85, ft.Colors.YELLOW), size=28)
    frame = ft.Container(
        cross,
        border=ft.Border.all(line.width, line.color),
        border_radius=theme.TIGHT,
        alignment=ft.Alignment.CENTER,
        margin=_GUIDE_MARGIN,
        expand=True,
    )
    return ft.TransparentPointer(frame)


@ft.component
def CameraScreen(state: AppState, actions: Actions) -> ft.Control:  # noqa: N802 - a component
    """A photo goes straight to the reading; nothing is saved to the gallery."""
    camera = ft.use_ref(lambda: ft.Ref[fc.Camera]()).current
    is_ready, set_ready = ft.use_state(False)

    async def start() -> None:
        try:
            # A browser asks for permission by itself; a phone puts a dialog over the app.
            with actions.auto_lock.own_window():
                await _start(camera.current, None if state.in_browser else PermissionHandler())
        except Exception as error:  # noqa: BLE001 - cameras fail in any way they like
            actions.camera_failed(error)
        else:
            set_ready(True)

    async def take() -> None:
        try:
            picture = await camera.current.take_picture()
        except Exception as error:  # noqa: BLE001 - as above
            actions.camera_failed(error)
        else:
            await actions.photographed(bytes(picture))

    ft.on_mounted(start)
    return narrow_column(
        [
            heading(words.CAMERA_TITLE),
            ft.Semantics(
                content=ft.Container(
                    fc.Camera(ref=camera, expand=True, content=_guide()),
                    height=max(200, state.height * 0.42),
                    bgcolor=ft.Colors.BLACK,
                    border_radius=theme.CORNER,
                    clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
                ),
                label=words.CAMERA_PREVIEW,
                container=True,
            ),
            quiet(image_words.GUIDE_HINT if is_ready else words.CAMERA_STARTING),
            ft.FilledButton(
                words.SHUTTER,
                icon=ft.Icons.CAMERA,
                disabled=not is_ready,
                on_click=take,
            ),
            ft.OutlinedButton(
                words.CANCEL,
                icon=ft.Icons.CLOSE,
                on_click=actions.desk.start_over,
            ),
        ]
    )
